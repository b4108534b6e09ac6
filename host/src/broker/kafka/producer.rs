//! The producer: records go straight into librdkafka's buffer, acks come back on one thread in order.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext, PurgeConfig};
use rdkafka::{ClientContext, Message, Offset, TopicPartitionList};
use tokio::sync::Notify;

use super::consumer::KafkaConsumer;
use super::context::ClientLog;
use super::failure::translate;
use super::properties::{ClientKind, map, wrong};
use super::{Fit, native, off_the_runtime};
use crate::broker::error::{BrokerError, ErrorKind, SendError};
use crate::broker::record::{Ack, Outgoing};
use crate::broker::topic::TopicPartition;
use crate::broker::{Consumer, OnAck, Producer, ProducerSpec};

/// How often the acknowledging thread looks whether it should end. The last millisecond of each poll is spent awake, by rdkafka's
/// rounding, so short polls would cost a hundredth of a core for each producer.
const POLL: Duration = Duration::from_secs(1);
/// Acks after which a waiting sender is woken: waking for each would cost more than the record.
const WAKE_AFTER: u32 = 1000;
/// A sender looks again after this long in any case: few large records never reach [`WAKE_AFTER`].
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Bound of the calls of a transaction that have no timeout of their own.
const TRANSACTION_CALL: Duration = Duration::from_secs(60);

/// A producer that has nothing to do for so many polls gives its connections and threads back until it has.
const IDLE_POLLS: u32 = 60;

/// A producer of librdkafka with the thread that serves its delivery reports. Both exist while there is something to send: a worker
/// may hold many tasks that seldom are.
pub struct KafkaProducer {
    config: ClientConfig,
    client_id: String,
    on_ack: OnAck,
    live: Arc<Mutex<Live>>,
}

#[derive(Default)]
struct Live {
    inner: Option<Arc<BaseProducer<Deliveries>>>,
    /// Since the thread looked last.
    used: bool,
    /// A transaction is bound to the producer that began it.
    kept: bool,
}

struct Deliveries {
    log: ClientLog,
    on_ack: OnAck,
    room: Notify,
    wanted: AtomicBool,
    since_wanted: AtomicU32,
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.log.line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.log.problem(&error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, token: usize) {
        let outcome = match result {
            Ok(message) => Ok(Ack { partition: message.partition(), offset: message.offset() }),
            Err((error, message)) => Err(translate(&format!("sending to topic {}", message.topic()), error)),
        };
        (self.on_ack)(token as u64, outcome);
        if self.wanted.load(Ordering::Relaxed) && self.since_wanted.fetch_add(1, Ordering::Relaxed) >= WAKE_AFTER {
            self.since_wanted.store(0, Ordering::Relaxed);
            self.wanted.store(false, Ordering::Relaxed);
            self.room.notify_waiters();
        }
    }
}

impl KafkaProducer {
    /// Makes the producer; nothing waits for the cluster. One with a transactional id is there from now on.
    pub fn new(bootstrap: &str, spec: ProducerSpec, fit: &Fit) -> Result<Self, BrokerError> {
        let mut config = map(ClientKind::Producer, bootstrap, &spec.client)?.config;
        if let Some(id) = &spec.transactional_id {
            let timeout = config.get("transaction.timeout.ms").unwrap_or("60000").to_owned();
            // librdkafka wants a record to fail no later than its transaction.
            config.set("transactional.id", id).set("enable.idempotence", "true").set("message.timeout.ms", timeout);
        }
        let live = Live { kept: spec.transactional_id.is_some(), ..Live::default() };
        let producer = Self { config, client_id: spec.client.client_id, on_ack: spec.on_ack, live: Arc::new(Mutex::new(live)) };
        // What is wrong with its settings is told here.
        if lock(&producer.live).kept {
            producer.inner().map(drop)?;
        } else {
            producer.try_settings(fit)?;
        }
        Ok(producer)
    }

