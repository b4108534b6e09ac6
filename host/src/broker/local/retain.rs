//! Retention and compaction: what keeps the log from growing for ever (`cleanup.policy`).

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use sha2::{Digest, Sha256};

use super::chunk::{Preamble, preamble, push_stored, record, seal};
use super::layout::{Mark, TopicId, chunk_key, chunk_offset, mark_key, mark_value};
use super::log::{Log, chunks, lock, now};
use super::topic::{Partition, Policy};
use crate::broker::error::BrokerError;

/// Chunks deleted by one batch.
const DELETE_BATCH: usize = 256;
/// Bytes of chunks that compaction looks at together.
const COMPACT_BYTES: usize = 4 << 20;
/// Removed bytes, beyond as many as are alive, from which on the files are rewritten.
const RECLAIM_FROM: u64 = 16 << 20;
/// A partition smaller than this is not compacted: it would gain nothing.
const COMPACT_FROM: i64 = 64 << 10;

/// Cleans all topics once; `force` compacts whatever is new, however little.
pub fn tidy(log: &Log, force: bool) -> Result<(), BrokerError> {
    let _alone = lock(&log.tidying);
    for (topic, partitions) in log.doomed()? {
        for index in 0..partitions {
            delete_range(log, topic, index)?;
        }
        let mut batch = log.store.batch();
        batch.remove(&log.store.topics, Log::doomed_key(topic));
        batch.commit().map_err(|error| log.fail(&error))?;
    }
    for topic in log.topics() {
        for partition in &topic.partitions {
            if topic.policy.delete {
                expire(log, partition, &topic.policy)?;
            }
            if topic.policy.compact && due(partition, &topic.policy, force) {
                compact(log, partition, &topic.policy)?;
            }
        }
    }
    reclaim(log)
}

/// Has the files rewritten when most of them is removed records: fjall alone would do so only as it is written to.
fn reclaim(log: &Log) -> Result<(), BrokerError> {
    let live: i64 = log.topics().iter().flat_map(|topic| &topic.partitions).map(|partition| partition.bytes()).sum();
    let live = u64::try_from(live).unwrap_or(0);
    let records = &log.store.records;
    if records.disk_space() > 2 * live + RECLAIM_FROM {
        records.rotate_memtable_and_wait().and_then(|()| records.major_compact()).map_err(|error| log.fail(&error))?;
    }
    Ok(())
}

/// Removes all chunks and marks of a deleted topic's partition.
fn delete_range(log: &Log, topic: TopicId, index: i32) -> Result<(), BrokerError> {
    loop {
        let mut batch = log.store.batch();
        for item in log.store.records.range(chunk_key(topic, index, 0)..=chunk_key(topic, index, i64::MAX)).take(DELETE_BATCH) {
            batch.remove(&log.store.records, item.key().map_err(|error| log.fail(&error))?);
        }
        let last = batch.len() < DELETE_BATCH;
        if last {
            batch.remove(&log.store.marks, mark_key(Mark::End, topic, index));
            batch.remove(&log.store.marks, mark_key(Mark::Start, topic, index));
        }
        batch.commit().map_err(|error| log.fail(&error))?;
        if last {
            return Ok(());
        }
    }
}

/// Removes the oldest chunks while the partition is too large or they are too old. Whole chunks go, as Kafka's segments do.
fn expire(log: &Log, partition: &Partition, policy: &Policy) -> Result<(), BrokerError> {
    let oldest = now().saturating_sub(policy.retention_ms);
    loop {
        let mut batch = log.store.batch();
        let mut freed = 0;
        let mut start = partition.start.load(Ordering::Acquire);
        let end = partition.end.load(Ordering::Acquire);
        let first = chunk_key(partition.topic_id, partition.index, 0);
        for item in log.store.records.range(first..chunk_key(partition.topic_id, partition.index, end)).take(DELETE_BATCH) {
            let (key, value) = item.into_inner().map_err(|error| log.fail(&error))?;
            let base = chunk_offset(&key);
            let about = preamble(&value).map_err(|error| log.damaged(partition, base, &error))?.0;
            let too_large = policy.retention_bytes >= 0 && partition.bytes() - freed > policy.retention_bytes;
            let too_old = policy.retention_ms >= 0 && about.max_timestamp < oldest;
            if !too_large && !too_old {
                break;
            }
            freed += value.len() as i64;
            start = base + about.last_delta as i64 + 1;
            batch.remove(&log.store.records, key);
        }
        let chunks = batch.len();
        if chunks == 0 {
            return Ok(());
        }
        shrink(log, partition, batch, start, freed)?;
        tracing::debug!(topic = partition.topic_id, partition = partition.index, start, "removed {chunks} expired chunks");
    }
}

