//! What one instance may use.

use std::sync::atomic::Ordering;
use std::time::Duration;

use wasmtime::ResourceLimiter;

use crate::config::sandbox::SandboxLimits;
use crate::sandbox::error::LimitHit;
use crate::sandbox::usage::USAGE;

/// Limits of one instance. Worker defaults, overridden by a connector's `sandbox.*` keys.
///
/// Fuel is roughly one unit a WebAssembly instruction. The defaults are there for liveness: languages differ 170-fold in
/// fuel for the same work, so a budget that fits Rust would stop JavaScript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Fuel for every call, whatever it is given.
    pub fuel_per_call: u64,
    /// Fuel a call gets on top for each record it is given.
    pub fuel_per_record: u64,
    /// Linear memory of an instance in bytes, all its memories together.
    pub memory: u64,
    /// How long a call may take in all, time in the host included.
    pub call_timeout: Duration,
    /// Handles to host resources (files, sockets, streams) open at once.
    pub handles: u32,
    /// Elements of all tables together.
    pub table_elements: u32,
}

impl Default for Limits {
    /// The defaults of the worker's keys.
    fn default() -> Self {
        Self {
            fuel_per_call: 10_000_000_000,
            fuel_per_record: 10_000_000,
            memory: 64 << 20,
            call_timeout: Duration::from_secs(60),
            handles: 1_000,
            table_elements: 1_000_000,
        }
    }
}

impl From<&SandboxLimits> for Limits {
    fn from(configured: &SandboxLimits) -> Self {
        Self {
            fuel_per_call: configured.fuel_per_call,
            fuel_per_record: configured.fuel_per_record,
            memory: configured.memory,
            call_timeout: configured.call_timeout,
            handles: configured.handles,
            table_elements: configured.table_elements,
        }
    }
}

impl Limits {
    /// The fuel of a call that is given that many records.
    pub fn fuel(&self, records: usize) -> u64 {
        self.fuel_per_call.saturating_add(self.fuel_per_record.saturating_mul(records as u64))
    }
}

/// Watches an instance's memories and tables, and remembers what it refused.
///
/// A refused growth is answered as WebAssembly has it, by -1: some runtimes collect garbage and go on. Only if the call then fails
/// is the refusal its reason.
#[derive(Debug)]
pub(super) struct Meter {
    memory_limit: u64,
    table_limit: u64,
    memory: u64,
    tables: u64,
    refused: Option<Refused>,
}

#[derive(Clone, Copy, Debug)]
enum Refused {
    Memory,
    Table,
}

impl Meter {
    pub(super) fn new(limits: &Limits) -> Self {
        USAGE.instances.fetch_add(1, Ordering::Relaxed);
        Self { memory_limit: limits.memory, table_limit: u64::from(limits.table_elements), memory: 0, tables: 0, refused: None }
    }

    /// Forgets refusals of the calls before.
    pub(super) fn start_call(&mut self) {
        self.refused = None;
    }

    /// The limit that was hit since [`Meter::start_call`].
    pub(super) fn refused(&self, function: &str) -> Option<LimitHit> {
        let function = function.to_owned();
        match self.refused? {
            Refused::Memory => Some(LimitHit {
                limit: "memory",
                configured: format!("{} bytes", self.memory_limit),
                key: "sandbox.memory.bytes",
                function,
            }),
            Refused::Table => Some(LimitHit {
                limit: "table elements",
                configured: self.table_limit.to_string(),
                key: "sandbox.table.elements",
                function,
            }),
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        USAGE.instances.fetch_sub(1, Ordering::Relaxed);
        USAGE.memory.fetch_sub(i64::try_from(self.memory).unwrap_or(i64::MAX), Ordering::Relaxed);
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.memory.saturating_sub(current as u64).saturating_add(desired as u64);
        if wanted > self.memory_limit {
            self.refused = Some(Refused::Memory);
            return Ok(false);
        }
        let grown = i64::try_from(desired.saturating_sub(current)).unwrap_or(i64::MAX);
        USAGE.memory.fetch_add(grown, Ordering::Relaxed);
        self.memory = wanted;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.tables.saturating_sub(current as u64).saturating_add(desired as u64);
        if wanted > self.table_limit {
            self.refused = Some(Refused::Table);
            return Ok(false);
        }
        self.tables = wanted;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Props;

    #[test]
    fn defaults_are_those_of_the_keys() {
        let configured = SandboxLimits::of_worker(&Props::new()).unwrap();
        assert_eq!(Limits::from(&configured), Limits::default());
    }

    #[test]
    fn adds_up_all_memories() {
        let mut meter = Meter::new(&Limits { memory: 100, ..Limits::default() });
        assert!(meter.memory_growing(0, 60, None).unwrap());
        assert!(meter.memory_growing(0, 30, None).unwrap());
        assert!(!meter.memory_growing(30, 60, None).unwrap());
        assert_eq!(meter.memory, 90);
        assert_eq!(meter.refused("poll").unwrap().key, "sandbox.memory.bytes");
        meter.start_call();
        assert!(meter.refused("poll").is_none());
    }

    #[test]
    fn fuel_grows_with_the_batch_and_never_overflows() {
        let limits = Limits { fuel_per_call: 5, fuel_per_record: 2, ..Limits::default() };
        assert_eq!(limits.fuel(10), 25);
        assert_eq!(Limits { fuel_per_record: u64::MAX, ..limits }.fuel(2), u64::MAX);
    }
}
