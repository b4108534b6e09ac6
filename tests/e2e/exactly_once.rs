//! Sources that write exactly once, in workers of a cluster on real Kafka: killed, frozen, paused, restarted, reconfigured, without their
//! broker for a while, and in turn with the JVM's worker.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use caisson_harness::broker::{Kafka, fresh, shared};
use caisson_harness::deadline::until;
use caisson_harness::distribution::Distribution;
use caisson_harness::rest::Rest;
use caisson_harness::worker::{Plan, Worker};
use caisson_tests::pipelines::plain_source;
use caisson_tests::topics::Topics;
use fastrand::Rng;
use serde_json::{Value, json};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(120);
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";

/// A cluster to be: a folder for each worker, and a file and a topic for each file source.
struct Stage {
    bootstrap: String,
    topics: Topics,
    group: String,
    folder: TempDir,
    sent: BTreeMap<String, u64>,
}

impl Stage {
    fn new(name: &str) -> Self {
        Self::on(shared().unwrap(), name)
    }

    fn on(bootstrap: &str, name: &str) -> Self {
        let (bootstrap, topics) = (bootstrap.to_owned(), Topics::of(bootstrap).unwrap());
        Self { bootstrap, topics, group: fresh(name), folder: tempfile::tempdir().unwrap(), sent: BTreeMap::new() }
    }

    fn plan(&self, number: u32) -> Plan {
        let folder = self.folder.path().join(format!("worker-{number}"));
        fs::create_dir_all(&folder).unwrap();
        let mut plan = Plan::in_cluster(&folder, &self.bootstrap, &self.group).unwrap();
        plan.set("exactly.once.source.support", "enabled");
        plan.set("offset.flush.interval.ms", "300");
        plan.set("scheduled.rebalance.max.delay.ms", "1500");
        plan.set("offset.storage.partitions", "1");
        plan.set("status.storage.partitions", "1");
        plan.set("plugin.path", &self.probe().display().to_string());
        plan
    }

    /// A folder with the source that bounds its transactions.
    fn probe(&self) -> PathBuf {
        let (folder, name) = (self.folder.path().join("plugins"), "probe-bounded.wasm");
        fs::create_dir_all(&folder).unwrap();
        let component = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components").join(name);
        fs::copy(&component, folder.join(name)).unwrap();
        folder
    }

    fn topic(&self, name: &str) -> String {
        format!("{}-{name}", self.group)
    }

    fn file_source(&self, name: &str, more: &[(&str, &str)]) -> Value {
        let file = self.folder.path().join(format!("{name}.txt"));
        File::create(&file).unwrap();
        self.topics.create(&self.topic(name), 1).unwrap();
        with(plain_source(&file, &self.topic(name)), more)
    }

    /// The probe, whose plan is in its configuration.
    fn bounded(&self, name: &str, plan: &str, more: &[(&str, &str)]) -> Value {
        self.topics.create(&self.topic(name), 1).unwrap();
        let config = json!({
            "connector.class": "caisson.probe.Bounded", "tasks.max": "1", "plan": plan, "topic": self.topic(name),
            "key.converter": STRING, "value.converter": STRING,
        });
        with(config, more)
    }

    /// Adds lines to a file source's file.
    fn write(&mut self, name: &str, lines: u64) {
        let sent = self.sent.entry(name.to_owned()).or_default();
        let mut file = OpenOptions::new().append(true).open(self.folder.path().join(format!("{name}.txt"))).unwrap();
        for number in *sent..*sent + lines {
            writeln!(file, "line {number}").unwrap();
        }
        *sent += lines;
    }

    /// Values that readers of committed records see, in order.
    fn values(&self, topic: &str) -> Vec<String> {
        self.topics.committed_records(&self.topic(topic)).unwrap().into_iter().map(|(_, value)| value).collect()
    }

    /// Waits until they are these.
    fn await_values(&self, topic: &str, wanted: &[&str]) {
        until(&format!("{topic} has {wanted:?}"), LIMIT, || {
            let values = self.values(topic);
            if values == wanted {
                return Ok(Some(()));
            }
            bail!("{values:?}")
        })
        .unwrap();
    }

