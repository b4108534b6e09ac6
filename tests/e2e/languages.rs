//! One worker with plugins of five languages on real Kafka: a source in Go, transformations in Python and in Rust, and a sink in JavaScript
//! are one pipeline, while a transformation in C loops for ever. And what a source in C is asked and told beside its records.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::bail;
use caisson_harness::broker::{fresh, shared};
use caisson_harness::deadline::until;
use caisson_harness::worker::{Plan, binary};
use caisson_tests::topics::Topics;
use serde_json::{Value, json};

const LINES: usize = 100_000;
const LIMIT: Duration = Duration::from_secs(240);
const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
const HOIST: &str = "org.apache.kafka.connect.transforms.HoistField$Value";

/// The command, with the SDKs of this checkout. Rust's projects share what they compile with those of other tests.
fn caisson(folder: &Path, arguments: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = Command::new(binary());
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env("CAISSON_SDK", root.join("sdk")).env("CARGO_TARGET_DIR", root.join("target/authors"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A new project, changed, built, and its component put among the plugins.
fn plugin(folder: &Path, kind: &str, name: &str, language: &str, change: impl FnOnce(&Path)) {
    caisson(folder, &["new", kind, name, "--lang", language]);
    let project = folder.join(name);
    change(&project);
    caisson(&project, &["build"]);
    let settings: Value = serde_json::from_str(&fs::read_to_string(project.join("caisson.json")).unwrap()).unwrap();
    let component = project.join(settings["component"].as_str().unwrap());
    fs::copy(component, folder.join("plugins").join(format!("{name}.wasm"))).unwrap();
}

fn replace(file: &Path, old: &str, new: &str) {
    let before = fs::read_to_string(file).unwrap();
    assert!(before.contains(old), "{} has no `{old}`", file.display());
    fs::write(file, before.replace(old, new)).unwrap();
}

/// The transformation's function never returns.
fn loop_for_ever(project: &Path) {
    replace(&project.join("c_loop.c"), "    (void)error;\n", "    (void)error;\n    for (;;) {\n    }\n");
}

/// Only of a line that was written in capitals before it makes the text that the test waits for.
fn number_instead_of_line(project: &Path) {
    replace(&project.join("src/lib.rs"), "map(str::to_uppercase)", "map(|text| text.replace(\"LINE \", \"number \"))");
}

fn write_lines(file: &Path, lines: usize) {
    let mut file = BufWriter::new(File::create(file).unwrap());
    for number in 0..lines {
        writeln!(file, "line {number}").unwrap();
    }
    file.flush().unwrap();
}

fn converters(mut config: Value) -> Value {
    config["key.converter"] = JSON.into();
    config["value.converter"] = JSON.into();
    for end in ["key", "value"] {
        config[format!("{end}.converter.schemas.enable")] = "false".into();
    }
    config
}

/// Lines become maps, which go through transformations of those classes.
fn transformed(mut config: Value, classes: &[&str]) -> Value {
    let mut names = vec!["hoist".to_owned()];
    config["transforms.hoist.type"] = HOIST.into();
    config["transforms.hoist.field"] = "line".into();
    for class in classes {
        let name = class.to_lowercase().replace('.', "-");
        config[format!("transforms.{name}.type")] = (*class).into();
        config[format!("transforms.{name}.field")] = "line".into();
        names.push(name);
    }
    config["transforms"] = names.join(",").into();
    converters(config)
}

#[test]
fn plugins_of_several_languages_are_one_pipeline() {
    let folder = tempfile::tempdir().unwrap();
    let (root, bootstrap): (PathBuf, _) = (folder.path().to_owned(), shared().unwrap());
    fs::create_dir_all(root.join("plugins")).unwrap();
    plugin(&root, "source", "go-lines", "go", |_| {});
    plugin(&root, "transform", "python-capitals", "python", |_| {});
    plugin(&root, "transform", "rust-numbers", "rust", number_instead_of_line);
    plugin(&root, "sink", "js-lines", "javascript", |_| {});
    plugin(&root, "transform", "c-loop", "c", loop_for_ever);
    let (topic, looping) = (fresh("languages"), fresh("looping"));
    Topics::of(bootstrap).unwrap().create(&topic, 1).unwrap();
    write_lines(&root.join("in.txt"), LINES);
    write_lines(&root.join("once.txt"), 1);

    let mut plan = Plan::on_kafka(&root, bootstrap).unwrap();
    plan.set("plugin.path", &root.join("plugins").display().to_string());
    plan.set("offset.flush.interval.ms", "500");
    let worker = plan.start().unwrap();
    // Without end in fuel and time, so that nothing but the sandbox keeps it from the others.
    let mut endless = transformed(
        json!({"connector.class": "FileStreamSource", "file": root.join("once.txt"), "topic": looping}),
        &["com.example.CLoop"],
    );
    endless["sandbox.fuel.per.call"] = "9000000000000000000".into();
    endless["sandbox.call.timeout.ms"] = "3600000".into();
    worker.rest().create("looping", &endless).unwrap();
    worker.rest().await_running("looping", LIMIT).unwrap();

    let source = json!({"connector.class": "com.example.GoLines", "file": root.join("in.txt"), "topic": topic});
    let source = transformed(source, &["com.example.PythonCapitals", "com.example.RustNumbers"]);
    worker.rest().create("source", &source).unwrap();
    let sink = json!({"connector.class": "com.example.JsLines", "file": root.join("out.txt"), "topics": topic});
    worker.rest().create("sink", &converters(sink)).unwrap();

    let wanted: BTreeSet<String> = (0..LINES).map(|number| json!({"line": format!("number {number}")}).to_string()).collect();
    let seen = until("every line has come out", LIMIT, || {
        let text = fs::read_to_string(root.join("out.txt"))?;
        let seen: BTreeSet<&str> = text.lines().collect();
        match wanted.iter().find(|line| !seen.contains(line.as_str())) {
            None => Ok(Some(text.lines().count())),
            Some(missing) => {
                bail!("{} of {LINES} have, not {missing}: {}", seen.len(), worker.rest().get("/connectors?expand=status")?)
            }
        }
    })
    .unwrap();
    assert_eq!(seen, LINES, "lines that came twice");
    let status = worker.rest().get("/connectors/looping/status").unwrap();
    assert_eq!(status["tasks"][0]["state"], "RUNNING", "{status}");
    worker.terminate().unwrap();
}

/// Added to the new source in C: what it checks, and what it is told.
const HOOKS: &str = r#"
static bool commit_records(void *self, const caisson_settled *records, size_t count, caisson_error *error) {
    (void)self, (void)error;
    for (size_t i = 0; i < count; i++) {
        caisson_log(CAISSON_INFO, "poll %d, record %u is at %lld of %s", (int)records[i].poll, (unsigned)records[i].id,
                    (long long)records[i].offset, records[i].written ? caisson_format("%.*s", (int)records[i].topic.len,
                                                                                      records[i].topic.ptr).ptr : "nothing");
    }
    return true;
}

static void validate(const caisson_config *config, caisson_findings *findings) {
    caisson_text topic = caisson_config_text(config, "topic");
    if (topic.ptr != NULL && topic.len > 20) caisson_findings_add(findings, "topic", "%zu letters are too many", topic.len);
}

static bool alter_offsets(const caisson_config *config, const caisson_offset_change *changes, size_t count, bool *accepted,
                          caisson_error *error) {
    (void)config;
    for (size_t i = 0; i < count; i++) {
        const caisson_value *position = caisson_get(&changes[i].offset, "position");
        if (position == NULL || position->as.integer < 0) {
            return caisson_fail(error, CAISSON_CONNECT_ERROR, "no line of %s begins there",
                                caisson_json(&changes[i].partition).ptr);
        }
    }
    *accepted = true;
    return true;
}

static const caisson_plugin plugin = {
    .validate = validate,
    .alter_offsets = alter_offsets,"#;

fn with_hooks(project: &Path) {
    let file = project.join("c_hooks.c");
    replace(&file, "\nstatic const caisson_plugin plugin = {", HOOKS);
    replace(&file, ".stop = stop}", ".stop = stop, .commit_records = commit_records}");
}

#[test]
fn a_source_in_c_checks_what_it_is_given_and_is_told_of_its_records() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    fs::create_dir_all(root.join("plugins")).unwrap();
    plugin(&root, "source", "c-hooks", "c", with_hooks);
    write_lines(&root.join("in.txt"), 3);
    let mut plan = Plan::on_local_log(&root).unwrap();
    plan.set("plugin.path", &root.join("plugins").display().to_string());
    let worker = plan.start().unwrap();
    let rest = worker.rest();

    let mut config = json!({"connector.class": "com.example.CHooks", "file": root.join("in.txt"), "topic": "a".repeat(21)});
    let found = rest.ask("PUT", "/connector-plugins/com.example.CHooks/config/validate", Some(&config)).unwrap();
    let topic = found["configs"].as_array().unwrap().iter().find(|each| each["value"]["name"] == "topic").unwrap();
    assert_eq!(topic["value"]["errors"], json!(["21 letters are too many"]), "{found}");

    config["topic"] = "lines".into();
    rest.create("lines", &config).unwrap();
    until("the source is told of its records", LIMIT, || {
        let log = worker.log();
        Ok((0..3).all(|record| log.contains(&format!("poll 0, record {record} is at {record} of lines"))).then_some(()))
    })
    .unwrap();

    rest.ask("PUT", "/connectors/lines/stop", None).unwrap();
    let change =
        |position: i64| json!({"offsets": [{"partition": {"file": root.join("in.txt")}, "offset": {"position": position}}]});
    let refused = until("the connector is stopped", LIMIT, || {
        let refused = rest.call("PATCH", "/connectors/lines/offsets", Some(&change(-1)))?.body["message"].to_string();
        Ok(refused.contains("begins there").then_some(refused))
    });
    assert!(refused.as_ref().unwrap().contains(r#"no line of {\"file\":"#), "{refused:?}");
    let done = rest.ask("PATCH", "/connectors/lines/offsets", Some(&change(7))).unwrap();
    assert_eq!(done["message"], "The offsets for this connector have been altered successfully");
    worker.terminate().unwrap();
}
