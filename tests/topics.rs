//! Topics as a test sees them: through a client of its own, never through the worker under test.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use caisson::broker::error::SendError;
use caisson::broker::kafka::KafkaBroker;
use caisson::broker::record::{Fetched, Header, Outgoing};
use caisson::broker::subscription::{Start, Subscription};
use caisson::broker::topic::{NewTopic, TopicPartition};
use caisson::broker::{Admin, Broker, ClientSpec, ConsumerSpec, PollEvent, Producer, ProducerSpec};
use tokio::runtime::Runtime;

const ACK_LIMIT: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(200);

/// A message, all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Key bytes.
    pub key: Option<Vec<u8>>,
    /// Value bytes.
    pub value: Option<Vec<u8>>,
    /// Names and bytes, in order.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
}

impl Message {
    /// A message of this value alone.
    pub fn text(value: &str) -> Self {
        Self { value: Some(value.as_bytes().to_vec()), ..Self::default() }
    }

    /// The value of a header as text; none if there is no such header, or it is null.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key == name)?;
        std::str::from_utf8(value.as_deref()?).ok()
    }

    fn of(record: &Fetched<'_>) -> Self {
        let bytes = |bytes: &[u8]| bytes.to_vec();
        let headers = record.headers.map(|headers| {
            let header = |place| headers.header(place).map(|header| (header.key.to_owned(), header.value.map(bytes)));
            (0..headers.count()).filter_map(header).collect()
        });
        Self {
            key: record.key.map(bytes),
            value: record.value.map(bytes),
            headers: headers.unwrap_or_default(),
            timestamp: record.timestamp,
        }
    }
}

/// A client of one Kafka.
pub struct Topics {
    runtime: Runtime,
    broker: KafkaBroker,
    admin: Box<dyn Admin>,
}

impl Topics {
    /// Speaks to the Kafka at `bootstrap`.
    pub fn of(bootstrap: &str) -> anyhow::Result<Self> {
        let runtime = Runtime::new()?;
        let broker = KafkaBroker::new(bootstrap, BTreeMap::new());
        let admin = runtime.block_on(broker.admin(ClientSpec::named("test-admin")))?;
        Ok(Self { runtime, broker, admin })
    }

    /// Creates a topic of so many partitions.
    pub fn create(&self, name: &str, partitions: i32) -> anyhow::Result<()> {
        let topic = NewTopic { partitions, replication_factor: 1, ..NewTopic::new(name) };
        self.runtime.block_on(self.admin.create_topic(&topic))?;
        Ok(())
    }

    /// Removes a topic with its records.
    pub fn delete(&self, name: &str) -> anyhow::Result<()> {
        Ok(self.runtime.block_on(self.admin.delete_topics(&[name.to_owned()]))?)
    }

    /// Number of records ever written to partition 0.
    pub fn end(&self, name: &str) -> anyhow::Result<u64> {
        let partition = TopicPartition::new(name, 0);
        let marks = self.runtime.block_on(self.admin.watermarks(std::slice::from_ref(&partition)))?;
        let marks = marks.get(&partition).with_context(|| format!("no topic {name}"))?;
        Ok(u64::try_from(marks.end)?)
    }

    /// The next offset of partition 0, with those of open transactions counted.
    pub fn end_of_open(&self, name: &str) -> anyhow::Result<u64> {
        let partition = TopicPartition::new(name, 0);
        let ends = self.runtime.block_on(self.admin.ends(std::slice::from_ref(&partition), true))?;
        Ok(u64::try_from(*ends.get(&partition).with_context(|| format!("no topic {name}"))?)?)
    }

    /// What a group has committed for partition 0; none if it has not.
    pub fn committed(&self, group: &str, name: &str) -> anyhow::Result<Option<i64>> {
        let offsets = self.runtime.block_on(self.admin.group_offsets(group))?;
        Ok(offsets.get(&TopicPartition::new(name, 0)).copied())
    }

