//! A scenario over every endpoint, recorded from the standalone worker of Apache Kafka Connect 4.3.1 and from one that is a cluster,
//! and replayed.
//!
//! `rest-scenario.jsonl` holds a line for each step, and between them what to wait for. `RUN`, `DIR`, `BASE` and `VERSION` stand for
//! values of a run, `WORKER`, `TRACE`, `TIME`, `COMMIT` and `CLUSTER` for any. Where the JVM words an answer itself, only the
//! status is kept. `rest-scenario-distributed.jsonl` has what else the worker of a cluster answers: fields of a step, with
//! `changes` fields of its response, or with `after` a step that only a cluster can be asked.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use caisson_harness::broker::{free_ports, fresh, shared};
use caisson_harness::deadline::until;
use caisson_harness::exchange::{Answer, connect, exchange};
use caisson_harness::worker::Plan;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);
/// How long a read may differ: what a request has begun shows a little later.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a worker may answer as it likes.
const ANYTHING: [&str; 5] = ["WORKER", "TRACE", "TIME", "COMMIT", "CLUSTER"];
/// What Apache Kafka comes with, and nothing else.
const KAFKAS: &str = "org.apache.kafka.*";
/// The version that clients are told.
const VERSION: &str = "4.3.1";

/// One run of the scenario.
struct Replay {
    run: String,
    folder: PathBuf,
    port: u16,
}

