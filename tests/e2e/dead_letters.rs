//! Records of a sink that fail, on real Kafka: exactly they are in the dead letter queue, as the Java worker would have put them there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use caisson_harness::broker::{fresh, shared};
use caisson_harness::deadline::until;
use caisson_harness::worker::{Plan, Worker};
use caisson_tests::pipelines::plain_sink;
use caisson_tests::topics::{Message, Topics};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(120);
const PREFIX: &str = "__connect.errors.";
const STACK_TRACE: &str = "__connect.errors.exception.stacktrace";
/// Written by the Java worker; its head says how.
const GOLDEN: &str = include_str!("golden/dead_letters.json");

/// A worker on the shared Kafka that has the probes, and commits twice a second.
fn plan(folder: &Path, bootstrap: &str) -> Plan {
    let plugins = folder.join("plugins");
    fs::create_dir(&plugins).unwrap();
    let components = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components");
    for probe in ["probe-poison.wasm", "probe-witness.wasm"] {
        fs::copy(components.join(probe), plugins.join(probe)).unwrap();
    }
    let mut plan = Plan::on_kafka(folder, bootstrap).unwrap();
    plan.set("plugin.path", &plugins.display().to_string());
    plan.set("offset.flush.interval.ms", "500");
    plan
}

/// A topic, what was sent to it, and the names that belong to it.
struct Stage {
    topics: Topics,
    topic: String,
    queue: String,
    output: PathBuf,
    plan: Plan,
    worker: Worker,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(name: &str, messages: &[Message]) -> Self {
        let bootstrap = shared().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let topics = Topics::of(bootstrap).unwrap();
        let topic = fresh(name);
        topics.create(&topic, 1).unwrap();
        topics.send(&topic, messages).unwrap();
        let plan = plan(folder.path(), bootstrap);
        let (queue, output, worker) = (format!("{topic}-dlq"), folder.path().join("out.txt"), plan.start().unwrap());
        Self { topics, topic, queue, output, plan, worker, folder }
    }

    /// A file sink of JSON without schemas, with a dead letter queue and everything that can be told of a failure.
    fn config(&self) -> Value {
        let mut config = plain_sink(&self.topic, &self.output);
        for (key, value) in [
            ("errors.log.enable", "true"),
            ("errors.log.include.messages", "true"),
            ("errors.deadletterqueue.topic.name", self.queue.as_str()),
            ("errors.deadletterqueue.topic.replication.factor", "1"),
            ("errors.deadletterqueue.context.headers.enable", "true"),
        ] {
            config[key] = value.into();
        }
        config
    }

    fn tolerant(&self) -> Value {
        let mut config = self.config();
        config["errors.tolerance"] = "all".into();
        config
    }

    /// Starts the sink, named as its topic.
    fn start(&self, config: &Value) {
        self.worker.rest().create(&self.topic, config).unwrap();
    }

    /// Waits until the offset behind so many records is committed.
    fn await_commit(&self, records: usize) {
        let group = format!("connect-{}", self.topic);
        until("all records are committed", LIMIT, || match self.topics.committed(&group, &self.topic)? {
            Some(offset) if offset as usize >= records => Ok(Some(())),
            other => anyhow::bail!("committed {other:?}"),
        })
        .unwrap_or_else(|error| panic!("{error:#}\n{}", self.worker.log()));
    }

    /// All dead letters there are now.
    fn dead_letters(&self) -> Vec<Message> {
        let count = self.topics.end(&self.queue).unwrap();
        self.topics.messages(&self.queue, count as usize, LIMIT).unwrap()
    }

    fn output(&self) -> String {
        fs::read_to_string(&self.output).unwrap_or_default()
    }
}

fn now() -> i64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64
}

/// Bytes as the golden file has them.
fn bytes(text: &Value) -> Option<Vec<u8>> {
    text.as_str().map(|text| text.chars().map(|one| one as u8).collect())
}

fn message(record: &Value) -> Message {
    let headers = record["headers"].as_array().unwrap().iter();
    Message {
        key: bytes(&record["key"]),
        value: bytes(&record["value"]),
        headers: headers.map(|header| (header[0].as_str().unwrap().to_owned(), bytes(&header[1]))).collect(),
        timestamp: None,
    }
}

/// Leaves the first line of the stack trace, which is what both workers have.
fn comparable(mut letter: Message) -> Message {
    for (name, value) in &mut letter.headers {
        if name == STACK_TRACE {
            let text = String::from_utf8(value.take().unwrap()).unwrap();
            assert!(text.ends_with('\n') && text.contains("\n\tat "), "{text:?}");
            *value = text.lines().next().map(|line| line.as_bytes().to_vec());
        }
    }
    letter
}

