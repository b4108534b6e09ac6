//! The writer: one thread that takes whatever all producers and consumers have handed in since the last time, writes it as one
//! batch with one fsync, and only then acknowledges it (I19).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::chunk::{Preamble, seal};
use super::layout::{Mark, chunk_key, mark_key, mark_value, offset_key};
use super::log::{Log, lock, now};
use super::topic::{Partition, Topic};
use crate::broker::error::{BrokerError, ErrorKind};
use crate::broker::record::Ack;
use crate::broker::topic::TopicPartition;

/// A part is closed at this size: it becomes one chunk, the unit of reading.
pub const CHUNK_BYTES: usize = 64 << 10;

/// Base offset of a part whose topic was deleted while it waited.
const DELETED: i64 = -1;

/// Records of one partition, in order, encoded; at most one chunk.
pub struct Part {
    /// Where to.
    pub topic: Arc<Topic>,
    /// Which partition.
    pub partition: Arc<Partition>,
    /// The encoded records.
    pub body: Vec<u8>,
    /// How many.
    pub count: u64,
    /// Largest timestamp.
    pub max_timestamp: i64,
    /// The producer's tokens, in order; empty within a transaction.
    pub tokens: Vec<u64>,
}

/// What one client hands in at once; it is written as a whole or not at all.
#[derive(Default)]
pub struct Work {
    /// Records.
    pub parts: Vec<Part>,
    /// Offsets to commit (`None`: to remove) with their groups.
    pub offsets: Vec<(String, TopicPartition, Option<i64>)>,
}

/// Receives the fate of a [`Work`]: for each part its base offset, or why nothing was written. Runs on the writer's thread.
// I19: called when the work is on disk.
pub type Done = Box<dyn FnOnce(Work, Result<Vec<i64>, BrokerError>) + Send>;

/// What waits for the writer.
#[derive(Default)]
pub struct Queue {
    waiting: Mutex<Vec<(Work, Done)>>,
    /// Producers with records of their own buffer to fetch; see [`Queue::signal`].
    sources: Mutex<Vec<std::sync::Weak<dyn Source>>>,
    signalled: AtomicBool,
    closed: AtomicBool,
    bell: Condvar,
}

/// A producer's buffer, from which the writer fetches.
pub trait Source: Send + Sync {
    /// Takes everything that is buffered.
    fn take(self: Arc<Self>) -> Option<(Work, Done)>;
}

impl Queue {
    /// Hands in a work.
    pub fn submit(&self, work: Work, done: Done) {
        if let Err(closed) = self.check_open() {
            done(work, Err(closed));
            return;
        }
        lock(&self.waiting).push((work, done));
        self.signal();
    }

    /// Makes a producer known; it is forgotten when it is dropped.
    pub fn register(&self, source: std::sync::Weak<dyn Source>) {
        lock(&self.sources).push(source);
    }

    /// Tells the writer that there is something. Cheap when it has been told already.
    pub fn signal(&self) {
        if !self.signalled.swap(true, Ordering::AcqRel) {
            let _waiting = lock(&self.waiting);
            self.bell.notify_one();
        }
    }

    /// Fails once the queue is closed.
    pub fn check_open(&self) -> Result<(), BrokerError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(BrokerError::new(ErrorKind::Closed, "the local log is closed"));
        }
        Ok(())
    }

    /// Ends the writer after what is there has been written.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let _waiting = lock(&self.waiting);
        self.bell.notify_one();
    }

    /// Waits for works; `None` when closed and empty.
    fn next(&self) -> Option<Vec<(Work, Done)>> {
        let mut waiting = lock(&self.waiting);
        while !self.signalled.swap(false, Ordering::AcqRel) {
            if self.closed.load(Ordering::Acquire) {
                return None;
            }
            waiting = self.bell.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let mut works = std::mem::take(&mut *waiting);
        drop(waiting);
        let mut sources = lock(&self.sources);
        sources.retain(|source| source.strong_count() > 0);
        let live: Vec<_> = sources.iter().filter_map(std::sync::Weak::upgrade).collect();
        drop(sources);
        works.extend(live.into_iter().filter_map(Source::take));
        Some(works)
    }
}

