//! A compacted topic as a table that many workers share: read from its beginning, then followed (Kafka: `KafkaBasedLog`,
//! `KafkaTopicBasedBackingStore`, `TopicAdmin`).

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::broker::error::{BrokerError, ErrorKind, SendError};
use crate::broker::record::{Ack, Fetched, Outgoing};
use crate::broker::subscription::{Start, Subscription};
use crate::broker::topic::{NewTopic, TopicPartition};
use crate::broker::{Admin, Broker, ClientSpec, Consumer, ConsumerSpec, OnAck, Producer, ProducerSpec};
use crate::config::Props;

/// How long one write, or one reading to the end, may take (Kafka: `READ_WRITE_TOTAL_TIMEOUT_MS`).
pub const WRITE_LIMIT: Duration = Duration::from_secs(30);
/// How long the first reading of a topic may take.
const FIRST_READ: Duration = Duration::from_secs(600);
/// How long the follower waits for records before it looks around.
const POLL: Duration = Duration::from_secs(1);
/// Pause between looks whether transactions are over.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Pause after a failed poll.
const AFTER_ERROR: Duration = Duration::from_millis(500);

/// A topic of the cluster's own, and how it is made.
#[derive(Debug, Clone)]
pub struct TopicSpec {
    /// Its name.
    pub topic: String,
    /// The worker key that names it, for messages.
    pub key: &'static str,
    /// What it holds, for messages.
    pub holds: &'static str,
    /// Partitions to make it with; -1: the broker's default.
    pub partitions: i32,
    /// Replicas to make it with; -1: the broker's default.
    pub replication_factor: i16,
    /// Further settings to make it with.
    pub settings: Props,
    /// Whether it must have exactly one partition.
    pub single_partition: bool,
    /// Client id and properties of its clients.
    pub client: ClientSpec,
    /// What its clients have beyond that, by kind; empty for the cluster's own topics.
    pub kinds: ClientKinds,
}

/// Client properties by the kind of the client.
#[derive(Debug, Clone, Default)]
pub struct ClientKinds {
    /// Of the one that writes.
    pub producer: ClientSpec,
    /// Of the one that reads.
    pub consumer: ClientSpec,
    /// Of the one that makes the topic.
    pub admin: ClientSpec,
}

/// A topic could not be opened, read or written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TopicLogError {
    /// What the broker said.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The topic is not fit for what it is to hold.
    #[error("{0}")]
    Unfit(String),
    /// It took too long.
    #[error("Timed out while {what} topic {topic}: more than {} s; check that its partitions have leaders", WRITE_LIMIT.as_secs())]
    Timeout {
        /// Such as `writing to`.
        what: &'static str,
        /// The topic.
        topic: String,
    },
    /// The worker is stopping.
    #[error("topic {0} is closed")]
    Closed(String),
}

impl TopicLogError {
    /// Whether the same may succeed later, as while brokers start.
    pub fn retriable(&self) -> bool {
        match self {
            Self::Broker(error) => error.retriable(),
            Self::Timeout { .. } => true,
            Self::Unfit(_) | Self::Closed(_) => false,
        }
    }
}

/// Applies one record: key, value, partition and offset. The flag says whether it was written after the log was opened.
pub type Apply = Box<dyn FnMut(&Entry<'_>) + Send>;

/// One record of the topic.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its key.
    pub key: &'a [u8],
    /// Its value; none: a tombstone.
    pub value: Option<&'a [u8]>,
    /// Its place.
    pub offset: i64,
    /// Whether it was there before the log was opened.
    pub old: bool,
}

type Waiting = Arc<Mutex<HashMap<u64, oneshot::Sender<Result<Ack, BrokerError>>>>>;
type EndRequest = oneshot::Sender<Result<(), TopicLogError>>;

/// The topic, open for reading and writing.
pub struct TopicLog {
    topic: String,
    partitions: Vec<TopicPartition>,
    admin: Box<dyn Admin>,
    producer: Box<dyn Producer>,
    appends: Appends,
    requests: mpsc::UnboundedSender<EndRequest>,
    applied: watch::Receiver<BTreeMap<i32, i64>>,
    follower: JoinHandle<()>,
}

/// Hands acknowledgements to whoever waits for them.
#[derive(Clone, Default)]
pub struct Appends {
    waiting: Waiting,
    tokens: Arc<AtomicU64>,
}