/// One case of the golden file: the same records, the same settings.
fn replay(case: &Value) {
    let start = now();
    let mut given: Vec<Message> = case["records"].as_array().unwrap().iter().map(message).collect();
    for (number, message) in (0..).zip(&mut given) {
        message.timestamp = Some(start + number);
    }
    let stage = Stage::new(case["name"].as_str().unwrap(), &given);
    let mut config = stage.tolerant();
    for (key, value) in case["config"].as_object().unwrap() {
        config[key] = value.clone();
    }
    stage.start(&config);
    stage.await_commit(given.len());
    let letters = stage.dead_letters();
    let expected = case["dead_letters"].as_array().unwrap();
    assert_eq!(letters.len(), expected.len(), "{}: {letters:?}", case["name"]);
    for (letter, expected) in letters.into_iter().zip(expected) {
        let text = expected.to_string().replace("<topic>", &stage.topic).replace("<connector>", &stage.topic);
        let mut expected = message(&serde_json::from_str(&text).unwrap());
        // The timestamp is the original's.
        let original = given.iter().find(|given| given.value == expected.value && given.key == expected.key).unwrap();
        expected.timestamp = original.timestamp;
        assert_eq!(comparable(letter), expected, "{}", case["name"]);
    }
    stage.worker.terminate().unwrap();
}

#[test]
fn dead_letters_are_those_of_the_java_worker() {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        replay(case);
    }
}

/// One of a hundred is no JSON, one of a hundred traps the transformation.
fn mixed(number: usize) -> Message {
    let text = match number % 100 {
        13 => format!("{{\"id\":{number},\"na"),
        57 => format!("{{\"id\":{number},\"name\":\"poison\"}}"),
        _ => format!("{{\"id\":{number},\"name\":\"good\"}}"),
    };
    let headers = vec![("origin".to_owned(), Some(b"test".to_vec())), ("nothing".to_owned(), None)];
    Message { key: Some(number.to_string().into_bytes()), headers, timestamp: Some(now()), ..Message::text(&text) }
}

fn poisoned(mut config: Value) -> Value {
    config["transforms"] = "poison".into();
    config["transforms.poison.type"] = "probe.Poison".into();
    config
}

/// I4, I21
#[test]
fn good_records_arrive_and_bad_ones_are_dead_letters() {
    const RECORDS: usize = 10_000;
    let given: Vec<Message> = (0..RECORDS).map(mixed).collect();
    let stage = Stage::new("mixed", &given);
    stage.start(&poisoned(stage.tolerant()));
    stage.await_commit(RECORDS);
    let is_bad = |number: &usize| [13, 57].contains(&(number % 100));
    let good = (0..RECORDS).filter(|number| !is_bad(number)).map(|number| format!("{{id={number}, name=good}}"));
    assert!(stage.output().lines().eq(good), "the file begins {:?}", stage.output().get(..300));
    let letters = stage.dead_letters();
    let bad: Vec<usize> = (0..RECORDS).filter(is_bad).collect();
    assert_eq!(letters.len(), bad.len());
    for (letter, number) in letters.iter().zip(bad) {
        let original = &given[number];
        assert_eq!((&letter.key, &letter.value, letter.timestamp), (&original.key, &original.value, original.timestamp));
        let (own, context) = letter.headers.split_at(original.headers.len());
        assert_eq!(own, original.headers);
        check_context(context, &stage.topic, number);
    }
    stage.worker.terminate().unwrap();
}

fn check_context(context: &[(String, Option<Vec<u8>>)], topic: &str, number: usize) {
    let text = |value: &Option<Vec<u8>>| String::from_utf8(value.clone().unwrap()).unwrap();
    let found: BTreeMap<&str, String> =
        context.iter().map(|(name, value)| (name.strip_prefix(PREFIX).unwrap(), text(value))).collect();
    assert_eq!(found["topic"], topic);
    assert_eq!((found["partition"].as_str(), found["offset"].as_str()), ("0", number.to_string().as_str()));
    assert_eq!((found["connector.name"].as_str(), found["task.id"].as_str()), (topic, "0"));
    let (stage, class, exception, message) = match number % 100 {
        13 => (
            "VALUE_CONVERTER",
            "org.apache.kafka.connect.json.JsonConverter",
            "org.apache.kafka.connect.errors.DataException",
            "Converting byte[] to Kafka Connect data failed due to serialization error: ",
        ),
        _ => (
            "TRANSFORMATION",
            "probe.Poison",
            "org.apache.kafka.connect.errors.ConnectException",
            "the plugin crashed in chain.apply: wasm trap: wasm `unreachable` instruction executed",
        ),
    };
    assert_eq!((found["stage"].as_str(), found["class.name"].as_str()), (stage, class));
    assert_eq!((found["exception.class.name"].as_str(), found["exception.message"].as_str()), (exception, message));
    assert!(found["exception.stacktrace"].starts_with(&format!("{exception}: {message}\n\tat ")));
}

