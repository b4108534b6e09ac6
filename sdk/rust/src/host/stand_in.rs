//! The host of plugins that run natively: what they ask for is kept where tests see it.

use crate::codec::origins;
use crate::codec::values::Reader;
use crate::codec::write;
use crate::error::Error;
use crate::testing::host::{try_with_host, with_host};
use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

pub(crate) fn log(level: &str, target: &str, message: &str) {
    try_with_host(|host| host.log.push((level.to_owned(), target.to_owned(), message.to_owned())));
}

pub(crate) fn log_enabled(level: &str) -> bool {
    level != "trace"
}

pub(crate) fn offsets(partitions: &[u8]) -> Result<Vec<u8>, String> {
    let told = |error: Error| error.message().to_owned();
    let mut reader = Reader::new(partitions);
    let count = reader.array().map_err(told)?;
    let mut answer = Vec::new();
    write::array(&mut answer, count);
    for _ in 0..count {
        let partition = reader.span().map_err(told)?;
        match with_host(|host| host.offsets.get(partition).cloned()) {
            Some(offset) => answer.extend_from_slice(&offset),
            None => write::null(&mut answer),
        }
    }
    origins::read_maps(&answer).map_err(told)?;
    Ok(answer)
}

pub(crate) fn request_task_reconfiguration() {
    with_host(|host| host.reconfigurations += 1);
}

pub(crate) fn raise_error(message: &str) {
    with_host(|host| host.raised.push(message.to_owned()));
}

pub(crate) fn rewind(offsets: &[TopicPartitionOffset]) {
    with_host(|host| host.rewinds.extend_from_slice(offsets));
}

pub(crate) fn timeout(millis: u64) {
    with_host(|host| host.timeout = Some(millis));
}

pub(crate) fn assignment() -> Vec<TopicPartition> {
    with_host(|host| host.assignment.clone())
}

pub(crate) fn pause(partitions: &[TopicPartition]) -> Result<(), String> {
    with_host(|host| {
        if let Some(other) = partitions.iter().find(|partition| !host.assignment.contains(partition)) {
            return Err(format!("{}-{} is not assigned to the task", other.topic, other.partition));
        }
        host.paused.extend_from_slice(partitions);
        Ok(())
    })
}

pub(crate) fn resume(partitions: &[TopicPartition]) -> Result<(), String> {
    with_host(|host| host.paused.retain(|partition| !partitions.contains(partition)));
    Ok(())
}

pub(crate) fn request_commit() {
    with_host(|host| host.commit_requests += 1);
}

pub(crate) fn reporter_available() -> bool {
    with_host(|host| host.reporter)
}

pub(crate) fn report(record: u32, error: &Error) -> Result<(), String> {
    with_host(|host| host.reported.push((record, error.message().to_owned())));
    Ok(())
}

pub(crate) fn transactions_available() -> bool {
    with_host(|host| host.transactions)
}

pub(crate) fn commit_transaction() {
    with_host(|host| host.boundaries.push(("commit", None)));
}

pub(crate) fn abort_transaction() {
    with_host(|host| host.boundaries.push(("abort", None)));
}

pub(crate) fn commit_transaction_after(record: u32) {
    with_host(|host| host.boundaries.push(("commit", Some(record))));
}

pub(crate) fn abort_transaction_after(record: u32) {
    with_host(|host| host.boundaries.push(("abort", Some(record))));
}