/// Commits a batch that takes bytes from a partition, with its mark.
fn shrink(
    log: &Log,
    partition: &Partition,
    mut batch: fjall::OwnedWriteBatch,
    start: i64,
    freed: i64,
) -> Result<(), BrokerError> {
    let removed = partition.removed.load(Ordering::Acquire) + freed;
    batch.insert(&log.store.marks, mark_key(Mark::Start, partition.topic_id, partition.index), mark_value(start, removed));
    // Readers learn of the new start before the records are gone.
    partition.start.store(start, Ordering::Release);
    partition.removed.store(removed, Ordering::Release);
    batch.commit().map_err(|error| log.fail(&error))
}

fn due(partition: &Partition, policy: &Policy, force: bool) -> bool {
    let dirty = partition.dirty.load(Ordering::Acquire);
    let enough = dirty >= COMPACT_FROM && dirty as f64 >= policy.dirty_ratio * partition.bytes() as f64;
    dirty > 0 && (enough || force)
}

type KeyHash = [u8; 16];

fn hash(key: &[u8]) -> KeyHash {
    // Half of a SHA-256: two keys that collide would cost a record.
    Sha256::digest(key).first_chunk().copied().unwrap_or_default()
}

/// Keeps the newest record of each key; tombstones go after `delete.retention.ms`. Offsets stay as they are.
fn compact(log: &Log, partition: &Partition, policy: &Policy) -> Result<(), BrokerError> {
    let end = partition.end.load(Ordering::Acquire);
    let dirty = partition.dirty.load(Ordering::Acquire);
    let newest = newest_offsets(log, partition, end)?;
    let forget = now().saturating_sub(policy.delete_retention_ms);
    let mut position = partition.start.load(Ordering::Acquire);
    while position < end {
        let found = chunks(log, partition, position, COMPACT_BYTES)?;
        let Some((last_base, last)) = found.last() else { break };
        let about = preamble(last).map_err(|error| log.damaged(partition, *last_base, &error))?.0;
        position = last_base + about.last_delta as i64 + 1;
        let mut batch = log.store.batch();
        let mut freed = 0;
        for (base, bytes) in found.iter().filter(|(base, _)| *base < end) {
            let Some(kept) = rewrite(log, partition, *base, bytes, &newest, forget)? else { continue };
            freed += bytes.len() as i64 - kept.len() as i64;
            let key = chunk_key(partition.topic_id, partition.index, *base);
            if kept.is_empty() {
                batch.remove(&log.store.records, key);
            } else {
                batch.insert(&log.store.records, key, kept);
            }
        }
        if !batch.is_empty() {
            shrink(log, partition, batch, partition.start.load(Ordering::Acquire), freed)?;
        }
    }
    partition.dirty.fetch_sub(dirty, Ordering::AcqRel);
    Ok(())
}

fn newest_offsets(log: &Log, partition: &Partition, end: i64) -> Result<HashMap<KeyHash, i64>, BrokerError> {
    let mut newest = HashMap::new();
    let mut position = partition.start.load(Ordering::Acquire);
    while position < end {
        let found = chunks(log, partition, position, COMPACT_BYTES)?;
        if found.is_empty() {
            break;
        }
        for (base, bytes) in &found {
            let damaged = |error| log.damaged(partition, *base, &error);
            let (about, mut at) = preamble(bytes).map_err(damaged)?;
            while let Some((stored, next)) = record(bytes, at).map_err(damaged)? {
                if let Some(key) = stored.key {
                    newest.insert(hash(key), base + stored.delta as i64);
                }
                at = next;
            }
            position = base + about.last_delta as i64 + 1;
        }
    }
    Ok(newest)
}

/// The chunk without superseded records: `None` if nothing changes, empty if nothing is left.
fn rewrite(
    log: &Log,
    partition: &Partition,
    base: i64,
    bytes: &[u8],
    newest: &HashMap<KeyHash, i64>,
    forget: i64,
) -> Result<Option<Vec<u8>>, BrokerError> {
    let damaged = |error| log.damaged(partition, base, &error);
    let (about, mut at) = preamble(bytes).map_err(damaged)?;
    let mut body = Vec::new();
    let mut count = 0;
    while let Some((stored, next)) = record(bytes, at).map_err(damaged)? {
        at = next;
        let offset = base + stored.delta as i64;
        // A record without key cannot be superseded; Kafka refuses such in a compacted topic.
        let superseded = stored.key.is_some_and(|key| newest.get(&hash(key)).is_some_and(|last| *last > offset));
        let forgotten = stored.key.is_some() && stored.value.is_none() && about.appended_at < forget;
        if !superseded && !forgotten {
            push_stored(&mut body, stored.delta, &stored);
            count += 1;
        }
    }
    if count == about.count {
        return Ok(None);
    }
    Ok(Some(if count == 0 { Vec::new() } else { seal(&Preamble { count, ..about }, &body) }))
}
