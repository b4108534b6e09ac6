//! A host in memory, one a thread, for plugins that run natively: see [`crate::testing`].

use std::cell::RefCell;
use std::collections::HashMap;

use crate::codec::origins;
use crate::codec::values::Reader;
use crate::error::Error;
use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

/// What plugins of this thread have asked for, and what they are to be told.
#[derive(Debug, Default, Clone)]
pub struct HostState {
    /// Lines logged: level, target, message.
    pub log: Vec<(String, String, String)>,
    /// Stored offsets: the encoded source partition and its encoded offset.
    pub(crate) offsets: HashMap<Vec<u8>, Vec<u8>>,
    /// How often new task configurations were asked for.
    pub reconfigurations: usize,
    /// Errors raised by connectors.
    pub raised: Vec<String>,
    /// Where a sink task wants to rewind to.
    pub rewinds: Vec<TopicPartitionOffset>,
    /// The wait after a retriable error that a sink task asked for, in milliseconds.
    pub timeout: Option<u64>,
    /// The partitions of the sink task.
    pub assignment: Vec<TopicPartition>,
    /// Of these, those that are paused.
    pub paused: Vec<TopicPartition>,
    /// How often a commit was asked for.
    pub commit_requests: usize,
    /// Whether single records can be reported.
    pub reporter: bool,
    /// Records reported, with the message.
    pub reported: Vec<(u32, String)>,
    /// Whether the task may define transactions.
    pub transactions: bool,
    /// Their ends: `commit`, `abort`, and after which record, if after one.
    pub boundaries: Vec<(&'static str, Option<u32>)>,
}

thread_local! {
    static STATE: RefCell<HostState> = RefCell::default();
}

/// Gives the thread's host to a function. What it calls must not call the host.
pub fn with_host<T>(use_it: impl FnOnce(&mut HostState) -> T) -> T {
    STATE.with(|state| use_it(&mut state.borrow_mut()))
}

pub(crate) fn log(level: &str, target: &str, message: &str) {
    // During a panic the state may be in use.
    STATE.with(|state| {
        if let Ok(mut state) = state.try_borrow_mut() {
            state.log.push((level.to_owned(), target.to_owned(), message.to_owned()));
        }
    });
}

pub(crate) fn log_enabled(level: &str) -> bool {
    level != "trace"
}

pub(crate) fn offsets(partitions: &[u8]) -> Result<Vec<u8>, String> {
    let told = |error: Error| error.message().to_owned();
    let mut reader = Reader::new(partitions);
    let count = reader.array().map_err(told)?;
    let mut answer = Vec::new();
    crate::codec::write::array(&mut answer, count);
    for _ in 0..count {
        let partition = reader.span().map_err(told)?;
        match with_host(|host| host.offsets.get(partition).cloned()) {
            Some(offset) => answer.extend_from_slice(&offset),
            None => crate::codec::write::null(&mut answer),
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