impl Replay {
    /// A text of the recording with the values of this run.
    fn text(&self, text: &str) -> String {
        let folder = self.folder.display().to_string();
        // The state RUNNING begins as the run does.
        let text = text.replace("RUNNING", "\u{1}").replace("RUN", &self.run).replace('\u{1}', "RUNNING");
        let text = match text.contains('%') {
            true => text.replace("DIR", &utf8_percent_encode(&folder, NON_ALPHANUMERIC).to_string()),
            false => text.replace("DIR", &folder),
        };
        text.replace("BASE/", &format!("http://127.0.0.1:{}/", self.port)).replace("VERSION", VERSION)
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::Object(map) => map.iter().map(|(key, value)| (self.text(key), self.value(value))).collect(),
            other => other.clone(),
        }
    }

    /// Sends a request; a text is sent as it is.
    fn send(&self, method: &str, path: &str, body: &Value, headers: &Value) -> anyhow::Result<Answer> {
        let body = match body {
            Value::Null => None,
            Value::String(text) => Some(self.text(text)),
            json => Some(self.value(json).to_string()),
        };
        let mut all = vec![("Host", Some(format!("127.0.0.1:{}", self.port))), ("Accept", Some("application/json".to_owned()))];
        all.extend(body.as_ref().map(|_| ("Content-Type", Some("application/json".to_owned()))));
        for (name, value) in headers.as_object().into_iter().flatten() {
            all.retain(|(known, _)| known != name);
            all.push((name, value.as_str().map(str::to_owned)));
        }
        let lines: Vec<String> = all.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}", value?))).collect();
        exchange(connect(self.port)?, method, &self.text(path), &lines, body.as_deref())
    }

    fn get(&self, path: &str) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&self.send("GET", path, &Value::Null, &Value::Null)?.body)?)
    }

    /// How many tasks the worker has started so far.
    fn started(&self) -> usize {
        let metrics = self.send("GET", "/metrics", &Value::Null, &Value::Null).unwrap().body;
        let line = metrics.lines().find(|line| line.starts_with("kafka_connect_worker_task_startup_success_total")).unwrap();
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() as usize
    }

    /// Makes a step. Returns how the answer differs from the recorded one.
    fn step(&self, step: &Value) -> Option<String> {
        let (method, path) = (step["method"].as_str().unwrap(), step["path"].as_str().unwrap());
        let end = Instant::now() + PATIENCE;
        let restarted =
            step["response"]["tasks"].as_array().into_iter().flatten().filter(|task| task["state"] == "RESTARTING").count();
        let started = (restarted > 0).then(|| self.started() + restarted);
        loop {
            let answer = self.send(method, path, &step["request"], &step["request_headers"]);
            let differs = match answer {
                Ok(answer) => self.difference(step, path, &answer),
                Err(error) => Some(format!("{error:#}")),
            };
            if let Some(started) = started {
                // Until then what comes next would be told of the task before.
                until("restarted tasks have started", LIMIT, || Ok((self.started() >= started).then_some(()))).unwrap();
            }
            // What only reads may be asked again.
            if differs.is_none() || method != "GET" || Instant::now() > end {
                return differs.map(|differs| format!("{}: {method} {path}: {differs}", step["step"]));
            }
        }
    }

    fn difference(&self, step: &Value, path: &str, answer: &Answer) -> Option<String> {
        if step["status"] != answer.status {
            return Some(format!("status {} for {}: {}", answer.status, step["status"], answer.body));
        }
        let media_type = answer.header("content-type").map(|type_| type_.split(';').next().unwrap().to_owned());
        if step["content_type"] != json!(media_type) {
            return Some(format!("content type {media_type:?} for {}", step["content_type"]));
        }
        for (name, wanted) in step["headers"].as_object().unwrap() {
            let told = answer.header(name).unwrap_or_default();
            let mut items: Vec<&str> = told.split(',').map(str::trim).collect();
            items.sort_unstable();
            if self.text(wanted.as_str().unwrap()) != items.join(",") {
                return Some(format!("{name}: {told} for {wanted}"));
            }
        }
        let wanted = step.get("response")?;
        let told = serde_json::from_str(&answer.body).unwrap_or_else(|_| json!(answer.body));
        let told = if answer.body.is_empty() { Value::Null } else { ordered(path, told) };
        let wanted = ordered(path, self.value(wanted));
        (!agrees(&wanted, &told)).then(|| format!("\n  told   {told}\n  wanted {wanted}"))
    }

    /// Waits for what a line of the recording says, or makes its request, whose answer does not matter.
    fn prepare(&self, line: &Value) -> anyhow::Result<()> {
        if let Some(method) = line["quiet"].as_str() {
            return self.send(method, line["path"].as_str().unwrap(), &line["body"], &Value::Null).map(|_| ());
        }
        let named =
            |key: &str| line[key].as_str().map(|name| utf8_percent_encode(&self.text(name), NON_ALPHANUMERIC).to_string());
        if let Some(name) = named("gone") {
            return until(&format!("{name} is gone"), LIMIT, || {
                let status = |path: &str| Ok::<_, anyhow::Error>(self.send("GET", path, &Value::Null, &Value::Null)?.status);
                let gone =
                    status(&format!("/connectors/{name}"))? == 404 && status(&format!("/connectors/{name}/status"))? == 404;
                Ok(gone.then_some(()))
            });
        }
        if let Some(name) = named("has") {
            let wanted = self.value(&line["config"]);
            return until(&format!("{name} has {wanted}"), LIMIT, || {
                Ok((self.get(&format!("/connectors/{name}/config"))? == wanted).then_some(()))
            });
        }
        let name = named("state").unwrap();
        until(&format!("{name} is {line}"), LIMIT, || {
            let status = self.get(&format!("/connectors/{name}/status"))?;
            let tasks: Vec<&Value> = status["tasks"].as_array().into_iter().flatten().map(|task| &task["state"]).collect();
            let reached = status["connector"]["state"] == line["connector"]
                && (line["tasks"].is_null() || tasks.iter().all(|state| **state == line["tasks"]))
                && (line["count"].is_null() || line["count"] == tasks.len());
            if reached { Ok(Some(())) } else { anyhow::bail!("{status}") }
        })
    }
}

