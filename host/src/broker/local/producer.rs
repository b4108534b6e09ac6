//! The producer: records are encoded into a buffer that the writer fetches; a transaction's wait until it is committed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, oneshot};

use super::append::{CHUNK_BYTES, Done, Part, Source, Work, acknowledge};
use super::chunk;
use super::consumer::LocalConsumer;
use super::log::{Log, lock, now};
use super::topic::{Partition, Topic};
use crate::broker::error::{BrokerError, ErrorKind, SendError};
use crate::broker::record::{Ack, Outgoing};
use crate::broker::topic::TopicPartition;
use crate::broker::{Consumer, OnAck, Producer};

/// Bytes that may wait for the disk, if `buffer.memory` is not set.
pub const BUFFER_BYTES: usize = 8 << 20;
/// Largest transaction in bytes: it is kept in memory until it is committed.
const TRANSACTION_BYTES: usize = 64 << 20;
/// How far back the newest part of a partition is looked for.
const RECENT_PARTS: usize = 64;
/// Estimate of what a record costs besides its key and value.
const RECORD_OVERHEAD: usize = 32;

/// How large things may get.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// `buffer.memory`.
    pub buffer: usize,
    /// `max.request.size`.
    pub record: usize,
}

/// A producer of the local log.
pub struct LocalProducer {
    log: Arc<Log>,
    shared: Arc<Buffer>,
    bounds: Bounds,
    transactional: Option<Transactional>,
}

struct Transactional {
    id: String,
    /// Which of the producers of this id it is; 0 before `init_transactions`.
    epoch: AtomicU64,
}

/// What producer and writer share.
struct Buffer {
    pending: Mutex<Pending>,
    /// Bytes taken and not yet on the disk.
    held: AtomicUsize,
    /// Records without an ack.
    unacknowledged: AtomicUsize,
    on_ack: OnAck,
    progress: Notify,
}

#[derive(Default)]
struct Pending {
    parts: Vec<Part>,
    /// Tokens of records that joined the open transaction: they are acknowledged at once, as Kafka does before a commit.
    joined: Vec<(u64, i32)>,
    /// The transaction that is open.
    transaction: Option<Work>,
    transaction_bytes: usize,
    /// The topic of the last record: most records go where the last one went.
    last_topic: Option<Arc<Topic>>,
    /// Where the last record without key went (KIP-480: a batch sticks to a partition).
    sticky: i32,
}

impl Source for Buffer {
    fn take(self: Arc<Self>) -> Option<(Work, Done)> {
        let mut pending = lock(&self.pending);
        let parts = std::mem::take(&mut pending.parts);
        let joined = std::mem::take(&mut pending.joined);
        drop(pending);
        if parts.is_empty() && joined.is_empty() {
            return None;
        }
        let buffer = Arc::clone(&self);
        let done: Done = Box::new(move |work, fate| buffer.finish(&work, &fate, &joined));
        Some((Work { parts, offsets: Vec::new() }, done))
    }
}

impl Buffer {
    /// Acknowledges what the writer has dealt with, and makes room.
    fn finish(&self, work: &Work, fate: &Result<Vec<i64>, BrokerError>, joined: &[(u64, i32)]) {
        acknowledge(work, fate, &*self.on_ack);
        for (token, partition) in joined {
            (self.on_ack)(*token, Ok(Ack { partition: *partition, offset: -1 }));
        }
        let records: usize = work.parts.iter().map(|part| part.tokens.len()).sum();
        let bytes: usize = work.parts.iter().map(|part| part.body.len()).sum();
        self.held.fetch_sub(bytes, Ordering::AcqRel);
        self.unacknowledged.fetch_sub(records + joined.len(), Ordering::AcqRel);
        self.progress.notify_waiters();
    }
}

impl Pending {
    /// The part that the next record of this partition goes into.
    fn part<'p>(parts: &'p mut Vec<Part>, topic: &Arc<Topic>, partition: &Arc<Partition>) -> Option<&'p mut Part> {
        // Only the newest part of a partition may grow; it is near the end of the list.
        let recent = parts.len().saturating_sub(RECENT_PARTS);
        let found = parts
            .get(recent..)
            .unwrap_or_default()
            .iter()
            .rposition(|part| Arc::ptr_eq(&part.partition, partition))
            .map(|at| at + recent)
            .filter(|at| parts.get(*at).is_some_and(|part| part.body.len() < CHUNK_BYTES));
        let at = found.unwrap_or_else(|| {
            parts.push(Part {
                topic: Arc::clone(topic),
                partition: Arc::clone(partition),
                body: Vec::new(),
                count: 0,
                max_timestamp: i64::MIN,
                tokens: Vec::new(),
            });
            parts.len() - 1
        });
        parts.get_mut(at)
    }

    /// The partition for a record: the one it names, by its key, or the current one for records without key.
    fn choose(&mut self, topic: &Topic, record: &Outgoing<'_>) -> i32 {
        let count = topic.record.partitions;
        match (record.partition, record.key) {
            (Some(partition), _) => partition,
            (None, Some(key)) => (murmur2(key) & 0x7fff_ffff) % count,
            (None, None) => {
                if self.parts.is_empty() {
                    self.sticky = self.sticky.wrapping_add(1) & 0x7fff_ffff;
                }
                self.sticky % count
            }
        }
    }
}