/// The writer's thread, until the queue is closed.
pub fn run(log: &Log) {
    while let Some(works) = log.queue.next() {
        let written = if works.is_empty() { Ok(Vec::new()) } else { write(log, &works) };
        match written {
            Ok(bases) => {
                if !works.is_empty() {
                    log.wake();
                }
                for ((work, done), bases) in works.into_iter().zip(bases) {
                    done(work, Ok(bases));
                }
            }
            Err(error) => {
                for (work, done) in works {
                    done(work, Err(error.clone()));
                }
            }
        }
    }
}

/// Writes all works as one batch. Offsets are given here, and become visible when the batch is on the disk.
fn write(log: &Log, works: &[(Work, Done)]) -> Result<Vec<Vec<i64>>, BrokerError> {
    log.check()?;
    let mut batch = log.store.batch();
    let mut ends: BTreeMap<(u32, i32), (&Arc<Partition>, i64, i64)> = BTreeMap::new();
    let mut bases = Vec::with_capacity(works.len());
    let appended_at = now();
    for (work, _) in works {
        let mut given = Vec::with_capacity(work.parts.len());
        for part in &work.parts {
            let place = &part.partition;
            if part.topic.deleted.load(Ordering::Acquire) {
                given.push(DELETED);
                continue;
            }
            let key = (place.topic_id, place.index);
            let (_, end, bytes) = ends.entry(key).or_insert_with(|| (place, place.end.load(Ordering::Acquire), 0));
            let preamble =
                Preamble { count: part.count, last_delta: part.count - 1, max_timestamp: part.max_timestamp, appended_at };
            let chunk = seal(&preamble, &part.body);
            *bytes += chunk.len() as i64;
            batch.insert(&log.store.records, chunk_key(place.topic_id, place.index, *end), chunk);
            given.push(*end);
            *end += part.count as i64;
        }
        for (group, partition, offset) in &work.offsets {
            let key = offset_key(group, &partition.topic, partition.partition);
            match offset {
                Some(offset) => batch.insert(&log.store.offsets, key, offset.to_be_bytes()),
                None => batch.remove(&log.store.offsets, key),
            }
        }
        bases.push(given);
    }
    for (place, end, bytes) in ends.values() {
        let mark = mark_value(*end, place.appended.load(Ordering::Acquire) + bytes);
        batch.insert(&log.store.marks, mark_key(Mark::End, place.topic_id, place.index), mark);
    }
    batch.commit().map_err(|error| log.fail(&error))?;
    for (place, end, bytes) in ends.into_values() {
        place.appended.fetch_add(bytes, Ordering::AcqRel);
        place.dirty.fetch_add(bytes, Ordering::AcqRel);
        place.end.store(end, Ordering::Release);
    }
    Ok(bases)
}

/// Acknowledges every record of a work to its producer.
pub fn acknowledge(work: &Work, fate: &Result<Vec<i64>, BrokerError>, ack: &dyn Fn(u64, Result<Ack, BrokerError>)) {
    for (at, part) in work.parts.iter().enumerate() {
        let base = match fate {
            Ok(bases) => match bases.get(at) {
                Some(base) if *base != DELETED => Ok(*base),
                _ => Err(BrokerError::new(ErrorKind::UnknownTopic, format!("topic {} has been deleted", part.topic.name))),
            },
            Err(error) => Err(error.clone()),
        };
        for (delta, token) in part.tokens.iter().enumerate() {
            let outcome = match &base {
                Ok(base) => Ok(Ack { partition: part.partition.index, offset: base + delta as i64 }),
                Err(error) => Err(error.clone()),
            };
            ack(*token, outcome);
        }
    }
}
