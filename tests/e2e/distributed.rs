//! Workers of a cluster on real Kafka: alone, three of them, one that dies, and in turn with the JVM's worker.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use caisson_harness::broker::{fresh, shared};
use caisson_harness::deadline::until;
use caisson_harness::distribution::Distribution;
use caisson_harness::rest::Rest;
use caisson_harness::worker::{Plan, Worker};
use caisson_tests::pipelines::plain_source;
use caisson_tests::topics::Topics;
use serde_json::{Value, json};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(120);

/// A cluster to be: a folder for each worker, and a file and a topic for each connector.
struct Stage {
    topics: Topics,
    group: String,
    folder: TempDir,
    sent: BTreeMap<String, u64>,
}

impl Stage {
    fn new(name: &str) -> Self {
        let topics = Topics::of(shared().unwrap()).unwrap();
        Self { topics, group: fresh(name), folder: tempfile::tempdir().unwrap(), sent: BTreeMap::new() }
    }

    fn plan(&self, number: u32) -> Plan {
        let folder = self.folder.path().join(format!("worker-{number}"));
        std::fs::create_dir_all(&folder).unwrap();
        let mut plan = Plan::in_cluster(&folder, shared().unwrap(), &self.group).unwrap();
        plan.set("offset.flush.interval.ms", "500");
        plan.set("scheduled.rebalance.max.delay.ms", "1500");
        plan.set("status.storage.partitions", "1");
        plan
    }

    fn file(&self, connector: &str) -> PathBuf {
        self.folder.path().join(format!("{connector}.txt"))
    }

    fn topic(&self, connector: &str) -> String {
        format!("{}-{connector}", self.group)
    }

    fn source(&self, connector: &str) -> Value {
        File::create(self.file(connector)).unwrap();
        self.topics.create(&self.topic(connector), 1).unwrap();
        plain_source(&self.file(connector), &self.topic(connector))
    }

    /// Adds lines to the connector's file.
    fn write(&mut self, connector: &str, lines: u64) {
        let sent = self.sent.entry(connector.to_owned()).or_default();
        let mut file = OpenOptions::new().append(true).open(self.folder.path().join(format!("{connector}.txt"))).unwrap();
        for number in *sent..*sent + lines {
            writeln!(file, "line {number}").unwrap();
        }
        *sent += lines;
    }

    /// Waits until every line has come, and returns all values in the topic.
    fn values(&self, connector: &str) -> Vec<String> {
        let sent = self.sent.get(connector).copied().unwrap_or_default();
        let (mut values, last) = (Vec::new(), format!("line {}", sent - 1));
        let read = self.topics.read(&self.topic(connector), LIMIT, |record| {
            values.push(String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned());
            values.last() == Some(&last)
        });
        read.unwrap_or_else(|error| panic!("{connector}: {error:#}; the last is {:?}", values.last()));
        values
    }

    /// Every line once and in order.
    fn assert_exactly(&self, connector: &str) {
        let sent = self.sent.get(connector).copied().unwrap_or_default();
        assert!(self.values(connector).into_iter().eq((0..sent).map(|number| format!("line {number}"))), "{connector}");
    }

    /// Every line, whether or not some came twice.
    fn assert_all(&self, connector: &str) {
        let sent = self.sent.get(connector).copied().unwrap_or_default();
        let seen: BTreeSet<String> = self.values(connector).into_iter().collect();
        assert_eq!(seen.len() as u64, sent, "{connector}");
    }

    /// Records of the cluster's own topic so far: key and value.
    fn records(&self, topic: &str) -> Vec<(String, Value)> {
        let topic = format!("{}-{topic}", self.group);
        let end = self.topics.end(&topic).unwrap();
        let mut records = Vec::new();
        let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        let read = self.topics.read(&topic, LIMIT, |record| {
            let value = serde_json::from_slice(record.value.unwrap_or_default()).unwrap_or(Value::Null);
            records.push((text(record.key), value));
            record.offset as u64 + 1 >= end
        });
        read.unwrap();
        records
    }
}

/// Worker of the connector and of its task 0.
fn owners(rest: &Rest, connector: &str) -> (String, String) {
    let status = rest.get(&format!("/connectors/{connector}/status")).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&status["connector"]["worker_id"]), text(&status["tasks"][0]["worker_id"]))
}

fn await_status(rest: &Rest, connector: &str, wanted: impl Fn(&Value) -> bool) {
    until(&format!("{connector} has the status"), LIMIT, || {
        let status = rest.get(&format!("/connectors/{connector}/status"))?;
        match wanted(&status) {
            true => Ok(Some(())),
            false => bail!("{status}"),
        }
    })
    .unwrap();
}

fn await_gone(rest: &Rest, path: &str) {
    until(&format!("{path} is gone"), LIMIT, || Ok((rest.call("GET", path, None)?.status == 404).then_some(()))).unwrap();
}

