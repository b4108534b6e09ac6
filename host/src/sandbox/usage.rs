//! What all sandboxes of the process have used together.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// The process' counters. There is one pool of instances in a process, so there is one of these.
pub(super) static USAGE: Counters = Counters {
    calls: AtomicU64::new(0),
    traps: AtomicU64::new(0),
    limits: AtomicU64::new(0),
    memory: AtomicI64::new(0),
    instances: AtomicI64::new(0),
    compilations: AtomicU64::new(0),
    compile_micros: AtomicU64::new(0),
};

pub(super) struct Counters {
    pub calls: AtomicU64,
    pub traps: AtomicU64,
    pub limits: AtomicU64,
    pub memory: AtomicI64,
    pub instances: AtomicI64,
    pub compilations: AtomicU64,
    pub compile_micros: AtomicU64,
}

impl Counters {
    pub(super) fn compiled(&self, took: Duration) {
        self.compilations.fetch_add(1, Ordering::Relaxed);
        self.compile_micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// Calls into plugins.
    pub calls: u64,
    /// Calls that ended with a crash of the plugin.
    pub traps: u64,
    /// Calls that ended at a limit.
    pub limits: u64,
    /// Memory of all instances, bytes.
    pub memory: i64,
    /// Instances that are alive.
    pub instances: i64,
    /// Plugins compiled, those from the cache not counted.
    pub compilations: u64,
    /// Seconds that this took.
    pub compile_seconds: f64,
}

/// What has been used until now.
pub fn usage() -> Usage {
    Usage {
        calls: USAGE.calls.load(Ordering::Relaxed),
        traps: USAGE.traps.load(Ordering::Relaxed),
        limits: USAGE.limits.load(Ordering::Relaxed),
        memory: USAGE.memory.load(Ordering::Relaxed),
        instances: USAGE.instances.load(Ordering::Relaxed),
        compilations: USAGE.compilations.load(Ordering::Relaxed),
        compile_seconds: USAGE.compile_micros.load(Ordering::Relaxed) as f64 / 1e6,
    }
}
