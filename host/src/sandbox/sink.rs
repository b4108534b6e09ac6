//! Sink tasks: given records.

use wasmtime::component::ResourceAny;

use crate::sandbox::bindings::caisson::connect::types;
use crate::sandbox::bindings::exports::caisson::connect::sink_task;
use crate::sandbox::connector::lacks;
use crate::sandbox::context::{PartitionOffset, TopicPartition};
use crate::sandbox::error::CallError;
use crate::sandbox::instance::Instance;
use crate::sandbox::{Sandbox, Spec, as_given};

/// A sink task, started.
pub struct SinkTask {
    instance: Instance,
    guest: sink_task::Guest,
    task: ResourceAny,
}

impl Sandbox {
    /// Makes and starts a sink task.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn sink_task(&self, spec: &Spec) -> Result<SinkTask, CallError> {
        let (mut instance, code) = self.instance(&self.making(spec)?).await?;
        let missing = |error| lacks(spec, "sink-task", &error);
        let indices = sink_task::GuestIndices::new(&code).map_err(missing)?;
        let guest = indices.load(&mut instance.store, &instance.instance).map_err(missing)?;
        let config = as_given(&spec.plugin, &spec.config);
        let task = instance
            .call("sink-task.start", 0, async |store| guest.task().call_start(store, spec.plugin.class(), &config).await)
            .await?;
        Ok(SinkTask { instance, guest, task })
    }
}

impl SinkTask {
    /// These partitions are now the task's, beside those it has.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn open(&mut self, partitions: &[TopicPartition]) -> Result<(), CallError> {
        let partitions = crossing(partitions);
        let (guest, resource) = (&self.guest, self.task);
        self.instance.call("sink-task.open", 0, async |store| guest.task().call_open(store, resource, &partitions).await).await
    }

    /// Gives it a CBOR `batch` of `records` records; an empty slice when a consumer poll gave none.
    ///
    /// # Errors
    /// Any [`CallError`]; a retriable one wants the same batch again.
    pub async fn put(&mut self, batch: &[u8], records: usize) -> Result<(), CallError> {
        let (guest, resource) = (&self.guest, self.task);
        self.instance.call("sink-task.put", records, async |store| guest.task().call_put(store, resource, batch).await).await
    }

    /// Given the offsets consumed so far, the offsets that are safe to commit.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn pre_commit(&mut self, offsets: Vec<PartitionOffset>) -> Result<Vec<PartitionOffset>, CallError> {
        let offsets: Vec<types::TopicPartitionOffset> = offsets.into_iter().map(types::TopicPartitionOffset::from).collect();
        let (guest, resource) = (&self.guest, self.task);
        let safe = self
            .instance
            .call("sink-task.pre-commit", 0, async |store| guest.task().call_pre_commit(store, resource, &offsets).await)
            .await?;
        Ok(safe.into_iter().map(PartitionOffset::from).collect())
    }

    /// These partitions are no more the task's.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn close(&mut self, partitions: &[TopicPartition]) -> Result<(), CallError> {
        let partitions = crossing(partitions);
        let (guest, resource) = (&self.guest, self.task);
        self.instance.call("sink-task.close", 0, async |store| guest.task().call_close(store, resource, &partitions).await).await
    }

    /// Stops it.
    ///
    /// # Errors
    /// Any [`CallError`]; the task is gone all the same.
    pub async fn stop(&mut self) -> Result<(), CallError> {
        let (guest, resource) = (&self.guest, self.task);
        self.instance.call("sink-task.stop", 0, async |store| guest.task().call_stop(store, resource).await).await
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

fn crossing(partitions: &[TopicPartition]) -> Vec<types::TopicPartition> {
    partitions.iter().cloned().map(types::TopicPartition::from).collect()
}