    /// Finds out what is wrong with the settings, unless others had the same and nothing was: a producer made in vain costs threads.
    fn try_settings(&self, fit: &Fit) -> Result<(), BrokerError> {
        let mut settings = self.config.config_map();
        settings.remove("client.id");
        let mut hasher = DefaultHasher::new();
        settings.hash(&mut hasher);
        let settings = hasher.finish();
        if !fit.lock().unwrap_or_else(PoisonError::into_inner).contains(&settings) {
            self.make().map(drop)?;
            fit.lock().unwrap_or_else(PoisonError::into_inner).insert(settings);
        }
        Ok(())
    }

    fn make(&self) -> Result<BaseProducer<Deliveries>, BrokerError> {
        let context = Deliveries {
            log: ClientLog::new(&self.client_id),
            on_ack: Arc::clone(&self.on_ack),
            room: Notify::new(),
            wanted: AtomicBool::new(false),
            since_wanted: AtomicU32::new(0),
        };
        self.config.create_with_context(context).map_err(|error| translate("making a Kafka producer", &error))
    }

    /// The producer in use, made if there is none.
    fn inner(&self) -> Result<MutexGuard<'_, Live>, BrokerError> {
        let mut live = lock(&self.live);
        live.used = true;
        if live.inner.is_none() {
            let inner = Arc::new(self.make()?);
            live.inner = Some(Arc::clone(&inner));
            serve(inner, Arc::clone(&self.live))?;
        }
        Ok(live)
    }

    /// The producer in use; none while there is nothing to send.
    fn in_use(&self) -> Option<Arc<BaseProducer<Deliveries>>> {
        lock(&self.live).inner.clone()
    }

    /// Runs a blocking call on the producer.
    async fn call<T: Send + 'static>(
        &self,
        what: &'static str,
        call: impl FnOnce(&BaseProducer<Deliveries>) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, BrokerError> {
        let inner = self.inner()?.inner.clone();
        let inner = inner.ok_or_else(|| BrokerError::new(ErrorKind::Closed, "the producer is closed"))?;
        off_the_runtime(move || call(&inner).map_err(|error| translate(what, &error))).await?
    }
}

fn lock(live: &Mutex<Live>) -> MutexGuard<'_, Live> {
    live.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts the thread of the acks. It owns the producer to the end, so that closing, which blocks, happens there.
