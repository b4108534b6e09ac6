//! The consumer: librdkafka fetches ahead on its threads, [`KafkaConsumer::poll`] drains its queue without waiting in it.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::message::{BorrowedHeaders, Headers as _};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, Message, Offset, Timestamp, TopicPartitionList};
use tokio::sync::Notify;

use super::context::ClientLog;
use super::failure::translate;
use super::producer::offset_list;
use super::properties::{ClientKind, map, wrong};
use super::{native, off_the_runtime, position};
use crate::broker::error::{BrokerError, ErrorKind};
use crate::broker::record::{Fetched, Header, Headers, TimestampType};
use crate::broker::subscription::{Start, Subscription, TopicPattern};
use crate::broker::topic::TopicPartition;
use crate::broker::{Consumer, ConsumerSpec, FetchSink, OnCommit, PollEvent};

/// Bound of questions to the cluster.
const ANSWER: Duration = Duration::from_secs(30);
/// How long nothing comes before a reader doubts that there is more.
const QUIET: Duration = Duration::from_millis(50);

/// A member of a group, or a reader of fixed partitions.
pub struct KafkaConsumer {
    base: Arc<BaseConsumer<Rebalances>>,
    group: bool,
    max_poll_records: usize,
    starts_latest: bool,
    /// How long a position is asked for.
    patience: Duration,
    pattern: Option<PatternWatch>,
    held: BTreeSet<TopicPartition>,
    /// Where a reader of fixed partitions stands in those that it has read from: librdkafka forgets it at a seek.
    reads: Mutex<BTreeMap<TopicPartition, i64>>,
    /// Seeks to partitions that are assigned but not acknowledged yet.
    seeks: HashMap<TopicPartition, i64>,
    wake: Arc<Notify>,
    /// Dropped after `base`, which makes the closing thread the last owner: closing blocks.
    closer: Closer,
}

/// The thread that closes the consumer once its `_ask` is dropped.
struct Closer {
    _ask: std::sync::mpsc::Sender<()>,
    done: Option<tokio::sync::oneshot::Receiver<()>>,
}

impl Closer {
    fn start(base: Arc<BaseConsumer<Rebalances>>) -> Result<Self, BrokerError> {
        let (ask, asked) = std::sync::mpsc::channel::<()>();
        let (finish, done) = tokio::sync::oneshot::channel();
        let close = move || {
            // Nothing is ever sent: the channel ends when the consumer does.
            let _ = asked.recv();
            base.context().closing.store(true, Ordering::Release);
            drop(base);
            let _ = finish.send(());
        };
        std::thread::Builder::new()
            .name("kafka-close".into())
            .spawn(close)
            .map_err(|error| BrokerError::new(ErrorKind::Other, format!("no thread for a Kafka consumer: {error}")))?;
        Ok(Self { _ask: ask, done: Some(done) })
    }
}

/// A pattern subscription: topics are matched here, as the Java consumer does, and subscribed by name.
struct PatternWatch {
    pattern: TopicPattern,
    subscribed: Vec<String>,
    next_look: Instant,
    every: Duration,
    internal_too: bool,
}

struct Rebalances {
    log: ClientLog,
    events: Mutex<VecDeque<Rebalance>>,
    /// Counts whatever came from the queue but records, to tell an empty queue from one that held such a thing.
    seen: AtomicU64,
    closing: AtomicBool,
    /// Partitions whose end was reached since this was emptied; only readers of fixed partitions are told.
    ends: Mutex<BTreeSet<i32>>,
}

#[derive(Debug, Clone)]
struct Rebalance {
    assign: bool,
    lost: bool,
    partitions: Vec<TopicPartition>,
}

impl ClientContext for Rebalances {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.seen.fetch_add(1, Ordering::Relaxed);
        self.log.line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.seen.fetch_add(1, Ordering::Relaxed);
        // The end of a partition is told as an error, and comes to the poll as well.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::PartitionEOF) {
            self.log.problem(&error, reason);
        }
    }
}

impl ConsumerContext for Rebalances {
    fn rebalance(&self, base: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        self.seen.fetch_add(1, Ordering::Relaxed);
        let assign = code == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.closing.load(Ordering::Acquire) {
            let list = if assign { TopicPartitionList::new() } else { list.clone() };
            if let Err(error) = apply(base, assign, &list) {
                tracing::debug!("giving up partitions while closing: {error}");
            }
            return;
        }
        let partitions =
            list.elements().iter().map(|element| TopicPartition::new(element.topic(), element.partition())).collect();
        let event = Rebalance { assign, lost: !assign && base.assignment_lost(), partitions };
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push_back(event);
    }

