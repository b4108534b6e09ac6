//! The life of a connector, by the REST API.

use std::fs;
use std::path::Path;
use std::time::Duration;

use caisson_harness::broker::free_ports;
use caisson_harness::deadline::until;
use caisson_harness::exchange::{connect, exchange};
use caisson_harness::rest::Rest;
use caisson_harness::worker::{Plan, Worker};
use caisson_tests::pipelines::plain_source;
use serde_json::{Value, json};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(60);

/// A worker, and a source of three lines that runs on it.
fn running_source() -> (Worker, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("offset.flush.interval.ms", "100");
    let worker = plan.start().unwrap();
    let input = folder.path().join("in.txt");
    fs::write(&input, "one\ntwo\nthree\n").unwrap();
    let created = worker.rest().create("src", &plain_source(&input, "t")).unwrap();
    assert_eq!(created["tasks"], json!([{"connector": "src", "task": 0}]));
    assert_eq!(created["config"]["name"], "src");
    assert_eq!(created["type"], "source");
    await_state(worker.rest(), "RUNNING", Some("RUNNING"));
    (worker, folder)
}

/// Waits until the connector and its task, if it is to have one, are in these states.
fn await_state(rest: &Rest, connector: &str, task: Option<&str>) {
    until(&format!("src is {connector}"), LIMIT, || {
        let status = rest.get("/connectors/src/status")?;
        let as_wanted = status["connector"]["state"] == connector && status["tasks"][0]["state"].as_str() == task;
        if as_wanted { Ok(Some(())) } else { anyhow::bail!("{status}") }
    })
    .unwrap();
}

fn await_offset(rest: &Rest, folder: &Path, position: u64) {
    let file = folder.join("in.txt");
    let wanted = json!({"offsets": [{"partition": {"filename": file}, "offset": {"position": position}}]});
    until(&format!("the offset is {position}"), LIMIT, || Ok((rest.get("/connectors/src/offsets")? == wanted).then_some(())))
        .unwrap();
}

