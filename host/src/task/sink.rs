//! A sink task: consumer, stages, put; offsets are committed when due (Kafka: `WorkerSinkTask`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tracing::Instrument;

use crate::broker::error::BrokerError;
use crate::broker::record::{Fetched, Headers};
use crate::broker::subscription::{Subscription, TopicPattern};
use crate::broker::topic::TopicPartition;
use crate::broker::{Consumer, ConsumerSpec, PollEvent};
use crate::config::connector::sink::{TOPICS, TOPICS_REGEX};
use crate::config::value::Value;
use crate::config::{Props, connector};
use crate::errors::counts::ErrorCounts;
use crate::errors::dead_letter_queue::{DeadLetterQueue, DeadLetterSettings, Sender};
use crate::errors::failure::Place;
use crate::errors::handler::{ErrorHandler, Intolerable};
use crate::errors::policy::ErrorPolicy;
use crate::record::consumed::{Consumed, ConsumedBatch};
use crate::sandbox::context::PartitionOffset;
use crate::sandbox::error::CallError;
use crate::sandbox::sink::SinkTask;
use crate::storage::status_store::State;

use super::chain::Batch;
use super::commit::{Offsets, SinkOffsets};
use super::counters::Counters;
use super::environment::{Environment, TaskSpec, config_failure};
use super::failure::TaskFailure;
use super::orders::{Order, Orders};
use super::pipeline::{End, Pipeline};
use super::plan;
use super::sink_context::{SinkContext, to_plugin};
use super::spans;
use super::turn::Turn;

/// Kafka Connect's own settings of a sink's consumer (`Worker.baseConsumerConfigs`).
const CONSUMER_DEFAULTS: [(&str, &str); 2] = [("enable.auto.commit", "false"), ("auto.offset.reset", "earliest")];

/// How long a sink waits after an error of the consumer that may pass.
const CONSUMER_BACKOFF: Duration = Duration::from_millis(100);

/// A sink task at work.
struct Run<'e> {
    environment: &'e Environment,
    spec: &'e TaskSpec,
    orders: Orders,
    counters: Arc<Counters>,
    task: SinkTask,
    pipeline: Pipeline,
    consumer: Box<dyn Consumer>,
    context: Arc<SinkContext>,
    handler: Arc<ErrorHandler>,
    offsets: SinkOffsets,
    /// The records last consumed; the task may still report records of it after they were put.
    consumed: Arc<ConsumedBatch>,
    pending: Option<Pending>,
    /// The last put failed in a way that may pass: the same batch is put again, all partitions are paused meanwhile.
    redelivering: bool,
    paused: bool,
    next_commit: Instant,
    committing: Option<Committing>,
}

/// A converted batch that was not put yet; the records' coordinates are in [`Run::consumed`].
struct Pending {
    batch: Batch,
    ends: Offsets,
}

/// A commit whose answer is awaited.
struct Committing {
    since: Instant,
    offsets: Offsets,
    answer: Arc<Mutex<Option<Result<(), BrokerError>>>>,
}

/// Runs a sink task until it is told to stop or fails.
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
    let mut run = start(environment, spec, orders, counters).await?;
    spec.report(environment, State::Running);
    let end = run.work().await;
    run.finish().await;
    end
}

/// Where the records of a sink go that fail, if it has a dead letter queue: the topic is made before the task starts, as Kafka
/// Connect does.
async fn dead_letter_queue(
    environment: &Environment,
    spec: &TaskSpec,
    values: &BTreeMap<String, Value>,
    counts: Arc<ErrorCounts>,
) -> Result<Option<DeadLetterQueue>, TaskFailure> {
    let Some(settings) = DeadLetterSettings::new(values) else { return Ok(None) };
    let sender = Sender {
        connector: spec.id.connector.clone(),
        task: spec.id.task,
        admin: spec.client(environment, "admin", "dlq-adminclient", &[]),
        producer: spec.producer(environment, "dlq-producer"),
    };
    let queue = DeadLetterQueue::open(settings, sender, environment.broker.as_ref(), counts).await;
    queue.map(Some).map_err(TaskFailure::new)
}

