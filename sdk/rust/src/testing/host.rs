//! The host that plugins of this thread see when they run natively.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::codec::origins;
use crate::data::value::Value;
use crate::error::Error;
use crate::host;
use crate::testing::registry::MemoryRegistry;
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
    /// The registry that every configuration names.
    pub registry: MemoryRegistry,
}

thread_local! {
    static STATE: RefCell<HostState> = RefCell::default();
}

/// Gives the thread's host to a function. What it calls must not call the host.
pub fn with_host<T>(use_it: impl FnOnce(&mut HostState) -> T) -> T {
    STATE.with(|state| use_it(&mut state.borrow_mut()))
}

/// The same, unless the state is in use: a test may look at it when a plugin logs.
pub(crate) fn try_with_host(use_it: impl FnOnce(&mut HostState)) {
    STATE.with(|state| {
        if let Ok(mut state) = state.try_borrow_mut() {
            use_it(&mut state);
        }
    });
}

/// Stores the offset of a source partition, as if a task had got that far. `DataException` for a value that no offset holds.
pub fn store_offset(partition: &[(&str, Value<'_>)], offset: &[(&str, Value<'_>)]) -> Result<(), Error> {
    let (mut key, mut value) = (Vec::new(), Vec::new());
    origins::write_map(&mut key, Some(partition))?;
    origins::write_map(&mut value, Some(offset))?;
    with_host(|host| host.offsets.insert(key, value));
    Ok(())
}

/// The same of an offset and a partition that are encoded already, as a poll's origins have them.
pub fn store_encoded_offset(partition: &[u8], offset: &[u8]) {
    with_host(|host| host.offsets.insert(partition.to_vec(), offset.to_vec()));
}

/// The answer of the contract's `offset-reader`: `offset-maps` in and out. A message for the plugin when they are malformed.
pub fn offsets(partitions: &[u8]) -> Result<Vec<u8>, String> {
    host::offsets(partitions)
}

/// Forgets everything that plugins of this thread have done.
pub fn reset() {
    with_host(|host| *host = HostState::default());
}
