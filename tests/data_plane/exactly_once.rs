//! Source tasks whose records and offsets are in transactions, on the local log.

use std::fs;
use std::time::Duration;

use caisson::broker::{ClientSpec, ProducerSpec};
use caisson::config::Props;
use caisson::storage::status_store::{State, TargetState, TaskId};
use serde_json::{Value, json};

use crate::rig::{Rig, props, until};

async fn start(rig: &Rig, plan: &str, more: &[(&str, &str)]) -> TaskId {
    let mut config = vec![("connector.class", "caisson.probe.Bounded"), ("plan", plan), ("topic", "t")];
    config.extend_from_slice(more);
    rig.topic("t", 1).await;
    rig.start("c", &config, 1).await.remove(0)
}

/// Waits until readers see these values, and no more.
async fn await_values(rig: &Rig, topic: &str, wanted: &[&str]) {
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        let values = rig.values(topic).await;
        if values == wanted {
            return;
        }
        assert!(tokio::time::Instant::now() < end, "{values:?} instead of {wanted:?}");
        tokio::task::yield_now().await;
    }
}

/// The offsets of connector `c` by a configuration, in order.
async fn stored(rig: &Rig, config: &Props) -> Vec<Value> {
    let offsets = rig.environment.offsets.of_connector("c", config).await.unwrap();
    offsets.refresh(true).await.unwrap();
    offsets.all().into_iter().map(|(_, offset)| offset).collect()
}

const CONNECTOR: (&str, &str) = ("transaction.boundary", "connector");

/// I27: what is aborted is never seen, yet its offsets are stored; what is not ended is neither seen nor stored.
#[tokio::test(flavor = "multi_thread")]
async fn a_task_bounds_its_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::exactly_once(folder.path()).await;
    let id = start(&rig, "a b+ c d- e; f +; g h -; i", &[CONNECTOR]).await;
    until("all records have gone", || rig.worker.counters(&id).is_some_and(|done| done.records_out == 9)).await;
    await_values(&rig, "t", &["0a", "0b", "0e", "0f"]).await;
    assert_eq!(stored(&rig, &Props::new()).await, [json!({"record": 7})]);
    rig.worker.stop_tasks(std::slice::from_ref(&id)).await;
    rig.state(&id, State::Unassigned).await;
    // `i` was in a transaction that nobody ended.
    assert_eq!(rig.values("t").await, ["0a", "0b", "0e", "0f"]);
    let id = start(&rig, "a b+ c d- e; f +; g h -; i +", &[CONNECTOR]).await;
    await_values(&rig, "t", &["0a", "0b", "0e", "0f", "0i"]).await;
    rig.worker.stop_tasks(&[id]).await;
    rig.worker.shutdown().await;
}

/// Without the setting a task has no say: every poll is a transaction.
#[tokio::test(flavor = "multi_thread")]
async fn a_poll_is_a_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::exactly_once(folder.path()).await;
    let id = start(&rig, "a b- c; d -", &[]).await;
    await_values(&rig, "t", &["0a", "0b", "0c", "0d"]).await;
    assert_eq!(stored(&rig, &Props::new()).await, [json!({"record": 3})]);
    let sizes = |name| {
        let samples = rig.worker.metrics();
        samples.iter().find(|sample| sample.name == name).map(|sample| sample.value)
    };
    until("both transactions are measured", || sizes("kafka_connect_source_task_transaction_size_avg") == Some(2.0)).await;
    assert_eq!(sizes("kafka_connect_source_task_transaction_size_max"), Some(3.0));
    assert_eq!(sizes("kafka_connect_source_task_transaction_size_min"), Some(1.0));
    rig.worker.stop_tasks(&[id]).await;
    rig.worker.shutdown().await;
}

/// I5, I27: under an interval a pause and a stop commit what there is.
#[tokio::test(flavor = "multi_thread")]
async fn an_interval_ends_early_when_the_task_does() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::exactly_once(folder.path()).await;
    let interval = [("transaction.boundary", "interval"), ("transaction.boundary.interval.ms", "3600000")];
    let id = start(&rig, "a; b", &interval).await;
    until("both records have gone", || rig.worker.counters(&id).is_some_and(|done| done.records_out == 2)).await;
    assert_eq!(rig.values("t").await, [""; 0]);
    rig.worker.set_target_state("c", TargetState::Paused).await;
    rig.state(&id, State::Paused).await;
    await_values(&rig, "t", &["0a", "0b"]).await;
    rig.worker.stop_tasks(&[id]).await;
    let id = start(&rig, "a; b; c", &interval).await;
    until("the third has gone", || rig.worker.counters(&id).is_some_and(|done| done.records_out == 1)).await;
    rig.worker.stop_tasks(&[id]).await;
    assert_eq!(rig.values("t").await, ["0a", "0b", "0c"]);
    let id = start(&rig, "a; b; c; d", &[("transaction.boundary", "interval"), ("transaction.boundary.interval.ms", "1")]).await;
    await_values(&rig, "t", &["0a", "0b", "0c", "0d"]).await;
    rig.worker.stop_tasks(&[id]).await;
    rig.worker.shutdown().await;
}

