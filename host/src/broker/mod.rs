//! The port to topics: producing, consuming and administering them.
//!
//! Two implementations stand behind it: [`kafka`], an Apache Kafka cluster, and [`local`], a log embedded in the worker's
//! own process. One contract suite runs over both. Everything above this module speaks of topics only through these traits.

pub mod error;
pub mod kafka;
pub mod local;
pub mod record;
pub mod subscription;
pub mod topic;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use self::error::{BrokerError, SendError};
use self::record::{Ack, Fetched, Outgoing};
use self::subscription::Subscription;
use self::topic::{NewTopic, TopicDescription, TopicPartition, Watermarks};

/// A cluster, or the local log: makes clients, as `org.apache.kafka.clients` does.
#[async_trait]
pub trait Broker: Send + Sync {
    /// Makes a producer. Fails if a property has no meaning here ([`error::ErrorKind::Config`]).
    async fn producer(&self, spec: ProducerSpec) -> Result<Box<dyn Producer>, BrokerError>;
    /// Makes a consumer and subscribes it.
    async fn consumer(&self, spec: ConsumerSpec) -> Result<Box<dyn Consumer>, BrokerError>;
    /// Makes an admin client.
    async fn admin(&self, spec: ClientSpec) -> Result<Box<dyn Admin>, BrokerError>;
    /// The id of the cluster. Within a bounded time it fails with [`error::ErrorKind::Unreachable`], so a worker calls this first.
    async fn cluster_id(&self) -> Result<String, BrokerError>;
    /// Where this broker is, for messages: `bootstrap.servers` or the folder of the local log.
    fn place(&self) -> &str;
}

/// What every client is made of: its id and its Java client properties.
#[derive(Debug, Clone, Default)]
pub struct ClientSpec {
    /// `client.id`.
    pub client_id: String,
    /// From the worker's file, prefix removed, Connect's own defaults below them: a key that is no client key is left out silently.
    pub worker: BTreeMap<String, String>,
    /// From the connector (`producer.override.` …), prefix removed: a key that is no client key is an error.
    pub overrides: BTreeMap<String, String>,
}

impl ClientSpec {
    /// A client of this id with no properties of its own.
    pub fn named(client_id: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), ..Self::default() }
    }
}

/// Receives each record's end: its token and where it was stored, or why it was not. Runs on the client's own thread, so it
/// must be short and must not call the producer. Tokens of one partition come in order of their sending.
pub type OnAck = Arc<dyn Fn(u64, Result<Ack, BrokerError>) + Send + Sync>;

/// How to make a [`Producer`].
#[derive(Clone)]
pub struct ProducerSpec {
    /// Id and properties.
    pub client: ClientSpec,
    /// `transactional.id`; sending is then possible within transactions only.
    pub transactional_id: Option<String>,
    /// Where acknowledgements go.
    pub on_ack: OnAck,
}

/// How to make a [`Consumer`].
#[derive(Debug, Clone)]
pub struct ConsumerSpec {
    /// Id and properties.
    pub client: ClientSpec,
    /// `group.id`; may be empty with [`Subscription::Partitions`] if nothing is committed.
    pub group_id: String,
    /// What to read.
    pub subscription: Subscription,
}

/// Sends records. Shared by reference; no call but `room`, `flush` and those of transactions waits.
#[async_trait]
pub trait Producer: Send + Sync {
    /// Hands over one record; everything in it is copied. The ack comes to [`ProducerSpec::on_ack`] with this token.
    /// With [`SendError::Full`] nothing was taken: await [`Producer::room`] and send again.
    fn send(&self, record: Outgoing<'_>, token: u64) -> Result<(), SendError>;
    /// Waits until it is worth sending again after [`SendError::Full`].
    async fn room(&self);
    /// Waits until all records sent so far have had their ack, good or bad. Fails with [`error::ErrorKind::Timeout`].
    async fn flush(&self, timeout: Duration) -> Result<(), BrokerError>;
    /// Gives up all records that have had no ack yet: their acks come with an error soon. For a forced stop.
    fn purge(&self);

    /// Fences earlier producers of this `transactional.id` and finishes their transactions (KIP-98).
    async fn init_transactions(&self, timeout: Duration) -> Result<(), BrokerError>;
    /// Begins a transaction.
    async fn begin_transaction(&self) -> Result<(), BrokerError>;
    /// Makes commits of a consumer group part of the open transaction. `consumer` is that group's member.
    async fn send_offsets(&self, offsets: &BTreeMap<TopicPartition, i64>, consumer: &dyn Consumer) -> Result<(), BrokerError>;
    /// Commits: its records become visible together. On [`BrokerError::retriable`] call it again, otherwise abort.
    async fn commit_transaction(&self, timeout: Duration) -> Result<(), BrokerError>;
    /// Aborts: its records are never seen by a consumer with `isolation.level=read_committed`.
    async fn abort_transaction(&self, timeout: Duration) -> Result<(), BrokerError>;
}

/// What [`Consumer::poll`] came back with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PollEvent {
    /// So many records went into the sink; 0 if the time was up.
    Records(usize),
    /// These partitions are this member's from now on. They are fetched after [`Consumer::acknowledge_rebalance`].
    Assigned(Vec<TopicPartition>),
    /// These partitions are to be given up; they stay this member's until [`Consumer::acknowledge_rebalance`]. Commit first.
    Revoked(Vec<TopicPartition>),
    /// These partitions are already another's; commits for them would fail. Call [`Consumer::acknowledge_rebalance`].
    Lost(Vec<TopicPartition>),
}