    /// Writes these values, without keys, to partition 0, and waits until all are acknowledged.
    pub fn produce(&self, name: &str, values: impl Iterator<Item = String>) -> anyhow::Result<()> {
        let failed = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&failed);
        let on_ack = Arc::new(move |_, ack: Result<_, _>| {
            counter.fetch_add(u64::from(ack.is_err()), Ordering::Relaxed);
        });
        let client = ClientSpec::named("test-producer");
        self.runtime.block_on(async {
            let producer = self.broker.producer(ProducerSpec { client, transactional_id: None, on_ack }).await?;
            for value in values {
                send(&*producer, name, &value).await?;
            }
            producer.flush(ACK_LIMIT).await?;
            anyhow::Ok(())
        })?;
        match failed.load(Ordering::Relaxed) {
            0 => Ok(()),
            failed => bail!("{failed} records were not acknowledged"),
        }
    }

    /// Writes these messages, in order, to partition 0, and waits until all are acknowledged.
    pub fn send(&self, name: &str, messages: &[Message]) -> anyhow::Result<()> {
        let client = ClientSpec::named("test-producer");
        let on_ack = Arc::new(|_, ack: Result<_, _>| assert!(ack.is_ok(), "{ack:?}"));
        self.runtime.block_on(async {
            let producer = self.broker.producer(ProducerSpec { client, transactional_id: None, on_ack }).await?;
            for message in messages {
                let headers: Vec<Header<'_>> =
                    message.headers.iter().map(|(key, value)| Header { key, value: value.as_deref() }).collect();
                let record = Outgoing {
                    topic: name,
                    partition: Some(0),
                    timestamp: message.timestamp,
                    key: message.key.as_deref(),
                    value: message.value.as_deref(),
                    headers: &headers,
                };
                while let Err(error) = producer.send(record, 0) {
                    match error {
                        SendError::Full => producer.room().await,
                        SendError::Refused(error) => bail!("{error}"),
                    }
                }
            }
            Ok(producer.flush(ACK_LIMIT).await?)
        })
    }

    /// The first `count` messages of partition 0.
    pub fn messages(&self, name: &str, count: usize, limit: Duration) -> anyhow::Result<Vec<Message>> {
        let mut messages = Vec::new();
        if count > 0 {
            self.read(name, limit, |record| {
                messages.push(Message::of(record));
                messages.len() == count
            })?;
        }
        Ok(messages)
    }

    /// Everything in partition 0 that readers of committed records see now: keys and values as texts.
    pub fn committed_records(&self, name: &str) -> anyhow::Result<Vec<(String, String)>> {
        let subscription = Subscription::Partitions(vec![(TopicPartition::new(name, 0), Start::Beginning)]);
        let mut client = ClientSpec::named("test-consumer");
        client.overrides.insert("isolation.level".to_owned(), "read_committed".to_owned());
        let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        let mut records = Vec::new();
        self.runtime.block_on(async {
            let mut consumer = self.broker.consumer(ConsumerSpec { client, group_id: String::new(), subscription }).await?;
            let mut sink = |record: Fetched<'_>| records.push((text(record.key), text(record.value)));
            consumer.read_to_end(ACK_LIMIT, &mut sink).await
        })?;
        Ok(records)
    }

    /// Reads partition 0 from the beginning until `visit` says that it has seen enough.
    pub fn read(&self, name: &str, limit: Duration, mut visit: impl FnMut(&Fetched<'_>) -> bool + Send) -> anyhow::Result<()> {
        let subscription = Subscription::Partitions(vec![(TopicPartition::new(name, 0), Start::Beginning)]);
        let spec = ConsumerSpec { client: ClientSpec::named("test-consumer"), group_id: String::new(), subscription };
        let end = Instant::now() + limit;
        self.runtime.block_on(async {
            let mut consumer = self.broker.consumer(spec).await?;
            let mut enough = false;
            while !enough {
                let event = consumer.poll(None, POLL, &mut |record| enough = enough || visit(&record)).await?;
                if !matches!(event, PollEvent::Records(_)) {
                    consumer.acknowledge_rebalance().await?;
                }
                if !enough && Instant::now() > end {
                    bail!("topic {name}: the record awaited did not come within {limit:?}");
                }
            }
            Ok(())
        })
    }
}

async fn send(producer: &dyn Producer, topic: &str, value: &str) -> anyhow::Result<()> {
    let record = Outgoing { topic, partition: Some(0), timestamp: None, key: None, value: Some(value.as_bytes()), headers: &[] };
    loop {
        match producer.send(record, 0) {
            Ok(()) => return Ok(()),
            Err(SendError::Full) => producer.room().await,
            Err(error) => bail!("{error:?}"),
        }
    }
}