impl Appends {
    /// For [`ProducerSpec::on_ack`].
    pub fn callback(&self) -> OnAck {
        let waiting = Arc::clone(&self.waiting);
        Arc::new(move |token, result| {
            if let Some(teller) = lock(&waiting).remove(&token) {
                let _ = teller.send(result);
            }
        })
    }

    /// Sends a record; the receiver gets its end.
    pub async fn send(
        &self,
        producer: &dyn Producer,
        topic: &str,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<oneshot::Receiver<Result<Ack, BrokerError>>, BrokerError> {
        let token = self.tokens.fetch_add(1, Ordering::Relaxed);
        let (teller, told) = oneshot::channel();
        lock(&self.waiting).insert(token, teller);
        loop {
            let record = Outgoing { topic, partition: None, timestamp: None, key: Some(key), value, headers: &[] };
            match producer.send(record, token) {
                Ok(()) => return Ok(told),
                Err(SendError::Full) => producer.room().await,
                Err(SendError::Refused(error)) => {
                    lock(&self.waiting).remove(&token);
                    return Err(error);
                }
            }
        }
    }
}

impl TopicLog {
    /// Makes the topic if it is missing, checks it, reads it to its end and follows it from then on.
    ///
    /// # Errors
    /// The topic cannot be made or read, or is not compacted.
    pub async fn open(broker: &dyn Broker, spec: &TopicSpec, mut apply: Apply) -> Result<Self, TopicLogError> {
        let admin = broker.admin(of_kind(named(&spec.client, "shared-admin"), &spec.kinds.admin)).await?;
        let partitions = prepare(admin.as_ref(), spec).await?;
        let mut reader = of_kind(named(&spec.client, "reader"), &spec.kinds.consumer);
        // Answers to fetches tell of the end; waiting for one holds up whoever reads to the end.
        reader.worker.entry("fetch.max.wait.ms".to_owned()).or_insert_with(|| "100".to_owned());
        reader.worker.insert("isolation.level".to_owned(), "read_committed".to_owned());
        reader.worker.insert("auto.offset.reset".to_owned(), "earliest".to_owned());
        let partitions: Vec<_> = partitions.into_iter().map(|partition| TopicPartition::new(&spec.topic, partition)).collect();
        let places = partitions.iter().map(|partition| (partition.clone(), Start::Beginning));
        let mut consumer = broker
            .consumer(ConsumerSpec {
                client: reader,
                group_id: String::new(),
                subscription: Subscription::Partitions(places.collect()),
            })
            .await?;
        let (tell, applied) = watch::channel(BTreeMap::new());
        read_to_end(consumer.as_mut(), FIRST_READ, &mut apply, &tell, true).await?;
        let appends = Appends::default();
        let mut writer = of_kind(named(&spec.client, "writer"), &spec.kinds.producer);
        writer.worker.insert("enable.idempotence".to_owned(), "false".to_owned());
        writer.worker.insert("delivery.timeout.ms".to_owned(), i32::MAX.to_string());
        let producer = ProducerSpec { client: writer, transactional_id: None, on_ack: appends.callback() };
        let producer = broker.producer(producer).await?;
        let (requests, asked) = mpsc::unbounded_channel();
        let follower = tokio::spawn(follow(spec.topic.clone(), consumer, apply, tell, asked));
        Ok(Self { topic: spec.topic.clone(), partitions, admin, producer, appends, requests, applied, follower })
    }

    /// The topic's name.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Writes a record and waits for its acknowledgement.
    pub async fn append(&self, key: &[u8], value: Option<&[u8]>) -> Result<Ack, TopicLogError> {
        let told = self.appends.send(self.producer.as_ref(), &self.topic, key, value).await?;
        self.acknowledged(told).await
    }

    /// Writes records, then waits for all their acknowledgements.
    pub async fn append_all(&self, records: &[(Vec<u8>, Option<Vec<u8>>)]) -> Result<Vec<Ack>, TopicLogError> {
        let mut sent = Vec::with_capacity(records.len());
        for (key, value) in records {
            sent.push(self.appends.send(self.producer.as_ref(), &self.topic, key, value.as_deref()).await?);
        }
        let mut acks = Vec::with_capacity(sent.len());
        for told in sent {
            acks.push(self.acknowledged(told).await?);
        }
        Ok(acks)
    }

