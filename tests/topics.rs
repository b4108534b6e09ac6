//! Topics as a test sees them: through a client of its own, never through the worker under test.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use caisson::broker::error::SendError;
use caisson::broker::kafka::KafkaBroker;
use caisson::broker::record::{Fetched, Outgoing};
use caisson::broker::subscription::{Start, Subscription};
use caisson::broker::topic::{NewTopic, TopicPartition};
use caisson::broker::{Admin, Broker, ClientSpec, ConsumerSpec, PollEvent, Producer, ProducerSpec};
use tokio::runtime::Runtime;

const ACK_LIMIT: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(200);

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