/// I26: whoever has the task's transactional id last is the task.
#[tokio::test(flavor = "multi_thread")]
async fn a_fenced_task_fails_and_nothing_of_its_transaction_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::exactly_once(folder.path()).await;
    let interval = [("transaction.boundary", "interval"), ("transaction.boundary.interval.ms", "3600000")];
    let id = start(&rig, "a", &interval).await;
    until("the record has gone", || rig.worker.counters(&id).is_some_and(|done| done.records_out == 1)).await;
    let spec = ProducerSpec {
        client: ClientSpec::named("zombie"),
        transactional_id: Some("rig-c-0".to_owned()),
        on_ack: std::sync::Arc::new(|_, _| {}),
    };
    let other = rig.environment.broker.producer(spec).await.unwrap();
    other.init_transactions(Duration::from_secs(60)).await.unwrap();
    rig.worker.set_target_state("c", TargetState::Paused).await;
    let trace = rig.state(&id, State::Failed).await;
    assert!(trace.contains("Failed to flush offsets and/or records for task c-0"), "{trace}");
    assert!(trace.contains("org.apache.kafka.common.errors.ProducerFencedException"), "{trace}");
    assert_eq!(rig.values("t").await, [""; 0]);
    rig.worker.shutdown().await;
}

/// A connector's own topic holds its offsets, and the worker's a copy; what stands in the worker's alone is still found.
#[tokio::test(flavor = "multi_thread")]
async fn offsets_are_in_the_connectors_own_topic() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::exactly_once(folder.path()).await;
    let id = start(&rig, "a; b", &[]).await;
    await_values(&rig, "t", &["0a", "0b"]).await;
    rig.worker.stop_tasks(&[id]).await;
    let own = [("offsets.storage.topic", "own")];
    let id = start(&rig, "a; b; c", &own).await;
    await_values(&rig, "t", &["0a", "0b", "0c"]).await;
    rig.worker.stop_tasks(&[id]).await;
    assert_eq!(rig.values("own").await, [r#"{"record":2}"#], "only what was stored since is in the new topic");
    assert_eq!(stored(&rig, &props(&own)).await, [json!({"record": 2})]);
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    while stored(&rig, &Props::new()).await != [json!({"record": 2})] {
        assert!(tokio::time::Instant::now() < end, "the copy in the worker's topic is missing");
        tokio::task::yield_now().await;
    }
    rig.worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_may_not_write_to_its_own_offsets() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::exactly_once(folder.path()).await;
    let id = start(&rig, "a", &[("topic", "own"), ("offsets.storage.topic", "own")]).await;
    let trace = rig.state(&id, State::Failed).await;
    assert!(trace.contains("Source tasks may not produce to their own offsets topics"), "{trace}");
    rig.worker.shutdown().await;
}

/// A record that cannot be sent fails the task, whatever is tolerated, and takes its whole transaction with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_without_one_of_its_records_is_aborted() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::exactly_once(folder.path()).await;
    let large = "x".repeat(3000);
    let settings = [("errors.tolerance", "all"), ("producer.override.max.request.size", "2000")];
    let id = start(&rig, &format!("a; b {large} c"), &settings).await;
    let trace = rig.state(&id, State::Failed).await;
    assert!(trace.contains("RecordTooLargeException"), "{trace}");
    assert_eq!(rig.values("t").await, ["0a"]);
    assert_eq!(stored(&rig, &Props::new()).await, [json!({"record": 0})]);
    rig.worker.shutdown().await;
}

/// I5, I27: stops at any moment lose nothing and repeat nothing, with the file source as it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_arrives_once_through_stops_and_cancellations() {
    const LINES: u64 = 30_000;
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::exactly_once(folder.path()).await;
    rig.topic("t", 1).await;
    let lines: Vec<String> = (0..LINES).map(|number| format!("line {number:06}")).collect();
    fs::write(rig.folder.join("in.txt"), lines.join("\n") + "\n").unwrap();
    let file = rig.path("in.txt");
    let config = [("connector.class", "FileStreamSource"), ("file", file.as_str()), ("topic", "t"), ("batch.size", "100")];
    for target in [1, 3_000, 9_000] {
        let id = rig.start("in", &config, 1).await.remove(0);
        until("records were sent", || rig.worker.counters(&id).is_some_and(|done| done.records_out >= target)).await;
        rig.worker.stop_tasks(&[id]).await;
    }
    rig.start("in", &config, 1).await;
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    while rig.values("t").await.last() != lines.last() {
        assert!(tokio::time::Instant::now() < end, "the last line did not come");
    }
    assert!(rig.values("t").await == lines, "lines are lost, repeated or out of order");
    rig.worker.shutdown().await;
}
