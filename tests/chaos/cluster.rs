//! A cluster with its own broker, and a file at both ends of every topic.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use caisson_harness::broker::{Kafka, fresh};
use caisson_harness::deadline::until;
use caisson_harness::rest::Rest;
use caisson_harness::worker::{Plan, Worker};
use caisson_tests::pipelines::plain_source;
use caisson_tests::topics::Topics;
use serde_json::{Value, json};
use tempfile::TempDir;

pub const SESSION: Duration = Duration::from_secs(4);
pub const DELAY: Duration = Duration::from_secs(20);
pub const WORKERS: usize = 3;
/// Pairs of a source with one task and a sink with three, as many as its topic has partitions.
pub const PAIRS: usize = 15;
const SINK_TASKS: usize = 3;
pub const LIMIT: Duration = Duration::from_secs(120);
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";

/// Where a connector (`in3`) or task (`in3/0`) is, by what its status says.
pub type Places = BTreeMap<String, Place>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub worker: String,
    pub state: String,
}

pub struct Cluster {
    workers: Vec<Option<Worker>>,
    plans: Vec<Plan>,
    kafka: Kafka,
    group: String,
    folder: TempDir,
    /// Lines in each file.
    sent: u64,
}

impl Cluster {
    /// Starts everything, and waits until it runs.
    pub fn start() -> Self {
        let more = ["group.min.session.timeout.ms=1000", "offsets.topic.num.partitions=8"];
        let kafka = Kafka::start_with(&["-Xms256m", "-Xmx512m"], &more).unwrap();
        let (group, folder) = (fresh("chaos"), tempfile::tempdir().unwrap());
        let plans: Vec<Plan> = (0..WORKERS)
            .map(|number| {
                let folder = folder.path().join(format!("worker-{number}"));
                fs::create_dir_all(&folder).unwrap();
                let mut plan = Plan::in_cluster(&folder, kafka.bootstrap(), &group).unwrap();
                plan.set("session.timeout.ms", &SESSION.as_millis().to_string());
                plan.set("heartbeat.interval.ms", "500");
                plan.set("scheduled.rebalance.max.delay.ms", &DELAY.as_millis().to_string());
                plan.set("offset.flush.interval.ms", "500");
                plan.set("status.storage.partitions", "1");
                plan
            })
            .collect();
        let workers = plans.iter().map(|plan| Some(plan.start().unwrap())).collect();
        let mut cluster = Self { workers, plans, kafka, group, folder, sent: 0 };
        cluster.create();
        // A connector's tasks are not all assigned at once.
        let all = 2 * PAIRS + PAIRS * (1 + SINK_TASKS);
        until("every task has a status", LIMIT, || Ok((cluster.places()?.len() == all).then_some(()))).unwrap();
        cluster.settle(&BTreeSet::new(), LIMIT);
        cluster
    }

    fn create(&mut self) {
        let topics = self.topics();
        for pair in 0..PAIRS {
            let topic = format!("{}-{pair}", self.group);
            topics.create(&topic, SINK_TASKS as i32).unwrap();
            for end in ["in", "out"] {
                fs::write(self.file(end, pair), "").unwrap();
            }
            let source = plain_source(&self.file("in", pair), &topic);
            let sink = json!({
                "connector.class": "FileStreamSink", "tasks.max": SINK_TASKS.to_string(), "file": self.file("out", pair),
                "topics": topic, "key.converter": STRING, "value.converter": STRING,
            });
            for (name, config) in [(format!("in{pair}"), source), (format!("out{pair}"), sink)] {
                // Whoever is asked sends it to the leader.
                self.insist("POST", "/connectors", Some(&json!({"name": name, "config": config})));
            }
        }
    }

    pub fn names(&self) -> Vec<String> {
        (0..PAIRS).flat_map(|pair| [format!("in{pair}"), format!("out{pair}")]).collect()
    }

    pub fn file(&self, end: &str, pair: usize) -> PathBuf {
        self.folder.path().join(format!("{end}{pair}.txt"))
    }

    fn topics(&self) -> Topics {
        Topics::of(self.kafka.bootstrap()).unwrap()
    }

    pub fn broker(&mut self) -> &mut Kafka {
        &mut self.kafka
    }

    /// `host:port` of a worker.
    pub fn id(&self, number: usize) -> String {
        self.plans[number].url().trim_start_matches("http://").to_owned()
    }

    pub fn running(&self) -> Vec<usize> {
        (0..WORKERS).filter(|number| self.workers[*number].is_some()).collect()
    }

    /// Takes a worker out: whoever has it may kill it.
    pub fn take(&mut self, number: usize) -> Worker {
        self.workers[number].take().unwrap()
    }

    /// Starts a worker that was taken out.
    pub fn bring_back(&mut self, number: usize) {
        self.workers[number] = Some(self.plans[number].start().unwrap());
    }

    pub fn rest(&self) -> &Rest {
        self.workers.iter().flatten().next().unwrap().rest()
    }

    /// Asks the workers in turn until one does it: for a while they may not know who leads.
    pub fn insist(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let workers: Vec<&Worker> = self.workers.iter().flatten().collect();
        let mut asked = 0;
        until(&format!("{method} {path}"), LIMIT, || {
            asked += 1;
            let answer = workers[asked % workers.len()].rest().call(method, path, body)?;
            match answer.status {
                200..300 => Ok(Some(answer.body)),
                // It was written by an attempt that was not answered.
                409 if path == "/connectors" && answer.body["message"].to_string().contains("already exists") => {
                    Ok(Some(Value::Null))
                }
                status => bail!("{status}: {}", answer.body),
            }
        })
        .unwrap()
    }