/// Sorts what has no order, and leaves out loggers that the scenario did not set.
fn ordered(path: &str, value: Value) -> Value {
    match value {
        Value::Array(mut items) if path.starts_with("/connectors") && items.iter().all(Value::is_string) => {
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(map) => {
            let sorted = map.into_iter().map(|(key, value)| match value {
                Value::Array(mut items) if key == "offsets" => {
                    items.sort_by_key(|item| item["partition"].to_string());
                    (key, Value::Array(items))
                }
                value => (key, value),
            });
            sorted.collect()
        }
        other => other,
    }
}

/// Whether an answer is the recorded one, up to what may differ.
fn agrees(wanted: &Value, told: &Value) -> bool {
    match (wanted, told) {
        (Value::String(any), _) if ANYTHING.contains(&any.as_str()) => !told.is_null(),
        (Value::String(wanted), Value::String(told)) => match wanted.split_once("available connectors are: ") {
            Some((start, _)) => told.starts_with(start),
            None => wanted == told,
        },
        (Value::Array(wanted), Value::Array(told)) => {
            wanted.len() == told.len() && wanted.iter().zip(told).all(|(wanted, told)| agrees(wanted, told))
        }
        (Value::Object(wanted), Value::Object(told)) => {
            // An error whose message is the JVM's has been recorded without.
            let unsaid = |key: &str| key == "message" && wanted.contains_key("error_code") && !wanted.contains_key("message");
            let free = |key: &str| ["commit", "version"].contains(&key) && told.contains_key("kafka_cluster_id");
            told.keys().all(|key| wanted.contains_key(key) || unsaid(key) || free(key))
                && wanted.iter().all(|(key, wanted)| told.get(key).is_some_and(|told| agrees(wanted, told)))
        }
        _ => wanted == told,
    }
}

/// A file of JSON lines beside this one, recorded from the JVM's worker.
fn lines(file: &str) -> Vec<Value> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e").join(file)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The scenario as the worker of a cluster answers it.
fn of_a_cluster(mut scenario: Vec<Value>) -> Vec<Value> {
    for other in lines("rest-scenario-distributed.jsonl") {
        if let Some(before) = other.get("after") {
            let place = scenario.iter().position(|line| line["step"] == *before).unwrap();
            scenario.insert(place + 1, other);
            continue;
        }
        let step = scenario.iter_mut().find(|line| line["step"] == other["step"]).unwrap();
        for (key, value) in other.as_object().unwrap() {
            match key.as_str() {
                "changes" => step["response"].as_object_mut().unwrap().extend(value.as_object().unwrap().clone()),
                key => step[key] = value.clone(),
            }
        }
    }
    scenario
}

/// Replays the scenario against a fresh worker.
fn replay(mut plan: Plan, folder: &Path, port: u16, scenario: &[Value]) {
    plan.set("offset.flush.interval.ms", "500");
    plan.set("plugin.allowlist", KAFKAS);
    let _worker = plan.start().unwrap();
    let replay = Replay { run: fresh("r"), folder: folder.canonicalize().unwrap(), port };
    for (name, text) in [("in.txt", "one\ntwo\nthree\n"), ("empty.txt", ""), ("bad.txt", "x\n")] {
        fs::write(folder.join(name), text).unwrap();
    }
    let (mut steps, mut differences) = (0, Vec::new());
    for line in scenario {
        match line.get("step") {
            Some(_) => {
                steps += 1;
                differences.extend(replay.step(line));
            }
            None => replay.prepare(line).unwrap_or_else(|error| differences.push(format!("{error:#}"))),
        }
        if differences.len() > 10 {
            break;
        }
    }
    assert!(steps > 400 || !differences.is_empty(), "{steps} steps only");
    assert!(differences.is_empty(), "of {steps} steps differ:\n{}", differences.join("\n"));
}

#[test]
fn every_endpoint_answers_as_kafka_connect_does() {
    let folder = tempfile::tempdir().unwrap();
    let [port] = free_ports().unwrap();
    let mut plan = Plan::at(folder.path(), port);
    plan.set("bootstrap.servers", shared().unwrap());
    replay(plan, folder.path(), port, &lines("rest-scenario.jsonl"));
}

#[test]
fn every_endpoint_of_a_cluster_answers_as_kafka_connect_does() {
    let folder = tempfile::tempdir().unwrap();
    let plan = Plan::in_cluster(folder.path(), shared().unwrap(), &fresh("rest")).unwrap();
    let port = plan.port();
    replay(plan, folder.path(), port, &of_a_cluster(lines("rest-scenario.jsonl")));
}