#[test]
fn one_worker_is_a_whole_cluster() {
    let mut stage = Stage::new("one");
    let plan = stage.plan(0);
    let worker = plan.start().unwrap();
    let rest = worker.rest();
    let config = stage.source("in");
    stage.write("in", 10);
    let created = rest.create("in", &config).unwrap();
    assert_eq!((&created["name"], &created["type"]), (&json!("in"), &json!("source")));
    assert_eq!(rest.call("POST", "/connectors", Some(&json!({"name": "in", "config": config}))).unwrap().status, 409);
    rest.await_running("in", LIMIT).unwrap();
    stage.assert_exactly("in");
    let tasks = rest.get("/connectors/in/tasks").unwrap();
    assert_eq!(tasks[0]["id"], json!({"connector": "in", "task": 0}));
    assert_eq!(rest.get("/connectors/in/topics").unwrap(), json!({"in": {"topics": [stage.topic("in")]}}));

    assert_eq!(rest.call("POST", "/connectors/in/tasks/0/restart", None).unwrap().status, 204);
    assert_eq!(rest.call("POST", "/connectors/in/tasks/7/restart", None).unwrap().body["message"], "Unknown task: in-7");
    rest.await_running("in", LIMIT).unwrap();
    let planned = rest.ask("POST", "/connectors/in/restart?includeTasks=true", None).unwrap();
    assert_eq!(planned["tasks"][0]["state"], "RESTARTING");
    rest.await_running("in", LIMIT).unwrap();
    rest.ask("PUT", "/connectors/in/pause", None).unwrap();
    await_status(rest, "in", |status| status["connector"]["state"] == "PAUSED" && status["tasks"][0]["state"] == "PAUSED");
    rest.ask("PUT", "/connectors/in/resume", None).unwrap();
    rest.await_running("in", LIMIT).unwrap();
    stage.write("in", 10);
    stage.assert_exactly("in");

    // It is all in the topics: another run of the worker goes on where this one stopped.
    worker.terminate().unwrap();
    let worker = plan.start().unwrap();
    let rest = worker.rest();
    rest.await_running("in", LIMIT).unwrap();
    stage.write("in", 10);
    stage.assert_exactly("in");

    rest.ask("PUT", "/connectors/in/stop", None).unwrap();
    await_status(rest, "in", |status| status["connector"]["state"] == "STOPPED" && status["tasks"] == json!([]));
    let reset = rest.ask("DELETE", "/connectors/in/offsets", None).unwrap();
    assert_eq!(reset["message"], "The offsets for this connector have been reset successfully");
    assert_eq!(rest.get("/connectors/in/offsets").unwrap(), json!({"offsets": []}));
    rest.delete("in").unwrap();
    await_gone(rest, "/connectors/in/status");
    assert_eq!(rest.get("/connectors").unwrap(), json!([]));
    let unsigned = rest.call("POST", "/connectors/in/tasks", Some(&json!([]))).unwrap();
    assert_eq!((unsigned.status, &unsigned.body["message"]), (400, &json!("Internal request missing required signature")));
    worker.terminate().unwrap();
}

/// Three workers with six connectors, two for each.
fn three(stage: &mut Stage) -> (Vec<Worker>, Vec<String>) {
    let plans: Vec<Plan> = (0..3).map(|number| stage.plan(number)).collect();
    let workers: Vec<Worker> = plans.iter().map(|plan| plan.start().unwrap()).collect();
    let names: Vec<String> = (0..6).map(|number| format!("c{number}")).collect();
    for (number, name) in names.iter().enumerate() {
        let config = stage.source(name);
        stage.write(name, 5);
        // Whoever is asked sends it to the leader.
        workers[number % 3].rest().create(name, &config).unwrap();
    }
    for name in &names {
        workers[0].rest().await_running(name, LIMIT).unwrap();
    }
    (workers, names)
}

/// I22, I23: what was not moved never stops, and what was is run by one worker at a time.
#[test]
fn a_killed_workers_tasks_run_elsewhere() {
    let mut stage = Stage::new("three");
    let (mut workers, names) = three(&mut stage);
    let id = |worker: &Worker| worker.rest().base().trim_start_matches("http://").to_owned();
    let rest = workers[0].rest().clone();
    let before: BTreeMap<&String, (String, String)> = names.iter().map(|name| (name, owners(&rest, name))).collect();
    for worker in &workers {
        let connectors = before.values().filter(|(connector, _)| *connector == id(worker)).count();
        let tasks = before.values().filter(|(_, task)| *task == id(worker)).count();
        assert_eq!((connectors, tasks), (2, 2), "{before:?}");
    }
    let victim = workers.pop().unwrap();
    let dead = id(&victim);
    let statuses = stage.records("status").len();
    victim.kill();
    for name in &names {
        await_status(&rest, name, |status| {
            status["connector"]["worker_id"] != dead
                && status["tasks"][0]["worker_id"] != dead
                && status["tasks"][0]["state"] == "RUNNING"
        });
    }
    let moved: BTreeSet<String> = stage.records("status").into_iter().skip(statuses).map(|(key, _)| key).collect();
    for name in &names {
        stage.write(name, 5);
    }
    for name in &names {
        stage.assert_all(name);
        let (connector, task) = &before[name];
        assert_eq!(moved.contains(&format!("status-connector-{name}")), *connector == dead, "{name}: {moved:?}");
        assert_eq!(moved.contains(&format!("status-task-{name}-0")), *task == dead, "{name}: {moved:?}");
    }
    for worker in workers {
        worker.terminate().unwrap();
    }
}

