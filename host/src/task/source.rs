//! A source task: poll, stages, producer; acknowledgements settle offsets (Kafka: `WorkerSourceTask`).

mod exactly_once;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tracing::Instrument;

use crate::broker::error::{BrokerError, SendError};
use crate::broker::record::{Header, Outgoing};
use crate::broker::{ClientSpec, Producer, ProducerSpec};
use crate::config::connector;
use crate::errors::failure::{Failure, Place, Stage};
use crate::errors::handler::ErrorHandler;
use crate::errors::policy::ErrorPolicy;
use crate::record::malformed::Malformed;
use crate::record::origins::Origins;
use crate::record::serialised::Serialised;
use crate::sandbox::context::{Boundary, TaskContext};
use crate::sandbox::error::CallError;
use crate::sandbox::source::Polled;
use crate::sandbox::source::SourceTask;
use crate::storage::offset_json;
use crate::storage::status_store::State;

use super::acks::{Acked, Acks};
use super::chain::Batch;
use super::counters::Counters;
use super::environment::{Environment, TaskSpec, config_failure};
use super::failure::TaskFailure;
use super::notices::Notices;
use super::orders::{Order, Orders};
use super::pipeline::{End, Pipeline};
use super::plan;
use super::source_offsets::SourceOffsets;
use super::spans;
use super::submitted::{Submission, Submitted};
use super::together::end_of_wait;
use super::topics::Topics;
use super::transaction_bounds::Wishes;
use super::turn::Turn;

use self::exactly_once::ExactlyOnce;

/// The class that Kafka Connect names when the broker does not take a record.
const WORKER_SOURCE_TASK: &str = "org.apache.kafka.connect.runtime.WorkerSourceTask";

/// Records in flight beyond which the task is not polled: the producer's own buffer bounds their bytes.
const MOST_IN_FLIGHT: usize = 200_000;

/// A source task at work.
struct Run<'e> {
    environment: &'e Environment,
    spec: &'e TaskSpec,
    orders: Orders,
    counters: Arc<Counters>,
    task: SourceTask,
    pipeline: Pipeline,
    producer: Box<dyn Producer>,
    /// Its transactions; none: it writes at least once.
    exactly_once: Option<ExactlyOnce>,
    acks: Arc<Acks>,
    taken: Vec<Acked>,
    submitted: Submitted,
    offsets: SourceOffsets,
    topics: Topics,
    admin: ClientSpec,
    handler: ErrorHandler,
    notices: Option<Notices>,
    origins: Origins,
    polls: u64,
    next_flush: Instant,
}

/// What a source may ask of the worker: its stored offsets, and transactions if it is to define them.
struct Context {
    offsets: SourceOffsets,
    wishes: Option<Arc<Wishes>>,
}

#[async_trait]
impl TaskContext for Context {
    async fn offsets(&self, partitions: Vec<u8>) -> Result<Vec<u8>, String> {
        self.offsets.read(&partitions).await
    }

    fn can_bound_transactions(&self) -> bool {
        self.wishes.is_some()
    }

    fn bound_transaction(&self, boundary: Boundary) {
        if let Some(wishes) = &self.wishes {
            wishes.add(boundary);
        }
    }
}

/// Runs a source task until it is told to stop or fails.
///
/// # Errors
/// The trace of its failure.
pub async fn run(
    environment: &Environment,
    spec: &TaskSpec,
    mut orders: Orders,
    counters: Arc<Counters>,
) -> Result<(), TaskFailure> {
    if !spec.may_start(environment, &mut orders).await {
        return Ok(());
    }
    let Some(mut run) = start(environment, spec, orders, counters).await? else { return Ok(()) };
    spec.report(environment, State::Running);
    let end = run.work().await;
    run.finish(end).await
}

