//! What a sink task asks of the worker while it is called (Kafka: `WorkerSinkTaskContext`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::broker::topic::TopicPartition;
use crate::errors::failure::{Failure, Place, Stage};
use crate::errors::handler::{ErrorHandler, Intolerable, TOLERANCE_EXCEEDED};
use crate::record::consumed::ConsumedBatch;
use crate::sandbox::context::{self, PartitionOffset, TaskContext};
use crate::sandbox::error::PluginFailure;

/// The class that Kafka Connect names when a task reports a record.
const SINK_TASK: &str = "org.apache.kafka.connect.sink.SinkTask";

/// Wishes of a task, kept until the task's loop looks at them.
pub struct SinkContext {
    handler: Arc<ErrorHandler>,
    wishes: Mutex<Wishes>,
}

#[derive(Default)]
struct Wishes {
    assignment: BTreeSet<TopicPartition>,
    paused: BTreeSet<TopicPartition>,
    changed: bool,
    rewind: BTreeMap<TopicPartition, i64>,
    retry_after: Option<Duration>,
    commit: bool,
    /// The batch last put.
    batch: Arc<ConsumedBatch>,
    fatal: Option<Intolerable>,
}

impl SinkContext {
    /// The context of a task whose reported records go to this handler.
    pub fn new(handler: Arc<ErrorHandler>) -> Self {
        Self { handler, wishes: Mutex::default() }
    }

    fn wishes(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The task's partitions from now on; what it wished of others is forgotten.
    pub fn assign(&self, assignment: BTreeSet<TopicPartition>) {
        let mut wishes = self.wishes();
        wishes.paused.retain(|partition| assignment.contains(partition));
        wishes.rewind.retain(|partition, _| assignment.contains(partition));
        wishes.assignment = assignment;
    }

    /// Partitions that the task wants paused.
    pub fn paused(&self) -> BTreeSet<TopicPartition> {
        self.wishes().paused.clone()
    }

    /// Whether those have changed since this was last asked.
    pub fn take_changed(&self) -> bool {
        std::mem::take(&mut self.wishes().changed)
    }

    /// Where the task wants to be rewound to.
    pub fn take_rewind(&self) -> BTreeMap<TopicPartition, i64> {
        std::mem::take(&mut self.wishes().rewind)
    }

    /// How long to wait before the next try; asked once.
    pub fn take_retry_after(&self) -> Option<Duration> {
        self.wishes().retry_after.take()
    }

    /// Whether a commit was asked for since this was last asked.
    pub fn take_commit(&self) -> bool {
        std::mem::take(&mut self.wishes().commit)
    }

    /// The batch whose records may be reported from now on.
    pub fn begin_put(&self, batch: &Arc<ConsumedBatch>) {
        if self.handler.reports() {
            self.wishes().batch = Arc::clone(batch);
        }
    }

    /// The first report since this was last asked that `errors.tolerance=none` does not bear. As in Kafka Connect it is up to the
    /// task to fail with it.
    pub fn take_fatal(&self) -> Option<Intolerable> {
        self.wishes().fatal.take()
    }

    fn steer(&self, partitions: Vec<context::TopicPartition>, pause: bool) -> Result<(), String> {
        let partitions: Vec<TopicPartition> = partitions.into_iter().map(from_plugin).collect();
        let mut wishes = self.wishes();
        if !partitions.iter().all(|partition| wishes.assignment.contains(partition)) {
            let verb = if pause { "pause" } else { "resume" };
            return Err(format!("SinkTasks may not {verb} partitions that are not currently assigned to them."));
        }
        for partition in partitions {
            if pause {
                wishes.paused.insert(partition);
            } else {
                wishes.paused.remove(&partition);
            }
        }
        wishes.changed = true;
        Ok(())
    }
}

#[async_trait]
impl TaskContext for SinkContext {
    fn rewind(&self, offsets: Vec<PartitionOffset>) {
        let offsets = offsets.into_iter().map(|one| (TopicPartition::new(one.topic, one.partition), one.offset));
        self.wishes().rewind.extend(offsets);
    }

    fn retry_after(&self, ms: u64) {
        self.wishes().retry_after = Some(Duration::from_millis(ms));
    }

    fn assignment(&self) -> Vec<context::TopicPartition> {
        self.wishes().assignment.iter().map(to_plugin).collect()
    }

    fn pause(&self, partitions: Vec<context::TopicPartition>) -> Result<(), String> {
        self.steer(partitions, true)
    }

    fn resume(&self, partitions: Vec<context::TopicPartition>) -> Result<(), String> {
        self.steer(partitions, false)
    }

    fn request_commit(&self) {
        self.wishes().commit = true;
    }

    fn can_report(&self) -> bool {
        self.handler.reports()
    }

    async fn report(&self, id: u32, failure: PluginFailure) -> Result<(), String> {
        let batch = Arc::clone(&self.wishes().batch);
        let original = batch.original(id).ok_or_else(|| format!("no record of the batch last put has the id {id}"))?;
        let failure = Failure {
            stage: Stage::TaskPut,
            class: SINK_TASK.to_owned(),
            exception: failure.class,
            message: failure.message,
            frames: String::new(),
            retriable: false,
        };
        let verdict = self.handler.take_errant(&failure, &Place::Consumed(original)).await;
        verdict.map_err(|intolerable| {
            self.wishes().fatal.get_or_insert(intolerable);
            TOLERANCE_EXCEEDED.to_owned()
        })
    }
}

/// A partition as it crosses to a plugin.
pub fn to_plugin(partition: &TopicPartition) -> context::TopicPartition {
    context::TopicPartition { topic: partition.topic.clone(), partition: partition.partition }
}

fn from_plugin(partition: context::TopicPartition) -> TopicPartition {
    TopicPartition { topic: partition.topic, partition: partition.partition }
}
