//! Calls of plugins into the worker, counted and timed by interface: those of the contract, and those of WASI that the worker answers
//! itself.

use std::ops::{Deref, DerefMut};
use std::time::Instant;

use wasmtime::component::HasData;

use crate::sandbox::state::State;
use crate::sandbox::usage::{Timed, Times};

/// What plugins call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// `caisson:connect/log`.
    Log,
    /// `caisson:connect/task-context`.
    TaskContext,
    /// `caisson:connect/offset-reader`.
    OffsetReader,
    /// `caisson:connect/errant-record-reporter`.
    ErrantRecordReporter,
    /// `caisson:connect/schema-registry`.
    SchemaRegistry,
    /// `caisson:connect/sql`.
    Sql,
    /// `caisson:connect/transaction-context`.
    TransactionContext,
    /// `wasi:filesystem`.
    Filesystem,
    /// `wasi:sockets/ip-name-lookup`.
    NameLookup,
}

impl Interface {
    /// All of them, in the order in which they are declared.
    const ALL: [Self; 9] = [
        Self::Log,
        Self::TaskContext,
        Self::OffsetReader,
        Self::ErrantRecordReporter,
        Self::SchemaRegistry,
        Self::Sql,
        Self::TransactionContext,
        Self::Filesystem,
        Self::NameLookup,
    ];

    /// Its name without its package.
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::TaskContext => "task-context",
            Self::OffsetReader => "offset-reader",
            Self::ErrantRecordReporter => "errant-record-reporter",
            Self::SchemaRegistry => "schema-registry",
            Self::Sql => "sql",
            Self::TransactionContext => "transaction-context",
            Self::Filesystem => "filesystem",
            Self::NameLookup => "ip-name-lookup",
        }
    }
}

/// By place in [`Interface::ALL`].
static CALLS: [Timed; Interface::ALL.len()] = [const { Timed::new() }; Interface::ALL.len()];

/// The calls of all plugins of the process until now.
pub fn host_calls() -> impl Iterator<Item = (Interface, Times)> {
    Interface::ALL.into_iter().zip(&CALLS).map(|(interface, calls)| (interface, calls.read()))
}

/// A call under way; it is counted when this is dropped.
pub(super) struct HostCall {
    interface: Interface,
    began: Instant,
}

impl HostCall {
    pub(super) fn begin(interface: Interface) -> Self {
        Self { interface, began: Instant::now() }
    }
}

impl Drop for HostCall {
    fn drop(&mut self) {
        if let Some(calls) = CALLS.get(self.interface as usize) {
            calls.add(self.began.elapsed());
        }
    }
}

/// An instance's state while it calls an interface of the contract.
pub(super) struct Calling<'a> {
    state: &'a mut State,
    _call: HostCall,
}

impl<'a> Calling<'a> {
    pub(super) fn new(state: &'a mut State, interface: Interface) -> Self {
        Self { state, _call: HostCall::begin(interface) }
    }
}

impl Deref for Calling<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        self.state
    }
}

impl DerefMut for Calling<'_> {
    fn deref_mut(&mut self) -> &mut State {
        self.state
    }
}

pub(super) struct HasCalling;

impl HasData for HasCalling {
    type Data<'a> = Calling<'a>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_counted_where_it_belongs() {
        let lookups = || host_calls().find(|(interface, _)| *interface == Interface::NameLookup).unwrap().1;
        let before = lookups();
        drop(HostCall::begin(Interface::NameLookup));
        let after = lookups();
        assert_eq!(after.count, before.count + 1);
        assert!(after.seconds > before.seconds);
        for (place, interface) in Interface::ALL.into_iter().enumerate() {
            assert_eq!(interface as usize, place, "{}", interface.name());
        }
    }
}