    fn commit_callback(&self, _result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        self.seen.fetch_add(1, Ordering::Relaxed);
    }
}

/// Takes or gives up partitions as the group's protocol wants it (KIP-429).
fn apply(base: &BaseConsumer<Rebalances>, assign: bool, list: &TopicPartitionList) -> KafkaResult<()> {
    match (base.rebalance_protocol(), assign) {
        (RebalanceProtocol::Cooperative, true) => base.incremental_assign(list),
        (RebalanceProtocol::Cooperative, false) => base.incremental_unassign(list),
        (_, true) => base.assign(list),
        (_, false) => base.unassign(),
    }
}

impl KafkaConsumer {
    /// Makes the consumer and subscribes it; only a pattern waits for the cluster.
    pub async fn new(bootstrap: &str, spec: ConsumerSpec) -> Result<Self, BrokerError> {
        let mut mapped = map(ClientKind::Consumer, bootstrap, &spec.client)?;
        if mapped.config.get("group.id").is_none() && !spec.group_id.is_empty() {
            mapped.config.set("group.id", &spec.group_id);
        }
        let fixed = matches!(spec.subscription, Subscription::Partitions(_));
        if mapped.config.get("group.id").is_none() {
            if !fixed {
                return Err(wrong("group.id", "", "a subscription needs a group"));
            }
            // librdkafka wants a name even where nothing is shared or committed.
            mapped.config.set("group.id", &spec.client.client_id);
        }
        let context = Rebalances {
            log: ClientLog::new(&spec.client.client_id),
            events: Mutex::new(VecDeque::new()),
            seen: AtomicU64::new(0),
            closing: AtomicBool::new(false),
            ends: Mutex::default(),
        };
        if fixed {
            mapped.config.set("enable.partition.eof", "true");
        }
        let mut base: BaseConsumer<Rebalances> =
            mapped.config.create_with_context(context).map_err(|error| translate("making a Kafka consumer", &error))?;
        let wake = Arc::new(Notify::new());
        let waker = Arc::clone(&wake);
        base.set_nonempty_callback(move || waker.notify_one());
        let base = Arc::new(base);
        let pattern = match &spec.subscription {
            Subscription::Pattern(pattern) => Some(PatternWatch {
                pattern: pattern.clone(),
                subscribed: Vec::new(),
                next_look: Instant::now(),
                every: Duration::from_millis(mapped.own_number("metadata.max.age.ms", 300_000)?),
                internal_too: mapped.own.get("exclude.internal.topics").is_some_and(|value| value.eq_ignore_ascii_case("false")),
            }),
            _ => None,
        };
        let mut consumer = Self {
            closer: Closer::start(Arc::clone(&base))?,
            base,
            group: !fixed,
            max_poll_records: usize::try_from(mapped.own_number("max.poll.records", 500)?).unwrap_or(usize::MAX).max(1),
            starts_latest: mapped.config.get("auto.offset.reset") == Some("latest"),
            patience: Duration::from_millis(mapped.own_number("default.api.timeout.ms", 60_000)?),
            pattern,
            held: BTreeSet::new(),
            reads: Mutex::default(),
            seeks: HashMap::new(),
            wake,
        };
        consumer.subscribe(spec.subscription)?;
        Ok(consumer)
    }

    fn subscribe(&mut self, subscription: Subscription) -> Result<(), BrokerError> {
        match subscription {
            Subscription::Topics(topics) => {
                let names: Vec<&str> = topics.iter().map(String::as_str).collect();
                self.base.subscribe(&names).map_err(|error| translate("subscribing", &error))
            }
            Subscription::Pattern(_) => Ok(()),
            Subscription::Partitions(places) => {
                let mut list = TopicPartitionList::with_capacity(places.len());
                for (partition, start) in &places {
                    let offset = match start {
                        Start::Beginning => Offset::Beginning,
                        Start::End => Offset::End,
                        Start::Offset(offset) => Offset::Offset(*offset),
                    };
                    list.add_partition_offset(&partition.topic, partition.partition, offset)
                        .map_err(|error| translate(&format!("assigning {partition}"), &error))?;
                }
                for (partition, start) in places {
                    if let Start::Offset(offset) = start {
                        self.reads.get_mut().unwrap_or_else(PoisonError::into_inner).insert(partition.clone(), offset);
                    }
                    self.held.insert(partition);
                }
                self.base.assign(&list).map_err(|error| translate("assigning partitions", &error))
            }
        }
    }

