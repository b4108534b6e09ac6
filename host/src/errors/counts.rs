//! What is counted of one task's failures (Kafka: `ErrorHandlingMetrics`, the group `task-error-metrics`).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// Counters of one task, counted up from any thread. Each is named after its attribute.
#[derive(Debug, Default)]
pub struct ErrorCounts {
    failures: AtomicU64,
    errors: AtomicU64,
    skipped: AtomicU64,
    retries: AtomicU64,
    logged: AtomicU64,
    dead_letters: AtomicU64,
    lost_dead_letters: AtomicU64,
    pending_dead_letters: AtomicU64,
    dead_letter_bytes: AtomicU64,
    last_error: AtomicU64,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ErrorReading {
    /// `total-record-failures`: failed attempts. Kafka counts the last of several attempts twice, and so does this.
    pub failures: u64,
    /// `total-record-errors`: records given up.
    pub errors: u64,
    /// `total-records-skipped`: records skipped under `errors.tolerance=all`.
    pub skipped: u64,
    /// `total-retries`: attempts made again.
    pub retries: u64,
    /// `total-errors-logged`.
    pub logged: u64,
    /// `deadletterqueue-produce-requests`.
    pub dead_letters: u64,
    /// `deadletterqueue-produce-failures`.
    pub lost_dead_letters: u64,
    /// Dead letters that are on their way: sent, and neither taken nor refused yet. Kafka has no such attribute.
    pub pending_dead_letters: u64,
    /// Bytes of the keys and values of dead letters sent. Kafka has no such attribute.
    pub dead_letter_bytes: u64,
    /// `last-error-timestamp`: milliseconds since the epoch, 0 for none.
    pub last_error: u64,
}

impl ErrorCounts {
    /// An attempt failed.
    pub fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// An attempt is made again.
    pub fn retried(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// A record is given up.
    pub fn given_up(&self) {
        self.errors.fetch_add(1, Ordering::Relaxed);
    }

    /// It is skipped.
    pub fn skipped(&self) {
        self.skipped.fetch_add(1, Ordering::Relaxed);
    }

    /// An error was logged.
    pub fn logged(&self) {
        self.logged.fetch_add(1, Ordering::Relaxed);
    }

    /// A dead letter is to be sent.
    pub fn dead_letter(&self) {
        self.dead_letters.fetch_add(1, Ordering::Relaxed);
    }

    /// A dead letter of so many bytes is on its way.
    pub fn dead_letter_sent(&self, bytes: usize) {
        self.pending_dead_letters.fetch_add(1, Ordering::Relaxed);
        self.dead_letter_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// So many dead letters are not on their way any more.
    pub fn dead_letters_settled(&self, count: u64) {
        self.pending_dead_letters.fetch_sub(count, Ordering::Relaxed);
    }

    /// A dead letter was not taken.
    pub fn lost_dead_letter(&self) {
        self.lost_dead_letters.fetch_add(1, Ordering::Relaxed);
    }

    /// A record failed just now.
    pub fn mark_error(&self) {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
        self.last_error.store(u64::try_from(now).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The counters as they stand.
    pub fn read(&self) -> ErrorReading {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ErrorReading {
            failures: of(&self.failures),
            errors: of(&self.errors),
            skipped: of(&self.skipped),
            retries: of(&self.retries),
            logged: of(&self.logged),
            dead_letters: of(&self.dead_letters),
            lost_dead_letters: of(&self.lost_dead_letters),
            pending_dead_letters: of(&self.pending_dead_letters),
            dead_letter_bytes: of(&self.dead_letter_bytes),
            last_error: of(&self.last_error),
        }
    }
}
