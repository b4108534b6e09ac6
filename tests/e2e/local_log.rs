//! One machine without Kafka: a file into the local log and out again.

use std::fs;
use std::path::Path;
use std::time::Duration;

use caisson_harness::deadline::until;
use caisson_harness::worker::Plan;
use caisson_tests::pipelines::{line, plain_source, write_lines};
use serde_json::json;

const LINES: u64 = 100_000;
const LIMIT: Duration = Duration::from_secs(120);

fn plan(folder: &Path) -> Plan {
    let mut plan = Plan::on_local_log(folder).unwrap();
    plan.set("offset.flush.interval.ms", "500");
    plan.connector("in", &plain_source(&folder.join("in.txt"), "lines"));
    let string = "org.apache.kafka.connect.storage.StringConverter";
    let sink = json!({
        "connector.class": "FileStreamSink", "file": folder.join("out.txt"), "topics": "lines",
        "key.converter": string, "value.converter": string,
    });
    plan.connector("out", &sink);
    plan
}

fn out(folder: &Path) -> Vec<String> {
    let text = fs::read(folder.join("out.txt")).unwrap_or_default();
    String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
}

fn await_last_line(folder: &Path) -> Vec<String> {
    let last = line(LINES - 1);
    until("the last line has come out", LIMIT, || {
        let lines = out(folder);
        Ok((lines.last() == Some(&last)).then_some(lines))
    })
    .unwrap()
}

#[test]
fn lines_go_in_and_come_out_in_order() {
    let folder = tempfile::tempdir().unwrap();
    write_lines(&folder.path().join("in.txt"), LINES).unwrap();
    let worker = plan(folder.path()).start().unwrap();
    let lines = await_last_line(folder.path());
    assert!(lines.into_iter().eq((0..LINES).map(line)));
    worker.terminate().unwrap();
}

/// I19: what the local log has acknowledged is there after a kill.
#[test]
fn the_local_log_survives_sigkill() {
    let folder = tempfile::tempdir().unwrap();
    write_lines(&folder.path().join("in.txt"), LINES).unwrap();
    let plan = plan(folder.path());
    let worker = plan.start().unwrap();
    until("some lines have come out", LIMIT, || Ok((out(folder.path()).len() > 1000).then_some(()))).unwrap();
    worker.kill();
    let worker = plan.start().unwrap();
    let lines = await_last_line(folder.path());
    let missing: Vec<u64> = {
        let lines: std::collections::HashSet<String> = lines.into_iter().collect();
        (0..LINES).filter(|number| !lines.contains(&line(*number))).collect()
    };
    assert!(missing.is_empty(), "{} lines are lost, the first is {:?}", missing.len(), missing.first());
    worker.terminate().unwrap();
}
