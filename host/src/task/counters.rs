//! What a task has done so far, readable while it runs.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::errors::counts::{ErrorCounts, ErrorReading};

/// Counters of one task since it started.
#[derive(Debug)]
pub struct Counters {
    started: Instant,
    records_in: AtomicU64,
    records_out: AtomicU64,
    task_fuel: AtomicU64,
    stage_fuel: AtomicU64,
    errors: Arc<ErrorCounts>,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Records polled from the source or consumed.
    pub records_in: u64,
    /// Records acknowledged by the broker or put.
    pub records_out: u64,
    /// Fuel that the connector's own calls used.
    pub task_fuel: u64,
    /// Fuel that transformations, predicates and converters used.
    pub stage_fuel: u64,
    /// Failed records.
    pub errors: ErrorReading,
    /// Seconds since the task started.
    pub seconds: f64,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            records_in: AtomicU64::new(0),
            records_out: AtomicU64::new(0),
            task_fuel: AtomicU64::new(0),
            stage_fuel: AtomicU64::new(0),
            errors: Arc::default(),
        }
    }
}

impl Counters {
    /// Records came in.
    pub fn add_in(&self, records: usize) {
        self.records_in.fetch_add(records as u64, Ordering::Relaxed);
    }

    /// Records went out.
    pub fn add_out(&self, records: usize) {
        self.records_out.fetch_add(records as u64, Ordering::Relaxed);
    }

    /// The fuel used until now.
    pub fn set_fuel(&self, task: u64, stages: u64) {
        self.task_fuel.store(task, Ordering::Relaxed);
        self.stage_fuel.store(stages, Ordering::Relaxed);
    }

    /// The counters of failed records, for whoever counts them.
    pub fn errors(&self) -> Arc<ErrorCounts> {
        Arc::clone(&self.errors)
    }

    /// The counters as they stand.
    pub fn read(&self) -> Reading {
        Reading {
            records_in: self.records_in.load(Ordering::Relaxed),
            records_out: self.records_out.load(Ordering::Relaxed),
            task_fuel: self.task_fuel.load(Ordering::Relaxed),
            stage_fuel: self.stage_fuel.load(Ordering::Relaxed),
            errors: self.errors.read(),
            seconds: self.started.elapsed().as_secs_f64(),
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fuel = self.task_fuel.saturating_add(self.stage_fuel).checked_div(self.records_in).unwrap_or(0);
        let Self { records_in, records_out, seconds, .. } = self;
        write!(f, "{records_in} records in, {records_out} out, {seconds:.1} s, {fuel} fuel a record")
    }
}
