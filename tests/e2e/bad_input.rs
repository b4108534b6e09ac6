//! What users get wrong: each mistake gives one clear error that names the key or file and the remedy, and a worker that exits with
//! another code than 0, or a task that is FAILED.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use caisson_harness::broker::free_ports;
use caisson_harness::rest::Rest;
use caisson_harness::worker::{Plan, Worker, binary, refusal};
use caisson_tests::pipelines::plain_source;
use serde_json::{Value, json};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(60);
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";

/// Fails unless the text holds all of these.
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing: {text}");
    }
}

/// A worker on its local log.
fn worker(set: &[(&str, &str)]) -> (Worker, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    for (key, value) in set {
        plan.set(key, value);
    }
    (plan.start().unwrap(), folder)
}

/// Status and message of a refused connector.
fn refused(rest: &Rest, config: &Value) -> (u16, String) {
    let answer = rest.call("POST", "/connectors", Some(&json!({ "name": "bad", "config": config }))).unwrap();
    assert!(answer.status >= 400, "it was accepted: {}", answer.body);
    let message = answer.body["message"].as_str().unwrap_or_default().to_owned();
    // Nothing is left behind.
    assert_eq!(rest.get("/connectors").unwrap(), json!([]));
    (answer.status, message)
}

/// The worker's own properties, written as they are.
fn standalone_with(properties: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("worker.properties");
    fs::write(&file, properties).unwrap();
    refusal(Command::new(binary()).arg("standalone").arg(&file)).unwrap()
}

fn sink(file: &Path) -> Value {
    json!({ "connector.class": "FileStreamSink", "file": file, "topics": "t", "key.converter": STRING, "value.converter": STRING })
}

#[test]
fn a_missing_worker_file_is_named() {
    says(
        &refusal(Command::new(binary()).args(["standalone", "/nowhere/worker.properties"])).unwrap(),
        &["/nowhere/worker.properties"],
    );
}

#[test]
fn a_malformed_properties_line_is_named() {
    says(&standalone_with("key.converter=a\nvalue.converter=\\u00zz\n"), &["worker.properties", "line 2"]);
}

#[test]
fn missing_and_ill_typed_worker_keys_are_named() {
    says(&standalone_with("value.converter=x\n"), &["key.converter"]);
    let typed = format!(
        "key.converter={STRING}\nvalue.converter={STRING}\noffset.storage.file.filename=/tmp/o\noffset.flush.interval.ms=soon\n"
    );
    says(&standalone_with(&typed), &["offset.flush.interval.ms", "soon"]);
}

#[test]
fn a_port_in_use_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = held.local_addr().unwrap().port();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("listeners", &format!("http://127.0.0.1:{port}"));
    says(&plan.refusal().unwrap(), &["listeners", &port.to_string()]);
}

#[test]
fn an_unreachable_broker_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let [port] = free_ports().unwrap();
    let address = format!("127.0.0.1:{port}");
    let plan = Plan::on_kafka(folder.path(), &address).unwrap();
    says(&plan.refusal().unwrap(), &["bootstrap.servers", &address]);
}

#[test]
fn a_listener_that_is_no_kafka_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (other, _other_folder) = worker(&[]);
    let address = other.rest().base().trim_start_matches("http://").to_owned();
    let plan = Plan::on_kafka(folder.path(), &address).unwrap();
    says(&plan.refusal().unwrap(), &["bootstrap.servers", &address]);
}

/// I12
#[test]
fn an_offsets_file_that_is_something_else_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let offsets = folder.path().join("offsets");
    fs::write(&offsets, "no offsets at all").unwrap();
    let plan = Plan::on_local_log(folder.path()).unwrap();
    says(&plan.refusal().unwrap(), &["offset.storage.file.filename", &offsets.display().to_string()]);
    assert_eq!(fs::read_to_string(&offsets).unwrap(), "no offsets at all");
}

#[test]
fn a_local_log_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("local.log.dir", "/proc/no-such-folder");
    says(&plan.refusal().unwrap(), &["local.log.dir", "/proc/no-such-folder"]);
}

#[test]
fn a_connector_file_that_is_no_json_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::on_local_log(folder.path()).unwrap();
    let mut arguments = plan.arguments().unwrap();
    let file = folder.path().join("bad.json");
    fs::write(&file, "{\n \"name\": \"x\",\n oops\n}").unwrap();
    arguments.push(file);
    says(&refusal(Command::new(binary()).arg("standalone").args(arguments)).unwrap(), &["bad.json", "line 3"]);
}