    /// Its group's state, for a transactional producer.
    pub fn group_metadata(&self) -> Option<rdkafka::consumer::ConsumerGroupMetadata> {
        self.base.group_metadata()
    }

    /// Moves what librdkafka has fetched into the sink, without waiting.
    fn drain(&self, max: usize, sink: &mut FetchSink<'_>) -> Result<usize, BrokerError> {
        let context = self.base.context();
        let mut records = 0;
        while records < max {
            let seen = context.seen.load(Ordering::Relaxed);
            match self.base.poll(Duration::ZERO) {
                Some(Ok(message)) => {
                    deliver(&message, sink);
                    self.note_place(&message);
                    records += 1;
                }
                Some(Err(error)) => self.judge(&error)?,
                // A rebalance goes to the caller before any later record.
                None if self.rebalancing() => break,
                None if context.seen.load(Ordering::Relaxed) == seen => break,
                None => {}
            }
        }
        Ok(records)
    }

    /// Errors that the Java consumer only logs are no errors here either: librdkafka goes on by itself.
    fn judge(&self, error: &KafkaError) -> Result<(), BrokerError> {
        if let KafkaError::PartitionEOF(partition) = error {
            self.ends().insert(*partition);
            return Ok(());
        }
        let translated = translate("reading from Kafka", error);
        let fatal = matches!(error, KafkaError::MessageConsumptionFatal(_));
        let group = error.rdkafka_error_code() == Some(RDKafkaErrorCode::GroupAuthorizationFailed);
        match translated.kind() {
            ErrorKind::Unauthorized | ErrorKind::OutOfRange | ErrorKind::Fenced if self.group || !group => Err(translated),
            _ if fatal => Err(translated),
            _ => {
                tracing::debug!("{translated}");
                Ok(())
            }
        }
    }

    fn ends(&self) -> std::sync::MutexGuard<'_, BTreeSet<i32>> {
        self.base.context().ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// First and next offset of each of its partitions, as its isolation level shows them.
    async fn extents(&self) -> Result<BTreeMap<TopicPartition, (i64, i64)>, BrokerError> {
        let partitions: Vec<TopicPartition> = self.held.iter().cloned().collect();
        self.call("asking for the ends of partitions".to_owned(), move |base| {
            let mut found = BTreeMap::new();
            for partition in partitions {
                let extent = base.fetch_watermarks(&partition.topic, partition.partition, ANSWER)?;
                found.insert(partition, extent);
            }
            Ok(found)
        })
        .await
    }

    /// Where each of these partitions stands if that is before its end; one that was never read stands at its first record.
    fn behind(&self, extents: &BTreeMap<TopicPartition, (i64, i64)>) -> BTreeMap<TopicPartition, i64> {
        let read = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        let places = extents.iter().map(|(partition, (start, end))| {
            let at = read.get(partition).copied().unwrap_or(*start);
            (partition, at, *end)
        });
        places.filter(|(_, at, end)| at < end).map(|(partition, at, _)| (partition.clone(), at)).collect()
    }

    fn note_place(&self, message: &rdkafka::message::BorrowedMessage<'_>) {
        if self.group {
            return;
        }
        let mut reads = self.reads.lock().unwrap_or_else(PoisonError::into_inner);
        let (topic, partition, next) = (message.topic(), message.partition(), message.offset() + 1);
        match reads.iter_mut().find(|(known, _)| known.partition == partition && known.topic == topic) {
            Some((_, place)) => *place = next,
            None => drop(reads.insert(TopicPartition::new(topic, partition), next)),
        }
    }

