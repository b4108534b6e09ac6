//! What a task has done so far, readable while it runs.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::errors::counts::{ErrorCounts, ErrorReading};

use super::window::{Recent, Window};

/// Counters of one task since it started.
#[derive(Debug)]
pub struct Counters {
    started: Instant,
    records_in: AtomicU64,
    records_out: AtomicU64,
    task_fuel: AtomicU64,
    stage_fuel: AtomicU64,
    running: AtomicBool,
    errors: Arc<ErrorCounts>,
    active: AtomicU64,
    partitions: AtomicU64,
    commits: AtomicU64,
    failed_commits: AtomicU64,
    batches: Window,
    written: Window,
    calls: Window,
    commit_times: Window,
    transactional: AtomicBool,
    transactions: Window,
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

/// What is measured beside the counters, lately.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Records a batch, and records in a second.
    pub batches: Recent,
    /// Records out a second.
    pub written: Recent,
    /// Milliseconds of a poll or put.
    pub calls: Recent,
    /// Milliseconds of a commit of offsets.
    pub commit_times: Recent,
    /// Records a transaction; none: the task has no transactions.
    pub transactions: Option<Recent>,
    /// Records polled and not yet written.
    pub active: u64,
    /// Partitions assigned.
    pub partitions: u64,
    /// Commits of offsets that succeeded.
    pub commits: u64,
    /// Commits that failed.
    pub failed_commits: u64,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            records_in: AtomicU64::new(0),
            records_out: AtomicU64::new(0),
            task_fuel: AtomicU64::new(0),
            stage_fuel: AtomicU64::new(0),
            running: AtomicBool::new(false),
            errors: Arc::default(),
            active: AtomicU64::new(0),
            partitions: AtomicU64::new(0),
            commits: AtomicU64::new(0),
            failed_commits: AtomicU64::new(0),
            batches: Window::default(),
            written: Window::default(),
            calls: Window::default(),
            commit_times: Window::default(),
            transactional: AtomicBool::new(false),
            transactions: Window::default(),
        }
    }
}

impl Counters {
    /// The plugin's task has started.
    pub fn mark_running(&self) {
        self.running.store(true, Ordering::Relaxed);
    }

    /// The task has failed, and will be started again.
    pub fn mark_ended(&self) {
        self.running.store(false, Ordering::Relaxed);
    }

    /// Whether the plugin's task has started.
    pub fn has_run(&self) -> bool {
        self.running.load(Ordering::Relaxed)
    }

    /// A batch came in.
    pub fn add_in(&self, records: usize) {
        self.records_in.fetch_add(records as u64, Ordering::Relaxed);
        self.batches.record(records as f64);
    }

    /// Records went out.
    pub fn add_out(&self, records: usize) {
        if records > 0 {
            self.records_out.fetch_add(records as u64, Ordering::Relaxed);
            self.written.record(records as f64);
        }
    }

    /// The task was polled, or a batch was put into it.
    pub fn called(&self, took: Duration) {
        self.calls.record(took.as_secs_f64() * 1e3);
    }

    /// Offsets were committed, or were not.
    pub fn committed(&self, took: Duration, done: bool) {
        let counter = if done { &self.commits } else { &self.failed_commits };
        counter.fetch_add(1, Ordering::Relaxed);
        self.commit_times.record(took.as_secs_f64() * 1e3);
    }

    /// The task writes in transactions.
    pub fn mark_transactional(&self) {
        self.transactional.store(true, Ordering::Relaxed);
    }

    /// A transaction of so many records was committed.
    pub fn transaction(&self, records: u64) {
        self.transactions.record(records as f64);
    }

    /// Records that were polled and are not yet written.
    pub fn set_active(&self, records: usize) {
        self.active.store(records as u64, Ordering::Relaxed);
    }

    /// Partitions that are assigned.
    pub fn set_partitions(&self, partitions: usize) {
        self.partitions.store(partitions as u64, Ordering::Relaxed);
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

    /// What was measured lately.
    pub fn measured(&self) -> Measured {
        Measured {
            batches: self.batches.recent(),
            written: self.written.recent(),
            calls: self.calls.recent(),
            commit_times: self.commit_times.recent(),
            transactions: self.transactional.load(Ordering::Relaxed).then(|| self.transactions.recent()),
            active: self.active.load(Ordering::Relaxed),
            partitions: self.partitions.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            failed_commits: self.failed_commits.load(Ordering::Relaxed),
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
