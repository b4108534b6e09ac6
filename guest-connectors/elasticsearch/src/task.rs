//! The task: records become operations, which wait in a queue for a bulk request to fill.
//!
//! A call into the task does not wait for the cluster without end: what is not done after [`PATIENCE`] goes on in the next. Until
//! then the worker puts the same batch again (`RetriableException`), of which nothing is taken twice.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use backon::ExponentialBackoff;
use caisson_sdk::{
    Config, Error, ErrorKind, Record, Records, SinkContext, SinkTask, TopicPartition, TopicPartitionOffset, clock, log,
};

use crate::bulk::Verdict;
use crate::cluster::Cluster;
use crate::flights::{Flights, Progress};
use crate::indices::Indices;
use crate::keys;
use crate::operation::{Converted, Operation, convert};
use crate::settings::{MalformedDocuments, NullValues, Settings};

/// How long a call waits for the cluster, in milliseconds: far less than a call may take.
const PATIENCE: i64 = 15_000;
/// How soon requests under way are looked after when there are no records, in milliseconds.
const TURN: i64 = 100;
const TARGET: &str = "elasticsearch";

/// Writes the records of its partitions.
pub struct ElasticsearchSinkTask {
    settings: Settings,
    context: SinkContext,
    cluster: Cluster,
    indices: Indices,
    /// Not sent yet.
    queue: VecDeque<Operation>,
    flights: Flights,
    /// The last offset taken of each partition of a batch that is not done: the batch comes again.
    taken: BTreeMap<Rc<TopicPartition>, i64>,
    /// When the oldest operation that is not settled was taken, and the oldest of the queue; in milliseconds.
    began: Option<i64>,
    queued: Option<i64>,
    /// The waits while the cluster does not answer requests for indices.
    waits: Option<ExponentialBackoff>,
}

impl SinkTask for ElasticsearchSinkTask {
    fn start(config: &Config, context: SinkContext) -> Result<Self, Error> {
        let settings = Settings::read(config)?;
        Ok(Self {
            cluster: Cluster::new(settings.connection.clone()),
            settings,
            context,
            indices: Indices::default(),
            queue: VecDeque::new(),
            flights: Flights::default(),
            taken: BTreeMap::new(),
            began: None,
            queued: None,
            waits: None,
        })
    }

    fn put(&mut self, records: Records<'_>) -> Result<(), Error> {
        let until = clock::now_millis() + PATIENCE;
        // What was answered meanwhile is settled, and what has waited long enough is sent again.
        self.await_flights(0, clock::now_millis())?;
        for record in records {
            self.take(&record?)?;
        }
        // A record can be reported only while its batch is the last one that was put.
        let done = match self.context.errant_record_reporter() {
            Some(_) => self.drain(until)?,
            None => self.send_full(until)?,
        };
        if !done {
            return Err(self.unfinished(Duration::ZERO, "the cluster has not answered yet"));
        }
        self.taken.clear();
        self.ask_for_turn();
        Ok(())
    }

    fn pre_commit(&mut self, offsets: Vec<TopicPartitionOffset>) -> Result<Vec<TopicPartitionOffset>, Error> {
        self.drain(clock::now_millis() + PATIENCE)?;
        Ok(offsets.into_iter().map(|offset| self.safe(offset)).collect())
    }

    fn close(&mut self, partitions: &[TopicPartition]) -> Result<(), Error> {
        // What flies may land: a document written twice is the same document.
        self.queue.retain(|operation| !partitions.contains(&operation.source));
        self.taken.retain(|partition, _| !partitions.contains(partition));
        if self.queue.is_empty() {
            self.queued = None;
        }
        Ok(())
    }
}

impl ElasticsearchSinkTask {
    /// Has the worker call again soon, records or none, as long as something is not settled.
    fn ask_for_turn(&self) {
        let linger = self.settings.batching.linger;
        let left = self.queued.map(|queued| queued + linger - clock::now_millis());
        let flying = (self.flights.count() > 0).then_some(TURN);
        if let Some(wait) = left.into_iter().chain(flying).min() {
            self.context.timeout(Duration::from_millis(u64::try_from(wait).unwrap_or(0)));
        }
    }