/// Where [`Consumer::poll`] puts records, one call a record.
pub type FetchSink<'s> = dyn for<'a> FnMut(Fetched<'a>) + Send + 's;

/// Reads records, as one member of a group. Dropping it leaves the group in the background; [`Consumer::close`] waits for it.
#[async_trait]
pub trait Consumer: Send + Sync {
    /// Pushes up to `max` records (`None`: `max.poll.records`) into `sink`. Returns on data, on a rebalance, or when `timeout` is over.
    /// A rebalance event is returned again until it is acknowledged. Errors that are retriable need no reaction but another poll.
    async fn poll(&mut self, max: Option<usize>, timeout: Duration, sink: &mut FetchSink<'_>) -> Result<PollEvent, BrokerError>;
    /// Takes or gives up the partitions of the last rebalance event.
    async fn acknowledge_rebalance(&mut self) -> Result<(), BrokerError>;
    /// Stops fetching from these partitions; what was fetched of them before stays unread until they are resumed.
    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), BrokerError>;
    /// Fetches from these partitions again.
    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), BrokerError>;
    /// Goes to this offset; no record fetched before is returned any more.
    async fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), BrokerError>;
    /// Pushes every record up to the end that the partitions have now into `sink`, transaction markers and compacted places passed over
    /// (Kafka: `KafkaBasedLog.readToEnd`). Only for [`Subscription::Partitions`]. Fails with [`error::ErrorKind::Timeout`].
    async fn read_to_end(&mut self, timeout: Duration, sink: &mut FetchSink<'_>) -> Result<(), BrokerError>;
    /// The offset of the next record that [`Consumer::poll`] returns of this partition, as `KafkaConsumer.position` does.
    async fn position(&mut self, partition: &TopicPartition) -> Result<i64, BrokerError>;
    /// Commits these offsets (of the next record to read) and waits for the answer.
    async fn commit_sync(&mut self, offsets: &BTreeMap<TopicPartition, i64>) -> Result<(), BrokerError>;
    /// Commits without waiting; `done` runs once, on another thread, with the answer.
    fn commit_async(&mut self, offsets: &BTreeMap<TopicPartition, i64>, done: OnCommit) -> Result<(), BrokerError>;
    /// The committed offsets of these partitions; those without one are left out.
    async fn committed(&mut self, partitions: &[TopicPartition]) -> Result<BTreeMap<TopicPartition, i64>, BrokerError>;
    /// The partitions this member holds.
    fn assignment(&self) -> BTreeSet<TopicPartition>;
    /// Leaves the group and waits until that is done; gives up all partitions without an event.
    async fn close(self: Box<Self>) -> Result<(), BrokerError>;
    /// For [`Producer::send_offsets`] of the same implementation.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// Called once with the answer to [`Consumer::commit_async`].
pub type OnCommit = Box<dyn FnOnce(Result<(), BrokerError>) + Send>;

/// Administers topics and groups.
#[async_trait]
pub trait Admin: Send + Sync {
    /// All topics, by name, without their configuration.
    async fn list_topics(&self) -> Result<Vec<TopicDescription>, BrokerError>;
    /// These topics with their configuration; those that do not exist are left out.
    async fn describe_topics(&self, names: &[String]) -> Result<Vec<TopicDescription>, BrokerError>;
    /// Creates a topic; false if it was there already.
    async fn create_topic(&self, topic: &NewTopic) -> Result<bool, BrokerError>;
    /// Deletes topics; those that do not exist are passed over.
    async fn delete_topics(&self, names: &[String]) -> Result<(), BrokerError>;
    /// First and next offset of partitions; those that do not exist are left out.
    async fn watermarks(&self, partitions: &[TopicPartition]) -> Result<BTreeMap<TopicPartition, Watermarks>, BrokerError>;
    /// The next offset of partitions: with `open` behind all records there are, else, as readers of committed records see it, before the
    /// first of a transaction that is not over. Those that do not exist are left out.
    async fn ends(&self, partitions: &[TopicPartition], open: bool) -> Result<BTreeMap<TopicPartition, i64>, BrokerError>;
    /// The `client.id` of every member of a group, sorted; empty for an unknown one.
    async fn group_members(&self, group: &str) -> Result<Vec<String>, BrokerError>;
    /// The committed offsets of a group; empty for an unknown one.
    async fn group_offsets(&self, group: &str) -> Result<BTreeMap<TopicPartition, i64>, BrokerError>;
    /// Sets (`Some`) or removes (`None`) committed offsets of a group that has no members.
    async fn alter_group_offsets(&self, group: &str, offsets: &BTreeMap<TopicPartition, Option<i64>>) -> Result<(), BrokerError>;
    /// Deletes a group without members, with its offsets; an unknown one is passed over.
    async fn delete_group(&self, group: &str) -> Result<(), BrokerError>;
}
