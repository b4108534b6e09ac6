//! An author's way in each language: a project by `caisson new`, its component by `caisson build`, `caisson test`, `caisson run`; and
//! what is told when a tool or the author is wrong.
//!
//! Toolchains come from the languages' registries, and are set up by `caisson build` itself.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use caisson_harness::worker::binary;
use caisson_tests::suite_table::{self, Runs};
use caisson_toolchain::project::Language;
use caisson_toolchain::{go, node};
use serde_json::json;
use tempfile::TempDir;

#[path = "authors/network.rs"]
mod network;
#[path = "authors/spidermonkey.rs"]
mod spidermonkey;

static RUNS: Mutex<Runs> = Mutex::new(Runs::new());

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The command, with the SDKs of this checkout. Rust's projects share what they compile.
fn caisson(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments).current_dir(folder);
    command.env("CAISSON_SDK", root().join("sdk")).env("CARGO_TARGET_DIR", root().join("target/authors"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", shown(&output));
    shown(&output)
}

fn fails(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(!output.status.success(), "{command:?}: {}", shown(&output));
    shown(&output)
}

/// Runs with that standard input.
fn fed(mut command: Command, input: &str) -> Output {
    let mut running = command.stdin(Stdio::piped()).spawn().unwrap();
    running.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    running.wait_with_output().unwrap()
}

/// A new project.
fn new(kind: &str, language: &str) -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let name = format!("our-{kind}");
    succeeds(&mut caisson(parent.path(), &["new", kind, &name, "--lang", language]));
    let project = parent.path().join(name);
    (parent, project)
}

/// Builds and tests a project. What was told of the build, and of the tests.
fn passes(project: &Path) -> (String, String) {
    let built = succeeds(&mut caisson(project, &["build"]));
    for part in ["com.example.Our", "size ", "exports ", "imports "] {
        assert!(built.contains(part), "`{part}` is missing: {built}");
    }
    let tested = succeeds(&mut caisson(project, &["test"]));
    assert!(tested.contains("the contract suite") && tested.contains("checks passed"), "{tested}");
    println!("{tested}");
    (built, tested)
}

/// Builds and tests a new project of each kind. What the contract suite says is what COMPAT.md has.
fn new_projects_pass(kind: &'static str, language: &str) -> (TempDir, PathBuf) {
    let (parent, project) = new(kind, language);
    let (_, tested) = passes(&project);
    compat_has(kind, language.parse().unwrap(), &tested);
    (parent, project)
}

/// The last run prints the table of all.
fn compat_has(kind: &'static str, language: Language, told: &str) {
    let checks = suite_table::checks(told);
    if let Some(table) = RUNS.lock().unwrap().add(kind, language, checks.clone()) {
        // Also when all have passed, when nothing of what `println` writes is shown.
        let mut out = io::stdout();
        writeln!(out, "{table}").unwrap();
    }
    assert_eq!(
        column(kind, language),
        checks,
        "the table of the contract suite in COMPAT.md has to be the one that this test program prints"
    );
}

/// What COMPAT.md has of that kind in that language.
fn column(kind: &str, language: Language) -> Vec<suite_table::Check> {
    let compat = fs::read_to_string(root().join("COMPAT.md")).unwrap();
    suite_table::column(&compat, kind, language)
}

fn transforms_run(project: &Path) {
    let mut run = caisson(project, &["run", "field=name"]);
    // Compiled code is taken from the cache on another thread, which says so: nothing here may keep it from the standard error.
    run.env("RUST_LOG", "caisson=debug");
    let output = fed(run, "{\"value\": {\"name\": \"ada\"}}\n{\"value\": null, \"topic\": \"t\"}\n");
    assert!(output.status.success(), "{}", shown(&output));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(lines.starts_with("{\"topic\":\"test\",") && lines.contains("\"value\":{\"name\":\"ADA\"}}"), "{lines}");
    assert_eq!(lines.lines().count(), 2);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("2 records, 0 dropped, 0 failed; fuel ") && told.contains("memory "), "{told}");
    let refused = fails(&mut caisson(project, &["run", "field="]));
    assert!(refused.contains("ConfigException") && refused.contains("String must be non-empty"), "{refused}");
}

fn sources_run(project: &Path) {
    let file = project.join("in.txt");
    fs::write(&file, "one\ntwo\nno end").unwrap();
    let lines = succeeds(&mut caisson(project, &["run", &format!("file={}", file.display()), "topic=lines"]));
    assert!(lines.contains("\"value\":\"one\"") && lines.contains("2 records"), "{lines}");
}

