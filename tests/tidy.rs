//! Rules of the code that a machine can judge. Each failure says what to do about it.

#[path = "tidy/source.rs"]
mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::{Source, read, rust_files, tracked};

/// The host's modules, from those that use to those that are used. A module may use the ones in later rows only.
const ORDER: [&[&str]; 9] = [
    &["main", "cli"],
    &["rest", "authoring"],
    &["herder"],
    &["worker"],
    &["task"],
    &["errors", "sandbox", "storage"],
    &["plugin", "broker", "registry"],
    &["net"],
    &["config", "record"],
];
const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 70;
/// Names that say nothing about what is inside.
const BANNED_NAMES: [&str; 10] = ["util", "utils", "common", "helper", "helpers", "misc", "shared", "stuff", "manager", "base"];

/// Fails with every finding and the way to mend it.
fn report(mend: &str, findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n\nMend: {mend}\n", findings.join("\n"));
}

/// I8
#[test]
fn modules_use_only_those_to_their_right() {
    let rank = |module: &str| ORDER.iter().position(|row| row.contains(&module));
    let mut findings = Vec::new();
    for source in rust_files() {
        let Some(module) = host_module(&source.path) else { continue };
        let Some(own) = rank(&module) else {
            findings.push(format!("{}: module `{module}` has no place in the order", source.path));
            continue;
        };
        for (line, used) in source.crate_modules() {
            if used != module && rank(&used).is_some_and(|other| other <= own) {
                findings.push(format!("{}:{line}: `{module}` uses `{used}`", source.path));
            }
        }
    }
    let mend = "move what is used into a module further right (main → rest, authoring → herder → worker → task → errors, sandbox, \
                storage → plugin, broker, registry → net → config, record), or hand it in as a value or a trait from the left. A new module gets its place \
                in ORDER of tests/tidy.rs and in the code map of ARCHITECTURE.md";
    report(mend, &findings);
}

/// Top module of a file of the host's library.
fn host_module(path: &str) -> Option<String> {
    let inside = path.strip_prefix("host/src/")?;
    let head = inside.split('/').next()?;
    let module = head.strip_suffix(".rs").unwrap_or(head);
    (module != "lib").then(|| module.to_owned())
}

#[test]
fn files_hold_one_noun() {
    let long = |source: &Source| source.text.lines().count() > FILE_LINES;
    let findings: Vec<_> = rust_files().iter().filter(|source| long(source)).map(|source| source.path.clone()).collect();
    report(&format!("a file has at most {FILE_LINES} lines: give its second noun a file of its own"), &findings);
}

#[test]
fn functions_fit_a_screen() {
    let mut findings = Vec::new();
    for source in rust_files() {
        for function in source.functions() {
            if function.lines > FUNCTION_LINES {
                findings.push(format!("{}:{}: `{}` has {} lines", source.path, function.line, function.name, function.lines));
            }
        }
    }
    report(&format!("a function has at most {FUNCTION_LINES} lines: name a part of it and take it out"), &findings);
}

#[test]
fn files_are_named_after_what_they_hold() {
    let mut findings = Vec::new();
    for path in tracked(".rs") {
        for part in path.trim_end_matches(".rs").split('/') {
            if BANNED_NAMES.contains(&part) {
                findings.push(format!("{path}: `{part}`"));
            }
        }
    }
    report("name the file or folder after the noun of Kafka Connect that it holds", &findings);
}

/// I9
#[test]
fn each_library_is_named_in_one_place() {
    // The bare loop of the benchmark is librdkafka without Caisson.
    let homes: [(&str, &[&str]); 4] = [
        ("opentelemetry_sdk", &["host/src/cli/"]),
        ("rdkafka", &["host/src/broker/kafka/", "host/examples/"]),
        ("wasmtime", &["host/src/sandbox/"]),
        ("wasmtime_wasi", &["host/src/sandbox/"]),
    ];
    let mut findings = Vec::new();
    for source in rust_files() {
        for (library, home) in homes {
            if !home.iter().any(|home| source.path.starts_with(home)) {
                findings.extend(source.lines_with(library).iter().map(|line| format!("{}:{line}: {library}", source.path)));
            }
        }
    }
    report("let the module that owns the library offer what is needed in its own terms", &findings);
}

#[test]
fn only_lib_rs_re_exports() {
    let mut findings = Vec::new();
    for source in rust_files() {
        if source.path.ends_with("lib.rs") {
            continue;
        }
        let mut picks_platform = false;
        for (index, line) in source.code.lines().enumerate() {
            let line = line.trim_start();
            // One of two modules, by target, is no second path to an item.
            if std::mem::replace(&mut picks_platform, line.starts_with("#[cfg(")) {
                continue;
            }
            let rest = line.strip_prefix("pub").map(|rest| rest.split_once(") ").map_or(rest, |(_, rest)| rest).trim_start());
            if rest.is_some_and(|rest| rest.starts_with("use ")) {
                findings.push(format!("{}:{}: {line}", source.path, index + 1));
            }
        }
    }
    report("import from where the item is defined; only a crate's lib.rs may re-export", &findings);
}

#[test]
fn nothing_is_postponed() {
    let words = ["TODO", "FIXME", "XXX"];
    let code = ["todo!", "unimplemented!", "#[ignore"];
    let mut findings = Vec::new();
    for source in rust_files() {
        if source.path.starts_with("tests/tidy") {
            continue;
        }
        for (index, (text, bare)) in source.text.lines().zip(source.code.lines()).enumerate() {
            if words.iter().any(|word| text.contains(word)) || code.iter().any(|word| bare.contains(word)) {
                findings.push(format!("{}:{}: {}", source.path, index + 1, text.trim()));
            }
        }
    }
    report("finish it now, or take it out", &findings);
}