fn status(rest: &Rest, method: &str, path: &str, body: Option<&Value>) -> (u16, String) {
    let answer = rest.call(method, path, body).unwrap();
    (answer.status, answer.body["message"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_connector_is_paused_resumed_stopped_and_removed() {
    let (worker, folder) = running_source();
    let rest = worker.rest();
    await_offset(rest, folder.path(), 14);
    assert_eq!(status(rest, "PUT", "/connectors/src/pause", None).0, 202);
    await_state(rest, "PAUSED", Some("PAUSED"));
    assert_eq!(status(rest, "PUT", "/connectors/src/resume", None).0, 202);
    await_state(rest, "RUNNING", Some("RUNNING"));
    assert_eq!(status(rest, "PUT", "/connectors/src/stop", None).0, 204);
    await_state(rest, "STOPPED", None);
    assert_eq!(rest.get("/connectors/src").unwrap()["tasks"], json!([]));
    assert_eq!(status(rest, "PUT", "/connectors/src/resume", None).0, 202);
    await_state(rest, "RUNNING", Some("RUNNING"));
    rest.delete("src").unwrap();
    assert_eq!(rest.get("/connectors").unwrap(), json!([]));
    assert_eq!(status(rest, "GET", "/connectors/src/status", None), (404, "No status found for connector src".to_owned()));
}

#[test]
fn offsets_are_changed_while_the_connector_is_stopped() {
    let (worker, folder) = running_source();
    let rest = worker.rest();
    await_offset(rest, folder.path(), 14);
    let file = folder.path().join("in.txt");
    let change = json!({"offsets": [{"partition": {"filename": file}, "offset": {"position": 4}}]});
    let (refused, why) = status(rest, "PATCH", "/connectors/src/offsets", Some(&change));
    assert!(refused == 400 && why.starts_with("Connectors must be in the STOPPED state"), "{refused} {why}");
    rest.ask("PUT", "/connectors/src/stop", None).unwrap();
    let done = rest.ask("PATCH", "/connectors/src/offsets", Some(&change)).unwrap();
    assert_eq!(done["message"], "The offsets for this connector have been altered successfully");
    await_offset(rest, folder.path(), 4);
    let bad = json!({"offsets": [{"partition": {"file": "x"}, "offset": {"position": 4}}]});
    assert_eq!(
        status(rest, "PATCH", "/connectors/src/offsets", Some(&bad)),
        (500, "Partition objects should contain the key 'filename'".to_owned())
    );
    let done = rest.ask("DELETE", "/connectors/src/offsets", None).unwrap();
    assert_eq!(done["message"], "The offsets for this connector have been reset successfully");
    assert_eq!(rest.get("/connectors/src/offsets").unwrap(), json!({"offsets": []}));
    rest.ask("PUT", "/connectors/src/resume", None).unwrap();
    await_offset(rest, folder.path(), 14);
}

#[test]
fn a_configuration_is_changed_and_the_tasks_follow() {
    let (worker, folder) = running_source();
    let rest = worker.rest();
    let mut config = plain_source(&folder.path().join("in.txt"), "t");
    config["batch.size"] = "10".into();
    rest.ask("PUT", "/connectors/src/config", Some(&config)).unwrap();
    let tasks = rest.get("/connectors/src/tasks").unwrap();
    assert_eq!(tasks[0]["config"]["batch.size"], "10");
    let patched = rest.ask("PATCH", "/connectors/src/config", Some(&json!({"batch.size": null, "my.own": 7}))).unwrap();
    assert_eq!((&patched["config"]["batch.size"], &patched["config"]["my.own"]), (&Value::Null, &json!("7")));
    await_state(rest, "RUNNING", Some("RUNNING"));
    let planned = rest.ask("POST", "/connectors/src/restart?includeTasks=true", None).unwrap();
    assert_eq!((&planned["connector"]["state"], &planned["tasks"][0]["state"]), (&json!("RESTARTING"), &json!("RESTARTING")));
    await_state(rest, "RUNNING", Some("RUNNING"));
    assert_eq!(status(rest, "POST", "/connectors/src/tasks/0/restart", None).0, 204);
    await_state(rest, "RUNNING", Some("RUNNING"));
}

#[test]
fn initial_states_and_name_clashes_are_honoured() {
    let (worker, folder) = running_source();
    let rest = worker.rest();
    let config = plain_source(&folder.path().join("in.txt"), "t");
    let again = json!({"name": "src", "config": config});
    assert_eq!(status(rest, "POST", "/connectors", Some(&again)), (409, "Connector src already exists".to_owned()));
    let stopped = json!({"name": "later", "config": config, "initial_state": "stopped"});
    rest.ask("POST", "/connectors", Some(&stopped)).unwrap();
    assert_eq!(rest.get("/connectors/later/status").unwrap()["connector"]["state"], "STOPPED");
    let other = json!({"name": "x", "config": {"name": "y"}});
    let message = "Connector name configuration (y) doesn't match connector name in the URL (x)";
    assert_eq!(status(rest, "POST", "/connectors", Some(&other)), (400, message.to_owned()));
}

#[test]
fn the_document_names_the_methods_of_every_path() {
    let folder = tempfile::tempdir().unwrap();
    let [port] = free_ports().unwrap();
    let mut plan = Plan::at(folder.path(), port);
    plan.set("local.log.dir", &folder.path().join("log").display().to_string());
    let worker = plan.start().unwrap();
    let document = worker.rest().get("/openapi.json").unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() > 20, "{} paths", paths.len());
    for (path, methods) in paths {
        let mut described: Vec<String> = methods.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        if described.contains(&"GET".to_owned()) {
            described.push("HEAD".to_owned());
        }
        described.push("OPTIONS".to_owned());
        described.sort_unstable();
        let one: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
        let host = ["Host: localhost".to_owned()];
        let answer = exchange(connect(port).unwrap(), "OPTIONS", &one.join("/"), &host, None).unwrap();
        let mut served: Vec<&str> = answer.header("allow").unwrap_or_default().split(',').collect();
        served.sort_unstable();
        assert_eq!(served, described, "{path}");
    }
}

#[test]
fn what_is_not_there_is_told_in_kafkas_words() {
    let folder = tempfile::tempdir().unwrap();
    let worker = Plan::on_local_log(folder.path()).unwrap().start().unwrap();
    let told = [
        ("GET", "/nope", 404, "HTTP 404 Not Found"),
        ("DELETE", "/connectors", 405, "HTTP 405 Method Not Allowed"),
        ("GET", "/connectors/nope", 404, "Connector nope not found"),
        ("DELETE", "/connectors/nope", 404, "Connector nope not found"),
        ("GET", "/connectors/nope/status", 404, "No status found for connector nope"),
        ("GET", "/connectors/nope/tasks/0/status", 404, "No status found for task nope-0"),
        ("PUT", "/connectors/nope/pause", 404, "Unknown connector nope"),
        ("POST", "/connectors/nope/restart?includeTasks=true", 404, "Unknown connector: nope"),
        ("GET", "/connector-plugins/Nope/config", 404, "Unknown plugin Nope."),
        ("GET", "/admin/loggers/nope", 404, "Logger nope not found."),
    ];
    for (method, path, code, message) in told {
        assert_eq!(status(worker.rest(), method, path, None), (code, message.to_owned()), "{method} {path}");
    }
    assert_eq!(worker.rest().get("/health").unwrap()["status"], "healthy");
}
