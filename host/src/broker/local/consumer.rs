//! The consumer: reads chunks off the runtime, hands out their records without copying them.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{oneshot, watch};

use super::append::Work;
use super::chunk;
use super::group::{MemberId, Step};
use super::layout::offset_key;
use super::log::{Log, chunks, lock};
use super::topic::{Partition, Topic};
use crate::broker::error::{BrokerError, ErrorKind};
use crate::broker::record::{Fetched, Headers, TimestampType};
use crate::broker::subscription::Start;
use crate::broker::topic::TopicPartition;
use crate::broker::{Consumer, FetchSink, OnCommit, PollEvent};

/// Bytes read ahead of one partition at a time.
const READ_BYTES: usize = 256 << 10;

/// Where to read when there is no offset, or it is not in the log (`auto.offset.reset`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    /// At the first record.
    Earliest,
    /// At the next record to come.
    Latest,
    /// Nowhere: it is an error.
    None,
}

/// A member of a group of the local log, or a reader of fixed partitions.
pub struct LocalConsumer {
    log: Arc<Log>,
    member: Option<(String, MemberId)>,
    max_poll_records: usize,
    reset: Reset,
    places: BTreeMap<TopicPartition, Place>,
    /// The event that is not acknowledged yet.
    pending: Option<Step>,
    seeks: HashMap<TopicPartition, i64>,
    /// The partition to begin the next poll with, so that none is starved.
    turn: usize,
    changed: watch::Receiver<u64>,
}

struct Place {
    topic: Arc<Topic>,
    partition: Arc<Partition>,
    position: i64,
    paused: bool,
    /// Chunks read but not handed out: base offset and bytes.
    ahead: VecDeque<(i64, fjall::Slice)>,
    /// Where the next record of the first chunk begins; 0 before its first.
    at: usize,
}

impl Place {
    fn seek(&mut self, offset: i64) {
        self.position = offset;
        self.ahead.clear();
        self.at = 0;
    }

    /// Whether there is something to read from the disk.
    fn behind(&self) -> bool {
        let (start, end) = (self.partition.start.load(Ordering::Acquire), self.partition.end.load(Ordering::Acquire));
        let gone = self.topic.deleted.load(Ordering::Acquire);
        !self.paused && !gone && self.ahead.is_empty() && (self.position < start || self.position != end)
    }

    /// Hands out up to `max` records of what was read.
    fn drain(&mut self, log: &Log, max: usize, sink: &mut FetchSink<'_>) -> Result<usize, BrokerError> {
        let mut records = 0;
        while let Some((base, bytes)) = self.ahead.front() {
            let damaged = |error| log.damaged(&self.partition, *base, &error);
            if self.at == 0 {
                self.at = chunk::preamble(bytes).map_err(damaged)?.1;
            }
            while records < max {
                let Some((stored, next)) = chunk::record(bytes, self.at).map_err(damaged)? else { break };
                self.at = next;
                let offset = base + stored.delta as i64;
                if offset < self.position {
                    continue;
                }
                self.position = offset + 1;
                records += 1;
                sink(Fetched {
                    topic: &self.topic.name,
                    partition: self.partition.index,
                    offset,
                    timestamp: Some(stored.timestamp),
                    timestamp_type: match self.topic.policy.log_append_time {
                        true => TimestampType::LogAppendTime,
                        false => TimestampType::CreateTime,
                    },
                    key: stored.key,
                    value: stored.value,
                    headers: (!stored.headers.is_empty()).then_some(&stored.headers as &dyn Headers),
                });
            }
            if self.at < bytes.len() {
                break;
            }
            self.ahead.pop_front();
            self.at = 0;
        }
        Ok(records)
    }
}

impl LocalConsumer {
    /// Makes a consumer; `member` is its place in a group that it has joined.
    pub fn new(log: Arc<Log>, member: Option<(String, MemberId)>, max_poll_records: usize, reset: Reset) -> Self {
        let changed = log.changed.subscribe();
        Self {
            log,
            member,
            max_poll_records,
            reset,
            places: BTreeMap::new(),
            pending: None,
            seeks: HashMap::new(),
            turn: 0,
            changed,
        }
    }

    /// Reads these partitions without a group.
    pub fn assign(&mut self, places: Vec<(TopicPartition, Start)>) -> Result<(), BrokerError> {
        for (partition, start) in places {
            let mut place = self.place(&partition)?;
            place.position = match start {
                Start::Beginning => place.partition.start.load(Ordering::Acquire),
                Start::End => place.partition.end.load(Ordering::Acquire),
                Start::Offset(offset) => offset,
            };
            self.places.insert(partition, place);
        }
        Ok(())
    }

    /// Its group's id.
    pub fn group(&self) -> Option<&str> {
        self.member.as_ref().map(|(group, _)| group.as_str())
    }