    /// The newest line of a file source's file.
    fn last(&self, name: &str) -> String {
        format!("line {}", self.sent[name] - 1)
    }

    /// Whether readers of committed records see it.
    fn has_last(&self, name: &str) -> bool {
        self.values(name).last() == Some(&self.last(name))
    }

    /// Waits until every line has come: each once, and in order.
    fn assert_exactly(&self, name: &str) {
        let (sent, last) = (self.sent[name], self.last(name));
        until(&format!("{last} of {name} comes"), LIMIT, || {
            let values = self.values(name);
            if values.last() == Some(&last) {
                return Ok(Some(()));
            }
            bail!("{} values, the last is {:?}", values.len(), values.last())
        })
        .unwrap();
        let values = self.values(name);
        let wrong = values.iter().enumerate().find(|(number, value)| **value != format!("line {number}"));
        assert_eq!((wrong, values.len() as u64), (None, sent), "{name}");
    }

    /// Values under a key of one of the cluster's own topics so far.
    fn records(&self, topic: &str, key: &str) -> Vec<Value> {
        let records = self.topics.committed_records(&self.topic(topic)).unwrap().into_iter();
        records.filter(|(known, _)| known == key).map(|(_, value)| serde_json::from_str(&value).unwrap_or(Value::Null)).collect()
    }
}

fn with(mut config: Value, more: &[(&str, &str)]) -> Value {
    for (key, value) in more {
        config[*key] = (*value).into();
    }
    config
}

fn await_state(rest: &Rest, connector: &str, state: &str, tasks: bool) {
    until(&format!("{connector} is {state}"), LIMIT, || {
        let status = rest.get(&format!("/connectors/{connector}/status"))?;
        let all = status["tasks"].as_array().is_some_and(|all| all.iter().all(|task| task["state"] == state));
        match status["connector"]["state"] == state && (all || !tasks) {
            true => Ok(Some(())),
            false => bail!("{status}"),
        }
    })
    .unwrap();
}

/// Does it as often as the cluster says that now is not the time.
fn insist(what: &str, mut ask: impl FnMut() -> anyhow::Result<Value>) {
    until(what, LIMIT, || Ok(Some(ask()?))).unwrap();
}

/// What happens to a cluster in one round.
#[derive(Debug, Clone, Copy)]
enum Event {
    Kill,
    Pause,
    Restart,
    Reconfigure,
    Depart,
    RestartBroker,
}

/// How often each happens, in an order that looks random and is the same in every run.
const EVENTS: [(Event, usize); 6] = [
    (Event::Kill, 4),
    (Event::Pause, 3),
    (Event::Restart, 3),
    (Event::Reconfigure, 4),
    (Event::Depart, 3),
    (Event::RestartBroker, 3),
];
const SEED: u64 = 3;

/// Three workers and the broker that they live on.
struct Cluster {
    kafka: Kafka,
    plans: Vec<Plan>,
    workers: Vec<Option<Worker>>,
}

impl Cluster {
    /// Lets something happen to a worker, to the connector `name`, or to the broker.
    fn meet(&mut self, event: Event, random: &mut Rng, name: &str) {
        let victim = random.usize(..self.workers.len());
        let other = self.workers[(victim + 1) % self.workers.len()].as_ref().unwrap().rest().clone();
        let connector = format!("/connectors/{name}");
        match event {
            Event::Kill => {
                self.workers[victim].take().unwrap().kill();
                self.workers[victim] = Some(self.plans[victim].start().unwrap());
            }
            Event::Pause => {
                insist("pause", || other.ask("PUT", &format!("{connector}/pause"), None));
                insist("resume", || other.ask("PUT", &format!("{connector}/resume"), None));
            }
            Event::Restart => insist("restart", || other.ask("POST", &format!("{connector}/restart?includeTasks=true"), None)),
            Event::Reconfigure => insist("reconfigure", || {
                let mut config = other.get(&format!("{connector}/config"))?;
                config["batch.size"] = random.u32(3..30).to_string().into();
                other.ask("PUT", &format!("{connector}/config"), Some(&config))
            }),
            Event::Depart => {
                self.workers[victim].take().unwrap().terminate().unwrap();
                self.workers[victim] = Some(self.plans[victim].start().unwrap());
            }
            Event::RestartBroker => {
                self.kafka.stop().unwrap();
                self.kafka.start_again().unwrap();
            }
        }
    }
}