fn serve(inner: Arc<BaseProducer<Deliveries>>, live: Arc<Mutex<Live>>) -> Result<(), BrokerError> {
    let serve = move || {
        let mut idle = 0;
        loop {
            inner.poll(POLL);
            let mut live = lock(&live);
            if !live.inner.as_ref().is_some_and(|used| Arc::ptr_eq(used, &inner)) {
                // The task has let go of it.
                return;
            }
            let busy = std::mem::take(&mut live.used) || live.kept || native::outstanding(inner.client()) > 0;
            idle = if busy { 0 } else { idle + 1 };
            if idle > IDLE_POLLS {
                live.inner = None;
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("kafka-acks".into())
        .spawn(serve)
        .map(drop)
        .map_err(|error| BrokerError::new(ErrorKind::Other, format!("no thread for a Kafka producer: {error}")))
}

impl Drop for KafkaProducer {
    fn drop(&mut self) {
        lock(&self.live).inner = None;
    }
}

#[async_trait]
impl Producer for KafkaProducer {
    fn send(&self, record: Outgoing<'_>, token: u64) -> Result<(), SendError> {
        // Tokens cross librdkafka in a pointer; all platforms here have 64 bits.
        let mut out = BaseRecord::<[u8], [u8], usize>::with_opaque_to(record.topic, token as usize);
        out.partition = record.partition;
        out.timestamp = record.timestamp;
        out.key = record.key;
        out.payload = record.value;
        if !record.headers.is_empty() {
            let mut headers = OwnedHeaders::new_with_capacity(record.headers.len());
            for header in record.headers {
                headers = headers.insert(Header { key: header.key, value: header.value });
            }
            out.headers = Some(headers);
        }
        let live = self.inner().map_err(SendError::Refused)?;
        let Some(inner) = &live.inner else { return Err(SendError::Full) };
        match inner.send(out) {
            Ok(()) => Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => Err(SendError::Full),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::MessageSizeTooLarge), _)) => {
                Err(SendError::Refused(BrokerError::new(
                    ErrorKind::TooLarge,
                    format!(
                        "a record of {} bytes for topic {} is larger than max.request.size; raise producer.max.request.size, and \
                     max.message.bytes of the topic",
                        record.value.map_or(0, <[u8]>::len) + record.key.map_or(0, <[u8]>::len),
                        record.topic
                    ),
                )))
            }
            Err((error, _)) => Err(SendError::Refused(translate(&format!("sending to topic {}", record.topic), &error))),
        }
    }

    async fn room(&self) {
        let Some(inner) = self.in_use() else { return };
        let context = inner.context();
        let woken = context.room.notified();
        context.wanted.store(true, Ordering::Relaxed);
        // Whoever is woken by the clock alone simply tries again.
        let _ = tokio::time::timeout(LOOK_AGAIN, woken).await;
    }

    async fn flush(&self, timeout: Duration) -> Result<(), BrokerError> {
        let Some(inner) = self.in_use() else { return Ok(()) };
        let flushing = Arc::clone(&inner);
        let flushed = off_the_runtime(move || native::flush(flushing.client(), timeout)).await?;
        match flushed {
            Ok(()) => Ok(()),
            Err(RDKafkaErrorCode::OperationTimedOut) => {
                let left = native::outstanding(inner.client());
                Err(BrokerError::retry(ErrorKind::Timeout, format!("{left} records had no ack within {timeout:?}")))
            }
            Err(code) => Err(super::failure::from_code("flushing the producer", code)),
        }
    }

    fn purge(&self) {
        if let Some(inner) = self.in_use() {
            inner.purge(PurgeConfig::default().queue().inflight());
        }
    }

    async fn init_transactions(&self, timeout: Duration) -> Result<(), BrokerError> {
        self.call("initialising transactions", move |producer| producer.init_transactions(timeout)).await
    }

    async fn begin_transaction(&self) -> Result<(), BrokerError> {
        self.call("beginning a transaction", |producer| producer.begin_transaction()).await
    }

    async fn send_offsets(&self, offsets: &BTreeMap<TopicPartition, i64>, consumer: &dyn Consumer) -> Result<(), BrokerError> {
        let Some(consumer) = consumer.as_any().downcast_ref::<KafkaConsumer>() else {
            return Err(BrokerError::new(
                ErrorKind::Other,
                "offsets of another kind of consumer cannot join a Kafka transaction",
            ));
        };
        let Some(group) = consumer.group_metadata() else {
            return Err(wrong("group.id", "", "a consumer without group has no offsets to commit"));
        };
        let list = offset_list(offsets)?;
        self.call("sending offsets to a transaction", move |producer| {
            producer.send_offsets_to_transaction(&list, &group, TRANSACTION_CALL)
        })
        .await
    }

    async fn commit_transaction(&self, timeout: Duration) -> Result<(), BrokerError> {
        // Flushed before, so that rdkafka's commit does not poll on its own thread and mix the order of acks.
        self.flush(timeout).await?;
        self.call("committing a transaction", move |producer| producer.commit_transaction(timeout)).await
    }

    async fn abort_transaction(&self, timeout: Duration) -> Result<(), BrokerError> {
        // A broker that has not begun this transaction, because it is still ending the one before, refuses to abort it, and then the
        // producer is of no use any more. Once it has the records it has begun. Whatever else keeps them, aborting will tell.
        let _ = self.flush(timeout).await;
        self.call("aborting a transaction", move |producer| producer.abort_transaction(timeout)).await
    }
}

/// Offsets as librdkafka wants them.
pub(super) fn offset_list(offsets: &BTreeMap<TopicPartition, i64>) -> Result<TopicPartitionList, BrokerError> {
    let mut list = TopicPartitionList::with_capacity(offsets.len());
    for (partition, offset) in offsets {
        list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(*offset))
            .map_err(|error| translate(&format!("offset {offset} of {partition}"), &error))?;
    }
    Ok(list)
}
