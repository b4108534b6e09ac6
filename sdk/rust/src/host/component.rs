//! The imports. Each is in the component only if a plugin uses it.

use crate::bindings::imports::caisson::connect as imports;
use crate::bindings::imports::caisson::connect::types;
use crate::error::Error;
use crate::run::convert;
use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

pub(crate) fn log(level: &str, target: &str, message: &str) {
    imports::log::log(level, target, message);
}

pub(crate) fn log_enabled(level: &str) -> bool {
    imports::log::enabled(level)
}

pub(crate) fn offsets(partitions: &[u8]) -> Result<Vec<u8>, String> {
    imports::offset_reader::offsets(partitions)
}

pub(crate) fn request_task_reconfiguration() {
    imports::task_context::request_task_reconfiguration();
}

pub(crate) fn raise_error(message: &str) {
    imports::task_context::raise_error(message);
}

pub(crate) fn rewind(offsets: &[TopicPartitionOffset]) {
    let offsets: Vec<types::TopicPartitionOffset> = offsets.iter().cloned().map(convert::offset_out).collect();
    imports::task_context::offset(&offsets);
}

pub(crate) fn timeout(millis: u64) {
    imports::task_context::timeout(millis);
}

pub(crate) fn assignment() -> Vec<TopicPartition> {
    imports::task_context::assignment().into_iter().map(convert::partition_in).collect()
}

pub(crate) fn pause(partitions: &[TopicPartition]) -> Result<(), String> {
    imports::task_context::pause(&partitions_out(partitions))
}

pub(crate) fn resume(partitions: &[TopicPartition]) -> Result<(), String> {
    imports::task_context::resume(&partitions_out(partitions))
}

pub(crate) fn request_commit() {
    imports::task_context::request_commit();
}

pub(crate) fn reporter_available() -> bool {
    imports::errant_record_reporter::available()
}

pub(crate) fn report(record: u32, error: &Error) -> Result<(), String> {
    imports::errant_record_reporter::report(record, &convert::error_out(error.clone()))
}

pub(crate) fn transactions_available() -> bool {
    imports::transaction_context::available()
}

pub(crate) fn commit_transaction() {
    imports::transaction_context::commit_transaction();
}

pub(crate) fn abort_transaction() {
    imports::transaction_context::abort_transaction();
}

pub(crate) fn commit_transaction_after(record: u32) {
    imports::transaction_context::commit_transaction_after(record);
}

pub(crate) fn abort_transaction_after(record: u32) {
    imports::transaction_context::abort_transaction_after(record);
}

fn partitions_out(partitions: &[TopicPartition]) -> Vec<types::TopicPartition> {
    partitions.iter().cloned().map(convert::partition_out).collect()
}