    fn rebalancing(&self) -> bool {
        !self.base.context().events.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn pending(&self) -> Option<PollEvent> {
        let events = self.base.context().events.lock().unwrap_or_else(PoisonError::into_inner);
        let event = events.front()?;
        let partitions = event.partitions.clone();
        Some(match (event.assign, event.lost) {
            (true, _) => PollEvent::Assigned(partitions),
            (false, false) => PollEvent::Revoked(partitions),
            (false, true) => PollEvent::Lost(partitions),
        })
    }

    /// Looks for topics that match the pattern, when it is time.
    async fn watch_pattern(&mut self) -> Result<(), BrokerError> {
        let now = Instant::now();
        let Some(watch) = self.pattern.as_mut().filter(|watch| watch.next_look <= now) else { return Ok(()) };
        let base = Arc::clone(&self.base);
        let found = off_the_runtime(move || base.fetch_metadata(None, ANSWER)).await?;
        let metadata = match found {
            Ok(metadata) => metadata,
            Err(error) => {
                let error = translate("looking up topics", &error);
                return if error.retriable() { Ok(()) } else { Err(error) };
            }
        };
        let mut names: Vec<String> = metadata.topics().iter().map(|topic| topic.name().to_owned()).collect();
        names.retain(|name| watch.pattern.matches(name) && (watch.internal_too || !super::admin::is_internal(name)));
        names.sort();
        watch.next_look = now + watch.every;
        if names != watch.subscribed {
            let topics: Vec<&str> = names.iter().map(String::as_str).collect();
            if topics.is_empty() {
                self.base.unsubscribe();
            } else {
                self.base.subscribe(&topics).map_err(|error| translate("subscribing", &error))?;
            }
            watch.subscribed = names;
        }
        Ok(())
    }

    /// Runs a blocking call on the consumer.
    async fn call<T: Send + 'static>(
        &self,
        what: String,
        call: impl FnOnce(&BaseConsumer<Rebalances>) -> KafkaResult<T> + Send + 'static,
    ) -> Result<T, BrokerError> {
        let base = Arc::clone(&self.base);
        off_the_runtime(move || call(&base).map_err(|error| translate(&what, &error))).await?
    }
}

fn deliver(message: &rdkafka::message::BorrowedMessage<'_>, sink: &mut FetchSink<'_>) {
    let (timestamp, timestamp_type) = match message.timestamp() {
        Timestamp::NotAvailable => (None, TimestampType::None),
        Timestamp::CreateTime(time) => (Some(time), TimestampType::CreateTime),
        Timestamp::LogAppendTime(time) => (Some(time), TimestampType::LogAppendTime),
    };
    let headers = message.headers().map(KafkaHeaders);
    sink(Fetched {
        topic: message.topic(),
        partition: message.partition(),
        offset: message.offset(),
        timestamp,
        timestamp_type,
        key: message.key(),
        value: message.payload(),
        headers: headers.as_ref().map(|headers| headers as &dyn Headers),
    });
}

struct KafkaHeaders<'a>(&'a BorrowedHeaders);

impl Headers for KafkaHeaders<'_> {
    fn count(&self) -> usize {
        self.0.count()
    }

    fn header(&self, index: usize) -> Option<Header<'_>> {
        native::header(self.0, index)
    }
}

pub(super) fn partition_list(partitions: &[TopicPartition]) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for partition in partitions {
        list.add_partition(&partition.topic, partition.partition);
    }
    list
}

#[async_trait]
impl Consumer for KafkaConsumer {
    async fn poll(&mut self, max: Option<usize>, timeout: Duration, sink: &mut FetchSink<'_>) -> Result<PollEvent, BrokerError> {
        let deadline = tokio::time::Instant::now() + timeout;
        self.watch_pattern().await?;
        loop {
            // Records read before the rebalance came are the old assignment's and go first.
            if let Some(event) = self.pending() {
                return Ok(event);
            }
            let records = self.drain(max.unwrap_or(self.max_poll_records), sink)?;
            if records > 0 {
                return Ok(PollEvent::Records(records));
            }
            if self.rebalancing() {
                continue;
            }
            if tokio::time::timeout_at(deadline, self.wake.notified()).await.is_err() {
                return Ok(PollEvent::Records(0));
            }
        }
    }

    async fn acknowledge_rebalance(&mut self) -> Result<(), BrokerError> {
        let event = self.base.context().events.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(event) = event else { return Ok(()) };
        let mut list = partition_list(&event.partitions);
        for partition in &event.partitions {
            if event.assign {
                self.held.insert(partition.clone());
            } else {
                self.held.remove(partition);
            }
            if let (Some(offset), true) = (self.seeks.remove(partition), event.assign) {
                list.set_partition_offset(&partition.topic, partition.partition, Offset::Offset(offset))
                    .map_err(|error| translate(&format!("seeking {partition}"), &error))?;
            }
        }
        self.call("taking over partitions".to_owned(), move |base| apply(base, event.assign, &list)).await
    }

