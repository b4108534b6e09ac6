//! Sink tasks: given records.

use wasmtime::component::ResourceAny;

use crate::sandbox::bindings::caisson::connect::types;
use crate::sandbox::bindings::exports::caisson::connect::sink_task;
use crate::sandbox::connector::lacks;
use crate::sandbox::context::{PartitionOffset, TopicPartition};
use crate::sandbox::error::CallError;
use crate::sandbox::instance::Instance;
use crate::sandbox::{Sandbox, Spec, pairs};

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
        let config = pairs(&spec.config);
        let time = instance.begin(0)?;
        let task = guest.task();
        let call = task.call_start(&mut instance.store, spec.plugin.class(), &config);
        let answer = tokio::time::timeout(time, call).await;
        let task = instance.end("sink-task.start", answer)?;
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
        let time = self.instance.begin(0)?;
        let task = self.guest.task();
        let call = task.call_open(&mut self.instance.store, self.task, &partitions);
        let answer = tokio::time::timeout(time, call).await;
        self.instance.end("sink-task.open", answer)
    }

    /// Gives it a CBOR `batch` of `records` records; an empty slice when a consumer poll gave none.
    ///
    /// # Errors
    /// Any [`CallError`]; a retriable one wants the same batch again.
    pub async fn put(&mut self, batch: &[u8], records: usize) -> Result<(), CallError> {
        let time = self.instance.begin(records)?;
        let task = self.guest.task();
        let call = task.call_put(&mut self.instance.store, self.task, batch);
        let answer = tokio::time::timeout(time, call).await;
        self.instance.end("sink-task.put", answer)
    }

    /// Given the offsets consumed so far, the offsets that are safe to commit.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn pre_commit(&mut self, offsets: Vec<PartitionOffset>) -> Result<Vec<PartitionOffset>, CallError> {
        let offsets: Vec<types::TopicPartitionOffset> = offsets.into_iter().map(types::TopicPartitionOffset::from).collect();
        let time = self.instance.begin(0)?;
        let task = self.guest.task();
        let call = task.call_pre_commit(&mut self.instance.store, self.task, &offsets);
        let answer = tokio::time::timeout(time, call).await;
        let safe = self.instance.end("sink-task.pre-commit", answer)?;
        Ok(safe.into_iter().map(PartitionOffset::from).collect())
    }

    /// These partitions are no more the task's.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn close(&mut self, partitions: &[TopicPartition]) -> Result<(), CallError> {
        let partitions = crossing(partitions);
        let time = self.instance.begin(0)?;
        let task = self.guest.task();
        let call = task.call_close(&mut self.instance.store, self.task, &partitions);
        let answer = tokio::time::timeout(time, call).await;
        self.instance.end("sink-task.close", answer)
    }

    /// Stops it.
    ///
    /// # Errors
    /// Any [`CallError`]; the task is gone all the same.
    pub async fn stop(&mut self) -> Result<(), CallError> {
        let time = self.instance.begin(0)?;
        let task = self.guest.task();
        let call = task.call_stop(&mut self.instance.store, self.task);
        let answer = tokio::time::timeout(time, call).await;
        self.instance.end("sink-task.stop", answer)
    }

    /// Fuel used since the task was made.
    pub fn fuel_used(&self) -> u64 {
        self.instance.fuel_used()
    }
}

fn crossing(partitions: &[TopicPartition]) -> Vec<types::TopicPartition> {
    partitions.iter().cloned().map(types::TopicPartition::from).collect()
}