fn sinks_run(project: &Path) {
    let file = project.join("out.txt");
    let output = fed(caisson(project, &["run", &format!("file={}", file.display())]), "{\"value\": \"x\"}\n");
    assert!(output.status.success(), "{}", shown(&output));
    assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 1);
}

#[test]
fn a_transform_in_rust() {
    let (_parent, project) = new_projects_pass("transform", "rust");
    transforms_run(&project);
}

#[test]
fn a_source_in_rust() {
    let (_parent, project) = new_projects_pass("source", "rust");
    sources_run(&project);
}

#[test]
fn a_sink_in_rust() {
    let (_parent, project) = new_projects_pass("sink", "rust");
    sinks_run(&project);
}

#[test]
fn a_transform_in_python() {
    let (_parent, project) = new_projects_pass("transform", "python");
    transforms_run(&project);
    // A case that does not hold is shown with what came instead.
    let cases = project.join("tests/cases.json");
    let wrong = fs::read_to_string(&cases).unwrap().replace("\"ADA\"", "\"Ada\"");
    fs::write(&cases, wrong).unwrap();
    let told = fails(&mut caisson(&project, &["test"]));
    assert!(told.contains("FAILED  one field in capitals: record 0 of `out` has to be"), "{told}");
    assert!(told.contains("checks failed"), "{told}");
}

#[test]
fn a_source_in_python() {
    let (_parent, project) = new_projects_pass("source", "python");
    sources_run(&project);
}

#[test]
fn a_sink_in_python() {
    let (_parent, project) = new_projects_pass("sink", "python");
    sinks_run(&project);
}

#[test]
fn a_transform_in_javascript() {
    let (_parent, project) = new_projects_pass("transform", "javascript");
    transforms_run(&project);
    npm_test(&project);
}

#[test]
fn a_source_in_javascript() {
    let (_parent, project) = new_projects_pass("source", "javascript");
    sources_run(&project);
    npm_test(&project);
}

#[test]
fn a_sink_in_javascript() {
    let (_parent, project) = new_projects_pass("sink", "javascript");
    sinks_run(&project);
    npm_test(&project);
}

#[test]
fn a_transform_in_typescript() {
    let (_parent, project) = new_projects_pass("transform", "typescript");
    transforms_run(&project);
    npm_test(&project);
    // What has the wrong type is told with file and line, and no component is made of it.
    let module = project.join("our-transform.ts");
    let good = fs::read_to_string(&module).unwrap();
    fs::write(&module, format!("{good}export const wrong: number = \"text\";\n")).unwrap();
    let told = fails(&mut caisson(&project, &["build"]));
    let line = good.lines().count() + 1;
    assert!(told.contains(&format!("our-transform.ts({line},")) && told.contains("TS2322"), "{told}");
}

#[test]
fn a_source_in_typescript() {
    let (_parent, project) = new_projects_pass("source", "typescript");
    sources_run(&project);
    npm_test(&project);
}

#[test]
fn a_sink_in_typescript() {
    let (_parent, project) = new_projects_pass("sink", "typescript");
    sinks_run(&project);
    npm_test(&project);
}

/// The project's own unit tests, in Node.js.
fn npm_test(folder: &Path) {
    let mut npm = node::command("npm").unwrap();
    npm.args(["test"]).current_dir(folder);
    let told = succeeds(npm.env_remove("NODE_TEST_CONTEXT").stdout(Stdio::piped()).stderr(Stdio::piped()));
    assert!(told.contains("fail 0") && !told.contains("pass 0"), "{}: {told}", folder.display());
}

/// An exception of the author's is told with file and line, though a bundle runs: in JavaScript, and in TypeScript whose lines move.
#[test]
fn an_exception_in_javascript_names_the_authors_file_and_line() {
    for (language, extension) in [("javascript", "js"), ("typescript", "ts")] {
        let (_parent, project) = new("transform", language);
        an_exception_names(&project, &format!("our-transform.{extension}"));
    }
}

/// Of a new transformation in JavaScript: an exception while it runs, and one while it is built.
fn an_exception_names(project: &Path, file: &str) {
    let module = project.join(file);
    let good = fs::read_to_string(&module).unwrap();
    let call = "text.toUpperCase()";
    let line = good.lines().position(|line| line.contains(call)).unwrap() + 1;
    fs::write(&module, good.replace(call, "JSON.parse(\"{\")")).unwrap();
    succeeds(&mut caisson(project, &["build"]));
    let output = fed(caisson(project, &["run", "field=name"]), "{\"value\": {\"name\": \"ada\"}}\n");
    let told = shown(&output);
    assert!(told.contains("record 0 failed") && told.contains("SyntaxError: "), "{told}");
    assert!(told.contains(&format!("at apply ({file}:{line})")), "{told}");
    fs::write(&module, format!("{good}\nthrow new Error(\"while it is built\");\n")).unwrap();
    let told = fails(&mut caisson(project, &["build"]));
    let line = good.lines().count() + 2;
    assert!(told.contains("while it is built") && told.contains(&format!("{file}:{line}")), "{told}");
}