/// I26, I27: twenty rounds at moments of their own, while lines come all the time.
#[test]
fn every_line_is_seen_once_whatever_happens_to_workers_and_broker() {
    let kafka = Kafka::start_with(&["-Xms256m", "-Xmx512m"], &["group.min.session.timeout.ms=1000"]).unwrap();
    let mut stage = Stage::on(kafka.bootstrap(), "once");
    let mut plans: Vec<Plan> = (0..3).map(|number| stage.plan(number)).collect();
    for plan in &mut plans {
        plan.set("session.timeout.ms", "3000");
        plan.set("heartbeat.interval.ms", "500");
    }
    let workers = plans.iter().map(|plan| Some(plan.start().unwrap())).collect();
    let mut cluster = Cluster { kafka, plans, workers };
    let own = stage.topic("own-offsets");
    let kinds: [&[(&str, &str)]; 4] = [
        &[("batch.size", "3")],
        &[("transaction.boundary", "interval")],
        &[("batch.size", "7"), ("offsets.storage.topic", &own)],
        &[("transaction.boundary", "interval"), ("transaction.boundary.interval.ms", "50"), ("exactly.once.support", "required")],
    ];
    let names = ["c0", "c1", "c2", "c3"];
    for (name, more) in names.iter().zip(kinds) {
        let config = stage.file_source(name, more);
        insist("create", || cluster.workers[0].as_ref().unwrap().rest().create(name, &config));
    }
    let mut random = Rng::with_seed(SEED);
    let mut events: Vec<Event> = EVENTS.iter().flat_map(|(event, times)| std::iter::repeat_n(*event, *times)).collect();
    random.shuffle(&mut events);
    for event in events {
        let began = Instant::now();
        for name in names {
            stage.write(name, 50 + random.u64(..200));
        }
        let name = names[random.usize(..names.len())];
        cluster.meet(event, &mut random, name);
        // Some lines always find their way: what happens next happens to tasks at work.
        until("lines go on coming", LIMIT, || Ok(names.iter().any(|name| stage.has_last(name)).then_some(()))).unwrap();
        println!("{event:?}: {:?}", began.elapsed());
    }
    for name in names {
        stage.write(name, 10);
        cluster.workers[0].as_ref().unwrap().rest().await_running(name, LIMIT).unwrap();
    }
    for name in names {
        stage.assert_exactly(name);
    }
    for worker in cluster.workers.into_iter().flatten() {
        worker.terminate().unwrap();
    }
    for name in names {
        stage.assert_exactly(name);
    }
}