/// Makes everything that the task needs. None: it is told to stop before it could begin.
async fn start<'e>(
    environment: &'e Environment,
    spec: &'e TaskSpec,
    mut orders: Orders,
    counters: Arc<Counters>,
) -> Result<Option<Run<'e>>, TaskFailure> {
    let values = connector::source().parse(&spec.connector).map_err(|error| config_failure(&error))?;
    let stages = plan::source(&environment.catalogue, &environment.config, &spec.connector);
    let stages = stages.map_err(|error| TaskFailure::new(error.to_string()))?;
    let topics = Topics::new(&spec.connector, environment.config.topic_creation()).map_err(|error| config_failure(&error))?;
    let policy = ErrorPolicy::new(&values);
    let mut pipeline = Pipeline::new(stages, spec.opening(environment)?, policy.retries());
    pipeline.open().await.map_err(TaskFailure::new)?;
    let group = environment.config.exactly_once();
    let offsets = SourceOffsets::new(&environment.offsets, &spec.id.connector, &spec.connector, group.is_some());
    let acks = Arc::new(Acks::default());
    let (producer, exactly_once, wishes) = match group {
        None => (at_least_once(environment, spec, &acks).await?, None, None),
        Some(group) => {
            let made = exactly_once::producer(environment, spec, &mut orders, group, acks.callback()).await?;
            let Some(producer) = made else { return Ok(None) };
            let topic = exactly_once::read_offsets(&offsets, &mut orders).await?;
            let Some(topic) = topic else { return Ok(None) };
            let (bounds, wishes) = exactly_once::bounds(&values, environment.config.offset_flush_interval());
            counters.mark_transactional();
            let once = ExactlyOnce::new(bounds, &spec.producer(environment, "producer"), &topic);
            (producer, Some(once), wishes)
        }
    };
    let context = Context { offsets: offsets.clone(), wishes };
    let task = environment.sandbox.source_task(&spec.sandbox(environment, Arc::new(context))?).await;
    let task = task.map_err(|error| TaskFailure::call("The task could not be started", spec.plugin.class(), &error))?;
    counters.mark_running();
    let errors = counters.errors();
    Ok(Some(Run {
        orders,
        counters,
        task,
        pipeline,
        producer,
        exactly_once,
        acks,
        taken: Vec::new(),
        submitted: Submitted::default(),
        offsets,
        topics,
        admin: spec.client(environment, "admin", "adminclient", &[]),
        handler: ErrorHandler::new(spec.id.to_string(), policy, errors, None),
        notices: spec.plugin.has_capability("commit-records").then(Notices::default),
        origins: Origins::default(),
        polls: 0,
        next_flush: Instant::now() + environment.config.offset_flush_interval(),
        environment,
        spec,
    }))
}

/// The producer of a task that writes at least once.
async fn at_least_once(environment: &Environment, spec: &TaskSpec, acks: &Arc<Acks>) -> Result<Box<dyn Producer>, TaskFailure> {
    let client = spec.producer(environment, "producer");
    let producer = environment.broker.producer(ProducerSpec { client, transactional_id: None, on_ack: acks.callback() }).await;
    producer.map_err(|error| TaskFailure::broker("Failed to construct kafka producer", &error))
}