    async fn acknowledged(&self, told: oneshot::Receiver<Result<Ack, BrokerError>>) -> Result<Ack, TopicLogError> {
        let timeout = || TopicLogError::Timeout { what: "writing to", topic: self.topic.clone() };
        let told = tokio::time::timeout(WRITE_LIMIT, told).await.map_err(|_| timeout())?;
        Ok(told.map_err(|_| TopicLogError::Closed(self.topic.clone()))??)
    }

    /// Waits until these records have been applied here.
    pub async fn await_applied(&self, acks: &[Ack]) -> Result<(), TopicLogError> {
        if acks.iter().any(|ack| ack.offset < 0) {
            return self.read_to_end().await;
        }
        let mut applied = self.applied.clone();
        let all =
            applied.wait_for(|places| acks.iter().all(|ack| places.get(&ack.partition).is_some_and(|next| *next > ack.offset)));
        match tokio::time::timeout(WRITE_LIMIT, all).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(TopicLogError::Closed(self.topic.clone())),
            Err(_) => Err(TopicLogError::Timeout { what: "reading", topic: self.topic.clone() }),
        }
    }

    /// Returns when everything that is in the topic now has been applied here.
    pub async fn read_to_end(&self) -> Result<(), TopicLogError> {
        let (teller, told) = oneshot::channel();
        let closed = || TopicLogError::Closed(self.topic.clone());
        self.requests.send(teller).map_err(|_| closed())?;
        match tokio::time::timeout(WRITE_LIMIT, told).await {
            Ok(answer) => answer.map_err(|_| closed())?,
            Err(_) => Err(TopicLogError::Timeout { what: "reading", topic: self.topic.clone() }),
        }
    }

