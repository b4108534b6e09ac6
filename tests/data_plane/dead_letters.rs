//! The dead letter queue on the local log, and what is committed while letters are on their way.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use caisson::broker::error::{BrokerError, ErrorKind, SendError};
use caisson::broker::record::Outgoing;
use caisson::broker::topic::{TopicPartition, Watermarks};
use caisson::broker::{Admin, Broker, ClientSpec, Consumer, ConsumerSpec, Producer, ProducerSpec};
use caisson::storage::status_store::{State, TaskId};
use caisson::worker::Worker;

use crate::rig::{Rig, until};

const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
const QUEUE: &str = "dead";

/// The witness on the topic `t`, whose values are to be JSON.
async fn start(rig: &Rig, more: &[(&str, &str)]) -> TaskId {
    let file = rig.path("notes");
    let mut config = vec![
        ("connector.class", "caisson.probe.Witness"),
        ("file", file.as_str()),
        ("topics", "t"),
        ("value.converter", JSON),
        ("value.converter.schemas.enable", "false"),
        ("errors.tolerance", "all"),
        ("errors.deadletterqueue.topic.name", QUEUE),
        ("errors.deadletterqueue.topic.replication.factor", "1"),
    ];
    config.retain(|(key, _)| !more.iter().any(|(other, _)| other == key));
    config.extend(more);
    rig.start("w", &config, 1).await.remove(0)
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

async fn ends(rig: &Rig, topic: &str) -> Option<Watermarks> {
    let admin = rig.environment.broker.admin(ClientSpec::named("test")).await.unwrap();
    let partition = TopicPartition::new(topic, 0);
    admin.watermarks(std::slice::from_ref(&partition)).await.unwrap().remove(&partition)
}

/// On the local log as on Kafka: the topic is made, and the bad record is in it when its offset is committed.
#[tokio::test(flavor = "multi_thread")]
async fn the_local_log_keeps_dead_letters_too() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    rig.topic("t", 1).await;
    rig.produce("t", 1, &texts(&["1", "{bad", "2"])).await;
    let id = start(&rig, &[]).await;
    until("the good records were put", || rig.lines("notes.0").iter().any(|line| line.contains("t-0@2"))).await;
    rig.worker.stop_tasks(std::slice::from_ref(&id)).await;
    assert_eq!(rig.committed("connect-w").await, BTreeMap::from([(TopicPartition::new("t", 0), 3)]));
    assert_eq!(ends(&rig, QUEUE).await.map(|marks| marks.end), Some(1));
    let counts = rig.worker.counters(&id).map(|done| done.errors);
    assert!(counts.is_none_or(|counts| counts.dead_letters == 1 && counts.lost_dead_letters == 0));
    rig.worker.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_replicas_than_brokers_fail_the_task() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    rig.topic("t", 1).await;
    let id = start(&rig, &[("errors.deadletterqueue.topic.replication.factor", "3")]).await;
    let trace = rig.state(&id, State::Failed).await;
    let head = "org.apache.kafka.connect.errors.ConnectException: Could not initialize dead letter queue with topic=dead\n";
    assert!(trace.starts_with(head), "{trace}");
    assert!(trace.contains("InvalidReplicationFactorException") && trace.contains("w-0"), "{trace}");
    assert!(!rig.lines("notes.0").contains(&"start".to_owned()));
    rig.worker.shutdown().await;
}