    /// Queues what is to be done for a record, unless that was done when its batch was put before.
    fn take(&mut self, record: &Record<'_>) -> Result<(), Error> {
        let Some(place) = record.coordinates else {
            return Err(Error::data("a record of a sink has a place in a topic, and this has none"));
        };
        let last = self.taken.iter().find(|(source, _)| source.partition == place.partition && source.topic == place.topic);
        let source = match last {
            Some((_, last)) if place.offset <= *last => return Ok(()),
            Some((source, _)) => Rc::clone(source),
            None => Rc::new(TopicPartition { topic: place.topic.to_owned(), partition: place.partition }),
        };
        let resource = self.settings.conversion.naming.resource(&record.topic)?;
        self.prepare(record, &resource)?;
        match convert(record, &resource, &self.settings.conversion) {
            Ok(Converted::Operation(id, versioned, lines)) => {
                let (record, offset) = (record.id, place.offset);
                self.queue.push_back(Operation { record, source: Rc::clone(&source), offset, id, versioned, lines });
                let now = clock::now_millis();
                self.began.get_or_insert(now);
                self.queued.get_or_insert(now);
            }
            Ok(Converted::Nothing) => self.ignored(record)?,
            Err(error) => self.invalid(record, error)?,
        }
        self.taken.insert(source, place.offset);
        Ok(())
    }