    /// Returns when everything that is in the topic now has been applied here or was aborted, records of open transactions included:
    /// it waits for their end (Kafka: `KafkaBasedLog` reads so under `isolation.level=read_committed`).
    pub async fn read_through_transactions(&self) -> Result<(), TopicLogError> {
        let deadline = Instant::now() + WRITE_LIMIT;
        let wanted = self.ends(true, deadline).await?;
        loop {
            let stable = self.ends(false, deadline).await?;
            if wanted.iter().all(|(partition, end)| stable.get(partition).is_some_and(|stable| stable >= end)) {
                return self.read_to_end().await;
            }
            if Instant::now() >= deadline {
                return Err(TopicLogError::Timeout {
                    what: "waiting for the end of an open transaction in",
                    topic: self.topic.clone(),
                });
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// The ends of all partitions. Brokers that have just started do not know them at once: a partition that is missed then has not ended.
    async fn ends(&self, open: bool, deadline: Instant) -> Result<BTreeMap<TopicPartition, i64>, TopicLogError> {
        loop {
            let failed = match self.admin.ends(&self.partitions, open).await {
                Ok(ends) if self.partitions.iter().all(|partition| ends.contains_key(partition)) => return Ok(ends),
                Ok(_) => {
                    let text = format!("no broker knows all partitions of topic {}", self.topic);
                    BrokerError::retry(ErrorKind::UnknownTopic, text)
                }
                Err(error) => error,
            };
            if !failed.retriable() || Instant::now() >= deadline {
                return Err(failed.into());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Changes whenever records have been applied.
    pub fn applied(&self) -> watch::Receiver<BTreeMap<i32, i64>> {
        self.applied.clone()
    }

    /// Waits until what was sent is acknowledged.
    pub async fn flush(&self, timeout: Duration) {
        if let Err(error) = self.producer.flush(timeout).await {
            tracing::warn!(topic = self.topic, "{error}");
        }
    }
}

impl Drop for TopicLog {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

/// Reads on for good, and to the end whenever somebody asks.
async fn follow(
    topic: String,
    mut consumer: Box<dyn Consumer>,
    mut apply: Apply,
    tell: watch::Sender<BTreeMap<i32, i64>>,
    mut asked: mpsc::UnboundedReceiver<EndRequest>,
) {
    loop {
        let mut places = BTreeMap::new();
        let mut sink = |record: Fetched<'_>| take(&record, &mut apply, &mut places, false);
        tokio::select! {
            request = asked.recv() => {
                let Some(teller) = request else { return };
                // Whoever asked while this one was read has the same answer.
                let mut tellers = vec![teller];
                while let Ok(teller) = asked.try_recv() {
                    tellers.push(teller);
                }
                let read = read_to_end(consumer.as_mut(), WRITE_LIMIT, &mut apply, &tell, false).await;
                for teller in tellers {
                    let _ = teller.send(read.clone());
                }
            }
            polled = consumer.poll(None, POLL, &mut sink) => {
                publish(&tell, places);
                if let Err(error) = polled {
                    tracing::error!(topic, "the topic cannot be followed: {error}");
                    tokio::time::sleep(AFTER_ERROR).await;
                }
            }
        }
    }
}

async fn read_to_end(
    consumer: &mut dyn Consumer,
    limit: Duration,
    apply: &mut Apply,
    tell: &watch::Sender<BTreeMap<i32, i64>>,
    old: bool,
) -> Result<(), TopicLogError> {
    let mut places = BTreeMap::new();
    let mut sink = |record: Fetched<'_>| take(&record, apply, &mut places, old);
    let read = consumer.read_to_end(limit, &mut sink).await;
    publish(tell, places);
    Ok(read?)
}

fn take(record: &Fetched<'_>, apply: &mut Apply, places: &mut BTreeMap<i32, i64>, old: bool) {
    places.insert(record.partition, record.offset + 1);
    // A record without key has no place in a table.
    if let Some(key) = record.key {
        apply(&Entry { key, value: record.value, offset: record.offset, old });
    }
}

fn publish(tell: &watch::Sender<BTreeMap<i32, i64>>, places: BTreeMap<i32, i64>) {
    if !places.is_empty() {
        tell.send_modify(|known| known.extend(places));
    }
}

/// The partitions of the topic, which is made if it is missing.
async fn prepare(admin: &dyn Admin, spec: &TopicSpec) -> Result<Vec<i32>, TopicLogError> {
    let names = [spec.topic.clone()];
    if admin.describe_topics(&names).await?.is_empty() {
        let mut config = spec.settings.clone();
        config.insert("cleanup.policy".to_owned(), "compact".to_owned());
        let (partitions, replication_factor) = (spec.partitions, spec.replication_factor);
        admin.create_topic(&NewTopic { name: spec.topic.clone(), partitions, replication_factor, config }).await?;
    }
    let deadline = Instant::now() + WRITE_LIMIT;
    let found = loop {
        match admin.describe_topics(&names).await?.pop() {
            Some(found) if !found.partitions.is_empty() => break found,
            // Brokers learn of a new topic one after the other.
            _ if Instant::now() < deadline => tokio::time::sleep(Duration::from_millis(100)).await,
            _ => {
                let text = format!("topic {} was made but no broker knows it", spec.topic);
                return Err(BrokerError::retry(ErrorKind::UnknownTopic, text).into());
            }
        }
    };
    check(spec, found.partitions.len(), found.config.get("cleanup.policy").map(String::as_str))?;
    Ok(found.partitions)
}

/// Kafka Connect's own words for a topic that is not fit.
fn check(spec: &TopicSpec, partitions: usize, policy: Option<&str>) -> Result<(), TopicLogError> {
    let (topic, key, holds) = (&spec.topic, spec.key, spec.holds);
    if let Some(policy) = policy.filter(|policy| *policy != "compact") {
        return Err(TopicLogError::Unfit(format!(
            "Topic '{topic}' supplied via the '{key}' property is required to have 'cleanup.policy=compact' to guarantee consistency and \
             durability of {holds}, but found the topic currently has 'cleanup.policy={policy}'. Continuing would likely result in \
             eventually losing {holds} and problems restarting this Connect cluster in the future. Change the '{key}' property in the \
             Connect worker configurations to use a topic with 'cleanup.policy=compact'."
        )));
    }
    if spec.single_partition && partitions != 1 {
        return Err(TopicLogError::Unfit(format!(
            "Topic '{topic}' supplied via the '{key}' property is required to have a single partition in order to guarantee consistency \
             of {holds}, but found {partitions} partitions."
        )));
    }
    Ok(())
}

/// The same client with `-<what>` at the end of its id.
pub fn named(client: &ClientSpec, what: &str) -> ClientSpec {
    ClientSpec { client_id: format!("{}-{what}", client.client_id), ..client.clone() }
}

/// A client with what its kind has beyond the others.
fn of_kind(mut client: ClientSpec, kind: &ClientSpec) -> ClientSpec {
    client.worker.extend(kind.worker.clone());
    client.overrides.extend(kind.overrides.clone());
    client
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
