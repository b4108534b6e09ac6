//! A file into a topic.

use std::fs;

use caisson::storage::status_store::{State, TargetState};

use crate::rig::{Rig, until};

const SINK: &str = "org.apache.kafka.connect.file.FileStreamSinkConnector";
const SOURCE: &str = "org.apache.kafka.connect.file.FileStreamSourceConnector";

async fn start_source(rig: &Rig) -> caisson::storage::status_store::TaskId {
    let file = rig.path("in.txt");
    let config = [("connector.class", SOURCE), ("file", file.as_str()), ("topic", "lines")];
    rig.start("in", &config, 1).await.remove(0)
}

async fn start_sink(rig: &Rig) {
    let file = rig.path("out.txt");
    let config = [("connector.class", SINK), ("file", file.as_str()), ("topics", "lines")];
    rig.start("out", &config, 1).await;
}

fn lines(from: u64, to: u64) -> Vec<String> {
    (from..to).map(|number| format!("line {number:06}")).collect()
}

fn append(rig: &Rig, lines: &[String]) {
    let mut text = fs::read_to_string(rig.folder.join("in.txt")).unwrap_or_default();
    text.push_str(&lines.join("\n"));
    text.push('\n');
    fs::write(rig.folder.join("in.txt"), text).unwrap();
}

/// I1, I2, I5: graceful stops at moments of the disk's choosing lose nothing, repeat nothing and keep the order.
#[tokio::test(flavor = "multi_thread")]
async fn after_graceful_stops_every_line_is_there_once_and_in_order() {
    const LINES: u64 = 60_000;
    let folder = tempfile::tempdir().unwrap();
    {
        let rig = Rig::new(folder.path(), &[]).await;
        // Every run has lines of its own to send, however many the one before it sent.
        for (from, target) in [(0, 1), (LINES / 3, 7_000), (LINES / 3 * 2, 15_000)] {
            append(&rig, &lines(from, from + LINES / 3));
            let id = start_source(&rig).await;
            until("records were sent", || rig.worker.counters(&id).is_some_and(|done| done.records_out >= target)).await;
            rig.worker.stop_tasks(&[id]).await;
        }
        rig.worker.shutdown().await;
    }
    let rig = Rig::new(folder.path(), &[]).await;
    start_source(&rig).await;
    start_sink(&rig).await;
    let last = lines(LINES - 1, LINES).remove(0);
    until("the last line came out", || rig.lines("out.txt").last() == Some(&last)).await;
    assert!(rig.lines("out.txt") == lines(0, LINES), "lines are lost, repeated or out of order");
    rig.worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_source_sends_nothing_until_it_is_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    append(&rig, &lines(0, 10));
    let id = start_source(&rig).await;
    let out = || rig.worker.counters(&id).map_or(0, |done| done.records_out);
    until("ten lines were sent", || out() == 10).await;
    rig.worker.set_target_state("in", TargetState::Paused).await;
    rig.state(&id, State::Paused).await;
    append(&rig, &lines(10, 20));
    start_sink(&rig).await;
    until("the first ten came out", || rig.lines("out.txt").len() == 10).await;
    assert_eq!(out(), 10);
    rig.worker.set_target_state("in", TargetState::Started).await;
    until("the others came out", || rig.lines("out.txt") == lines(0, 20)).await;
    rig.worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transforms_and_converters_are_applied_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    append(&rig, &lines(0, 3));
    let file = rig.path("in.txt");
    let config = [
        ("connector.class", "FileStreamSource"),
        ("file", file.as_str()),
        ("topic", "lines"),
        ("transforms", "hoist,insert"),
        ("transforms.hoist.type", "org.apache.kafka.connect.transforms.HoistField$Value"),
        ("transforms.hoist.field", "line"),
        ("transforms.insert.type", "org.apache.kafka.connect.transforms.InsertField$Value"),
        ("transforms.insert.static.field", "from"),
        ("transforms.insert.static.value", "test"),
        ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
        ("value.converter.schemas.enable", "false"),
    ];
    rig.start("in", &config, 1).await;
    start_sink(&rig).await;
    until("three lines came out", || rig.lines("out.txt").len() == 3).await;
    assert_eq!(rig.lines("out.txt")[2], r#"{"line":"line 000002","from":"test"}"#);
    rig.worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_cannot_be_made_fails_the_task_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    append(&rig, &lines(0, 1));
    let file = rig.path("in.txt");
    let config = [
        ("connector.class", "FileStreamSource"),
        ("file", file.as_str()),
        ("topic", "lines"),
        ("transforms", "hoist"),
        ("transforms.hoist.type", "org.apache.kafka.connect.transforms.HoistField$Value"),
    ];
    let id = rig.start("in", &config, 1).await.remove(0);
    let trace = rig.state(&id, State::Failed).await;
    assert!(trace.contains("HoistField$Value") && trace.contains("\"field\""), "{trace}");
    rig.worker.shutdown().await;
}
