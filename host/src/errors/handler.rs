//! Reporting failed records and deciding whether the task may go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::failure::{Failure, Place};
use super::policy::ErrorPolicy;

/// The failure that `errors.tolerance=none` does not bear; its text is the task's trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Intolerable(pub String);

/// What has been counted of one task's failures (Kafka: `task-error-metrics`).
#[derive(Debug, Default)]
pub struct ErrorCounts {
    /// Failed attempts (`total-record-failures`).
    pub failures: AtomicU64,
    /// Records given up (`total-record-errors`).
    pub errors: AtomicU64,
    /// Records skipped under `errors.tolerance=all` (`total-records-skipped`).
    pub skipped: AtomicU64,
    /// Attempts made again (`total-retries`).
    pub retries: AtomicU64,
    /// Errors logged (`total-errors-logged`).
    pub logged: AtomicU64,
}

/// The end of a failed record's way: one for each task.
#[derive(Debug)]
pub struct ErrorHandler {
    task: String,
    policy: ErrorPolicy,
    counts: Arc<ErrorCounts>,
}

impl ErrorHandler {
    /// The handler of the task named `<connector>-<task>`.
    pub fn new(task: impl Into<String>, policy: ErrorPolicy) -> Self {
        Self { task: task.into(), policy, counts: Arc::default() }
    }

    /// The settings.
    pub fn policy(&self) -> &ErrorPolicy {
        &self.policy
    }

    /// The counters.
    pub fn counts(&self) -> &Arc<ErrorCounts> {
        &self.counts
    }

    /// An attempt failed; whether it was the last is decided by the caller.
    pub fn attempt_failed(&self) {
        self.counts.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// An attempt is made again.
    pub fn retried(&self) {
        self.counts.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// A record has failed for good: reports it.
    ///
    /// # Errors
    /// Under `errors.tolerance=none`, the trace with which the task fails.
    pub fn give_up(&self, failure: &Failure, place: Option<&Place<'_>>) -> Result<(), Intolerable> {
        self.counts.errors.fetch_add(1, Ordering::Relaxed);
        if self.policy.log {
            self.counts.logged.fetch_add(1, Ordering::Relaxed);
            let context = failure.context(place.filter(|_| self.policy.log_messages));
            tracing::error!("Error encountered in task {}. {context} {}", self.task, failure.cause());
        }
        if !self.policy.tolerate_all {
            return Err(Intolerable(self.trace(failure, place)));
        }
        self.counts.skipped.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn trace(&self, failure: &Failure, place: Option<&Place<'_>>) -> String {
        format!(
            "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler\n\
             \tat task {}: {}\n\
             Caused by: {}",
            self.task,
            failure.context(place),
            failure.cause()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::failure::Stage;

    fn failure() -> Failure {
        Failure {
            stage: Stage::ValueConverter,
            class: "org.apache.kafka.connect.json.JsonConverter".to_owned(),
            exception: "org.apache.kafka.connect.errors.DataException".to_owned(),
            message: "no JSON".to_owned(),
            retriable: false,
        }
    }

    const PLACE: Place<'_> = Place::Consumed { topic: "t", partition: 1, offset: 7, timestamp: None };

    #[test]
    fn without_tolerance_the_trace_says_what_and_where() {
        let handler = ErrorHandler::new("c-0", ErrorPolicy::default());
        let trace = handler.give_up(&failure(), Some(&PLACE)).unwrap_err().0;
        assert_eq!(
            trace,
            "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler\n\
             \tat task c-0: Executing stage 'VALUE_CONVERTER' with class 'org.apache.kafka.connect.json.JsonConverter', \
             where consumed record is {topic='t', partition=1, offset=7}.\n\
             Caused by: org.apache.kafka.connect.errors.DataException: no JSON"
        );
    }

    #[test]
    fn with_tolerance_the_record_is_skipped_and_counted() {
        let policy = ErrorPolicy { tolerate_all: true, log: true, log_messages: true, ..ErrorPolicy::default() };
        let handler = ErrorHandler::new("c-0", policy);
        handler.give_up(&failure(), Some(&PLACE)).unwrap();
        assert_eq!(handler.counts().skipped.load(Ordering::Relaxed), 1);
        assert_eq!(handler.counts().logged.load(Ordering::Relaxed), 1);
    }
}
