//! Source tasks: polled for records.

use std::time::Duration;

use bytes::Bytes;
use wasmtime::component::ResourceAny;

use crate::sandbox::bindings::exports::caisson::connect::source_task;
use crate::sandbox::connector::lacks;
use crate::sandbox::error::CallError;
use crate::sandbox::instance::Instance;
use crate::sandbox::{Sandbox, Spec, as_given};

/// A source task, started.
pub struct SourceTask {
    instance: Instance,
    guest: source_task::Guest,
    task: ResourceAny,
}

/// What a poll gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Polled {
    /// CBOR `batch`; empty: nothing now.
    pub batch: Bytes,
    /// CBOR `origins`.
    pub origins: Bytes,
    /// With nothing to give: how long to wait before the next poll.
    pub wait: Duration,
}

/// A record that is settled: acknowledged by the broker, or dropped on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Which poll it came from: 0 for the first that gave records, then counting up.
    pub poll: u64,
    /// Its number in that poll's batch.
    pub id: u32,
    /// Where it was written; none when it was dropped.
    pub written: Option<Written>,
}

/// Where a record was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// Milliseconds since the epoch.
    pub timestamp: i64,
}

impl Sandbox {
    /// Makes and starts a source task.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn source_task(&self, spec: &Spec) -> Result<SourceTask, CallError> {
        let (mut instance, code) = self.instance(&self.making(spec)?).await?;
        let missing = |error| lacks(spec, "source-task", &error);
        let indices = source_task::GuestIndices::new(&code).map_err(missing)?;
        let guest = indices.load(&mut instance.store, &instance.instance).map_err(missing)?;
        let config = as_given(&spec.plugin, &spec.config);
        let task = instance
            .call("source-task.start", 0, async |store| guest.task().call_start(store, spec.plugin.class(), &config).await)
            .await?;
        Ok(SourceTask { instance, guest, task })
    }
}

impl SourceTask {
    /// Asks for records.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn poll(&mut self) -> Result<Polled, CallError> {
        let (guest, resource) = (&self.guest, self.task);
        let polled =
            self.instance.call("source-task.poll", 0, async |store| guest.task().call_poll(store, resource).await).await?;
        Ok(Polled {
            batch: polled.batch.into(),
            origins: polled.origins.into(),
            wait: Duration::from_millis(u64::from(polled.wait_ms)),
        })
    }

    /// Tells the task of settled records. Only for plugins with the capability `commit-records`.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn commit_records(&mut self, settled: Vec<Settled>) -> Result<(), CallError> {
        let records: Vec<source_task::Settled> = settled.into_iter().map(source_task::Settled::from).collect();
        let (guest, resource) = (&self.guest, self.task);
        self.instance
            .call("source-task.commit-records", records.len(), async |store| {
                guest.task().call_commit_records(store, resource, &records).await
            })
            .await
    }

    /// Tells the task that offsets were stored.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn commit(&mut self) -> Result<(), CallError> {
        let (guest, resource) = (&self.guest, self.task);
        self.instance.call("source-task.commit", 0, async |store| guest.task().call_commit(store, resource).await).await
    }

    /// Stops it.
    ///
    /// # Errors
    /// Any [`CallError`]; the task is gone all the same.
    pub async fn stop(&mut self) -> Result<(), CallError> {
        let (guest, resource) = (&self.guest, self.task);
        self.instance.call("source-task.stop", 0, async |store| guest.task().call_stop(store, resource).await).await
    }

    /// Fuel used since the task was made.
    pub fn fuel_used(&self) -> u64 {
        self.instance.fuel_used()
    }

    /// Memory of its instance, bytes.
    pub fn memory(&self) -> u64 {
        self.instance.memory()
    }
}

impl From<Settled> for source_task::Settled {
    fn from(from: Settled) -> Self {
        let written = from.written.map(|written| source_task::Written {
            topic: written.topic,
            partition: written.partition,
            offset: written.offset,
            timestamp: written.timestamp,
        });
        Self { poll: from.poll, id: from.id, written }
    }
}
