//! Records at which a stage breaks.

use std::fs;
use std::time::Duration;

use caisson::config::Props;
use caisson::storage::status_store::{State, TaskId};

use crate::rig::{Rig, until};

/// Lines through the fragile transformation into a topic, and from there into a file.
async fn run(rig: &Rig, lines: &[&str], more: &[(&str, &str)]) -> TaskId {
    fs::write(rig.folder.join("in.txt"), lines.join("\n") + "\n").unwrap();
    let (input, output) = (rig.path("in.txt"), rig.path("out.txt"));
    let mut source = vec![
        ("connector.class", "FileStreamSource"),
        ("file", input.as_str()),
        ("topic", "lines"),
        ("transforms", "fragile"),
        ("transforms.fragile.type", "caisson.probe.Fragile"),
        ("sandbox.fuel.per.call", "20000000"),
        ("sandbox.fuel.per.record", "100000"),
    ];
    source.extend(more);
    let id = rig.start("in", &source, 1).await.remove(0);
    rig.start("out", &[("connector.class", "FileStreamSink"), ("file", output.as_str()), ("topics", "lines")], 1).await;
    id
}

/// I4: a trap, a limit and a bad record each cost only themselves, and the others stay in order.
#[tokio::test(flavor = "multi_thread")]
async fn under_tolerance_only_the_guilty_records_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    let lines = ["a", "panic 1", "b", "data 2", "loop 3", "c", "drop 4", "panic 5", "d", "e"];
    run(&rig, &lines, &[("errors.tolerance", "all"), ("errors.log.enable", "true")]).await;
    until("the last line came out", || rig.lines("out.txt").last().is_some_and(|line| line == "e")).await;
    assert_eq!(rig.lines("out.txt"), ["a", "b", "c", "d", "e"]);
    rig.worker.shutdown().await;
}

/// I3, I4: the records before the bad one are sent, those behind it are not, and the trace says what broke.
#[tokio::test(flavor = "multi_thread")]
async fn without_tolerance_the_task_fails_at_the_first_guilty_record() {
    for (bad, cause) in [("panic 1", "crashed"), ("loop 1", "sandbox.fuel.per.call"), ("data 1", "a bad record")] {
        let folder = tempfile::tempdir().unwrap();
        let rig = Rig::new(folder.path(), &[]).await;
        let id = run(&rig, &["a", "b", bad, "c"], &[]).await;
        let trace = rig.state(&id, State::Failed).await;
        assert!(trace.contains("Tolerance exceeded in error handler"), "{trace}");
        assert!(trace.contains("in-0") && trace.contains("caisson.probe.Fragile") && trace.contains(cause), "{trace}");
        until("the lines before it came out", || rig.lines("out.txt").len() == 2).await;
        assert_eq!(rig.lines("out.txt"), ["a", "b"]);
        rig.worker.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retriable_failure_is_tried_again_and_keeps_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    run(&rig, &["a", "retry 1", "b"], &[("errors.retry.timeout", "-1"), ("errors.retry.delay.max.ms", "10")]).await;
    until("all lines came out", || rig.lines("out.txt").len() == 3).await;
    assert_eq!(rig.lines("out.txt"), ["a", "retry 1", "b"]);
    rig.worker.shutdown().await;
}

/// A task that waits to try a record again stops at once, and the record is neither given up nor stored as done.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_cuts_a_retry_short_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    let id = run(&rig, &["a", "never", "b"], &[("errors.retry.timeout", "-1"), ("errors.tolerance", "all")]).await;
    let counts = || rig.worker.counters(&id).map(|done| done.errors).unwrap_or_default();
    until("the record is tried again", || counts().retries > 0).await;
    rig.worker.stop_tasks(&[id]).await;
    until("the line before it came out", || rig.lines("out.txt") == ["a"]).await;
    let stored = rig.environment.offsets.of_connector("in", &Props::new()).await.unwrap().all();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].1, serde_json::json!({ "position": 2 }));
    rig.worker.shutdown().await;
}

/// The counters of failed records count as Kafka's do.
#[tokio::test(flavor = "multi_thread")]
async fn failures_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    let settings = [("errors.tolerance", "all"), ("errors.retry.timeout", "100"), ("errors.log.enable", "true")];
    let id = run(&rig, &["a", "data 1", "retry 2", "never 3", "panic 4", "b"], &settings).await;
    until("the last line came out", || rig.lines("out.txt").last().is_some_and(|line| line == "b")).await;
    let counts = rig.worker.counters(&id).unwrap().errors;
    // `retry` has no time for more than two attempts: 300 ms are cut to the 100 ms there are.
    assert_eq!((counts.errors, counts.skipped, counts.logged, counts.retries), (4, 4, 4, 2));
    // One each for `data` and `panic`, three each for the two whose time ran out.
    assert_eq!(counts.failures, 8);
    assert!(counts.last_error > 0 && counts.dead_letters == 0);
    rig.worker.shutdown().await;
}

/// A predicate of one component guards a transformation of another.
#[tokio::test(flavor = "multi_thread")]
async fn a_predicate_of_another_component_guards_a_stage() {
    for (negate, expected) in [("false", vec!["a", "drop 1", "b"]), ("true", vec!["a", "b"])] {
        let folder = tempfile::tempdir().unwrap();
        let rig = Rig::new(folder.path(), &[]).await;
        let guard = [
            ("transforms.fragile.predicate", "other"),
            ("transforms.fragile.negate", negate),
            ("predicates", "other"),
            ("predicates.other.type", "org.apache.kafka.connect.transforms.predicates.TopicNameMatches"),
            ("predicates.other.pattern", "other-.*"),
        ];
        run(&rig, &["a", "drop 1", "b"], &guard).await;
        until("the last line came out", || rig.lines("out.txt").last().is_some_and(|line| line == "b")).await;
        assert_eq!(rig.lines("out.txt"), expected);
        rig.worker.shutdown().await;
    }
}

/// I6, I7: a task whose stage spins is stopped within the budget, and its neighbour moves on.
#[tokio::test(flavor = "multi_thread")]
async fn a_spinning_stage_is_stopped_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[("task.shutdown.graceful.timeout.ms", "300")]).await;
    let unbounded = [("sandbox.fuel.per.call", "9000000000000000000"), ("sandbox.call.timeout.ms", "600000")];
    let id = run(&rig, &["a", "loop 1"], &unbounded).await;
    until("the stage spins", || rig.worker.counters(&id).is_some_and(|done| done.records_in > 0)).await;
    let stopped = tokio::time::timeout(Duration::from_secs(20), rig.worker.stop_tasks(&[id])).await;
    assert!(stopped.is_ok(), "the task did not stop");
    rig.worker.shutdown().await;
}
