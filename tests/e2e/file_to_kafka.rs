//! A million lines of a file, through three transformations and JsonConverter, into real Kafka.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use caisson_harness::broker::{fresh, shared};
use caisson_harness::deadline::until;
use caisson_harness::worker::Plan;
use caisson_tests::pipelines::{source, source_number, write_lines};
use caisson_tests::topics::Topics;
use tempfile::TempDir;

const LINES: u64 = 1_000_000;
const LIMIT: Duration = Duration::from_secs(300);

/// A topic, a file of lines, and a worker to be started on them.
struct Stage {
    topics: Topics,
    topic: String,
    plan: Plan,
    _folder: TempDir,
}

fn stage() -> Stage {
    let bootstrap = shared().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines.txt");
    write_lines(&file, LINES).unwrap();
    let topics = Topics::of(bootstrap).unwrap();
    let topic = fresh("lines");
    topics.create(&topic, 1).unwrap();
    let mut plan = Plan::on_kafka(folder.path(), bootstrap).unwrap();
    plan.set("offset.flush.interval.ms", "500");
    plan.connector("lines", &source(&file, &topic));
    Stage { topics, topic, plan, _folder: folder }
}

impl Stage {
    /// Numbers of the lines in the topic, up to the first time the last line stands there.
    fn numbers(&self) -> Vec<u64> {
        let mut numbers = Vec::new();
        let read = self.topics.read(&self.topic, LIMIT, |record| {
            let value = record.value.unwrap_or_default();
            let number = source_number(value).unwrap_or_else(|| panic!("not a line: {}", String::from_utf8_lossy(value)));
            numbers.push(number);
            number == LINES - 1
        });
        read.unwrap_or_else(|error| panic!("{error:#}; {} read, the last is {:?}", numbers.len(), numbers.last()));
        numbers
    }

    /// Waits until a random part of the lines is in the topic.
    fn await_random_moment(&self) {
        let nanos = SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
        let wanted = LINES / 20 + u64::from(nanos / 1000) * (LINES * 3 / 4) / 1_000_000;
        println!("interrupted when {wanted} records are in the topic");
        until("part of the lines is in the topic", LIMIT, || Ok((self.topics.end(&self.topic)? >= wanted).then_some(())))
            .unwrap();
    }
}

#[test]
fn a_million_lines_arrive_once_and_in_order() {
    let stage = stage();
    let worker = stage.plan.start().unwrap();
    let numbers = stage.numbers();
    assert!(numbers.iter().copied().eq(0..LINES));
    worker.terminate().unwrap();
    assert_eq!(stage.topics.end(&stage.topic).unwrap(), LINES);
}

/// I1: what was not acknowledged before the kill is read again.
#[test]
fn after_sigkill_no_line_is_lost() {
    let stage = stage();
    let worker = stage.plan.start().unwrap();
    stage.await_random_moment();
    worker.kill();
    let worker = stage.plan.start().unwrap();
    let numbers = stage.numbers();
    worker.terminate().unwrap();
    let mut seen = BTreeSet::new();
    let mut highest = None;
    for number in numbers {
        // A repetition may start anywhere below, but no line is skipped on the way up.
        assert!(number <= highest.map_or(0, |highest| highest + 1), "line {number} comes after {highest:?}");
        highest = highest.max(Some(number));
        seen.insert(number);
    }
    assert_eq!(seen.len() as u64, LINES);
}

/// I5
#[test]
fn after_sigterm_every_line_is_there_exactly_once() {
    let stage = stage();
    let worker = stage.plan.start().unwrap();
    stage.await_random_moment();
    worker.terminate().unwrap();
    let worker = stage.plan.start().unwrap();
    let numbers = stage.numbers();
    worker.terminate().unwrap();
    assert!(numbers.iter().copied().eq(0..LINES));
    assert_eq!(stage.topics.end(&stage.topic).unwrap(), LINES);
}