#[test]
fn an_unknown_plugin_is_named_with_those_there_are() {
    let (worker, _folder) = worker(&[]);
    let (status, message) = refused(worker.rest(), &json!({ "connector.class": "Nope", "name": "bad" }));
    assert_eq!(status, 400);
    says(
        &message,
        &["Failed to find any class that implements Connector and which name matches Nope", "FileStreamSinkConnector"],
    );
    let mut config = plain_source(Path::new("/tmp/x"), "t");
    config["transforms"] = "a".into();
    config["transforms.a.type"] = "com.example.Absent".into();
    says(&refused(worker.rest(), &config).1, &["transforms.a.type", "com.example.Absent"]);
}

#[test]
fn ill_typed_and_missing_connector_keys_are_named() {
    let (worker, _folder) = worker(&[]);
    let mut config = plain_source(Path::new("/tmp/x"), "t");
    config["tasks.max"] = "many".into();
    config["batch.size"] = "-".into();
    config.as_object_mut().unwrap().remove("topic");
    let (status, message) = refused(worker.rest(), &config);
    assert_eq!(status, 400);
    says(&message, &["Invalid value many for configuration tasks.max", "batch.size", "\"topic\""]);
}

/// I17
#[test]
fn a_file_beyond_the_workers_ceiling_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let allowed = folder.path().join("allowed");
    fs::create_dir(&allowed).unwrap();
    let outside = folder.path().join("outside.txt");
    fs::write(&outside, "x\n").unwrap();
    let (worker, _folder) = worker(&[("sandbox.files.roots", &allowed.display().to_string())]);
    let text = refused_or_failed(&worker, &plain_source(&outside, "t"));
    says(&text, &["sandbox.files.roots", &outside.display().to_string()]);
}

/// The message of the refusal, or the trace of the connector or task that FAILED.
fn refused_or_failed(worker: &Worker, config: &Value) -> String {
    let rest = worker.rest();
    let answer = rest.call("POST", "/connectors", Some(&json!({ "name": "bad", "config": config }))).unwrap();
    if answer.status >= 400 {
        return answer.body["message"].as_str().unwrap_or_default().to_owned();
    }
    caisson_harness::deadline::until("bad is FAILED", LIMIT, || {
        let status = rest.get("/connectors/bad/status")?;
        for part in [&status["connector"], &status["tasks"][0]] {
            if part["state"] == "FAILED" {
                return Ok(Some(part["trace"].as_str().unwrap_or_default().to_owned()));
            }
        }
        anyhow::bail!("{status}")
    })
    .unwrap()
}

#[test]
fn a_full_disk_fails_the_sink_and_commits_nothing() {
    let (worker, folder) = worker(&[("offset.flush.interval.ms", "200")]);
    let input = folder.path().join("in.txt");
    fs::write(&input, "a line\n".repeat(1000)).unwrap();
    worker.rest().create("in", &plain_source(&input, "t")).unwrap();
    let trace = refused_or_failed(&worker, &sink(Path::new("/dev/full")));
    says(&trace, &["/dev/full"]);
    // The lines are still there for a sink that can write them.
    worker.rest().delete("bad").unwrap();
    let output = folder.path().join("out.txt");
    worker.rest().create("bad", &sink(&output)).unwrap();
    caisson_harness::deadline::until("all lines are out", LIMIT, || {
        Ok((fs::read_to_string(&output)?.lines().count() == 1000).then_some(()))
    })
    .unwrap();
}

/// A plugin.path with one bad file: the worker starts, and `inspect` and the log say what is wrong with it.
#[test]
fn a_file_that_is_no_component_is_passed_over_and_named() {
    let plugins = tempfile::tempdir().unwrap();
    let bad = plugins.path().join("bad.wasm");
    fs::write(&bad, "no component").unwrap();
    let (worker, _folder) = worker(&[("plugin.path", &plugins.path().display().to_string())]);
    says(&worker.log(), &["bad.wasm", "component"]);
    says(&refusal(Command::new(binary()).arg("inspect").arg(&bad)).unwrap(), &["bad.wasm", "component"]);
}