    fn place(&self, partition: &TopicPartition) -> Result<Place, BrokerError> {
        let found = self.log.topic(&partition.topic).and_then(|topic| {
            let place = Arc::clone(topic.partition(partition.partition)?);
            Some(Place { topic, partition: place, position: 0, paused: false, ahead: VecDeque::new(), at: 0 })
        });
        found.ok_or_else(|| BrokerError::retry(ErrorKind::UnknownTopic, format!("there is no partition {partition}")))
    }

    /// Where a member begins: its committed offset, or as `auto.offset.reset` says.
    fn first_position(&self, partition: &TopicPartition, place: &Place) -> Result<i64, BrokerError> {
        match self.committed_offset(partition)? {
            Some(offset) => Ok(offset),
            None => self.reset_position(partition, place, "it has no committed offset"),
        }
    }

    fn reset_position(&self, partition: &TopicPartition, place: &Place, why: &str) -> Result<i64, BrokerError> {
        match self.reset {
            Reset::Earliest => Ok(place.partition.start.load(Ordering::Acquire)),
            Reset::Latest => Ok(place.partition.end.load(Ordering::Acquire)),
            Reset::None => {
                let text = format!("cannot read {partition}: {why}, and auto.offset.reset=none");
                Err(BrokerError::new(ErrorKind::OutOfRange, text))
            }
        }
    }

    fn committed_offset(&self, partition: &TopicPartition) -> Result<Option<i64>, BrokerError> {
        let Some((group, _)) = &self.member else { return Ok(None) };
        let key = offset_key(group, &partition.topic, partition.partition);
        let value = self.log.store.offsets.get(key).map_err(|error| self.log.store.failure(&error))?;
        Ok(value.and_then(|bytes| bytes.first_chunk().map(|bytes| i64::from_be_bytes(*bytes))))
    }

    fn rebalance(&mut self) -> Option<PollEvent> {
        if self.pending.is_none() {
            let (group, member) = self.member.as_ref()?;
            self.pending = lock(&self.log.groups).step(group, *member);
        }
        self.pending.as_ref().map(|step| match step {
            Step::Take(partitions) => PollEvent::Assigned(partitions.clone()),
            Step::GiveUp(partitions) => PollEvent::Revoked(partitions.clone()),
        })
    }

    fn drain(&mut self, max: usize, sink: &mut FetchSink<'_>) -> Result<usize, BrokerError> {
        let mut records = 0;
        let count = self.places.len().max(1);
        self.turn = (self.turn + 1) % count;
        // Twice around from the place whose turn it is: every place once.
        for round in 0..2 {
            for (at, place) in self.places.values_mut().enumerate() {
                if (at >= self.turn) == (round == 0) && !place.paused && records < max {
                    records += place.drain(&self.log, max - records, sink)?;
                }
            }
        }
        Ok(records)
    }

    /// Reads ahead where nothing is left; false if there was nothing to read.
    async fn read_ahead(&mut self) -> Result<bool, BrokerError> {
        let mut wanted = Vec::new();
        for (name, place) in &self.places {
            if place.behind() {
                let (start, end) = (place.partition.start.load(Ordering::Acquire), place.partition.end.load(Ordering::Acquire));
                let position = match place.position < start || place.position > end {
                    true => self.reset_position(name, place, &format!("offset {} is not in the log", place.position))?,
                    false => place.position,
                };
                wanted.push((name.clone(), Arc::clone(&place.partition), position, end));
            }
        }
        if wanted.is_empty() {
            return Ok(false);
        }
        let log = Arc::clone(&self.log);
        let read = tokio::task::spawn_blocking(move || {
            let mut read = Vec::with_capacity(wanted.len());
            for (name, partition, position, end) in wanted {
                read.push((name, position, end, chunks(&log, &partition, position, READ_BYTES)?));
            }
            Ok::<_, BrokerError>(read)
        });
        let read = read.await.map_err(|error| BrokerError::new(ErrorKind::Closed, format!("reading was cut off: {error}")))??;
        for (name, position, end, mut found) in read {
            if let Some(place) = self.places.get_mut(&name) {
                // A chunk beyond the end that was looked up is not acknowledged yet.
                found.retain(|(base, _)| *base < end);
                // Nothing there below the end: compaction took it.
                place.seek(if found.is_empty() { end } else { position });
                place.ahead.extend(found);
            }
        }
        Ok(true)
    }

    fn work(&self, offsets: &BTreeMap<TopicPartition, i64>) -> Result<Work, BrokerError> {
        let Some((group, member)) = &self.member else {
            return Err(BrokerError::new(ErrorKind::Config, "a consumer without group.id has nowhere to commit to"));
        };
        let groups = lock(&self.log.groups);
        if let Some(partition) = offsets.keys().find(|partition| !groups.holds(group, *member, partition)) {
            let text = format!("group {group}: {partition} is not this member's any more, so its offset is not committed");
            return Err(BrokerError::retry(ErrorKind::Rebalance, text));
        }
        let offsets = offsets.iter().map(|(partition, offset)| (group.clone(), partition.clone(), Some(*offset)));
        Ok(Work { parts: Vec::new(), offsets: offsets.collect() })
    }

