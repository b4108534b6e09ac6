//! The topic where a sink's failed records go, as they were consumed (Kafka: `DeadLetterQueueReporter`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::broker::error::{BrokerError, SendError};
use crate::broker::record::{Header, Outgoing};
use crate::broker::topic::NewTopic;
use crate::broker::{Broker, ClientSpec, OnAck, Producer, ProducerSpec};
use crate::config::connector::sink::{DLQ_CONTEXT_HEADERS, DLQ_REPLICATION_FACTOR, DLQ_TOPIC};
use crate::config::value::Value;
use crate::record::consumed::Original;
use crate::record::malformed::Malformed;

use super::context_headers::context_headers;
use super::counts::ErrorCounts;
use super::failure::Failure;

/// What a connector's `errors.deadletterqueue.*` keys say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterSettings {
    /// The topic.
    pub topic: String,
    /// With how many replicas the topic is made if it is not there; -1: as many as the broker likes.
    pub replication_factor: i16,
    /// Whether headers tell what failed and why.
    pub context_headers: bool,
}

/// Whose dead letters they are, and through which clients they go.
pub struct Sender {
    /// The connector.
    pub connector: String,
    /// The task's number.
    pub task: u32,
    /// The client that looks for the topic and makes it.
    pub admin: ClientSpec,
    /// The client that sends.
    pub producer: ClientSpec,
}

/// One task's way to the topic.
pub struct DeadLetterQueue {
    settings: DeadLetterSettings,
    connector: String,
    task: u32,
    producer: Box<dyn Producer>,
    letters: Arc<Letters>,
}

/// Letters on their way; shared with the thread of the acknowledgements.
struct Letters {
    topic: String,
    unsettled: AtomicU64,
    counts: Arc<ErrorCounts>,
}

impl DeadLetterSettings {
    /// Reads the settings from a sink's parsed configuration. None: there is no dead letter queue.
    pub fn new(config: &BTreeMap<String, Value>) -> Option<Self> {
        let topic = config.get(DLQ_TOPIC).and_then(Value::as_str).map(str::trim).filter(|topic| !topic.is_empty())?;
        let replicas = config.get(DLQ_REPLICATION_FACTOR).and_then(Value::as_i64);
        Some(Self {
            topic: topic.to_owned(),
            replication_factor: replicas.and_then(|number| i16::try_from(number).ok()).unwrap_or(3),
            context_headers: config.get(DLQ_CONTEXT_HEADERS).and_then(Value::as_bool).unwrap_or(false),
        })
    }
}

impl DeadLetterQueue {
    /// Makes the topic, with one partition, unless it is there, and a producer for it.
    ///
    /// # Errors
    /// The trace with which the task fails: the topic is not there and cannot be made.
    pub async fn open(
        settings: DeadLetterSettings,
        sender: Sender,
        broker: &dyn Broker,
        counts: Arc<ErrorCounts>,
    ) -> Result<Self, String> {
        let Sender { connector, task, admin, producer } = sender;
        make_topic(&settings, admin, broker).await.map_err(|error| {
            format!(
                "org.apache.kafka.connect.errors.ConnectException: Could not initialize dead letter queue with topic={}\n\
                 \tat task {connector}-{task}: {DLQ_REPLICATION_FACTOR} is {}; set it to no more than there are brokers, or make \
                 the topic beforehand\n\
                 Caused by: {}: {error}",
                settings.topic,
                settings.replication_factor,
                error.exception()
            )
        })?;
        let letters = Arc::new(Letters { topic: settings.topic.clone(), unsettled: AtomicU64::new(0), counts });
        let spec = ProducerSpec { client: producer, transactional_id: None, on_ack: Letters::callback(&letters) };
        let producer = broker.producer(spec).await.map_err(|error| {
            format!(
                "org.apache.kafka.connect.errors.ConnectException: Failed to construct kafka producer\n\
                 Caused by: {}: {error}",
                error.exception()
            )
        })?;
        Ok(Self { settings, connector, task, producer, letters })
    }

    /// Sends a record as it was consumed: its bytes, headers and timestamp. A letter that is not taken is logged and counted, as
    /// Kafka does; only a full buffer is waited for.
    pub async fn send(&self, original: &Original<'_>, failure: &Failure) {
        self.letters.counts.dead_letter();
        let context = match self.settings.context_headers {
            true => context_headers(&self.connector, self.task, original, failure).to_vec(),
            false => Vec::new(),
        };
        let own: Result<Vec<Header<'_>>, Malformed> =
            original.headers.clone().map(|header| header.map(|(key, value)| Header { key, value })).collect();
        let mut headers = match own {
            Ok(headers) => headers,
            Err(error) => return self.letters.lost(&error),
        };
        headers.extend(context.iter().map(|(key, value)| Header { key, value: value.as_deref().map(str::as_bytes) }));
        let record = Outgoing {
            topic: &self.settings.topic,
            partition: None,
            timestamp: original.record.timestamp,
            key: original.record.key,
            value: original.record.value,
            headers: &headers,
        };
        self.letters.unsettled.fetch_add(1, Ordering::AcqRel);
        let bytes = original.record.key.map_or(0, <[u8]>::len) + original.record.value.map_or(0, <[u8]>::len);
        self.letters.counts.dead_letter_sent(bytes);
        loop {
            match self.producer.send(record, 0) {
                Ok(()) => return,
                Err(SendError::Full) => self.producer.room().await,
                Err(SendError::Refused(error)) => {
                    self.letters.lost(&error);
                    self.letters.settle();
                    return;
                }
            }
        }
    }

    /// Waits until every letter sent so far is in the topic, or was refused for good.
    ///
    /// # Errors
    /// It took longer than `timeout`.
    pub async fn settle(&self, timeout: Duration) -> Result<(), BrokerError> {
        if self.letters.unsettled.load(Ordering::Acquire) == 0 {
            return Ok(());
        }
        let flushed = self.producer.flush(timeout).await;
        flushed.map_err(|error| error.context(&format!("dead letters for topic {}", self.settings.topic)))
    }
}

impl Letters {
    fn callback(letters: &Arc<Self>) -> OnAck {
        let letters = Arc::clone(letters);
        Arc::new(move |_token, result| {
            if let Err(error) = result {
                letters.lost(&error);
            }
            letters.settle();
        })
    }

    fn settle(&self) {
        self.unsettled.fetch_sub(1, Ordering::AcqRel);
        self.counts.dead_letters_settled(1);
    }

    fn lost(&self, error: &dyn std::fmt::Display) {
        tracing::error!("Could not produce message to dead letter queue. topic={}: {error}", self.topic);
        self.counts.lost_dead_letter();
    }
}

impl Drop for Letters {
    /// Whatever has had no answer by now gets none.
    fn drop(&mut self) {
        self.counts.dead_letters_settled(self.unsettled.load(Ordering::Acquire));
    }
}

async fn make_topic(settings: &DeadLetterSettings, client: ClientSpec, broker: &dyn Broker) -> Result<(), BrokerError> {
    let admin = broker.admin(client).await?;
    if admin.list_topics().await?.iter().any(|topic| topic.name == settings.topic) {
        return Ok(());
    }
    tracing::error!("Topic {} doesn't exist. Will attempt to create topic.", settings.topic);
    let topic = NewTopic { partitions: 1, replication_factor: settings.replication_factor, ..NewTopic::new(&settings.topic) };
    admin.create_topic(&topic).await.map(drop)
}
