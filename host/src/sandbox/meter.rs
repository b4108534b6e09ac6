//! Counts what one instance uses against its limits.

use std::sync::atomic::Ordering;

use wasmtime::ResourceLimiter;

use crate::config::sandbox::Limits;
use crate::sandbox::error::{Limit, LimitHit};
use crate::sandbox::usage::USAGE;

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

    /// Memory of the instance now, bytes.
    pub(super) fn memory(&self) -> u64 {
        self.memory
    }

    /// Forgets refusals of the calls before.
    pub(super) fn start_call(&mut self) {
        self.refused = None;
    }

    /// The limit that was hit since [`Meter::start_call`].
    pub(super) fn refused(&self, function: &str) -> Option<LimitHit> {
        let function = function.to_owned();
        match self.refused? {
            Refused::Memory => {
                Some(LimitHit { limit: Limit::Memory, configured: format!("{} bytes", self.memory_limit), function })
            }
            Refused::Table => Some(LimitHit { limit: Limit::TableElements, configured: self.table_limit.to_string(), function }),
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

    #[test]
    fn adds_up_all_memories() {
        let mut meter = Meter::new(&Limits { memory: 100, ..Limits::default() });
        assert!(meter.memory_growing(0, 60, None).unwrap());
        assert!(meter.memory_growing(0, 30, None).unwrap());
        assert!(!meter.memory_growing(30, 60, None).unwrap());
        assert_eq!(meter.memory, 90);
        assert_eq!(meter.refused("poll").unwrap().limit, Limit::Memory);
        meter.start_call();
        assert!(meter.refused("poll").is_none());
    }
}