/// The first bad record ends the task, is told of in its trace, and is a dead letter all the same.
#[test]
fn without_tolerance_the_first_bad_record_is_the_last_dead_letter() {
    for (bad, stage_name) in [(13, "VALUE_CONVERTER"), (57, "TRANSFORMATION")] {
        let messages: Vec<Message> = (0..200).filter(|number| *number == bad || number % 100 < 13).map(mixed).collect();
        let place = messages.iter().position(|message| message.key == Some(bad.to_string().into_bytes())).unwrap();
        let stage = Stage::new("strict", &messages);
        stage.start(&poisoned(stage.config()));
        let trace = stage.worker.rest().await_failed_task(&stage.topic, 0, LIMIT).unwrap();
        let head = "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler\n";
        assert!(trace.starts_with(head), "{trace}");
        for part in [
            format!("task {}-0", stage.topic),
            format!("Executing stage '{stage_name}' with class"),
            format!("where consumed record is {{topic='{}', partition=0, offset={place}, timestamp=", stage.topic),
        ] {
            assert!(trace.contains(&part), "{part} is missing: {trace}");
        }
        let letters = stage.dead_letters();
        assert_eq!(letters.len(), 1);
        assert_eq!((&letters[0].key, &letters[0].value), (&messages[place].key, &messages[place].value));
        assert_eq!(letters[0].header("__connect.errors.stage"), Some(stage_name));
        // What was consumed with it was not put: all of a batch is converted first.
        assert!(stage.output().lines().count() <= place, "{}", stage.output());
        stage.worker.terminate().unwrap();
    }
}

/// I21: what was committed when the worker was killed had its dead letters in the queue, and the rest comes again.
#[test]
fn after_sigkill_no_dead_letter_is_missing() {
    const RECORDS: usize = 60_000;
    let given: Vec<Message> = (0..RECORDS).map(mixed).collect();
    let mut stage = Stage::new("killed", &given);
    let mut plan = stage.plan.clone();
    stage.start(&poisoned(stage.tolerant()));
    let some = u64::from(SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_micros()) % 600 + 1;
    println!("killed after {some} dead letters");
    until("some dead letters are there", LIMIT, || Ok((stage.topics.end(&stage.queue)? >= some).then_some(()))).unwrap();
    let config = poisoned(stage.tolerant());
    plan.connector(&stage.topic, &config);
    stage.worker.kill();
    stage.worker = plan.start().unwrap();
    stage.await_commit(RECORDS);
    let found: BTreeSet<Vec<u8>> = stage.dead_letters().into_iter().filter_map(|letter| letter.key).collect();
    let bad = |number: &usize| [13, 57].contains(&(number % 100));
    let expected: BTreeSet<Vec<u8>> = (0..RECORDS).filter(bad).map(|number| number.to_string().into_bytes()).collect();
    assert_eq!(found.len(), expected.len());
    assert!(found == expected);
    stage.worker.terminate().unwrap();
}

/// One broker cannot keep three replicas.
#[test]
fn a_queue_that_cannot_be_made_fails_the_task() {
    let stage = Stage::new("replicas", &[Message::text("{bad")]);
    let mut config = stage.tolerant();
    config.as_object_mut().unwrap().remove("errors.deadletterqueue.topic.replication.factor");
    stage.start(&config);
    let trace = stage.worker.rest().await_failed_task(&stage.topic, 0, LIMIT).unwrap();
    let lines: Vec<&str> = trace.lines().collect();
    assert_eq!(
        lines[0],
        format!(
            "org.apache.kafka.connect.errors.ConnectException: Could not initialize dead letter queue with topic={}",
            stage.queue
        )
    );
    let cause = "Caused by: org.apache.kafka.common.errors.InvalidReplicationFactorException: Unable to replicate the partition 3 \
                 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered";
    assert!(lines.iter().any(|line| line.starts_with(cause)), "{trace}");
    assert!(trace.contains("errors.deadletterqueue.topic.replication.factor"), "{trace}");
    stage.worker.terminate().unwrap();
}

