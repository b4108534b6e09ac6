//! What a plugin may ask of the worker while a call is under way.

use async_trait::async_trait;

use crate::sandbox::error::PluginFailure;

/// A topic and one of its partitions, as it crosses to a plugin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
}

/// An offset in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionOffset {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset of the next record to consume.
    pub offset: i64,
}

/// A source task's own transaction boundary (KIP-618).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boundary {
    /// Commit after the batch that poll returns.
    Commit,
    /// Abort after it.
    Abort,
    /// Commit after that record of it.
    CommitAfter(u32),
    /// Abort after that record of it.
    AbortAfter(u32),
}

/// The worker's side of the host imports. Every method has the answer of a worker that offers nothing, so that a context implements
/// only what its kind of plugin has: a connector reconfigures, a source reads offsets, a sink rewinds and reports.
#[async_trait]
pub trait TaskContext: Send + Sync {
    /// The connector wants its task configurations asked for again.
    fn request_task_reconfiguration(&self) {}
    /// The connector cannot go on.
    fn raise_error(&self, _message: String) {}
    /// A sink task rewinds before the next put.
    fn rewind(&self, _offsets: Vec<PartitionOffset>) {}
    /// How long a sink task waits before a retry, in milliseconds.
    fn retry_after(&self, _ms: u64) {}
    /// The partitions of a sink task.
    fn assignment(&self) -> Vec<TopicPartition> {
        Vec::new()
    }
    /// Stops fetching from these partitions.
    ///
    /// # Errors
    /// A message for the plugin, such as that a partition is not assigned.
    fn pause(&self, _partitions: Vec<TopicPartition>) -> Result<(), String> {
        Err("only a sink task has partitions to pause".to_owned())
    }
    /// Fetches from them again.
    ///
    /// # Errors
    /// As [`TaskContext::pause`].
    fn resume(&self, _partitions: Vec<TopicPartition>) -> Result<(), String> {
        Err("only a sink task has partitions to resume".to_owned())
    }
    /// The sink task wants offsets committed soon.
    fn request_commit(&self) {}
    /// Stored source offsets: CBOR `offset-maps` in and out.
    ///
    /// # Errors
    /// A message for the plugin.
    async fn offsets(&self, _partitions: Vec<u8>) -> Result<Vec<u8>, String> {
        Err("only a source connector has stored offsets".to_owned())
    }
    /// Whether records of a sink can be reported one by one (KIP-610).
    fn can_report(&self) -> bool {
        false
    }
    /// Reports record `id` of the batch last put.
    ///
    /// # Errors
    /// A message for the plugin: under `errors.tolerance=none` the task must fail.
    async fn report(&self, _id: u32, _failure: PluginFailure) -> Result<(), String> {
        Err("no errant record reporter is set up".to_owned())
    }
    /// Whether the task may define transactions.
    fn can_bound_transactions(&self) -> bool {
        false
    }
    /// A boundary of the task's own.
    fn bound_transaction(&self, _boundary: Boundary) {}
}

/// The context of plugins that ask nothing of the worker: stages, and plugins whose config is being validated.
pub struct NoContext;

impl TaskContext for NoContext {}
