//! Source connectors and their tasks.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::codec::encode::BatchWriter;
use crate::codec::origins::{self, OffsetChange, OffsetMap, OriginsWriter};
use crate::codec::write;
use crate::config::Config;
use crate::data::record::Record;
use crate::data::value::Value;
use crate::error::Error;
use crate::host;
use crate::plugin::PluginInfo;

/// Whether a connector can deliver exactly once with a configuration (KIP-618).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExactlyOnceSupport {
    /// It can.
    Supported,
    /// It cannot.
    Unsupported,
}

/// Divides a source's work; Kafka's `SourceConnector`.
pub trait SourceConnector {
    /// What its tasks are.
    type Task: SourceTask
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

    /// Whether it can deliver exactly once; none, the default: it does not say.
    fn exactly_once_support(_config: &BTreeMap<String, String>) -> Result<Option<ExactlyOnceSupport>, Error>
    where
        Self: Sized,
    {
        Ok(None)
    }

    /// Whether its tasks can define transactions.
    fn can_define_transaction_boundaries(_config: &BTreeMap<String, String>) -> Result<bool, Error>
    where
        Self: Sized,
    {
        Ok(false)
    }
}

/// Brings records in; Kafka's `SourceTask`. Polled by one caller at a time.
pub trait SourceTask {
    /// A task of that configuration, which is parsed by the definition of its connector.
    fn start(config: &Config, context: SourceContext) -> Result<Self, Error>
    where
        Self: Sized;

    /// Adds the records that are there now, without blocking; with none, see [`SourceBatch::wait`].
    fn poll(&mut self, batch: &mut SourceBatch) -> Result<(), Error>;

    /// These records are settled; only with the capability `commit-records`.
    fn commit_records(&mut self, _records: &[SettledRecord]) -> Result<(), Error> {
        Ok(())
    }

    /// The offsets up to here have been stored.
    fn commit(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// The task ends.
    fn stop(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// A record acknowledged by the broker, or dropped on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledRecord {
    /// Which poll it came from: 0 for the first that gave records, then counting up.
    pub poll: u64,
    /// Its id in that poll's batch.
    pub id: u32,
    /// Where it was written; none when it was dropped.
    pub written: Option<WrittenRecord>,
}

/// Where a record was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRecord {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// Milliseconds since the epoch.
    pub timestamp: i64,
}

/// What a source task may ask of the worker.
#[derive(Debug, Clone, Copy, Default)]
pub struct SourceContext {
    _private: (),
}

impl SourceContext {
    pub(crate) fn new() -> Self {
        Self { _private: () }
    }

    /// The stored offset of a source partition; none when nothing is stored. `ConnectException` when it cannot be read.
    pub fn offset(&self, partition: &[(&str, Value<'_>)]) -> Result<Option<OffsetMap>, Error> {
        Ok(self.offsets(&[partition])?.into_iter().next().flatten())
    }

    /// The stored offsets of source partitions, in their order.
    pub fn offsets(&self, partitions: &[&[(&str, Value<'_>)]]) -> Result<Vec<Option<OffsetMap>>, Error> {
        let mut bytes = Vec::new();
        write::array(&mut bytes, partitions.len());
        for partition in partitions {
            origins::write_map(&mut bytes, Some(partition))?;
        }
        let answer = host::offsets(&bytes).map_err(Error::connect)?;
        let maps = origins::read_maps(&answer)?;
        if maps.len() != partitions.len() {
            let text = format!("{} offsets were given for {} source partitions", maps.len(), partitions.len());
            return Err(Error::connect(text));
        }
        Ok(maps)
    }

    /// The task's transactions; none when the worker does not let it define them.
    pub fn transactions(&self) -> Option<Transactions> {
        host::transactions_available().then_some(Transactions { _private: () })
    }
}

/// Transactions that the task defines (KIP-618).
#[derive(Debug, Clone, Copy)]
pub struct Transactions {
    _private: (),
}

impl Transactions {
    /// Commits after the batch that poll is about to return.
    pub fn commit(&self) {
        host::commit_transaction();
    }

    /// Aborts after the batch that poll is about to return.
    pub fn abort(&self) {
        host::abort_transaction();
    }

    /// Commits after that record of the batch that poll is about to return.
    pub fn commit_after(&self, record: u32) {
        host::commit_transaction_after(record);
    }

    /// Aborts after that record of the batch that poll is about to return.
    pub fn abort_after(&self, record: u32) {
        host::abort_transaction_after(record);
    }
}

/// A source partition named in this batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourcePartition(u32);

/// What a poll gives: records are encoded as they are added, nothing is kept beside the bytes.
#[derive(Default)]
pub struct SourceBatch {
    writer: BatchWriter,
    origins: OriginsWriter,
    wait: Duration,
}

impl SourceBatch {
    /// How many records have been added.
    pub fn len(&self) -> usize {
        self.writer.len()
    }

    /// Whether no record has been added.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes room for so many bytes of records.
    pub fn reserve(&mut self, bytes: usize) {
        self.writer.reserve(bytes);
    }

    /// With no records: how long the worker waits before it polls again. Stop and pause end the wait at once.
    pub fn wait(&mut self, wait: Duration) {
        self.wait = wait;
    }

    /// Names a source partition of the records to come; none: they have none. Equal ones are written once.
    pub fn partition(&mut self, partition: Option<&[(&str, Value<'_>)]>) -> Result<SourcePartition, Error> {
        Ok(SourcePartition(self.origins.partition(partition)?))
    }

    /// Adds a record with its source offset, and returns its id. The record's own id is not looked at. After an error
    /// nothing of it is left.
    pub fn push(
        &mut self,
        mut record: Record<'_>,
        partition: SourcePartition,
        offset: Option<&[(&str, Value<'_>)]>,
    ) -> Result<u32, Error> {
        let id = u32::try_from(self.len()).map_err(|_| Error::data("a poll gives more records than can be counted"))?;
        record.id = id;
        let mark = self.origins.mark();
        self.origins.position(partition.0, offset)?;
        if let Err(error) = self.writer.record(&record) {
            self.origins.truncate(mark);
            return Err(error);
        }
        Ok(id)
    }

    /// The bytes of `batch` and `origins`, both empty without records.
    pub(crate) fn finish(&self) -> (Vec<u8>, Vec<u8>) {
        if self.is_empty() {
            return (Vec::new(), Vec::new());
        }
        (self.writer.finish(&[], None), self.origins.finish())
    }

    pub(crate) fn wait_millis(&self) -> u32 {
        u32::try_from(self.wait.as_millis()).unwrap_or(u32::MAX)
    }

    pub(crate) fn clear(&mut self) {
        self.writer.clear();
        self.origins.clear();
        self.wait = Duration::ZERO;
    }
}