#[test]
fn tests_wait_for_conditions() {
    let mut findings = Vec::new();
    for source in rust_files() {
        // The benchmark waits on purpose: it measures idleness and paces a writer.
        let paced = source.path == "tests/harness/src/deadline.rs" || source.path.starts_with("tests/bench/");
        if source.is_test() && !paced {
            findings.extend(source.lines_with("sleep").iter().map(|line| format!("{}:{line}", source.path)));
        }
    }
    report(
        "wait with caisson_harness::deadline::until, or for an event; a sleep is too short on a busy machine and too long elsewhere",
        &findings,
    );
}

#[test]
fn versions_are_named_in_one_place() {
    let mut findings = Vec::new();
    for path in tracked("Cargo.toml") {
        // Templates are copied out of the workspace.
        if path == "Cargo.toml" || path.starts_with("sdk/rust/template/") {
            continue;
        }
        let mut in_dependencies = false;
        for line in read(&path).lines() {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
            } else if in_dependencies && line.contains('=') && !line.contains("workspace = true") {
                findings.push(format!("{path}: {line}"));
            }
        }
    }
    report("name the version in [workspace.dependencies] of the root Cargo.toml and say `workspace = true` here", &findings);
}

/// An invariant is stated in ARCHITECTURE.md in bold; code and tests cite it in a comment.
#[test]
fn invariants_are_stated_enforced_and_tested() {
    let stated: BTreeSet<u32> = bold_invariants(&read("ARCHITECTURE.md"));
    let mut enforced = BTreeSet::new();
    let mut tested = BTreeSet::new();
    let mut unknown = BTreeMap::new();
    for source in rust_files() {
        if source.path == "tests/tidy.rs" {
            // The rules of this file enforce and test at once.
            let cited = cited(&source);
            enforced.extend(&cited);
            tested.extend(cited);
            continue;
        }
        for number in cited(&source) {
            if !stated.contains(&number) {
                unknown.insert(number, source.path.clone());
            }
            if source.is_test() {
                tested.insert(number);
            } else if in_test_module(&source, number) {
                tested.insert(number);
                if in_code(&source, number) {
                    enforced.insert(number);
                }
            } else {
                enforced.insert(number);
            }
        }
    }
    let mut findings: Vec<_> =
        unknown.iter().map(|(number, path)| format!("{path} cites I{number}, which ARCHITECTURE.md does not state")).collect();
    findings.extend(stated.difference(&enforced).map(|number| format!("I{number} is cited nowhere in the code")));
    findings.extend(stated.difference(&tested).map(|number| format!("I{number} is cited in no test")));
    report(
        "state it in ARCHITECTURE.md as `**I<n>**`, and write `I<n>` in a comment where the code enforces it and in a test that shows it",
        &findings,
    );
}

fn bold_invariants(text: &str) -> BTreeSet<u32> {
    text.split("**I").skip(1).filter_map(|rest| rest.split_once("**")?.0.parse().ok()).collect()
}

/// Invariants named in comments.
fn cited(source: &Source) -> BTreeSet<u32> {
    comment_lines(source).into_iter().flat_map(|(_, line)| numbers(line)).collect()
}

fn in_code(source: &Source, number: u32) -> bool {
    let tests = test_module_line(source);
    comment_lines(source).into_iter().any(|(at, line)| at < tests && numbers(line).contains(&number))
}

fn in_test_module(source: &Source, number: u32) -> bool {
    let tests = test_module_line(source);
    comment_lines(source).into_iter().any(|(at, line)| at >= tests && numbers(line).contains(&number))
}

/// First line of the module of unit tests; behind the end if there is none.
fn test_module_line(source: &Source) -> usize {
    source.code.lines().position(|line| line.trim_start().starts_with("#[cfg(test)]")).unwrap_or(usize::MAX)
}

/// Lines, from 0, that differ from their code, so that they hold a comment or a literal with what follows `//`.
fn comment_lines(source: &Source) -> Vec<(usize, &str)> {
    let lines = source.text.lines().enumerate();
    lines.filter_map(|(index, line)| line.find("//").map(|at| (index, &line[at..]))).collect()
}

/// Every `I<n>` that stands as a word.
fn numbers(text: &str) -> Vec<u32> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter_map(|word| word.strip_prefix('I')?.parse().ok()).collect()
}

/// The last column of a row of COMPAT.md names tests in backquotes.
#[test]
fn compat_names_tests_that_exist() {
    let sources = rust_files();
    let mut names: BTreeSet<String> = sources.iter().flat_map(Source::functions).map(|function| function.name).collect();
    // A file or folder of tests may be named as a whole.
    names.extend(tracked(".rs").iter().flat_map(|path| path.trim_end_matches(".rs").split('/').map(str::to_owned)));
    let mut findings = Vec::new();
    for (index, line) in read("COMPAT.md").lines().enumerate() {
        let columns: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        if !line.starts_with('|') || columns.len() < 4 {
            continue;
        }
        let quoted = columns.last().into_iter().flat_map(|tests| tests.split('`').skip(1).step_by(2));
        for name in quoted {
            let is_test = names.contains(name.rsplit("::").next().unwrap_or(name)) || name.starts_with("cargo xtask");
            if !is_test {
                findings.push(format!("COMPAT.md:{}: no test `{name}`", index + 1));
            }
        }
    }
    report("name the function or file of tests that shows the row, or `cargo xtask vectors`", &findings);
}