    fn known(&mut self, partition: &TopicPartition) -> Result<&mut Place, BrokerError> {
        let held = self.places.get_mut(partition);
        held.ok_or_else(|| BrokerError::new(ErrorKind::Other, format!("{partition} is not assigned to this consumer")))
    }
}

impl Drop for LocalConsumer {
    fn drop(&mut self) {
        if let Some((group, member)) = &self.member {
            lock(&self.log.groups).leave(group, *member);
            self.log.wake();
        }
    }
}

#[async_trait]
impl Consumer for LocalConsumer {
    async fn poll(&mut self, max: Option<usize>, timeout: Duration, sink: &mut FetchSink<'_>) -> Result<PollEvent, BrokerError> {
        let deadline = tokio::time::Instant::now() + timeout;
        let max = max.unwrap_or(self.max_poll_records);
        loop {
            self.changed.mark_unchanged();
            if let Some(event) = self.rebalance() {
                return Ok(event);
            }
            let records = self.drain(max, sink)?;
            if records > 0 {
                return Ok(PollEvent::Records(records));
            }
            if self.read_ahead().await? {
                continue;
            }
            match tokio::time::timeout_at(deadline, self.changed.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(BrokerError::new(ErrorKind::Closed, "the local log is closed")),
                Err(_) => return Ok(PollEvent::Records(0)),
            }
        }
    }

    async fn acknowledge_rebalance(&mut self) -> Result<(), BrokerError> {
        match self.pending.take() {
            None => {}
            Some(Step::Take(partitions)) => {
                for partition in partitions {
                    // A topic that has been deleted since is simply not read.
                    let Ok(mut place) = self.place(&partition) else { continue };
                    place.position = match self.seeks.remove(&partition) {
                        Some(offset) => offset,
                        None => self.first_position(&partition, &place)?,
                    };
                    self.places.insert(partition, place);
                }
            }
            Some(Step::GiveUp(partitions)) => {
                for partition in &partitions {
                    self.places.remove(partition);
                    self.seeks.remove(partition);
                }
                if let Some((group, member)) = &self.member {
                    lock(&self.log.groups).release(group, *member, &partitions);
                    self.log.wake();
                }
            }
        }
        Ok(())
    }

    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), BrokerError> {
        for partition in partitions {
            self.known(partition)?.paused = true;
        }
        Ok(())
    }

    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), BrokerError> {
        for partition in partitions {
            self.known(partition)?.paused = false;
        }
        Ok(())
    }

    async fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), BrokerError> {
        match self.places.get_mut(partition) {
            Some(place) => place.seek(offset),
            None => drop(self.seeks.insert(partition.clone(), offset)),
        }
        Ok(())
    }

    async fn read_to_end(&mut self, timeout: Duration, sink: &mut FetchSink<'_>) -> Result<(), BrokerError> {
        let deadline = tokio::time::Instant::now() + timeout;
        let places = self.places.iter();
        let ends: Vec<(TopicPartition, i64)> =
            places.map(|(name, place)| (name.clone(), place.partition.end.load(Ordering::Acquire))).collect();
        let behind = |places: &BTreeMap<TopicPartition, Place>| {
            ends.iter().any(|(name, end)| places.get(name).is_some_and(|place| place.position < *end))
        };
        while behind(&self.places) {
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            if left.is_zero() {
                return Err(BrokerError::retry(ErrorKind::Timeout, "the end of the topic was not reached in time"));
            }
            self.poll(None, left, sink).await?;
        }
        Ok(())
    }

    async fn position(&mut self, partition: &TopicPartition) -> Result<i64, BrokerError> {
        if let Some(place) = self.places.get(partition) {
            return Ok(place.position);
        }
        match self.seeks.get(partition) {
            Some(offset) => Ok(*offset),
            None => self.first_position(partition, &self.place(partition)?),
        }
    }

    async fn commit_sync(&mut self, offsets: &BTreeMap<TopicPartition, i64>) -> Result<(), BrokerError> {
        let (tell, told) = oneshot::channel();
        self.commit_async(offsets, Box::new(move |answer| drop(tell.send(answer))))?;
        told.await.unwrap_or_else(|_| Err(BrokerError::new(ErrorKind::Closed, "the local log is closed")))
    }

    fn commit_async(&mut self, offsets: &BTreeMap<TopicPartition, i64>, done: OnCommit) -> Result<(), BrokerError> {
        let work = self.work(offsets)?;
        self.log.queue.submit(work, Box::new(move |_, fate| done(fate.map(drop))));
        Ok(())
    }

    async fn committed(&mut self, partitions: &[TopicPartition]) -> Result<BTreeMap<TopicPartition, i64>, BrokerError> {
        let mut found = BTreeMap::new();
        for partition in partitions {
            if let Some(offset) = self.committed_offset(partition)? {
                found.insert(partition.clone(), offset);
            }
        }
        Ok(found)
    }

    fn assignment(&self) -> BTreeSet<TopicPartition> {
        self.places.keys().cloned().collect()
    }

    async fn close(self: Box<Self>) -> Result<(), BrokerError> {
        Ok(())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
