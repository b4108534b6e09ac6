//! The host imports of the contract, answered from the instance's [`TaskContext`](crate::sandbox::context::TaskContext).

use crate::sandbox::bindings::caisson::connect::{
    errant_record_reporter, log, offset_reader, task_context, transaction_context, types,
};
use crate::sandbox::context::{Boundary, PartitionOffset, TopicPartition};
use crate::sandbox::error::PluginFailure;
use crate::sandbox::host_calls::Calling;
use crate::sandbox::log as plugin_log;
use crate::sandbox::state::State;

impl types::Host for State {}

impl log::Host for Calling<'_> {
    fn log(&mut self, level: String, target: String, message: String) {
        plugin_log::line(&self.owner, &level, &target, &message);
    }

    fn enabled(&mut self, level: String) -> bool {
        plugin_log::enabled(&level)
    }
}

impl task_context::Host for Calling<'_> {
    fn config(&mut self) -> Vec<(String, String)> {
        self.config.clone()
    }

    fn request_task_reconfiguration(&mut self) {
        self.context.request_task_reconfiguration();
    }

    fn raise_error(&mut self, message: String) {
        self.context.raise_error(message);
    }

    fn offset(&mut self, offsets: Vec<types::TopicPartitionOffset>) {
        self.context.rewind(offsets.into_iter().map(PartitionOffset::from).collect());
    }

    fn timeout(&mut self, ms: u64) {
        self.context.retry_after(ms);
    }

    fn assignment(&mut self) -> Vec<types::TopicPartition> {
        self.context.assignment().into_iter().map(types::TopicPartition::from).collect()
    }

    fn pause(&mut self, partitions: Vec<types::TopicPartition>) -> Result<(), String> {
        self.context.pause(partitions.into_iter().map(TopicPartition::from).collect())
    }

    fn resume(&mut self, partitions: Vec<types::TopicPartition>) -> Result<(), String> {
        self.context.resume(partitions.into_iter().map(TopicPartition::from).collect())
    }

    fn request_commit(&mut self) {
        self.context.request_commit();
    }
}

impl offset_reader::Host for Calling<'_> {
    async fn offsets(&mut self, partitions: Vec<u8>) -> Result<Vec<u8>, String> {
        self.context.offsets(partitions).await
    }
}

impl errant_record_reporter::Host for Calling<'_> {
    fn available(&mut self) -> bool {
        self.context.can_report()
    }

    async fn report(&mut self, id: u32, error: types::Error) -> Result<(), String> {
        self.context.report(id, PluginFailure::from(error)).await
    }
}

impl transaction_context::Host for Calling<'_> {
    fn available(&mut self) -> bool {
        self.context.can_bound_transactions()
    }

    fn commit_transaction(&mut self) {
        self.context.bound_transaction(Boundary::Commit);
    }

    fn abort_transaction(&mut self) {
        self.context.bound_transaction(Boundary::Abort);
    }

    fn commit_transaction_after(&mut self, id: u32) {
        self.context.bound_transaction(Boundary::CommitAfter(id));
    }

    fn abort_transaction_after(&mut self, id: u32) {
        self.context.bound_transaction(Boundary::AbortAfter(id));
    }
}

impl From<types::Error> for PluginFailure {
    fn from(error: types::Error) -> Self {
        Self { kind: error.kind, class: error.class, message: error.message, options: error.options }
    }
}

impl From<types::TopicPartition> for TopicPartition {
    fn from(from: types::TopicPartition) -> Self {
        Self { topic: from.topic, partition: from.partition }
    }
}

impl From<TopicPartition> for types::TopicPartition {
    fn from(from: TopicPartition) -> Self {
        Self { topic: from.topic, partition: from.partition }
    }
}

impl From<types::TopicPartitionOffset> for PartitionOffset {
    fn from(from: types::TopicPartitionOffset) -> Self {
        Self { topic: from.topic, partition: from.partition, offset: from.offset }
    }
}

impl From<PartitionOffset> for types::TopicPartitionOffset {
    fn from(from: PartitionOffset) -> Self {
        Self { topic: from.topic, partition: from.partition, offset: from.offset }
    }
}