    fn pause(&mut self, partitions: &[TopicPartition]) -> Result<(), BrokerError> {
        self.base.pause(&partition_list(partitions)).map_err(|error| translate("pausing partitions", &error))
    }

    fn resume(&mut self, partitions: &[TopicPartition]) -> Result<(), BrokerError> {
        self.base.resume(&partition_list(partitions)).map_err(|error| translate("resuming partitions", &error))
    }

    async fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), BrokerError> {
        let wanted = partition.clone();
        if !self.held.contains(partition) {
            self.seeks.insert(wanted, offset);
            return Ok(());
        }
        if !self.group {
            self.reads.lock().unwrap_or_else(PoisonError::into_inner).insert(wanted.clone(), offset);
        }
        self.call(format!("seeking {partition} to {offset}"), move |base| {
            let mut list = TopicPartitionList::with_capacity(1);
            list.add_partition_offset(&wanted.topic, wanted.partition, Offset::Offset(offset))?;
            for element in base.seek_partitions(list, ANSWER)?.elements() {
                element.error()?;
            }
            Ok(())
        })
        .await
    }

    // librdkafka's position stands still before transaction markers, of which an end may consist. What tells is that the end is reported
    // anew after a seek to that very position: answers to older fetches are thrown away then.
    async fn read_to_end(&mut self, timeout: Duration, sink: &mut FetchSink<'_>) -> Result<(), BrokerError> {
        let deadline = Instant::now() + timeout;
        let extents = loop {
            match self.extents().await {
                // Leaders of a new topic's partitions are not known everywhere at once.
                Err(error) if error.retriable() && Instant::now() < deadline => tokio::time::sleep(QUIET).await,
                extents => break extents?,
            }
        };
        let mut sought: BTreeSet<TopicPartition> = BTreeSet::new();
        loop {
            let mut behind = self.behind(&extents);
            behind.retain(|partition, _| !(sought.contains(partition) && self.ends().contains(&partition.partition)));
            if behind.is_empty() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(BrokerError::retry(ErrorKind::Timeout, "the end of the topic was not reached in time"));
            }
            if self.poll(None, QUIET, sink).await? != PollEvent::Records(0) {
                continue;
            }
            for (partition, at) in self.behind(&extents) {
                if !sought.contains(&partition) {
                    self.ends().remove(&partition.partition);
                    // A partition that is not being fetched yet refuses; it is asked again.
                    if self.seek(&partition, at).await.is_ok() {
                        sought.insert(partition);
                    }
                }
            }
        }
    }

    async fn position(&mut self, partition: &TopicPartition) -> Result<i64, BrokerError> {
        let read = self.reads.lock().unwrap_or_else(PoisonError::into_inner).get(partition).copied();
        if let Some(offset) = self.seeks.get(partition).copied().or(read) {
            return Ok(offset);
        }
        position::find(&self.base, partition, self.starts_latest, self.patience).await
    }

    async fn commit_sync(&mut self, offsets: &BTreeMap<TopicPartition, i64>) -> Result<(), BrokerError> {
        let list = offset_list(offsets)?;
        self.call("committing offsets".to_owned(), move |base| base.commit(&list, CommitMode::Sync)).await
    }

    fn commit_async(&mut self, offsets: &BTreeMap<TopicPartition, i64>, done: OnCommit) -> Result<(), BrokerError> {
        let list = offset_list(offsets)?;
        let base = Arc::clone(&self.base);
        // librdkafka's own asynchronous commit answers through the queue of records, that is, not before the next poll.
        tokio::task::spawn_blocking(move || {
            done(base.commit(&list, CommitMode::Sync).map_err(|error| translate("committing offsets", &error)));
        });
        Ok(())
    }

    async fn committed(&mut self, partitions: &[TopicPartition]) -> Result<BTreeMap<TopicPartition, i64>, BrokerError> {
        let list = partition_list(partitions);
        let found =
            self.call("asking for committed offsets".to_owned(), move |base| base.committed_offsets(list, ANSWER)).await?;
        Ok(position::offsets(&found))
    }

    fn assignment(&self) -> BTreeSet<TopicPartition> {
        self.held.clone()
    }

    async fn close(mut self: Box<Self>) -> Result<(), BrokerError> {
        let done = self.closer.done.take();
        drop(self);
        if let Some(done) = done {
            // The thread answers when librdkafka has left the group.
            let _ = done.await;
        }
        Ok(())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