/// Sends a signal by name.
fn signal(worker: &Worker, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), worker.pid().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// I26: a worker that was away, and does not know that others have its tasks by now, writes nothing that anybody sees.
#[test]
fn a_worker_that_was_frozen_writes_nothing_more() {
    let mut stage = Stage::new("zombie");
    let plans: Vec<Plan> = (0..2).map(|number| stage.plan(number)).collect();
    let workers: Vec<Worker> = plans.iter().map(|plan| plan.start().unwrap()).collect();
    let config =
        stage.file_source("in", &[("transaction.boundary", "interval"), ("transaction.boundary.interval.ms", "3600000")]);
    workers[0].rest().create("in", &config).unwrap();
    workers[0].rest().await_running("in", LIMIT).unwrap();
    stage.write("in", 10);
    let owner = |rest: &Rest| rest.get("/connectors/in/status").unwrap()["tasks"][0]["worker_id"].as_str().unwrap().to_owned();
    let first = owner(workers[0].rest());
    let (zombie, other): (Vec<&Worker>, Vec<&Worker>) = workers.iter().partition(|worker| worker.rest().base().ends_with(&first));
    until("the zombie's transaction holds the lines", LIMIT, || {
        Ok((stage.topics.end_of_open(&stage.topic("in"))? >= 10).then_some(()))
    })
    .unwrap();
    assert_eq!(stage.values("in"), [""; 0]);
    signal(zombie[0], "STOP");
    until("the other has the task", LIMIT, || {
        let status = other[0].rest().get("/connectors/in/status")?;
        let task = &status["tasks"][0];
        Ok((task["state"] == "RUNNING" && !zombie[0].rest().base().ends_with(task["worker_id"].as_str().unwrap())).then_some(()))
    })
    .unwrap();
    stage.write("in", 10);
    signal(zombie[0], "CONT");
    // What it tells of its end concerns nobody any more.
    insist("reconfigure", || {
        let config = with(config.clone(), &[("transaction.boundary", "poll")]);
        other[0].rest().ask("PUT", "/connectors/in/config", Some(&config))
    });
    stage.assert_exactly("in");
    for worker in workers {
        worker.terminate().unwrap();
    }
    stage.assert_exactly("in");
}

/// The leader writes how many tasks there are before they begin, and fences those before; what they had under way is never seen.
#[test]
fn tasks_before_are_fenced_when_there_are_new_ones() {
    let stage = Stage::new("fencing");
    let worker = stage.plan(0).start().unwrap();
    let rest = worker.rest();
    let connector = [
        ("tasks.max", "3"),
        ("transaction.boundary", "connector"),
        ("support", "supported"),
        ("exactly.once.support", "required"),
    ];
    let config = stage.bounded("c", "a b+ c", &connector);
    rest.create("c", &config).unwrap();
    rest.await_running("c", LIMIT).unwrap();
    // Not by the values: what a task has under way holds back readers of what others committed after it.
    until("every task has committed once", LIMIT, || {
        let offsets = rest.get("/connectors/c/offsets")?;
        let done = offsets["offsets"].as_array().is_some_and(|all| all.len() == 3);
        Ok((done && offsets["offsets"].as_array().into_iter().flatten().all(|one| one["offset"]["record"] == 1)).then_some(()))
    })
    .unwrap();
    assert_eq!(stage.records("config", "tasks-fencing-c"), [json!({"task-count": 3})]);
    let fewer = with(config, &[("tasks.max", "2"), ("plan", "a b+ d+ e-; f +")]);
    rest.ask("PUT", "/connectors/c/config", Some(&fewer)).unwrap();
    until("the new plan is carried out", LIMIT, || Ok((stage.values("c").len() == 10).then_some(()))).unwrap();
    let mut values = stage.values("c");
    values.sort();
    assert_eq!(values, ["0a", "0b", "0d", "0f", "1a", "1b", "1d", "1f", "2a", "2b"]);
    assert_eq!(stage.records("config", "tasks-fencing-c"), [json!({"task-count": 3}), json!({"task-count": 2})]);

    rest.ask("PUT", "/connectors/c/stop", None).unwrap();
    await_state(rest, "c", "STOPPED", false);
    let offsets = json!({"offsets": [{"partition": {"task": "0"}, "offset": {"record": 4}}]});
    let altered = rest.ask("PATCH", "/connectors/c/offsets", Some(&offsets)).unwrap();
    assert!(altered["message"].as_str().unwrap().contains("have been altered successfully"), "{altered}");
    assert_eq!(stage.records("config", "tasks-fencing-c").last(), Some(&json!({"task-count": 0})));
    let offset = |task: &str| {
        let all = rest.get("/connectors/c/offsets").unwrap();
        let all = all["offsets"].as_array().unwrap().clone();
        all.into_iter().find(|one| one["partition"]["task"] == task).map(|one| one["offset"]["record"].clone())
    };
    assert_eq!((offset("0"), offset("1"), offset("2")), (Some(json!(4)), Some(json!(4)), Some(json!(1))));
    rest.ask("DELETE", "/connectors/c/offsets", None).unwrap();
    assert_eq!(rest.get("/connectors/c/offsets").unwrap(), json!({"offsets": []}));
    rest.ask("PUT", "/connectors/c/resume", None).unwrap();
    until("all of it comes again", LIMIT, || Ok((stage.values("c").len() == 18).then_some(()))).unwrap();
    worker.terminate().unwrap();
}