    /// What the statuses say.
    pub fn places(&self) -> anyhow::Result<Places> {
        let all = self.rest().get("/connectors?expand=status")?;
        let mut places = Places::new();
        let place = |status: &Value| Place {
            worker: status["worker_id"].as_str().unwrap_or_default().to_owned(),
            state: status["state"].as_str().unwrap_or_default().to_owned(),
        };
        for (name, expanded) in all.as_object().context("no object")? {
            let status = &expanded["status"];
            places.insert(name.clone(), place(&status["connector"]));
            for task in status["tasks"].as_array().context("no tasks")? {
                places.insert(format!("{name}/{}", task["id"]), place(task));
            }
        }
        Ok(places)
    }

    /// Waits until everything runs, on workers that are there, but for these connectors, which are paused. Returns where.
    pub fn settle(&self, paused: &BTreeSet<String>, limit: Duration) -> Places {
        let alive: Vec<String> = self.running().into_iter().map(|number| self.id(number)).collect();
        until("everything runs", limit, || {
            let places = self.places()?;
            let wrong = |(key, place): &(&String, &Place)| {
                let pause = paused.contains(key.split('/').next().unwrap());
                place.state != if pause { "PAUSED" } else { "RUNNING" } || !alive.contains(&place.worker)
            };
            let wrong: Places = places.iter().filter(wrong).map(|(key, place)| (key.clone(), place.clone())).collect();
            let missing: Vec<String> =
                self.names().into_iter().filter(|name| !places.contains_key(&format!("{name}/0"))).collect();
            match wrong.is_empty() && missing.is_empty() {
                true => Ok(Some(places)),
                false => bail!("{wrong:?}, and no task of {missing:?}"),
            }
        })
        .unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// How many statuses were written so far.
    pub fn statuses(&self) -> u64 {
        self.topics().end(&format!("{}-status", self.group)).unwrap()
    }

    /// The connectors and tasks of which statuses were written since: whatever is started, stopped or moved says so. Prints what they say.
    pub fn touched_since(&self, before: u64) -> BTreeSet<String> {
        let (topics, name) = (self.topics(), format!("{}-status", self.group));
        let (mut touched, end) = (BTreeSet::new(), topics.end(&name).unwrap());
        if end <= before {
            return touched;
        }
        let read = topics.read(&name, LIMIT, |record| {
            let key = String::from_utf8_lossy(record.key.unwrap_or_default()).into_owned();
            let task = key.strip_prefix("status-task-").and_then(|task| task.rsplit_once('-'));
            let task = task.map(|(connector, task)| format!("{connector}/{task}"));
            let named = task.or_else(|| key.strip_prefix("status-connector-").map(str::to_owned));
            if let (true, Some(named)) = (record.offset as u64 >= before, named) {
                println!("{named}: {}", String::from_utf8_lossy(record.value.unwrap_or_default()));
                touched.insert(named);
            }
            record.offset as u64 + 1 >= end
        });
        read.unwrap();
        touched
    }

    /// Adds lines to every file.
    pub fn write(&mut self, lines: u64) {
        for pair in 0..PAIRS {
            let mut text = String::new();
            for number in self.sent..self.sent + lines {
                text += &format!("in{pair} line {number}\n");
            }
            let mut file = OpenOptions::new().append(true).open(self.file("in", pair)).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }
        self.sent += lines;
    }

    /// Waits until every line has come out. Returns how often those from line `from` on came twice.
    pub fn delivered(&self, from: u64) -> u64 {
        let mut doubled = 0;
        for pair in 0..PAIRS {
            let wanted: BTreeSet<String> = (0..self.sent).map(|number| format!("in{pair} line {number}")).collect();
            let lines = until(&format!("all lines of in{pair} have come out"), LIMIT, || {
                let text = fs::read_to_string(self.file("out", pair))?;
                let seen: BTreeSet<&str> = text.lines().collect();
                let missing: Vec<&String> = wanted.iter().filter(|line| !seen.contains(line.as_str())).collect();
                match missing.is_empty() {
                    true => Ok(Some(text)),
                    false => bail!("{} of {} are missing, such as {:?}", missing.len(), wanted.len(), missing[0]),
                }
            });
            let text = lines.unwrap_or_else(|error| panic!("{error:#}"));
            let late =
                |line: &&str| line.rsplit_once(' ').is_some_and(|(_, number)| number.parse().is_ok_and(|n: u64| n >= from));
            doubled += text.lines().filter(late).count() as u64 - (self.sent - from);
        }
        doubled
    }

    /// Waits until the newest line of any file has come out.
    pub fn some_delivered(&self) {
        let came = |pair: usize| {
            let line = format!("in{pair} line {}", self.sent - 1);
            fs::read_to_string(self.file("out", pair)).is_ok_and(|text| text.lines().any(|come| come == line))
        };
        until("lines go on coming out", LIMIT, || Ok((0..PAIRS).any(came).then_some(()))).unwrap();
    }

    /// Lines in each file.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    /// The tasks that each worker really has, by its own measurements.
    pub fn tasks_by_worker(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut all = BTreeMap::new();
        for number in self.running() {
            let text = self.workers[number].as_ref().unwrap().rest().text("/metrics").unwrap();
            let tasks = text.lines().filter_map(|line| {
                let labels = line.strip_prefix("caisson_task_fuel_total{")?.split('}').next()?;
                let label = |name: &str| Some(labels.split_once(&format!("{name}=\""))?.1.split('"').next()?.to_owned());
                Some(format!("{}/{}", label("connector")?, label("task")?))
            });
            all.insert(self.id(number), tasks.collect());
        }
        all
    }
}