    /// Sees to it that the index is there, and has its mapping.
    fn prepare(&mut self, record: &Record<'_>, resource: &str) -> Result<(), Error> {
        let conversion = &self.settings.conversion;
        if record.value.value.is_null() && conversion.null_values == NullValues::Ignore {
            return Ok(());
        }
        let mut prepared = self.indices.ensure(&mut self.cluster, resource, conversion);
        // A record without value has no schema that would say what others are.
        if prepared.is_ok() && !conversion.schema_ignored.have(&record.topic) && !record.value.value.is_null() {
            let (schema, compact) = (record.value.schema.as_ref(), conversion.compact_maps);
            prepared = self.indices.ensure_mapping(&mut self.cluster, resource, schema, compact);
        }
        match prepared {
            Ok(()) => self.waits = None,
            Err(error) if error.kind() == ErrorKind::Retriable => return Err(self.unanswered(&error)),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The cluster does not answer: the batch comes again after a wait, if there is one left.
    fn unanswered(&mut self, error: &Error) -> Error {
        let waits = self.waits.get_or_insert_with(|| self.settings.connection.retries.waits());
        match waits.next() {
            Some(wait) => self.unfinished(wait, error.message()),
            None => {
                let (most, key) = (self.settings.connection.retries.most, keys::MAX_RETRIES);
                Error::connect(format!("the cluster does not answer after {most} retries ({key}): {error}"))
            }
        }
    }

    fn unfinished(&self, wait: Duration, why: &str) -> Error {
        self.context.timeout(wait);
        Error::retriable(why)
    }

    fn ignored(&self, record: &Record<'_>) -> Result<(), Error> {
        // A deletion without key means no document; nothing is lost.
        if self.settings.conversion.null_values != NullValues::Ignore {
            return Ok(());
        }
        self.report(record.id, &Error::connect("Cannot write null valued record."))
    }

    fn invalid(&self, record: &Record<'_>, error: Error) -> Result<(), Error> {
        self.report(record.id, &error)?;
        match self.settings.drop_invalid {
            true => {
                log::error(TARGET, &format!("a record is dropped ({}): {error}", keys::DROP_INVALID_MESSAGE));
                Ok(())
            }
            false => Err(error),
        }
    }

    fn report(&self, record: u32, error: &Error) -> Result<(), Error> {
        match self.context.errant_record_reporter() {
            Some(reporter) => reporter.report(record, error),
            None => Ok(()),
        }
    }

    /// Sends everything and waits for it. False: it is not done by then.
    fn drain(&mut self, until: i64) -> Result<bool, Error> {
        while !self.queue.is_empty() {
            if !self.send(until)? {
                return Ok(false);
            }
        }
        self.await_flights(0, until)
    }

    /// Sends full requests, and what has lingered; waits while too much is kept. False: it is so still by then.
    fn send_full(&mut self, until: i64) -> Result<bool, Error> {
        while self.is_full() || self.has_lingered() {
            if !self.send(until)? {
                return Ok(false);
            }
        }
        while self.queue.len() + self.flights.operations().count() > self.settings.batching.buffered {
            if !self.send(until)? || !self.await_flights(self.flights.count().saturating_sub(1), until)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_full(&self) -> bool {
        let batching = &self.settings.batching;
        self.queue.len() >= batching.operations
            || self.queue.iter().map(|operation| operation.lines.len()).sum::<usize>() >= batching.bytes
    }

    fn has_lingered(&self) -> bool {
        self.queued.is_some_and(|queued| clock::now_millis() - queued >= self.settings.batching.linger)
    }

    /// Sends the first operations of the queue, once one more request may be under way. False: none may by then.
    fn send(&mut self, until: i64) -> Result<bool, Error> {
        if !self.await_flights(self.settings.batching.in_flight.saturating_sub(1), until)? {
            return Ok(false);
        }
        let batching = &self.settings.batching;
        let (mut count, mut bytes) = (0, 0_usize);
        for operation in self.queue.iter().take(batching.operations) {
            bytes = bytes.saturating_add(operation.lines.len());
            // A single operation goes out, however long it is.
            if bytes > batching.bytes && count > 0 {
                break;
            }
            count += 1;
        }
        if count > 0 {
            let operations = self.queue.drain(..count).collect();
            self.queued = (!self.queue.is_empty()).then(clock::now_millis);
            self.flights.launch(&self.cluster, operations)?;
        }
        Ok(true)
    }

    /// Waits until at most so many requests are under way. False: there are more by then.
    fn await_flights(&mut self, most: usize, until: i64) -> Result<bool, Error> {
        while self.flights.count() > most {
            match self.flights.advance(&mut self.cluster, until, self.settings.tell_reasons)? {
                Progress::Pending => {
                    self.check_patience()?;
                    return Ok(false);
                }
                Progress::Settled(settled) => {
                    for (operation, verdict) in settled {
                        self.settle(&operation, verdict)?;
                    }
                }
            }
        }
        if self.queue.is_empty() && self.flights.count() == 0 {
            self.began = None;
        }
        Ok(true)
    }

    fn check_patience(&self) -> Result<(), Error> {
        let (patience, key) = (self.settings.batching.patience, keys::FLUSH_TIMEOUT);
        match self.began {
            Some(began) if clock::now_millis() - began > patience => {
                Err(Error::connect(format!("records are not written within {patience} ms ({key})")))
            }
            _ => Ok(()),
        }
    }

    fn settle(&mut self, operation: &Operation, verdict: Verdict) -> Result<(), Error> {
        let place = || format!("{}-{}@{}", operation.source.topic, operation.source.partition, operation.offset);
        match verdict {
            Verdict::Done | Verdict::Retry(_) => Ok(()),
            Verdict::Failed(why) => {
                let error = Error::connect(format!("the record at {} cannot be written: {why}", place()));
                self.report(operation.record, &error)?;
                Err(error)
            }
            Verdict::Malformed(why) => {
                let told = format!("the record at {} is no document that the index takes: {why}", place());
                let (behaviour, key) = (self.settings.malformed, keys::BEHAVIOR_ON_MALFORMED_DOCUMENTS);
                match behaviour {
                    MalformedDocuments::Fail => {
                        return Err(Error::connect(format!("{told}; {key} may be IGNORE or WARN to go on without it")));
                    }
                    MalformedDocuments::Warn => log::warn(TARGET, &told),
                    MalformedDocuments::Ignore => log::debug(TARGET, &told),
                }
                self.report(operation.record, &Error::connect(told))
            }
        }
    }

    /// Of an offset that was consumed, what may be committed: nothing from the first record on that is not settled.
    fn safe(&self, mut given: TopicPartitionOffset) -> TopicPartitionOffset {
        let open = self.queue.iter().chain(self.flights.operations());
        let first = open.filter(|operation| *operation.source == given.partition).map(|operation| operation.offset).min();
        given.offset = first.map_or(given.offset, |first| given.offset.min(first));
        given
    }
}
