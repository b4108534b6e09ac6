//! The part of a source task that writes exactly once (KIP-618; Kafka: `ExactlyOnceWorkerSourceTask`): records and their offsets in one
//! transaction of a producer that fences the task's earlier ones.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::broker::error::{BrokerError, ErrorKind, SendError};
use crate::broker::record::Outgoing;
use crate::broker::{ClientSpec, OnAck, Producer, ProducerSpec};
use crate::config::connector::source::{TRANSACTION_BOUNDARY, TRANSACTION_BOUNDARY_INTERVAL};
use crate::config::value::Value;
use crate::storage::offset_store::{Change, OffsetStoreError};
use crate::task::environment::{Environment, Fencing, TaskSpec, transactional_id};
use crate::task::failure::TaskFailure;
use crate::task::orders::{Order, Orders};
use crate::task::source_offsets::SourceOffsets;
use crate::task::transaction_bounds::{Bounds, Ending, Wishes};

use super::Run;

/// The token of records with offsets: that of no record of the task.
const OFFSET_TOKEN: u64 = u64::MAX;
/// The longest that one call for a transaction waits before the task looks around; it is made again.
const CALL: Duration = Duration::from_secs(10);
/// Pause before the offsets are read again.
const AGAIN: Duration = Duration::from_millis(250);
/// `transaction.timeout.ms` where it is not set.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(60);

/// The transactions of one task.
pub(super) struct ExactlyOnce {
    bounds: Bounds,
    /// When the transaction was begun that is open.
    open: Option<Instant>,
    /// Records in it.
    records: u64,
    /// `transaction.timeout.ms`.
    timeout: Duration,
    /// The topic of the task's offsets.
    offsets_topic: String,
    /// A newer producer has this one's id, or the brokers gave the transaction up.
    fenced: bool,
}

/// The boundaries that a connector's configuration asks for, and where its task says them if it is to.
pub(super) fn bounds(values: &BTreeMap<String, Value>, flush_interval: Duration) -> (Bounds, Option<Arc<Wishes>>) {
    let boundary = values.get(TRANSACTION_BOUNDARY).and_then(Value::as_str).unwrap_or_default();
    if boundary.eq_ignore_ascii_case("connector") {
        let wishes = Arc::new(Wishes::default());
        return (Bounds::of_connector(Arc::clone(&wishes)), Some(wishes));
    }
    if boundary.eq_ignore_ascii_case("interval") {
        let every = values.get(TRANSACTION_BOUNDARY_INTERVAL).and_then(Value::as_i64).and_then(|ms| u64::try_from(ms).ok());
        return (Bounds::Interval { every: every.map_or(flush_interval, Duration::from_millis), last: Instant::now() }, None);
    }
    (Bounds::Poll, None)
}

/// Makes the task's producer. When this returns, no earlier task of the connector can write any more. None: it is not to run.
// I26: a task's producer writes only after all producers of earlier generations, and its own before it, are fenced, and only if
// the task's generation is still the newest after that.
pub(super) async fn producer(
    environment: &Environment,
    spec: &TaskSpec,
    orders: &mut Orders,
    group: &str,
    on_ack: OnAck,
) -> Result<Option<Box<dyn Producer>>, TaskFailure> {
    let Some(fencing) = environment.fencing.get() else {
        return Err(TaskFailure::connect("exactly.once.source.support is enabled on a worker that belongs to no cluster"));
    };
    let mut stopping = orders.clone();
    tokio::select! {
        made = fenced_producer(environment, spec, fencing, group, on_ack) => made,
        () = stopped(&mut stopping) => Ok(None),
    }
}

async fn stopped(orders: &mut Orders) {
    while orders.current() != Order::Stop {
        let known = orders.current();
        orders.changed_from(known).await;
    }
}