impl LocalProducer {
    /// Makes a producer.
    pub fn new(log: Arc<Log>, bounds: Bounds, transactional_id: Option<String>, on_ack: OnAck) -> Self {
        let shared = Arc::new(Buffer {
            pending: Mutex::new(Pending::default()),
            held: AtomicUsize::new(0),
            unacknowledged: AtomicUsize::new(0),
            on_ack,
            progress: Notify::new(),
        });
        let source: std::sync::Weak<Buffer> = Arc::downgrade(&shared);
        log.queue.register(source);
        let transactional = transactional_id.map(|id| Transactional { id, epoch: AtomicU64::new(0) });
        Self { log, shared, bounds, transactional }
    }

    /// Fails if a newer producer has this one's id (KIP-98).
    fn fenced(&self) -> Result<(), BrokerError> {
        let Some(Transactional { id, epoch }) = &self.transactional else { return Ok(()) };
        if lock(&self.log.epochs).get(id) == Some(&epoch.load(Ordering::Acquire)) {
            return Ok(());
        }
        let text = format!("the transactional.id {id} is a newer producer's, or init_transactions was not called");
        Err(BrokerError::new(ErrorKind::Fenced, text))
    }

    fn check_size(&self, record: &Outgoing<'_>) -> Result<usize, BrokerError> {
        let headers: usize = record.headers.iter().map(|header| header.key.len() + header.value.map_or(0, <[u8]>::len)).sum();
        let size = RECORD_OVERHEAD + record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len) + headers;
        if size > self.bounds.record {
            let text = format!(
                "a record of {size} bytes for topic {} is larger than max.request.size={}; raise producer.max.request.size",
                record.topic, self.bounds.record
            );
            return Err(BrokerError::new(ErrorKind::TooLarge, text));
        }
        Ok(size)
    }

    fn topic(&self, pending: &mut Pending, name: &str) -> Result<Arc<Topic>, BrokerError> {
        if let Some(topic) =
            pending.last_topic.as_ref().filter(|topic| &*topic.name == name && !topic.deleted.load(Ordering::Acquire))
        {
            return Ok(Arc::clone(topic));
        }
        let topic = self.log.topic_or_create(name)?;
        pending.last_topic = Some(Arc::clone(&topic));
        Ok(topic)
    }

    fn put(&self, record: &Outgoing<'_>, token: u64) -> Result<(), BrokerError> {
        let size = self.check_size(record)?;
        let mut pending = lock(&self.shared.pending);
        let pending = &mut *pending;
        let topic = self.topic(pending, record.topic)?;
        if size > topic.policy.max_message_bytes {
            let limit = topic.policy.max_message_bytes;
            let text = format!("a record of {size} bytes is larger than max.message.bytes={limit} of topic {}", record.topic);
            return Err(BrokerError::new(ErrorKind::TooLarge, text));
        }
        if topic.policy.compact && record.key.is_none() {
            let text =
                format!("topic {} is compacted (cleanup.policy), so every record needs a key; this one has none", record.topic);
            return Err(BrokerError::new(ErrorKind::Other, text));
        }
        let index = pending.choose(&topic, record);
        let Some(partition) = topic.partition(index) else {
            let text = format!("topic {} has {} partitions, so none numbered {index}", record.topic, topic.record.partitions);
            return Err(BrokerError::new(ErrorKind::UnknownTopic, text));
        };
        let timestamp = if topic.policy.log_append_time { now() } else { record.timestamp.unwrap_or_else(now) };
        let parts = match (&self.transactional, &mut pending.transaction) {
            (None, _) => &mut pending.parts,
            (Some(_), Some(work)) => {
                pending.transaction_bytes += size;
                if pending.transaction_bytes > TRANSACTION_BYTES {
                    let text =
                        format!("a transaction of the local log holds at most {TRANSACTION_BYTES} bytes; commit more often");
                    return Err(BrokerError::new(ErrorKind::TooLarge, text));
                }
                &mut work.parts
            }
            (Some(_), None) => return Err(BrokerError::new(ErrorKind::Other, "no transaction is open")),
        };
        let Some(part) = Pending::part(parts, &topic, partition) else { return Ok(()) };
        let before = part.body.len();
        chunk::push(&mut part.body, part.count, timestamp, record.key, record.value, record.headers);
        part.count += 1;
        part.max_timestamp = part.max_timestamp.max(timestamp);
        let grown = part.body.len() - before;
        if self.transactional.is_some() {
            pending.joined.push((token, index));
        } else {
            part.tokens.push(token);
            self.shared.held.fetch_add(grown, Ordering::AcqRel);
        }
        self.shared.unacknowledged.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// Hands a work to the writer and waits for its fate.
    async fn write(&self, work: Work) -> Result<(), BrokerError> {
        let (tell, told) = oneshot::channel();
        self.log.queue.submit(work, Box::new(move |_, fate| drop(tell.send(fate.map(drop)))));
        told.await.unwrap_or_else(|_| Err(BrokerError::new(ErrorKind::Closed, "the local log is closed")))
    }
}