/// A topic that is there is taken as it is.
#[test]
fn a_queue_that_is_there_is_used() {
    let stage = Stage::new("there", &[Message::text("{bad")]);
    stage.topics.create(&stage.queue, 1).unwrap();
    let mut config = stage.tolerant();
    config["errors.deadletterqueue.topic.replication.factor"] = "3".into();
    stage.start(&config);
    stage.await_commit(1);
    assert_eq!(stage.dead_letters().len(), 1);
    stage.worker.terminate().unwrap();
}

/// Starts the witness on these texts, which reports those that begin with `errant`.
fn report(texts: &[&str], misbehave: &str, tolerance: &str) -> Stage {
    let messages: Vec<Message> = texts.iter().map(|text| Message::text(&format!("\"{text}\""))).collect();
    let stage = Stage::new("errant", &messages);
    let mut config = stage.config();
    config["connector.class"] = "caisson.probe.Witness".into();
    config["file"] = stage.folder.path().join("notes").display().to_string().into();
    // Its task writes to a file of its own beside that.
    config["sandbox.grants"] = format!("write:{}", stage.folder.path().display()).into();
    config["misbehave"] = misbehave.into();
    config["errors.tolerance"] = tolerance.into();
    stage.start(&config);
    stage
}

fn notes(stage: &Stage) -> String {
    fs::read_to_string(stage.folder.path().join("notes.0")).unwrap_or_default()
}

/// KIP-610
#[test]
fn records_that_a_task_reports_are_dead_letters() {
    let stage = report(&["fine", "errant 1", "fine"], "errant", "all");
    stage.await_commit(3);
    let letters = stage.dead_letters();
    assert_eq!(letters.len(), 1);
    let header = |name: &str| letters[0].header(&format!("{PREFIX}{name}"));
    assert_eq!(letters[0].value.as_deref(), Some(b"\"errant 1\"".as_slice()));
    assert_eq!((header("stage"), header("offset")), (Some("TASK_PUT"), Some("1")));
    // The class that Kafka Connect names, whatever the task's is.
    assert_eq!(header("class.name"), Some("org.apache.kafka.connect.sink.SinkTask"));
    assert_eq!(header("exception.class.name"), Some("org.apache.kafka.connect.errors.DataException"));
    assert_eq!(header("exception.message"), Some("refused"));
    assert!(notes(&stage).contains("report Ok"), "{}", notes(&stage));
    stage.worker.terminate().unwrap();
}

#[test]
fn a_report_that_is_not_tolerated_is_an_error_to_the_task() {
    let stage = report(&["errant 1"], "errant", "none");
    let trace = stage.worker.rest().await_failed_task(&stage.topic, 0, LIMIT).unwrap();
    let lines: Vec<&str> = trace.lines().filter(|line| !line.starts_with("\tat ")).collect();
    assert_eq!(
        lines[0],
        "org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception."
    );
    assert_eq!(lines[1], "Caused by: org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler");
    assert_eq!(lines.last(), Some(&"Caused by: org.apache.kafka.connect.errors.DataException: refused"));
    assert!(trace.contains("offset=0"), "{trace}");
    assert_eq!(stage.dead_letters().len(), 1);
    stage.worker.terminate().unwrap();
    // A task that bears it goes on, as in Kafka Connect.
    let stage = report(&["errant 1", "fine"], "errant-bear", "none");
    stage.await_commit(2);
    assert_eq!(stage.dead_letters().len(), 1);
    assert!(notes(&stage).contains("Tolerance exceeded in error handler"), "{}", notes(&stage));
    stage.worker.terminate().unwrap();
}

/// Without anybody to report to there is no reporter.
#[test]
fn without_queue_and_log_there_is_no_reporter() {
    let stage = Stage::new("mute", &[Message::text("\"errant 1\"")]);
    let mut config = json!({ "connector.class": "caisson.probe.Witness", "misbehave": "errant", "topics": stage.topic });
    config["file"] = stage.folder.path().join("notes").display().to_string().into();
    // Its task writes to a file of its own beside that.
    config["sandbox.grants"] = format!("write:{}", stage.folder.path().display()).into();
    config["value.converter"] = "org.apache.kafka.connect.json.JsonConverter".into();
    config["value.converter.schemas.enable"] = "false".into();
    stage.start(&config);
    stage.await_commit(1);
    assert!(notes(&stage).contains("no reporter"), "{}", notes(&stage));
    stage.worker.terminate().unwrap();
}