async fn start<'e>(
    environment: &'e Environment,
    spec: &'e TaskSpec,
    orders: Orders,
    counters: Arc<Counters>,
) -> Result<Run<'e>, TaskFailure> {
    let values = connector::sink().parse(&spec.connector).map_err(|error| config_failure(&error))?;
    let stages = plan::sink(&environment.catalogue, &environment.config, &spec.connector);
    let stages = stages.map_err(|error| TaskFailure::new(error.to_string()))?;
    let policy = ErrorPolicy::new(&values);
    let mut pipeline = Pipeline::new(stages, spec.opening(environment)?, policy.retries());
    pipeline.open().await.map_err(TaskFailure::new)?;
    let queue = dead_letter_queue(environment, spec, &values, counters.errors()).await?;
    let handler = Arc::new(ErrorHandler::new(spec.id.to_string(), policy, counters.errors(), queue));
    let mut client = spec.client(environment, "consumer", "consumer", &CONSUMER_DEFAULTS);
    let group_id = client.overrides.remove("group.id").unwrap_or_else(|| format!("connect-{}", spec.id.connector));
    let subscription = subscription(&spec.connector, values.get(TOPICS))?;
    let consumer = environment.broker.consumer(ConsumerSpec { client, group_id, subscription }).await;
    let consumer = consumer.map_err(|error| TaskFailure::broker("Failed to construct kafka consumer", &error))?;
    let context = Arc::new(SinkContext::new(Arc::clone(&handler)));
    let task = environment.sandbox.sink_task(&spec.sandbox(environment, Arc::clone(&context) as Arc<_>)?).await;
    let task = task.map_err(|error| TaskFailure::call("The task could not be started", spec.plugin.class(), &error))?;
    counters.mark_running();
    Ok(Run {
        orders,
        counters,
        task,
        pipeline,
        consumer,
        context,
        handler,
        offsets: SinkOffsets::default(),
        consumed: Arc::default(),
        pending: None,
        redelivering: false,
        paused: false,
        next_commit: Instant::now() + environment.config.offset_flush_interval(),
        committing: None,
        environment,
        spec,
    })
}

fn subscription(connector: &Props, topics: Option<&Value>) -> Result<Subscription, TaskFailure> {
    let topics = topics.map(Value::as_list).unwrap_or_default();
    if !topics.is_empty() {
        return Ok(Subscription::Topics(topics.to_vec()));
    }
    let pattern = connector.get(TOPICS_REGEX).map(|pattern| pattern.trim()).unwrap_or_default();
    let pattern = TopicPattern::new(pattern).map_err(|error| TaskFailure::broker("topics.regex", &error))?;
    Ok(Subscription::Pattern(pattern))
}