async fn fenced_producer(
    environment: &Environment,
    spec: &TaskSpec,
    fencing: &Fencing,
    group: &str,
    on_ack: OnAck,
) -> Result<Option<Box<dyn Producer>>, TaskFailure> {
    let fenced = (fencing.fence)(&spec.id.connector).await;
    fenced.map_err(|why| TaskFailure::connect(format_args!("Failed to perform round of zombie fencing\nCaused by: {why}")))?;
    let failed = |error: &BrokerError| TaskFailure::broker("Failed to construct kafka producer", error);
    let client = spec.producer(environment, "producer");
    let id = Some(transactional_id(group, &spec.id));
    let producer = environment.broker.producer(ProducerSpec { client, transactional_id: id, on_ack }).await;
    let producer = producer.map_err(|error| failed(&error))?;
    while let Err(error) = producer.init_transactions(CALL).await {
        if !error.retriable() {
            return Err(failed(&error));
        }
        tracing::warn!("the producer's transactions could not be initialised, trying again: {error}");
    }
    let current = (fencing.is_current)(&spec.id, spec.generation).await;
    match current.map_err(|why| TaskFailure::connect(format_args!("it is not known whether the task may still run: {why}")))? {
        true => Ok(Some(producer)),
        false => {
            tracing::info!("the task does not start: its connector has newer tasks, or it runs elsewhere by now");
            Ok(None)
        }
    }
}