#[test]
fn any_worker_takes_any_request() {
    let mut stage = Stage::new("any");
    let (workers, names) = three(&mut stage);
    for (number, name) in names.iter().enumerate() {
        let rest = workers[(number + 1) % 3].rest();
        assert_eq!(rest.call("POST", &format!("/connectors/{name}/tasks/0/restart"), None).unwrap().status, 204);
        assert_eq!(rest.call("POST", &format!("/connectors/{name}/restart"), None).unwrap().status, 204);
        rest.await_running(name, LIMIT).unwrap();
        let mut config = rest.get(&format!("/connectors/{name}/config")).unwrap();
        config["batch.size"] = "7".into();
        assert_eq!(rest.call("PUT", &format!("/connectors/{name}/config"), Some(&config)).unwrap().status, 200);
        let absent = rest.call("DELETE", "/connectors/nope", None).unwrap();
        assert_eq!((absent.status, absent.body), (404, json!({"error_code": 404, "message": "Connector nope not found"})));
    }
    for (number, name) in names.iter().enumerate() {
        let rest = workers[(number + 2) % 3].rest();
        until("the task has the new configuration", LIMIT, || {
            Ok((rest.get(&format!("/connectors/{name}/tasks"))?[0]["config"]["batch.size"] == "7").then_some(()))
        })
        .unwrap();
        rest.await_running(name, LIMIT).unwrap();
        rest.ask("PUT", &format!("/connectors/{name}/stop"), None).unwrap();
        rest.delete(name).unwrap();
    }
    for worker in workers {
        await_gone(worker.rest(), "/connectors/c0/status");
        worker.terminate().unwrap();
    }
}

#[test]
fn a_topic_that_is_not_compacted_is_refused() {
    let stage = Stage::new("unfit");
    stage.topics.create(&format!("{}-config", stage.group), 1).unwrap();
    let refusal = stage.plan(0).refusal().unwrap();
    let wanted = "supplied via the 'config.storage.topic' property is required to have 'cleanup.policy=compact' to guarantee consistency \
                  and durability of connector configurations, but found the topic currently has 'cleanup.policy=delete'";
    assert!(refusal.contains(wanted), "{refusal}");
}

/// The JVM's worker of the same cluster, in the same topics.
fn jvm(stage: &Stage, folder: &Path) -> anyhow::Result<Worker> {
    std::fs::create_dir_all(folder)?;
    let mut plan = Plan::in_cluster(folder, shared()?, &stage.group)?;
    let distribution = Distribution::find()?;
    plan.set("offset.flush.interval.ms", "500");
    plan.set("plugin.path", &distribution.plugin_path().display().to_string());
    let mut command = distribution.java(&["-Xms64m", "-Xmx256m"], folder)?;
    command.arg("org.apache.kafka.connect.cli.ConnectDistributed").args(plan.arguments()?);
    plan.start_as(&command).context("the JVM's worker")
}

/// Its own hooks and Jetty's wait for each other now and then when it is told to stop: it is killed then, its offsets being written.
fn stop_jvm(worker: Worker) {
    if let Err(error) = worker.terminate() {
        println!("the JVM's worker was killed: {}", error.root_cause());
    }
}

#[test]
fn a_cluster_is_taken_over_from_the_jvm_and_given_back() {
    let mut stage = Stage::new("jvm");
    let config = stage.source("in");
    stage.write("in", 5);
    let worker = jvm(&stage, &stage.folder.path().join("jvm")).unwrap();
    worker.rest().create("in", &config).unwrap();
    worker.rest().await_running("in", LIMIT).unwrap();
    stage.assert_exactly("in");
    stop_jvm(worker);

    stage.write("in", 5);
    let worker = stage.plan(0).start().unwrap();
    worker.rest().await_running("in", LIMIT).unwrap();
    stage.assert_exactly("in");
    worker.rest().ask("PUT", "/connectors/in/pause", None).unwrap();
    await_status(worker.rest(), "in", |status| status["tasks"][0]["state"] == "PAUSED");
    worker.terminate().unwrap();

    stage.write("in", 5);
    let worker = jvm(&stage, &stage.folder.path().join("jvm")).unwrap();
    await_status(worker.rest(), "in", |status| status["connector"]["state"] == "PAUSED");
    worker.rest().ask("PUT", "/connectors/in/resume", None).unwrap();
    worker.rest().await_running("in", LIMIT).unwrap();
    stage.assert_exactly("in");
    stop_jvm(worker);
}