impl Run<'_> {
    async fn work(&mut self) -> Result<(), TaskFailure> {
        let mut turn = Turn::begin();
        loop {
            match self.orders.current() {
                Order::Stop => return Ok(()),
                Order::Pause => self.paused().await?,
                Order::Run => self.once().await?,
            }
            turn.between_batches().await;
        }
    }

    async fn once(&mut self) -> Result<(), TaskFailure> {
        self.look_around().await?;
        while self.submitted.in_flight() >= MOST_IN_FLIGHT {
            self.acks.wait().await;
            self.look_around().await?;
        }
        let began = Instant::now();
        let polled = match self.task.poll().await {
            Ok(polled) => polled,
            Err(error) if error.is_retriable() => {
                tracing::warn!(%error, "Failed to poll records from SourceTask. Will retry operation.");
                return Ok(());
            }
            Err(error) => return Err(self.died("The task failed to poll", &error)),
        };
        self.counters.set_fuel(self.task.fuel_used(), self.pipeline.fuel());
        if let Some(once) = &mut self.exactly_once {
            once.polled();
        }
        if polled.batch.is_empty() {
            if self.exactly_once.is_some() {
                self.after_poll().await?;
            }
            // Kafka measures only polls that gave something.
            return self.idle(polled.wait, Order::Run).await;
        }
        self.counters.called(began.elapsed());
        // Boxed: most tasks of a worker wait for something most of the time, and need no room for a batch then.
        spans::within(spans::batch("source batch", &self.spec.id), Box::pin(self.pass(polled))).await
    }

    async fn paused(&mut self) -> Result<(), TaskFailure> {
        if self.exactly_once.is_some() {
            // The brokers give up a transaction that stays open for long.
            self.end_last().await?;
        }
        self.spec.report(self.environment, State::Paused);
        while self.orders.current() == Order::Pause {
            self.idle(self.environment.config.offset_flush_interval(), Order::Pause).await?;
        }
        if self.orders.current() == Order::Run {
            self.spec.report(self.environment, State::Running);
        }
        Ok(())
    }

    /// Waits for `time` while acknowledgements and flushes go on, as long as the order stays `order`.
    async fn idle(&mut self, time: Duration, order: Order) -> Result<(), TaskFailure> {
        let end = end_of_wait(time);
        loop {
            let until = end.min(self.next_flush);
            tokio::select! {
                () = tokio::time::sleep_until(until.into()) => {}
                () = self.acks.wait() => {}
                () = self.orders.changed_from(order) => return Ok(()),
            }
            self.look_around().await?;
            if Instant::now() >= end {
                return Ok(());
            }
        }
    }

    /// Takes in acknowledgements, tells the task of them if it asked, and stores offsets when that is due.
    async fn look_around(&mut self) -> Result<(), TaskFailure> {
        self.take_acks()?;
        let due = Instant::now() >= self.next_flush;
        if due {
            self.next_flush = Instant::now() + self.environment.config.offset_flush_interval();
        }
        if self.exactly_once.is_some() {
            // Offsets are stored, and the task hears of its records, when a transaction ends.
            return Ok(());
        }
        self.tell_settled().await?;
        match due {
            true => self.flush().await,
            false => Ok(()),
        }
    }

    /// Tells the task of its settled records, if it asked.
    async fn tell_settled(&mut self) -> Result<(), TaskFailure> {
        if let Some(records) = self.notices.as_mut().map(Notices::take).filter(|records| !records.is_empty()) {
            let told = self.task.commit_records(records).await;
            self.survive("commitRecord", told)?;
        }
        Ok(())
    }

    fn take_acks(&mut self) -> Result<(), TaskFailure> {
        let mut taken = std::mem::take(&mut self.taken);
        self.acks.take(&mut taken);
        let (mut written, mut end) = (0, Ok(()));
        for (token, result) in taken.drain(..) {
            match result {
                Ok(ack) => {
                    written += usize::from(self.submitted.settle(token));
                    if let Some(notices) = &mut self.notices {
                        notices.written(token, ack);
                    }
                }
                Err(error) => end = end.and(self.unsent(token, &error)),
            }
        }
        self.taken = taken;
        self.submitted.advance();
        self.counters.add_out(written);
        self.counters.set_active(self.submitted.in_flight());
        end
    }

    /// A record that the broker did not take: skipped under `errors.tolerance=all`, else the end of the task. A transaction without
    /// one of its records is no use, whatever is tolerated.
    fn unsent(&mut self, token: u64, error: &BrokerError) -> Result<(), TaskFailure> {
        if self.exactly_once.is_some() {
            return Err(self.transaction_failed(error));
        }
        if !self.handler.policy().tolerate_all {
            return Err(TaskFailure::broker("Unrecoverable exception from producer send callback", error));
        }
        let failure = Failure {
            stage: Stage::KafkaProduce,
            class: WORKER_SOURCE_TASK.to_owned(),
            exception: error.exception().to_owned(),
            message: error.to_string(),
            frames: String::new(),
            retriable: false,
        };
        let place = self.submitted.origin(token).map(|(partition, offset)| polled(partition, offset));
        self.handler.skip_unsent(&failure, place.as_ref());
        self.submitted.settle(token);
        if let Some(notices) = &mut self.notices {
            notices.skipped(token);
        }
        Ok(())
    }

    /// Takes one poll's records through the stages to the producer.
    async fn pass(&mut self, given: Polled) -> Result<(), TaskFailure> {
        let Polled { batch, origins: polled_origins, .. } = given;
        let class = self.spec.plugin.class();
        let malformed = |error| TaskFailure::connect(format_args!("{class} polled a malformed batch: {error}"));
        let batch = Batch::read(batch).map_err(malformed)?;
        batch.index.counts_from_zero().map_err(malformed)?;
        self.origins.read(&polled_origins, batch.index.len()).map_err(malformed)?;
        let records = batch.index.len();
        self.counters.add_in(records);
        spans::count(records);
        let poll = self.polls;
        self.polls += 1;
        let origins = &self.origins;
        let places = |id| {
            let position = origins.positions().get(id as usize)?;
            let partition = origins.partitions().get(position.partition as usize)?.clone();
            Some(polled(polled_origins.get(partition)?, polled_origins.get(position.offset.clone())?))
        };
        let passed = self.pipeline.apply(batch, true, &places, &self.handler, &mut self.orders);
        let passed = passed.instrument(spans::step("stages", records)).await.map_err(TaskFailure::new)?;
        let produced = self.produce(&passed.batch, polled_origins.clone(), poll);
        produced.instrument(spans::step("produce", records)).await?;
        if let Some(notices) = &mut self.notices {
            notices.gone(poll, &passed.gone);
        }
        match (&mut self.exactly_once, &passed.end) {
            (Some(once), Some(_)) => once.cut_short(),
            (Some(_), None) => {
                self.end_due_before(u64::MAX, &polled_origins).await?;
                self.after_poll().await?;
            }
            (None, _) => {}
        }
        match passed.end {
            Some(End::Fatal(intolerable)) => Err(TaskFailure::new(intolerable.0)),
            Some(End::Stopped) | None => Ok(()),
        }
    }

    async fn produce(&mut self, batch: &Batch, origins: bytes::Bytes, poll: u64) -> Result<(), TaskFailure> {
        let mut partitions = Vec::with_capacity(self.origins.partitions().len());
        for span in self.origins.partitions() {
            partitions.push(self.submitted.partition(origins.get(span.clone()).unwrap_or_default()));
        }
        self.submitted.begin_poll(origins.clone());
        let mut headers = Vec::new();
        let mut topic = "";
        for entry in batch.index.entries() {
            let record = Serialised::read(&batch.bytes, entry).map_err(|error| self.unserialised(&error))?;
            if record.topic != topic {
                topic = record.topic;
                self.meet(topic).await?;
            }
            headers.clear();
            for header in record.headers.clone() {
                let (key, value) = header.map_err(|error| self.unserialised(&error))?;
                headers.push(Header { key, value });
            }
            let Some(position) = self.origins.positions().get(entry.id as usize) else { continue };
            let submission = Submission {
                partition: partitions.get(position.partition as usize).copied().unwrap_or(u32::MAX),
                start: position.offset.start,
                end: position.offset.end,
                bytes: entry.span.len(),
            };
            let outgoing = outgoing(&record, &headers)?;
            if self.exactly_once.is_some() {
                self.before_record(entry.id, record.topic, &origins).await?;
            }
            let Some(token) = self.submitted.submit(submission) else { continue };
            if let Some(notices) = &mut self.notices {
                notices.sent(token, poll, entry.id, record.topic, outgoing.timestamp);
            }
            self.send(outgoing, token).await?;
        }
        Ok(())
    }

    async fn send(&mut self, record: Outgoing<'_>, token: u64) -> Result<(), TaskFailure> {
        loop {
            match self.producer.send(record, token) {
                Ok(()) => return Ok(()),
                Err(SendError::Refused(error)) => return self.unsent(token, &error),
                Err(SendError::Full) => {
                    tokio::select! {
                        () = self.producer.room() => {}
                        () = self.acks.wait() => {}
                    }
                    self.take_acks()?;
                }
            }
        }
    }

    /// The first record of a topic: it is made if need be, and listed as one of the connector's (KIP-558).
    async fn meet(&mut self, topic: &str) -> Result<(), TaskFailure> {
        if !self.topics.is_new(topic) {
            return Ok(());
        }
        let made = self.topics.create(topic, self.environment.broker.as_ref(), &self.admin).await;
        made.map_err(|error| TaskFailure::broker(&format!("Unable to create the topic {topic}"), &error))?;
        if self.environment.config.topic_tracking() {
            self.environment.statuses.add_topic(&self.spec.id, topic);
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), TaskFailure> {
        let timeout = self.environment.config.offset_flush_timeout();
        let began = Instant::now();
        let flushed = self.offsets.flush(&mut self.submitted, timeout).await;
        self.counters.committed(began.elapsed(), flushed.is_ok());
        match flushed {
            Ok(_) => {
                let told = self.task.commit().await;
                self.survive("commit", told)
            }
            Err(error) => {
                tracing::error!("offsets were not stored, they are kept for the next flush: {error}");
                Ok(())
            }
        }
    }

    /// Errors of these calls are only logged, unless they cost the instance.
    fn survive(&self, call: &str, told: Result<(), CallError>) -> Result<(), TaskFailure> {
        match told {
            // The task ends already, with the failure that cost the instance.
            Ok(()) | Err(CallError::Lost) => Ok(()),
            Err(error) if error.is_fatal_to_instance() => Err(self.died(&format!("The task failed in {call}"), &error)),
            Err(error) => {
                tracing::error!("Exception thrown while calling task.{call}(): {error}");
                Ok(())
            }
        }
    }

    /// Ends what is under way and stops the task; `end` is how it has ended so far. Further errors are logged.
    async fn finish(&mut self, end: Result<(), TaskFailure>) -> Result<(), TaskFailure> {
        let end = match self.exactly_once {
            None => {
                self.drain().await;
                end
            }
            Some(_) => self.finish_transactions(end).await,
        };
        match self.task.stop().await {
            Err(CallError::Lost) | Ok(()) => {}
            Err(error) => tracing::warn!("Could not stop task: {error}"),
        }
        self.counters.set_fuel(self.task.fuel_used(), self.pipeline.fuel());
        end
    }

    /// Waits for what is in flight and stores offsets a last time. Errors are logged: the end is decided already.
    // I5: after a graceful stop every acknowledged record's offset is stored, so a restart sends none of them again.
    async fn drain(&mut self) {
        let timeout = self.environment.config.offset_flush_timeout();
        if let Err(error) = self.producer.flush(timeout).await {
            tracing::error!("records in flight were not acknowledged in time, they are sent again after a restart: {error}");
        }
        if let Err(error) = self.take_acks() {
            tracing::error!("{error}");
        }
        if let Err(error) = self.tell_settled().await {
            tracing::error!("{error}");
        }
        if let Err(error) = self.flush().await {
            tracing::error!("{error}");
        }
    }

    fn died(&self, what: &str, error: &CallError) -> TaskFailure {
        TaskFailure::call(what, self.spec.plugin.class(), error)
    }

    fn unserialised(&self, error: &Malformed) -> TaskFailure {
        TaskFailure::connect(format_args!("the stages of {} answered a malformed batch: {error}", self.spec.id))
    }
}

/// Where a record came from; what is malformed is left out, as it is only to be shown.
fn polled<'a>(partition: &[u8], offset: &[u8]) -> Place<'a> {
    let text = |map| offset_json::java_text(map).unwrap_or_default();
    Place::Polled { partition: text(partition), offset: text(offset) }
}

/// A record as the producer takes it. A timestamp of -1 is none (Kafka: `ConnectUtils.checkAndConvertTimestamp`).
fn outgoing<'a>(record: &Serialised<'a>, headers: &'a [Header<'a>]) -> Result<Outgoing<'a>, TaskFailure> {
    let timestamp = match record.timestamp {
        Some(-1) => None,
        Some(timestamp) if timestamp < 0 => {
            let trace = format!("org.apache.kafka.common.InvalidRecordException: Invalid record timestamp {timestamp}");
            return Err(TaskFailure::new(trace));
        }
        other => other,
    };
    Ok(Outgoing { topic: record.topic, partition: record.partition, timestamp, key: record.key, value: record.value, headers })
}
