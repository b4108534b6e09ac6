//! How often connectors and tasks were started, and how that went.

use std::sync::atomic::{AtomicU64, Ordering};

/// Starts since the worker began.
#[derive(Debug, Default)]
pub(super) struct Startups {
    connectors: Outcomes,
    tasks: Outcomes,
}

#[derive(Debug, Default)]
struct Outcomes {
    successes: AtomicU64,
    failures: AtomicU64,
}

/// Starts of one kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read {
    pub(super) successes: f64,
    pub(super) failures: f64,
}

impl Startups {
    pub(super) fn connector(&self, started: bool) {
        self.connectors.add(started);
    }

    pub(super) fn task(&self, started: bool) {
        self.tasks.add(started);
    }

    /// Connectors, then tasks.
    pub(super) fn read(&self) -> [Read; 2] {
        [self.connectors.read(), self.tasks.read()]
    }
}

impl Outcomes {
    fn add(&self, started: bool) {
        let counter = if started { &self.successes } else { &self.failures };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> Read {
        let number = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
        Read { successes: number(&self.successes), failures: number(&self.failures) }
    }
}

impl Read {
    pub(super) fn attempts(&self) -> f64 {
        self.successes + self.failures
    }

    /// From 0 to 1; 0 before the first start.
    pub(super) fn share(&self, part: f64) -> f64 {
        if self.attempts() > 0.0 { part / self.attempts() } else { 0.0 }
    }
}