impl Run<'_> {
    async fn work(&mut self) -> Result<(), TaskFailure> {
        let mut turn = Turn::begin();
        loop {
            match (self.orders.current(), self.paused) {
                (Order::Stop, _) => return Ok(()),
                (Order::Pause, false) => self.pause()?,
                (Order::Run, true) => self.resume()?,
                _ => {}
            }
            self.once().await?;
            turn.between_batches().await;
        }
    }

    async fn once(&mut self) -> Result<(), TaskFailure> {
        self.commit_if_due().await?;
        self.rewind().await?;
        match self.poll().await {
            Ok(None) => Ok(()),
            Ok(Some(PollEvent::Records(0))) => self.deliver().await,
            Ok(Some(PollEvent::Records(records))) => {
                let span = spans::batch("sink batch", &self.spec.id);
                // Boxed, as a source's: a task that waits needs no room for a batch.
                let work = Box::pin(async {
                    self.convert(records).await?;
                    self.deliver().await
                });
                spans::within(span, work).await
            }
            Ok(Some(PollEvent::Assigned(partitions))) => self.assigned(partitions).await,
            Ok(Some(PollEvent::Revoked(partitions))) => self.removed(&partitions, false).await,
            Ok(Some(PollEvent::Lost(partitions))) => self.removed(&partitions, true).await,
            Err(error) if error.retriable() => {
                tracing::warn!("the consumer could not read, it tries again: {error}");
                self.orders.sleep(CONSUMER_BACKOFF).await;
                Ok(())
            }
            Err(error) => Err(TaskFailure::broker("Exiting WorkerSinkTask due to unrecoverable exception.", &error)),
        }
    }

    /// Polls until the next commit is due, or as long as the task said after a retriable error. None: there is a new order.
    async fn poll(&mut self) -> Result<Option<PollEvent>, BrokerError> {
        let mut timeout = self.next_commit.saturating_duration_since(Instant::now());
        if let Some(committing) = &self.committing {
            let end = committing.since + self.environment.config.offset_flush_timeout();
            timeout = timeout.min(end.saturating_duration_since(Instant::now()));
        }
        if let Some(retry_after) = self.context.take_retry_after() {
            timeout = timeout.min(retry_after);
        }
        let most = self.pending.as_ref().map(|_| 0);
        if most.is_none() && Arc::get_mut(&mut self.consumed).map(ConsumedBatch::clear).is_none() {
            self.consumed = Arc::default();
        }
        let known = self.orders.current();
        let mut batch = Arc::get_mut(&mut self.consumed);
        let mut push = |record: Fetched<'_>| batch.iter_mut().for_each(|batch| push(batch, &record));
        tokio::select! {
            biased;
            event = self.consumer.poll(most, timeout, &mut push) => event.map(Some),
            () = self.orders.changed_from(known) => Ok(None),
        }
    }

    /// Takes the consumed records through the stages.
    async fn convert(&mut self, records: usize) -> Result<(), TaskFailure> {
        self.counters.add_in(records);
        spans::count(records);
        let consumed = &self.consumed;
        if self.environment.config.topic_tracking() {
            for (topic, _) in consumed.sources() {
                self.environment.statuses.add_topic(&self.spec.id, topic);
            }
        }
        let (bytes, index) = consumed.to_batch();
        let batch = Batch { bytes: bytes.into(), index };
        let places = |id| consumed.original(id).map(Place::Consumed);
        let passed = self.pipeline.apply(batch, consumed.has_headers(), &places, &self.handler, &mut self.orders);
        let passed = passed.instrument(spans::step("stages", records)).await.map_err(TaskFailure::new)?;
        match passed.end {
            Some(End::Fatal(intolerable)) => return Err(TaskFailure::new(intolerable.0)),
            // The loop sees the order; what was consumed here is consumed again after the next start.
            Some(End::Stopped) => {}
            None => self.pending = Some(Pending { batch: passed.batch, ends: ends(consumed) }),
        }
        Ok(())
    }

    /// Puts the pending batch, or an empty one.
    // I20: after a retriable error the very same batch is put again before any other.
    async fn deliver(&mut self) -> Result<(), TaskFailure> {
        let nothing = Bytes::new();
        let (batch, records) = match &self.pending {
            Some(pending) if !pending.batch.index.is_empty() => (&pending.batch.bytes, pending.batch.index.len()),
            _ => (&nothing, 0),
        };
        if records > 0 {
            self.context.begin_put(&self.consumed);
        }
        let began = Instant::now();
        let put = self.task.put(batch, records).instrument(spans::step("put", records)).await;
        if records > 0 {
            self.counters.called(began.elapsed());
        }
        let report = self.context.take_fatal();
        match put {
            Ok(()) => {
                self.counters.add_out(records);
                if let Some(pending) = self.pending.take() {
                    self.offsets.put(pending.ends);
                }
                self.counters.set_fuel(self.task.fuel_used(), self.pipeline.fuel());
                if std::mem::take(&mut self.redelivering) {
                    self.steer()?;
                }
            }
            Err(error) if error.is_retriable() => {
                tracing::warn!("RetriableException from SinkTask: {error}");
                self.redelivering = true;
                self.steer()?;
            }
            Err(error) => return Err(self.put_failed(&error, report)),
        }
        self.steer_if_asked()
    }

    fn put_failed(&self, error: &CallError, report: Option<Intolerable>) -> TaskFailure {
        let failed = self.died("Exiting WorkerSinkTask due to unrecoverable exception.", error);
        match report {
            Some(Intolerable(report)) => TaskFailure::new(format!("{failed}\nCaused by: {report}")),
            None => failed,
        }
    }

    /// Pauses and resumes partitions so that exactly those are fetched that should be.
    fn steer(&mut self) -> Result<(), TaskFailure> {
        let assigned = self.consumer.assignment();
        let own = self.context.paused();
        let (mut pause, mut resume) = (Vec::new(), Vec::new());
        for partition in assigned {
            if self.paused || self.redelivering || own.contains(&partition) {
                pause.push(partition);
            } else {
                resume.push(partition);
            }
        }
        let failed = |error| TaskFailure::broker("partitions could not be paused or resumed", &error);
        self.consumer.pause(&pause).map_err(failed)?;
        self.consumer.resume(&resume).map_err(failed)
    }

    fn steer_if_asked(&mut self) -> Result<(), TaskFailure> {
        if self.context.take_changed() { self.steer() } else { Ok(()) }
    }

    fn pause(&mut self) -> Result<(), TaskFailure> {
        self.paused = true;
        self.steer()?;
        self.next_commit = Instant::now();
        self.spec.report(self.environment, State::Paused);
        Ok(())
    }

    fn resume(&mut self) -> Result<(), TaskFailure> {
        self.paused = false;
        self.steer()?;
        self.spec.report(self.environment, State::Running);
        Ok(())
    }

    async fn assigned(&mut self, partitions: Vec<TopicPartition>) -> Result<(), TaskFailure> {
        let failed = |error| TaskFailure::broker("partitions could not be taken over", &error);
        self.consumer.acknowledge_rebalance().await.map_err(failed)?;
        for partition in &partitions {
            let position = self.consumer.position(partition).await.map_err(failed)?;
            self.offsets.assign(partition.clone(), position);
        }
        self.counters.set_partitions(self.consumer.assignment().len());
        self.context.assign(self.consumer.assignment());
        if partitions.is_empty() {
            return Ok(());
        }
        self.steer()?;
        let opened = self.task.open(&plugin_partitions(&partitions)).await;
        opened.map_err(|error| self.died("The task failed to open partitions", &error))?;
        self.steer_if_asked()?;
        self.rewind().await
    }

    // I14: partitions are given up only after the task has committed and closed them.
    async fn removed(&mut self, partitions: &[TopicPartition], lost: bool) -> Result<(), TaskFailure> {
        self.forget_pending(partitions)?;
        let end = if partitions.is_empty() {
            Ok(())
        } else if lost {
            let closed = self.task.close(&plugin_partitions(partitions)).await;
            closed.map_err(|error| self.died("The task failed to close partitions", &error))
        } else {
            self.close(partitions).await
        };
        self.offsets.remove(partitions);
        let acknowledged = self.consumer.acknowledge_rebalance().await;
        acknowledged.map_err(|error| TaskFailure::broker("partitions could not be given up", &error))?;
        self.counters.set_partitions(self.consumer.assignment().len());
        self.context.assign(self.consumer.assignment());
        if self.redelivering && self.pending.is_none() {
            self.redelivering = false;
            self.steer()?;
        }
        end
    }

    /// Drops the pending records of partitions that are given up: their next owner consumes them.
    fn forget_pending(&mut self, partitions: &[TopicPartition]) -> Result<(), TaskFailure> {
        let Some(pending) = &mut self.pending else { return Ok(()) };
        let gone: BTreeSet<u32> = (0u32..)
            .zip(self.consumed.sources())
            .filter(|(_, (topic, partition))| partitions.iter().any(|one| one.partition == *partition && one.topic == *topic))
            .map(|(number, _)| number)
            .collect();
        let coordinates = self.consumed.coordinates();
        let stays = |id: u32| coordinates.get(id as usize).is_some_and(|record| !gone.contains(&record.source));
        let part = pending.batch.part(stays);
        pending.batch = part.map_err(|error| TaskFailure::connect(format_args!("the pending batch is malformed: {error}")))?;
        pending.ends.retain(|partition, _| !partitions.contains(partition));
        if pending.ends.is_empty() {
            self.pending = None;
        }
        Ok(())
    }

    /// preCommit, close and commit for partitions that are given up in an orderly way.
    async fn close(&mut self, partitions: &[TopicPartition]) -> Result<(), TaskFailure> {
        let offered = self.offsets.offered(Some(partitions));
        let answer = match offered.is_empty() {
            true => Ok(Vec::new()),
            false => self.task.pre_commit(to_answer(&offered)).await,
        };
        let closed = self.task.close(&plugin_partitions(partitions)).await;
        let settled = self.dead_letters_settled().await;
        match answer {
            Ok(_) if !settled => {}
            Ok(answer) => {
                let answer = from_answer(answer);
                if let Some(offsets) = self.offsets.committable(&offered, &answer, &self.consumer.assignment()) {
                    match self.consumer.commit_sync(&offsets).await {
                        Ok(()) => self.offsets.committed(offsets),
                        Err(error) => tracing::error!("offsets were not committed, their records are delivered again: {error}"),
                    }
                }
            }
            Err(error) => tracing::warn!("Offset commit failed during close: {error}"),
        }
        closed.map_err(|error| self.died("The task failed to close partitions", &error))
    }

    async fn commit_if_due(&mut self) -> Result<(), TaskFailure> {
        self.take_answer();
        let asked = self.context.take_commit();
        if asked {
            self.next_commit = Instant::now();
        }
        if self.committing.is_some() || Instant::now() < self.next_commit {
            return Ok(());
        }
        self.next_commit = Instant::now() + self.environment.config.offset_flush_interval();
        let offered = self.offsets.offered(None);
        if offered.is_empty() {
            return Ok(());
        }
        match self.task.pre_commit(to_answer(&offered)).await {
            Ok(answer) => {
                if self.dead_letters_settled().await {
                    self.commit(&offered, &from_answer(answer));
                }
            }
            Err(error) if error.is_fatal_to_instance() => return Err(self.died("The task failed in preCommit", &error)),
            Err(error) => {
                tracing::error!("Offset commit failed, rewinding to last committed offsets: {error}");
                for (partition, offset) in self.offsets.rewind() {
                    self.seek(&partition, offset).await?;
                }
            }
        }
        self.steer_if_asked()
    }

    /// Waits until the records that failed are in the dead letter queue. False: not in time, so nothing is committed; it is tried
    /// again with the next commit.
    // I21: an offset is committed only after the dead letters of the records before it are settled.
    async fn dead_letters_settled(&mut self) -> bool {
        let settled = self.handler.settle(self.environment.config.offset_flush_timeout()).await;
        if let Err(error) = &settled {
            tracing::error!("offsets are not committed: {error} (offset.flush.timeout.ms)");
        }
        settled.is_ok()
    }

    fn commit(&mut self, offered: &Offsets, answer: &[(TopicPartition, i64)]) {
        let Some(offsets) = self.offsets.committable(offered, answer, &self.consumer.assignment()) else { return };
        let slot = Arc::new(Mutex::new(None));
        let done = Arc::clone(&slot);
        let sent = self
            .consumer
            .commit_async(&offsets, Box::new(move |result| *done.lock().unwrap_or_else(PoisonError::into_inner) = Some(result)));
        match sent {
            Ok(()) => self.committing = Some(Committing { since: Instant::now(), offsets, answer: slot }),
            Err(error) => tracing::error!("Commit of offsets threw an unexpected exception: {error}"),
        }
    }

    /// Looks whether the commit under way was answered.
    fn take_answer(&mut self) {
        let Some(committing) = self.committing.take() else { return };
        let answer = committing.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        match answer {
            Some(Ok(())) => {
                self.counters.committed(committing.since.elapsed(), true);
                self.offsets.committed(committing.offsets);
            }
            Some(Err(error)) => {
                self.counters.committed(committing.since.elapsed(), false);
                tracing::error!("Commit of offsets failed, they are committed with the next: {error}");
            }
            None if committing.since.elapsed() >= self.environment.config.offset_flush_timeout() => {
                tracing::warn!("Commit of offsets timed out (offset.flush.timeout.ms)");
            }
            None => self.committing = Some(committing),
        }
    }

    /// Goes where the task asked to go.
    async fn rewind(&mut self) -> Result<(), TaskFailure> {
        for (partition, offset) in self.context.take_rewind() {
            self.offsets.rewound(&partition, offset);
            self.seek(&partition, offset).await?;
        }
        Ok(())
    }

    async fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), TaskFailure> {
        let sought = self.consumer.seek(partition, offset).await;
        sought.map_err(|error| TaskFailure::broker(&format!("{partition} could not be rewound to {offset}"), &error))
    }

    /// Commits what may be committed, closes all partitions, leaves the group and stops the task. Errors are logged: the end is
    /// decided already.
    async fn finish(mut self) {
        let held: Vec<TopicPartition> = self.consumer.assignment().into_iter().collect();
        // A batch that waits to be put again was not consumed.
        self.pending = None;
        if !held.is_empty()
            && let Err(error) = self.close(&held).await
        {
            tracing::warn!("{error}");
        }
        match self.task.stop().await {
            Err(CallError::Lost) | Ok(()) => {}
            Err(error) => tracing::warn!("Could not stop task: {error}"),
        }
        if let Err(error) = self.handler.settle(self.environment.config.offset_flush_timeout()).await {
            tracing::error!("{error}");
        }
        self.counters.set_fuel(self.task.fuel_used(), self.pipeline.fuel());
        if let Err(error) = self.consumer.close().await {
            tracing::warn!("Could not close consumer: {error}");
        }
    }

    fn died(&self, what: &str, error: &CallError) -> TaskFailure {
        TaskFailure::call(what, self.spec.plugin.class(), error)
    }
}

