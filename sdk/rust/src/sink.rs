//! Sink connectors and their tasks.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::codec::decode::Records;
use crate::codec::origins::OffsetChange;
use crate::config::Config;
use crate::error::Error;
use crate::host;
use crate::plugin::PluginInfo;
use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

/// Divides a sink's work; Kafka's `SinkConnector`.
pub trait SinkConnector {
    /// What its tasks are.
    type Task: SinkTask
    where
        Self: Sized;

    /// Its entry in the manifest.
    fn plugin() -> PluginInfo
    where
        Self: Sized;

    /// A connector of that configuration. `ConfigException` for a bad one.
    fn start(config: &Config) -> Result<Self, Error>
    where
        Self: Sized;

    /// At most `max_tasks` configurations, one a task.
    fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<BTreeMap<String, String>>, Error>;

    /// The connector ends.
    fn stop(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// Checks offsets that a user wants to set; true: the connector accepts them. By default it does not say.
    fn alter_offsets(_config: &BTreeMap<String, String>, _offsets: &[OffsetChange]) -> Result<bool, Error>
    where
        Self: Sized,
    {
        Ok(false)
    }
}

/// Takes records out; Kafka's `SinkTask`. The order of calls is start, open, put …, pre-commit, close, stop.
pub trait SinkTask {
    /// A task of that configuration, which is parsed by the definition of its connector.
    fn start(config: &Config, context: SinkContext) -> Result<Self, Error>
    where
        Self: Sized;

    /// These partitions are now this task's, beside those it has.
    fn open(&mut self, _partitions: &[TopicPartition]) -> Result<(), Error> {
        Ok(())
    }

    /// Takes records, sometimes none. After an error of kind retriable the same records come again.
    fn put(&mut self, records: Records<'_>) -> Result<(), Error>;

    /// Everything taken has to be in its place when this returns.
    fn flush(&mut self, _offsets: &[TopicPartitionOffset]) -> Result<(), Error> {
        Ok(())
    }

    /// Of the offsets taken so far, those safe to commit; by default all, after a flush.
    fn pre_commit(&mut self, offsets: Vec<TopicPartitionOffset>) -> Result<Vec<TopicPartitionOffset>, Error> {
        self.flush(&offsets)?;
        Ok(offsets)
    }

    /// These partitions are no longer this task's.
    fn close(&mut self, _partitions: &[TopicPartition]) -> Result<(), Error> {
        Ok(())
    }

    /// The task ends.
    fn stop(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// What a sink task may ask of the worker.
#[derive(Debug, Clone, Copy, Default)]
pub struct SinkContext {
    _private: (),
}

impl SinkContext {
    pub(crate) fn new() -> Self {
        Self { _private: () }
    }

    /// Rewinds to these offsets before the next put.
    pub fn offset(&self, offsets: &[TopicPartitionOffset]) {
        host::rewind(offsets);
    }

    /// How long the worker waits before it puts a batch again after a retriable error.
    pub fn timeout(&self, wait: Duration) {
        host::timeout(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
    }

    /// The partitions that are this task's.
    pub fn assignment(&self) -> Vec<TopicPartition> {
        host::assignment()
    }

    /// No records of these partitions until they are resumed. `ConnectException` for one that is not this task's.
    pub fn pause(&self, partitions: &[TopicPartition]) -> Result<(), Error> {
        host::pause(partitions).map_err(Error::connect)
    }

    /// Records of these partitions again. `ConnectException` for one that is not this task's.
    pub fn resume(&self, partitions: &[TopicPartition]) -> Result<(), Error> {
        host::resume(partitions).map_err(Error::connect)
    }

    /// Asks for a commit soon.
    pub fn request_commit(&self) {
        host::request_commit();
    }

    /// Where single bad records can be reported; none when the task must fail or skip them itself (KIP-610).
    pub fn errant_record_reporter(&self) -> Option<ErrantRecordReporter> {
        host::reporter_available().then_some(ErrantRecordReporter { _private: () })
    }
}

/// Takes records that the destination refused, one by one.
#[derive(Debug, Clone, Copy)]
pub struct ErrantRecordReporter {
    _private: (),
}

impl ErrantRecordReporter {
    /// Reports a record of the batch last put by its id. An error (under `errors.tolerance=none`): the task must fail with it.
    pub fn report(&self, record: u32, error: &Error) -> Result<(), Error> {
        host::report(record, error).map_err(Error::connect)
    }
}