/// Reads the offsets that earlier tasks have stored, those of transactions that were under way included, and returns the topic of the
/// offsets. None: the task is told to stop.
pub(super) async fn read_offsets(offsets: &SourceOffsets, orders: &mut Orders) -> Result<Option<String>, TaskFailure> {
    let failed = |error: &OffsetStoreError| TaskFailure::connect(format_args!("Failed to read the stored offsets: {error}"));
    let read = async {
        loop {
            match offsets.refresh().await {
                Ok(()) => return Ok(offsets.open().await?.topic().unwrap_or_default().to_owned()),
                // Brokers are away, or another task's transaction is open for long: its brokers will give it up.
                Err(error) if error.retriable() => tracing::warn!("{error}; trying again"),
                Err(error) => return Err(error),
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    tokio::select! {
        read = read => read.map(Some).map_err(|error| failed(&error)),
        () = stopped(orders) => Ok(None),
    }
}

/// `transaction.timeout.ms` of a producer.
fn transaction_timeout(client: &ClientSpec) -> Duration {
    let set = client.overrides.get("transaction.timeout.ms").or(client.worker.get("transaction.timeout.ms"));
    set.and_then(|ms| ms.trim().parse().ok()).map_or(TRANSACTION_TIMEOUT, Duration::from_millis)
}

impl ExactlyOnce {
    pub(super) fn new(bounds: Bounds, client: &ClientSpec, offsets_topic: &str) -> Self {
        let (timeout, offsets_topic) = (transaction_timeout(client), offsets_topic.to_owned());
        Self { bounds, open: None, records: 0, timeout, offsets_topic, fenced: false }
    }

    /// A poll came back.
    pub(super) fn polled(&mut self) {
        self.bounds.polled();
    }

    /// Not all records of the last poll go on.
    pub(super) fn cut_short(&mut self) {
        self.bounds.cut_short();
    }

    /// Why the task ends when its transaction failed.
    fn failure(&mut self, what: &str, task: &str, error: &BrokerError) -> TaskFailure {
        self.fenced |= error.kind() == ErrorKind::Fenced;
        let age = self.open.map(|begun| begun.elapsed()).unwrap_or_default();
        if age < self.timeout {
            return TaskFailure::broker(what, error);
        }
        let (age, limit) = (age.as_millis(), self.timeout.as_millis());
        let why = format!(
            "task {task} had its transaction open for {age} ms, longer than the {limit} ms after which the brokers give it up \
             (transaction.timeout.ms). Set producer.override.transaction.timeout.ms higher, make the producer quicker, or have \
             transactions end more often: by a shorter {TRANSACTION_BOUNDARY_INTERVAL}, or by {TRANSACTION_BOUNDARY}=poll"
        );
        TaskFailure::broker(&why, error)
    }
}

impl Run<'_> {
    /// Before a record goes on to `topic`: the ends of transactions that are due before it, and a new transaction if none is open.
    pub(super) async fn before_record(&mut self, id: u32, topic: &str, origins: &bytes::Bytes) -> Result<(), TaskFailure> {
        self.end_due_before(u64::from(id), origins).await?;
        if self.exactly_once.as_ref().is_some_and(|once| once.offsets_topic == topic) {
            // What waits for open transactions in that topic would wait for its own.
            let why = "Source tasks may not produce to their own offsets topics when exactly-once support is enabled";
            return Err(TaskFailure::connect(why));
        }
        self.begin().await?;
        if let Some(once) = &mut self.exactly_once {
            once.records += 1;
        }
        Ok(())
    }

    /// Ends transactions that are due before record `id` of the poll with these origins.
    pub(super) async fn end_due_before(&mut self, id: u64, origins: &bytes::Bytes) -> Result<(), TaskFailure> {
        while let Some(ending) = self.exactly_once.as_mut().and_then(|once| once.bounds.due_before(id)) {
            self.end_transaction(ending).await?;
            // All that was sent is settled, and with it the part of the poll that was known to be under way.
            self.submitted.begin_poll(origins.clone());
        }
        Ok(())
    }

    /// After all records of a poll, or a poll without any.
    pub(super) async fn after_poll(&mut self) -> Result<(), TaskFailure> {
        match self.exactly_once.as_mut().and_then(|once| once.bounds.due_after_poll(Instant::now())) {
            Some(ending) => self.end_transaction(ending).await,
            None => Ok(()),
        }
    }

    /// Before the task is paused, or ends well.
    pub(super) async fn end_last(&mut self) -> Result<(), TaskFailure> {
        match self.exactly_once.as_mut().and_then(|once| once.bounds.due_at_end()) {
            Some(ending) => self.end_transaction(ending).await,
            None => Ok(()),
        }
    }

    async fn begin(&mut self) -> Result<(), TaskFailure> {
        let Some(once) = self.exactly_once.as_mut().filter(|once| once.open.is_none()) else { return Ok(()) };
        let begun = self.producer.begin_transaction().await;
        begun.map_err(|error| once.failure("Unrecoverable exception trying to send", &self.spec.id.to_string(), &error))?;
        once.open = Some(Instant::now());
        once.records = 0;
        Ok(())
    }

    async fn end_transaction(&mut self, ending: Ending) -> Result<(), TaskFailure> {
        let began = Instant::now();
        if ending == Ending::Abort {
            tracing::info!("Aborting transaction as requested by connector");
            self.acknowledged().await?;
            self.abort_for_more().await?;
        }
        let committed = self.commit().await;
        if !matches!(committed, Ok(false)) {
            self.counters.committed(began.elapsed(), committed.is_ok());
        }
        committed?;
        self.tell_settled().await?;
        let told = self.task.commit().await;
        self.survive("commit", told)
    }

    /// Stores the offsets of all records sent so far in the transaction that holds these records, and commits it. False: there was
    /// nothing to commit.
    // I27: records and their offsets are in one transaction, so that a reader of committed records sees a record exactly if its offset
    // is stored.
    async fn commit(&mut self) -> Result<bool, TaskFailure> {
        self.acknowledged().await?;
        let taken = self.submitted.take_committable();
        let open = self.exactly_once.as_ref().is_some_and(|once| once.open.is_some());
        if taken.is_empty() && !open {
            return Ok(false);
        }
        self.begin().await?;
        let changes = self.offsets.changes(&taken).map_err(TaskFailure::new)?;
        self.send_offsets(&changes).await?;
        loop {
            match self.producer.commit_transaction(CALL).await {
                Ok(()) => break,
                Err(error) if error.retriable() => tracing::debug!("the transaction is not committed yet: {error}"),
                Err(error) => return Err(self.transaction_failed(&error)),
            }
            // A record that the brokers refused meanwhile is the better reason.
            self.take_acks()?;
        }
        self.take_acks()?;
        if let Some(once) = &mut self.exactly_once {
            once.open = None;
            self.counters.transaction(once.records);
        }
        self.offsets.copy(changes);
        Ok(true)
    }

    async fn send_offsets(&mut self, changes: &[Change]) -> Result<(), TaskFailure> {
        let unstored = |error: &dyn std::fmt::Display| TaskFailure::connect(format_args!("Failed to flush offsets: {error}"));
        let store = self.offsets.open().await.map_err(|error| unstored(&error))?;
        store.remove_copies(changes).await.map_err(|error| unstored(&error))?;
        let (records, topic) = (store.records(changes.to_vec()), store.topic().unwrap_or_default().to_owned());
        for (key, value) in &records {
            let record = Outgoing {
                topic: &topic,
                partition: None,
                timestamp: None,
                key: Some(key),
                value: value.as_deref(),
                headers: &[],
            };
            while let Err(error) = self.producer.send(record, OFFSET_TOKEN) {
                match error {
                    SendError::Full => self.producer.room().await,
                    SendError::Refused(error) => return Err(self.transaction_failed(&error)),
                }
            }
        }
        Ok(())
    }

    /// Waits until all records sent so far are acknowledged.
    async fn acknowledged(&mut self) -> Result<(), TaskFailure> {
        loop {
            let flushed = self.producer.flush(CALL).await;
            self.take_acks()?;
            match flushed {
                Ok(()) if self.submitted.in_flight() == 0 => return Ok(()),
                // The last acknowledgement is on its way from the producer's thread.
                Ok(()) => self.acks.wait().await,
                Err(error) if error.retriable() => tracing::debug!("waiting for acknowledgements: {error}"),
                Err(error) => return Err(self.transaction_failed(&error)),
            }
        }
    }

    /// The end of the task: its transaction cannot be committed.
    pub(super) fn transaction_failed(&mut self, error: &BrokerError) -> TaskFailure {
        let task = self.spec.id.to_string();
        let what = format!("Failed to flush offsets and/or records for task {task}");
        match &mut self.exactly_once {
            Some(once) => once.failure(&what, &task, error),
            None => TaskFailure::broker(&what, error),
        }
    }

    /// Gives the open transaction up, however long that takes: the next one cannot be begun before.
    async fn abort_for_more(&mut self) -> Result<(), TaskFailure> {
        while self.exactly_once.as_ref().is_some_and(|once| once.open.is_some()) {
            match self.producer.abort_transaction(CALL).await {
                Ok(()) => self.exactly_once.iter_mut().for_each(|once| once.open = None),
                Err(error) if error.retriable() => tracing::debug!("the transaction is not aborted yet: {error}"),
                Err(error) => return Err(self.transaction_failed(&error)),
            }
        }
        Ok(())
    }

    /// Gives the open transaction up at the end of the task, if there is one: nobody sees its records.
    async fn abort(&mut self) {
        let Some(once) = self.exactly_once.as_mut().filter(|once| once.open.is_some()) else { return };
        once.open = None;
        if let Err(error) = self.producer.abort_transaction(CALL).await {
            once.fenced |= error.kind() == ErrorKind::Fenced;
            tracing::debug!("the transaction was not aborted, the brokers will do it: {error}");
        }
    }

    /// The last transaction of a task that ended with `end`: it is committed if that is well, else aborted. A task that was fenced
    /// because it is not to run any more has not failed.
    pub(super) async fn finish_transactions(&mut self, end: Result<(), TaskFailure>) -> Result<(), TaskFailure> {
        let end = match end {
            Ok(()) => self.end_last().await,
            failed => failed,
        };
        self.abort().await;
        let fenced = self.exactly_once.as_ref().is_some_and(|once| once.fenced);
        match end {
            Err(failure) if fenced && self.is_out_of_date().await => {
                tracing::info!("newer tasks have taken this one's place: {failure}");
                Ok(())
            }
            end => end,
        }
    }

    async fn is_out_of_date(&mut self) -> bool {
        if self.orders.current() == Order::Stop {
            return true;
        }
        let Some(fencing) = self.environment.fencing.get() else { return false };
        (fencing.is_current)(&self.spec.id, self.spec.generation).await == Ok(false)
    }
}
