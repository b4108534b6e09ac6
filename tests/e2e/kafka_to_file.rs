//! A million JSON records of real Kafka, through JsonConverter and three transformations, into a file.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use caisson_harness::broker::{fresh, shared};
use caisson_harness::deadline::until;
use caisson_harness::worker::Plan;
use caisson_tests::pipelines::{json_record, sink, sink_numbers};
use caisson_tests::topics::Topics;
use tempfile::TempDir;

const RECORDS: u64 = 1_000_000;
const LIMIT: Duration = Duration::from_secs(300);

/// A topic of records, and a worker to be started on them.
struct Stage {
    topics: Topics,
    topic: String,
    output: PathBuf,
    plan: Plan,
    _folder: TempDir,
}

fn stage() -> Stage {
    let bootstrap = shared().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let topics = Topics::of(bootstrap).unwrap();
    let topic = fresh("records");
    topics.create(&topic, 1).unwrap();
    topics.produce(&topic, (0..RECORDS).map(json_record)).unwrap();
    let output = folder.path().join("out.txt");
    let mut plan = Plan::on_kafka(folder.path(), bootstrap).unwrap();
    plan.set("offset.flush.interval.ms", "500");
    plan.connector(&topic, &sink(&topic, &output));
    Stage { topics, topic, output, plan, _folder: folder }
}

impl Stage {
    fn written(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.output).unwrap_or_default()).into_owned()
    }

    /// Waits until the last record has been written and committed, so that nothing more is to come.
    fn await_all(&self) {
        let group = format!("connect-{}", self.topic);
        until("all records are committed", LIMIT, || {
            let committed = self.topics.committed(&group, &self.topic)?;
            match committed {
                Some(offset) if offset as u64 >= RECORDS => Ok(Some(())),
                other => anyhow::bail!("committed {other:?}"),
            }
        })
        .unwrap();
    }
}

#[test]
fn a_million_records_are_all_in_the_file() {
    let stage = stage();
    let worker = stage.plan.start().unwrap();
    stage.await_all();
    worker.terminate().unwrap();
    let text = stage.written();
    let numbers = sink_numbers(&text);
    assert_eq!(text.lines().count() as u64, RECORDS);
    assert!(numbers.into_iter().eq(0..RECORDS), "not every record once and in order; the file begins {:?}", text.get(..300));
}

/// I13: no offset is committed before its record is in the file.
#[test]
fn after_sigkill_no_record_is_lost() {
    let stage = stage();
    let worker = stage.plan.start().unwrap();
    let nanos = SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
    let size = 5_000_000 + u64::from(nanos / 1000) * 60;
    println!("killed when the file has {size} bytes");
    until("part of the records is in the file", LIMIT, || Ok((fs::metadata(&stage.output)?.len() >= size).then_some(())))
        .unwrap();
    worker.kill();
    let worker = stage.plan.start().unwrap();
    stage.await_all();
    worker.terminate().unwrap();
    let numbers: BTreeSet<u64> = sink_numbers(&stage.written()).into_iter().collect();
    assert_eq!(numbers.len() as u64, RECORDS);
}
