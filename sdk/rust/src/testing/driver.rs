//! What the contract suites need of whoever runs the plugin.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::Error;
use crate::run::chain::{Outcome, StageSpec};
use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

/// A configuration as a user writes it.
pub type Props = BTreeMap<String, String>;

/// What a poll gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Polled {
    /// `batch` of record.cddl; empty without records.
    pub batch: Vec<u8>,
    /// `origins` of record.cddl; empty without records.
    pub origins: Vec<u8>,
    /// How long to wait before the next poll.
    pub wait: Duration,
}

/// Runs source connectors and their tasks.
pub trait SourceDriver {
    /// A running task.
    type Task;
    /// The configurations that the connector makes for its tasks.
    fn task_configs(&mut self, config: &Props, max_tasks: u32) -> Result<Vec<Props>, Error>;
    /// Starts a task.
    fn start(&mut self, config: &Props) -> Result<Self::Task, Error>;
    /// Polls it.
    fn poll(&mut self, task: &mut Self::Task) -> Result<Polled, Error>;
    /// Ends it.
    fn stop(&mut self, task: Self::Task) -> Result<(), Error>;
    /// Stores an offset for tasks that start later; both are an encoded `offset-map`.
    fn store_offset(&mut self, partition: &[u8], offset: &[u8]);
    /// Forgets all offsets.
    fn forget_offsets(&mut self);
}

/// Runs sink connectors and their tasks.
pub trait SinkDriver {
    /// A running task.
    type Task;
    /// The configurations that the connector makes for its tasks.
    fn task_configs(&mut self, config: &Props, max_tasks: u32) -> Result<Vec<Props>, Error>;
    /// Starts a task.
    fn start(&mut self, config: &Props) -> Result<Self::Task, Error>;
    /// Gives it partitions.
    fn open(&mut self, task: &mut Self::Task, partitions: &[TopicPartition]) -> Result<(), Error>;
    /// Gives it `batch` of record.cddl.
    fn put(&mut self, task: &mut Self::Task, batch: &[u8]) -> Result<(), Error>;
    /// Asks which offsets are safe.
    fn pre_commit(
        &mut self,
        task: &mut Self::Task,
        offsets: Vec<TopicPartitionOffset>,
    ) -> Result<Vec<TopicPartitionOffset>, Error>;
    /// Takes partitions away.
    fn close(&mut self, task: &mut Self::Task, partitions: &[TopicPartition]) -> Result<(), Error>;
    /// Ends it.
    fn stop(&mut self, task: Self::Task) -> Result<(), Error>;
}

/// Runs chains of stages.
pub trait StagesDriver {
    /// An open chain.
    type Chain;
    /// Opens a chain.
    fn open(&mut self, stages: &[StageSpec]) -> Result<Self::Chain, Error>;
    /// Runs a batch through it.
    fn apply(&mut self, chain: &mut Self::Chain, batch: &[u8]) -> Result<Outcome, Error>;
}