/// Errors of a key, by a worker.
fn errors(rest: &Rest, config: &Value, key: &str) -> Vec<String> {
    let path = format!("/connector-plugins/{}/config/validate", config["connector.class"].as_str().unwrap());
    let infos = rest.ask("PUT", &path, Some(config)).unwrap();
    let value = infos["configs"].as_array().unwrap().iter().map(|info| &info["value"]).find(|value| value["name"] == key);
    let errors = value.unwrap()["errors"].as_array().unwrap().iter();
    errors.map(|error| error.as_str().unwrap().to_owned()).collect()
}

/// The texts are those of Kafka's `DistributedHerder`.
#[test]
fn what_cannot_be_had_is_refused() {
    let stage = Stage::new("refused");
    let worker = stage.plan(0).start().unwrap();
    let second = Stage::new("preparing");
    let mut preparing = second.plan(0);
    preparing.set("exactly.once.source.support", "PREPARING");
    let preparing = preparing.start().unwrap();
    let config = |more: &[(&str, &str)]| with(stage.bounded("r", "a", &[("name", "r")]), more);
    let required = |support| config(&[("exactly.once.support", "Required"), ("support", support)]);
    let support = |rest: &Rest, config: &Value| errors(rest, config, "exactly.once.support");
    let rest = worker.rest();
    assert_eq!(support(rest, &required("supported")), [""; 0]);
    let unsupported = "The connector does not support exactly-once semantics with the provided configuration.";
    assert_eq!(support(rest, &required("unsupported")), [unsupported]);
    let silent = support(rest, &required("")).remove(0);
    assert!(silent.starts_with("The connector does not implement the API required for preflight validation"), "{silent}");
    let failed = support(rest, &required("fail")).remove(0);
    assert!(
        failed.starts_with("An unexpected error occurred during validation: ") && failed.contains("asked too much"),
        "{failed}"
    );
    let disabled = "This worker does not have exactly-once source support enabled.";
    assert_eq!(support(preparing.rest(), &required("unsupported")), [disabled, unsupported]);

    let bounded = |boundaries| config(&[("transaction.boundary", "connector"), ("boundaries", boundaries)]);
    let boundary = |config: &Value| errors(rest, config, "transaction.boundary");
    assert_eq!(boundary(&bounded("true")), [""; 0]);
    let without = boundary(&bounded("false")).remove(0);
    assert!(without.starts_with("The connector does not support connector-defined transaction boundaries"), "{without}");
    assert!(boundary(&bounded("fail")).remove(0).contains("asked too much"));
    let wrong = boundary(&config(&[("transaction.boundary", "sometimes")]));
    assert_eq!(
        wrong,
        [
            "Invalid value sometimes for configuration transaction.boundary: String must be one of (case insensitive): INTERVAL, POLL, CONNECTOR"
        ]
    );
    let file = json!({"connector.class": "FileStreamSource", "name": "f", "topic": "t", "exactly.once.support": "required"});
    assert_eq!(support(rest, &file), [unsupported], "the standard input has no positions");
    let refused = rest.call("POST", "/connectors", Some(&json!({"name": "r", "config": required("unsupported")}))).unwrap();
    assert_eq!(refused.status, 400);

    // Tasks of a cluster that prepares write as ever.
    preparing.rest().create("r", &config(&[])).unwrap();
    stage.await_values("r", &["0a"]);
    worker.terminate().unwrap();
    preparing.terminate().unwrap();
}