fn push(batch: &mut ConsumedBatch, record: &Fetched<'_>) {
    let consumed = Consumed {
        topic: record.topic,
        partition: record.partition,
        offset: record.offset,
        timestamp: record.timestamp,
        timestamp_type: record.timestamp_type as u8,
        key: record.key,
        value: record.value,
    };
    let headers = record.headers;
    let count = headers.map_or(0, Headers::count);
    let header = |place| headers.and_then(|headers| headers.header(place)).map_or(("", None), |one| (one.key, one.value));
    batch.push(&consumed, (0..count).map(header));
}

/// Behind the last record of each partition.
fn ends(consumed: &ConsumedBatch) -> Offsets {
    let mut ends: Vec<i64> = vec![0; consumed.sources().len()];
    for record in consumed.coordinates() {
        if let Some(end) = ends.get_mut(record.source as usize) {
            *end = record.offset.saturating_add(1);
        }
    }
    let sources = consumed.sources().iter();
    sources.zip(ends).map(|((topic, partition), end)| (TopicPartition::new(topic.as_str(), *partition), end)).collect()
}

fn plugin_partitions(partitions: &[TopicPartition]) -> Vec<crate::sandbox::context::TopicPartition> {
    partitions.iter().map(to_plugin).collect()
}

fn to_answer(offsets: &Offsets) -> Vec<PartitionOffset> {
    let offset = |(partition, offset): (&TopicPartition, &i64)| PartitionOffset {
        topic: partition.topic.clone(),
        partition: partition.partition,
        offset: *offset,
    };
    offsets.iter().map(offset).collect()
}

fn from_answer(answer: Vec<PartitionOffset>) -> Vec<(TopicPartition, i64)> {
    answer.into_iter().map(|one| (TopicPartition::new(one.topic, one.partition), one.offset)).collect()
}