/// I21: as long as a dead letter is on its way no offset is committed, neither when due nor by a task that stops.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_committed_before_its_dead_letters_are_settled() {
    let folder = tempfile::tempdir().unwrap();
    let mut rig = Rig::new(folder.path(), &[("offset.flush.timeout.ms", "50")]).await;
    let gate = Arc::new(Gate::default());
    rig.environment.broker = Arc::new(Gated { inner: Arc::clone(&rig.environment.broker), gate: Arc::clone(&gate) });
    rig.worker = Worker::new(rig.environment.clone());
    rig.topic("t", 1).await;
    rig.produce("t", 1, &texts(&["1", "{bad", "2"])).await;
    let id = start(&rig, &[]).await;
    until("a commit was tried three times", || gate.refused.load(Ordering::Relaxed) >= 3).await;
    assert!(rig.committed("connect-w").await.is_empty());
    rig.worker.stop_tasks(&[id]).await;
    assert!(rig.committed("connect-w").await.is_empty());
    assert_eq!(ends(&rig, QUEUE).await.map(|marks| marks.end), Some(0));

    rig.worker.stop_connector("w").await;
    // The next start consumes all three again, and commits once the letter got through.
    gate.open.store(true, Ordering::Relaxed);
    let id = start(&rig, &[]).await;
    let group = || futures_now(rig.committed("connect-w"));
    until("all are committed", || group().values().eq(&[3])).await;
    assert_eq!(ends(&rig, QUEUE).await.map(|marks| marks.end), Some(1));
    rig.worker.stop_tasks(&[id]).await;
    rig.worker.shutdown().await;
}

/// Waits for a future within a condition.
fn futures_now<T: Send>(future: impl Future<Output = T> + Send) -> T {
    tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(future))
}

/// Whether dead letters get through.
#[derive(Default)]
struct Gate {
    open: AtomicBool,
    /// How often somebody waited in vain.
    refused: AtomicUsize,
}

/// The local log, but for the gate before the dead letter queue.
struct Gated {
    inner: Arc<dyn Broker>,
    gate: Arc<Gate>,
}

struct GatedProducer {
    inner: Box<dyn Producer>,
    gate: Arc<Gate>,
    held: Mutex<usize>,
}

#[async_trait]
impl Broker for Gated {
    async fn producer(&self, spec: ProducerSpec) -> Result<Box<dyn Producer>, BrokerError> {
        let gated = spec.client.client_id == "connector-dlq-producer-w-0";
        let inner = self.inner.producer(spec).await?;
        if !gated {
            return Ok(inner);
        }
        Ok(Box::new(GatedProducer { inner, gate: Arc::clone(&self.gate), held: Mutex::default() }))
    }

    async fn consumer(&self, spec: ConsumerSpec) -> Result<Box<dyn Consumer>, BrokerError> {
        self.inner.consumer(spec).await
    }

    async fn admin(&self, spec: ClientSpec) -> Result<Box<dyn Admin>, BrokerError> {
        self.inner.admin(spec).await
    }

    async fn cluster_id(&self) -> Result<String, BrokerError> {
        self.inner.cluster_id().await
    }

    fn place(&self) -> &str {
        self.inner.place()
    }
}

#[async_trait]
impl Producer for GatedProducer {
    /// Taken, and never acknowledged while the gate is shut.
    fn send(&self, record: Outgoing<'_>, token: u64) -> Result<(), SendError> {
        if self.gate.open.load(Ordering::Relaxed) {
            return self.inner.send(record, token);
        }
        *self.held.lock().unwrap() += 1;
        Ok(())
    }

    async fn room(&self) {
        self.inner.room().await;
    }

    async fn flush(&self, timeout: Duration) -> Result<(), BrokerError> {
        let held = *self.held.lock().unwrap();
        if held > 0 {
            self.gate.refused.fetch_add(1, Ordering::Relaxed);
            return Err(BrokerError::retry(ErrorKind::Timeout, format!("{held} records had no ack within {timeout:?}")));
        }
        self.inner.flush(timeout).await
    }

    fn purge(&self) {
        self.inner.purge();
    }

    async fn init_transactions(&self, timeout: Duration) -> Result<(), BrokerError> {
        self.inner.init_transactions(timeout).await
    }

    async fn begin_transaction(&self) -> Result<(), BrokerError> {
        self.inner.begin_transaction().await
    }

    async fn send_offsets(&self, offsets: &BTreeMap<TopicPartition, i64>, consumer: &dyn Consumer) -> Result<(), BrokerError> {
        self.inner.send_offsets(offsets, consumer).await
    }

    async fn commit_transaction(&self, timeout: Duration) -> Result<(), BrokerError> {
        self.inner.commit_transaction(timeout).await
    }

    async fn abort_transaction(&self, timeout: Duration) -> Result<(), BrokerError> {
        self.inner.abort_transaction(timeout).await
    }
}