/// Under `disabled` too a connector may have a topic of its own for offsets, with a copy in the worker's.
#[test]
fn offsets_of_at_least_once_may_have_a_topic_of_their_own() {
    let stage = Stage::new("own");
    let mut plan = stage.plan(0);
    plan.set("exactly.once.source.support", "disabled");
    let worker = plan.start().unwrap();
    let rest = worker.rest();
    let own = stage.topic("offsets-of-c");
    rest.create("c", &stage.bounded("c", "a b", &[("offsets.storage.topic", &own)])).unwrap();
    stage.await_values("c", &["0a", "0b"]);
    for topic in ["offsets-of-c", "offset"] {
        let key = r#"["c",{"task":"0"}]"#;
        until(&format!("{topic} has the offset"), LIMIT, || {
            Ok((stage.records(topic, key).last() == Some(&json!({"record": 1}))).then_some(()))
        })
        .unwrap();
    }
    rest.ask("PUT", "/connectors/c/stop", None).unwrap();
    await_state(rest, "c", "STOPPED", false);
    rest.ask("DELETE", "/connectors/c/offsets", None).unwrap();
    assert_eq!(rest.get("/connectors/c/offsets").unwrap(), json!({"offsets": []}));
    worker.terminate().unwrap();
}

/// A transaction that the brokers gave up is explained.
#[test]
fn a_transaction_that_takes_too_long_is_explained() {
    let mut stage = Stage::new("long");
    let worker = stage.plan(0).start().unwrap();
    let rest = worker.rest();
    let settings = [
        ("transaction.boundary", "interval"),
        ("transaction.boundary.interval.ms", "14000"),
        ("producer.override.transaction.timeout.ms", "1000"),
    ];
    let config = stage.file_source("in", &settings);
    stage.write("in", 3);
    rest.create("in", &config).unwrap();
    let trace = rest.await_failed_task("in", 0, LIMIT).unwrap();
    assert!(trace.contains("longer than the 1000 ms after which the brokers give it up (transaction.timeout.ms)"), "{trace}");
    assert!(trace.contains("producer.override.transaction.timeout.ms"), "{trace}");
    assert_eq!(stage.values("in"), [""; 0]);
    worker.terminate().unwrap();
}

/// The JVM's worker of the same cluster, in the same topics.
fn jvm(stage: &Stage) -> anyhow::Result<Worker> {
    let folder = stage.folder.path().join("jvm");
    fs::create_dir_all(&folder)?;
    let mut plan = Plan::in_cluster(&folder, &stage.bootstrap, &stage.group)?;
    let distribution = Distribution::find()?;
    plan.set("exactly.once.source.support", "enabled");
    plan.set("offset.storage.partitions", "1");
    plan.set("plugin.path", &distribution.plugin_path().display().to_string());
    let mut command = distribution.java(&["-Xms64m", "-Xmx256m"], &folder)?;
    command.arg("org.apache.kafka.connect.cli.ConnectDistributed").args(plan.arguments()?);
    plan.start_as(&command).context("the JVM's worker")
}

#[test]
fn a_cluster_is_taken_over_from_the_jvm_and_given_back() {
    let mut stage = Stage::new("jvm-once");
    let own = stage.topic("own-offsets");
    let config = stage.file_source("in", &[("exactly.once.support", "required"), ("offsets.storage.topic", &own)]);
    stage.write("in", 5);
    let worker = jvm(&stage).unwrap();
    worker.rest().create("in", &config).unwrap();
    stage.assert_exactly("in");
    worker.terminate().unwrap();

    stage.write("in", 5);
    let worker = stage.plan(0).start().unwrap();
    stage.assert_exactly("in");
    // Its producer is left in the middle of whatever it does.
    stage.write("in", 5);
    worker.kill();

    stage.write("in", 5);
    let worker = jvm(&stage).unwrap();
    stage.assert_exactly("in");
    worker.terminate().unwrap();
    stage.assert_exactly("in");
}
