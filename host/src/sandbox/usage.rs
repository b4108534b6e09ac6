//! What all sandboxes of the process have used together.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use crate::sandbox::error::{CallError, Limit};

/// The process' counters. There is one pool of instances in a process, so there is one of these.
pub(super) static USAGE: Counters = Counters {
    calls: AtomicU64::new(0),
    traps: AtomicU64::new(0),
    limits: [const { AtomicU64::new(0) }; Limit::ALL.len()],
    memory: AtomicI64::new(0),
    instances: AtomicI64::new(0),
    compilations: Timed::new(),
    cache_hits: Timed::new(),
};

pub(super) struct Counters {
    pub calls: AtomicU64,
    traps: AtomicU64,
    /// By place in [`Limit::ALL`].
    limits: [AtomicU64; Limit::ALL.len()],
    pub memory: AtomicI64,
    pub instances: AtomicI64,
    pub compilations: Timed,
    pub cache_hits: Timed,
}

/// How often something was done, and how long that took.
pub(super) struct Timed {
    count: AtomicU64,
    nanos: AtomicU64,
}

impl Timed {
    pub(super) const fn new() -> Self {
        Self { count: AtomicU64::new(0), nanos: AtomicU64::new(0) }
    }

    pub(super) fn add(&self, took: Duration) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.nanos.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Times {
        Times { count: self.count.load(Ordering::Relaxed), seconds: self.nanos.load(Ordering::Relaxed) as f64 / 1e9 }
    }
}

impl Counters {
    /// A call has failed.
    pub(super) fn failed(&self, error: &CallError) {
        match error {
            CallError::Trap { .. } => {
                self.traps.fetch_add(1, Ordering::Relaxed);
            }
            CallError::Limit(hit) => {
                let counters = Limit::ALL.iter().zip(&self.limits);
                for (_, counter) in counters.filter(|(limit, _)| **limit == hit.limit) {
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            }
            _ => {}
        }
    }
}

/// How often something was done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Times {
    /// How often.
    pub count: u64,
    /// Seconds that it took in all.
    pub seconds: f64,
}

/// The counters at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// Calls into plugins.
    pub calls: u64,
    /// Calls that ended with a crash of the plugin.
    pub traps: u64,
    /// Calls that ended at a limit, for each of them.
    pub limits: Vec<(Limit, u64)>,
    /// Memory of all instances, bytes.
    pub memory: i64,
    /// Instances that are alive.
    pub instances: i64,
    /// Plugins compiled.
    pub compilations: Times,
    /// Plugins whose compiled code was taken from the cache on disk.
    pub cache_hits: Times,
}

/// What has been used until now.
pub fn usage() -> Usage {
    let limits = Limit::ALL.into_iter().zip(&USAGE.limits);
    Usage {
        calls: USAGE.calls.load(Ordering::Relaxed),
        traps: USAGE.traps.load(Ordering::Relaxed),
        limits: limits.map(|(limit, count)| (limit, count.load(Ordering::Relaxed))).collect(),
        memory: USAGE.memory.load(Ordering::Relaxed),
        instances: USAGE.instances.load(Ordering::Relaxed),
        compilations: USAGE.compilations.read(),
        cache_hits: USAGE.cache_hits.read(),
    }
}