#[async_trait]
impl Producer for LocalProducer {
    fn send(&self, record: Outgoing<'_>, token: u64) -> Result<(), SendError> {
        self.log.check().map_err(SendError::Refused)?;
        self.log.queue.check_open().map_err(SendError::Refused)?;
        if self.transactional.is_none() && self.shared.held.load(Ordering::Acquire) >= self.bounds.buffer {
            return Err(SendError::Full);
        }
        self.put(&record, token).map_err(SendError::Refused)?;
        self.log.queue.signal();
        Ok(())
    }

    async fn room(&self) {
        let progress = self.shared.progress.notified();
        if self.shared.held.load(Ordering::Acquire) >= self.bounds.buffer {
            progress.await;
        }
    }

    async fn flush(&self, timeout: Duration) -> Result<(), BrokerError> {
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            let progress = self.shared.progress.notified();
            let left = self.shared.unacknowledged.load(Ordering::Acquire);
            if left == 0 {
                return Ok(());
            }
            if tokio::time::timeout_at(deadline, progress).await.is_err() {
                return Err(BrokerError::retry(ErrorKind::Timeout, format!("{left} records had no ack within {timeout:?}")));
            }
        }
    }

    fn purge(&self) {
        let Some((work, done)) = Arc::clone(&self.shared).take() else { return };
        // Acks run on the writer's thread, here too.
        let purged = BrokerError::new(ErrorKind::Closed, "the producer gave up its unsent records");
        self.log.queue.submit(Work::default(), Box::new(move |_, _| done(work, Err(purged))));
    }

    async fn init_transactions(&self, _timeout: Duration) -> Result<(), BrokerError> {
        let Some(Transactional { id, epoch }) = &self.transactional else {
            return Err(BrokerError::new(ErrorKind::Config, "a producer without transactional.id has no transactions"));
        };
        let mut epochs = lock(&self.log.epochs);
        let newest = epochs.entry(id.clone()).or_insert(0);
        *newest += 1;
        epoch.store(*newest, Ordering::Release);
        Ok(())
    }

    async fn begin_transaction(&self) -> Result<(), BrokerError> {
        self.fenced()?;
        let mut pending = lock(&self.shared.pending);
        if pending.transaction.is_some() {
            return Err(BrokerError::new(ErrorKind::Other, "a transaction is open already"));
        }
        pending.transaction = Some(Work::default());
        pending.transaction_bytes = 0;
        Ok(())
    }

    async fn send_offsets(&self, offsets: &BTreeMap<TopicPartition, i64>, consumer: &dyn Consumer) -> Result<(), BrokerError> {
        let group = consumer.as_any().downcast_ref::<LocalConsumer>().and_then(LocalConsumer::group);
        let Some(group) = group else {
            return Err(BrokerError::new(ErrorKind::Config, "only offsets of a group of the local log can join its transaction"));
        };
        let mut pending = lock(&self.shared.pending);
        let Some(work) = &mut pending.transaction else {
            return Err(BrokerError::new(ErrorKind::Other, "no transaction is open"));
        };
        work.offsets.extend(offsets.iter().map(|(partition, offset)| (group.to_owned(), partition.clone(), Some(*offset))));
        Ok(())
    }

    async fn commit_transaction(&self, timeout: Duration) -> Result<(), BrokerError> {
        self.fenced()?;
        self.flush(timeout).await?;
        let work = lock(&self.shared.pending).transaction.take();
        match work {
            Some(work) => self.write(work).await,
            None => Err(BrokerError::new(ErrorKind::Other, "no transaction is open")),
        }
    }

    async fn abort_transaction(&self, timeout: Duration) -> Result<(), BrokerError> {
        let work = lock(&self.shared.pending).transaction.take();
        self.flush(timeout).await?;
        match work {
            Some(_) => Ok(()),
            None => Err(BrokerError::new(ErrorKind::Other, "no transaction is open")),
        }
    }
}

/// The hash of Kafka's default partitioner (`org.apache.kafka.common.utils.Utils.murmur2`).
fn murmur2(data: &[u8]) -> i32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c_u32 ^ (data.len() as u32);
    let (words, tail) = data.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !tail.is_empty() {
        for (at, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * at);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    (hash ^ (hash >> 15)) as i32
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_hash_as_in_kafka() {
        // From Kafka's UtilsTest.testMurmur2.
        for (text, hash) in
            [("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536), ("abc", 479470107)]
        {
            assert_eq!(super::murmur2(text.as_bytes()), hash, "{text}");
        }
    }
}