/// The SDK's own tests and those of its examples, without WebAssembly.
#[test]
fn the_javascript_sdk_passes_its_own_tests() {
    npm_test(&root().join("sdk/js"));
}

/// An exception of the author's is told with file and line, while building and while running.
#[test]
fn an_exception_in_python_names_the_authors_file_and_line() {
    let parent = tempfile::tempdir().unwrap();
    succeeds(&mut caisson(parent.path(), &["new", "transform", "ours", "--lang", "python"]));
    let project = parent.path().join("ours");
    let module = project.join("ours.py");
    let good = fs::read_to_string(&module).unwrap();
    fs::write(&module, format!("{good}\nno_such_name\n")).unwrap();
    let told = fails(&mut caisson(&project, &["build"]));
    let line = good.lines().count() + 2;
    assert!(
        told.contains("ours.py\", line ") && told.contains(&format!("line {line}")) && told.contains("no_such_name"),
        "{told}"
    );
    fs::write(&module, good.replace("value[self.field] = text.upper()", "value[self.field] = 1 / 0")).unwrap();
    succeeds(&mut caisson(&project, &["build"]));
    let output = fed(caisson(&project, &["run", "field=name"]), "{\"value\": {\"name\": \"ada\"}}\n");
    let told = shown(&output);
    assert!(told.contains("record 0 failed") && told.contains("ZeroDivisionError: division by zero"), "{told}");
    assert!(told.contains("ours.py\", line ") && told.contains("in apply"), "{told}");
}

/// A project's unit tests, without WebAssembly.
fn unit_tests_pass(project: &Path, mut tests: Command, arguments: &[&str]) {
    tests.args(arguments).current_dir(project).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let told = succeeds(&mut tests);
    assert!(told.contains("ok"), "{told}");
}

#[test]
fn a_transform_in_go() {
    let (_parent, project) = new_projects_pass("transform", "go");
    transforms_run(&project);
    collects_its_garbage(&project);
    unit_tests_pass(&project, go::compiler().unwrap(), &["test", "./..."]);
}

/// Many batches in one instance allocate more than it may hold: Go's collector has to run, and never where the component model forbids it.
fn collects_its_garbage(project: &Path) {
    let told = succeeds(&mut caisson(project, &["bench-guest", ".", "field=name"]));
    let memory =
        told.split("memory ").nth(1).and_then(|rest| rest.split(' ').next()).and_then(|number| number.parse::<f64>().ok());
    assert!(memory.is_some_and(|mebibytes| mebibytes < 32.0), "{told}");
}

#[test]
fn a_source_in_go() {
    let (_parent, project) = new_projects_pass("source", "go");
    sources_run(&project);
    unit_tests_pass(&project, go::compiler().unwrap(), &["test", "./..."]);
}

#[test]
fn a_sink_in_go() {
    let (_parent, project) = new_projects_pass("sink", "go");
    sinks_run(&project);
    unit_tests_pass(&project, go::compiler().unwrap(), &["test", "./..."]);
}

/// A mistake of the author's is told with file and line, while building and while running.
#[test]
fn a_panic_in_go_names_the_authors_file_and_line() {
    let parent = tempfile::tempdir().unwrap();
    succeeds(&mut caisson(parent.path(), &["new", "transform", "ours", "--lang", "go"]));
    let project = parent.path().join("ours");
    let module = project.join("main.go");
    let good = fs::read_to_string(&module).unwrap();
    fs::write(&module, format!("{good}\nvar _ = noSuchName\n")).unwrap();
    let told = fails(&mut caisson(&project, &["build"]));
    assert!(told.contains("undefined: noSuchName") && told.contains("main.go:"), "{told}");
    fs::write(&module, good.replace("strings.ToUpper(text)", "text[len(text):][0]").replace("\t\"strings\"\n\n", "")).unwrap();
    succeeds(&mut caisson(&project, &["build"]));
    let output = fed(caisson(&project, &["run", "field=name"]), "{\"value\": {\"name\": \"ada\"}}\n");
    let told = shown(&output);
    assert!(told.contains("index out of range") && told.contains("/main.go:") && told.contains("(*Ours).Apply"), "{told}");
}

#[test]
fn a_transform_in_c() {
    let (_parent, project) = new_projects_pass("transform", "c");
    transforms_run(&project);
    unit_tests_pass(&project, Command::new("make"), &["test"]);
}

#[test]
fn a_source_in_c() {
    let (_parent, project) = new_projects_pass("source", "c");
    sources_run(&project);
    unit_tests_pass(&project, Command::new("make"), &["test"]);
}

#[test]
fn a_sink_in_c() {
    let (_parent, project) = new_projects_pass("sink", "c");
    sinks_run(&project);
    unit_tests_pass(&project, Command::new("make"), &["test"]);
}

#[test]
fn a_mistake_in_c_names_the_authors_file_and_line() {
    let parent = tempfile::tempdir().unwrap();
    succeeds(&mut caisson(parent.path(), &["new", "transform", "ours", "--lang", "c"]));
    let project = parent.path().join("ours");
    let module = project.join("ours.c");
    let good = fs::read_to_string(&module).unwrap();
    fs::write(&module, format!("{good}\nint x = no_such_name;\n")).unwrap();
    let told = fails(&mut caisson(&project, &["build"]));
    assert!(told.contains("ours.c:") && told.contains("no_such_name"), "{told}");
}

#[test]
fn a_missing_tool_is_named_with_the_way_to_get_it() {
    let parent = tempfile::tempdir().unwrap();
    for (language, told) in [
        ("python", ["python3", "apt-get install python3"]),
        ("rust", ["rustc and cargo", "https://rustup.rs"]),
        ("go", ["Go 1.24 or newer (go)", "https://go.dev/dl"]),
        ("c", ["python3", "apt-get install python3"]),
        ("javascript", ["Node.js", "apt-get install nodejs npm"]),
        ("typescript", ["Node.js", "apt-get install nodejs npm"]),
    ] {
        let name = format!("our-{language}");
        succeeds(&mut caisson(parent.path(), &["new", "sink", &name, "--lang", language]));
        let mut build = caisson(&parent.path().join(name), &["build"]);
        // No tool is on this path, and no toolchain was set up in this cache.
        build.env("PATH", parent.path()).env("XDG_CACHE_HOME", parent.path());
        let message = fails(&mut build);
        for part in told {
            assert!(message.contains(part), "`{part}` is missing: {message}");
        }
    }
}

#[test]
fn what_is_no_project_is_told() {
    let folder = tempfile::tempdir().unwrap();
    assert!(fails(&mut caisson(folder.path(), &["build"])).contains("it has no caisson.json"));
    assert!(fails(&mut caisson(folder.path(), &["new", "sink", "a", "--lang", "cobol"])).contains("rust, python"));
    succeeds(&mut caisson(folder.path(), &["new", "sink", "a", "--lang", "rust"]));
    let untested = fails(&mut caisson(&folder.path().join("a"), &["test"]));
    assert!(untested.contains("run `caisson build` first"), "{untested}");
}

/// The SDK's own tests and those of its templates, without WebAssembly.
#[test]
fn the_python_sdk_passes_its_own_tests() {
    let sdk = root().join("sdk/python");
    for folder in ["", "template/transform", "template/source", "template/sink", "examples"] {
        let folder = sdk.join(folder);
        let mut tests = Command::new("python3");
        tests.args(["-m", "unittest", "discover", "-s", "tests"]).current_dir(&folder);
        tests.env("PYTHONPATH", format!("{}:{}", sdk.join("src").display(), folder.display()));
        let told = succeeds(tests.env("PYTHONDONTWRITEBYTECODE", "1").stdout(Stdio::piped()).stderr(Stdio::piped()));
        assert!(told.contains("OK") && !told.contains("Ran 0 tests"), "{}: {told}", folder.display());
    }
}

#[test]
fn the_go_sdk_passes_its_own_tests() {
    let sdk = root().join("sdk/go");
    let mut tests = go::compiler().unwrap();
    tests.args(["test", "./..."]).current_dir(&sdk).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let told = succeeds(&mut tests);
    assert!(told.contains("ok  \tcaisson.dev/sdk-go\t") && told.contains("ok  \tcaisson.dev/sdk-go/examples/is-large"), "{told}");
}

#[test]
fn the_c_sdk_passes_its_own_tests() {
    let sdk = root().join("sdk/c");
    let mut tests = Command::new("make");
    tests.args(["--silent", "test"]).current_dir(&sdk).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let told = succeeds(&mut tests);
    assert!(told.contains("11 passed, 0 failed") && told.contains("ok       a_field_is_masked"), "{told}");
}
