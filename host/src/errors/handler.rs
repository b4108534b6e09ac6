//! Reporting failed records and deciding whether the task may go on (Kafka: `RetryWithToleranceOperator`).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::broker::error::BrokerError;

use super::counts::ErrorCounts;
use super::dead_letter_queue::DeadLetterQueue;
use super::failure::{Failure, Place};
use super::policy::ErrorPolicy;

/// What `RetryWithToleranceOperator` says of a failure that is not tolerated.
pub const TOLERANCE_EXCEEDED: &str = "Tolerance exceeded in error handler";

/// The failure that `errors.tolerance=none` does not bear; its text is the task's trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Intolerable(pub String);

/// The end of a failed record's way: one for each task.
pub struct ErrorHandler {
    task: String,
    policy: ErrorPolicy,
    counts: Arc<ErrorCounts>,
    queue: Option<DeadLetterQueue>,
}

impl ErrorHandler {
    /// The handler of the task named `<connector>-<task>`; `queue` is where a sink's failed records go.
    pub fn new(task: impl Into<String>, policy: ErrorPolicy, counts: Arc<ErrorCounts>, queue: Option<DeadLetterQueue>) -> Self {
        Self { task: task.into(), policy, counts, queue }
    }

    /// The settings.
    pub fn policy(&self) -> &ErrorPolicy {
        &self.policy
    }

    /// The counters.
    pub fn counts(&self) -> &Arc<ErrorCounts> {
        &self.counts
    }

    /// Whether anybody hears of a failed record: without log and dead letter queue a sink task has no errant record reporter.
    pub fn reports(&self) -> bool {
        self.policy.log || self.queue.is_some()
    }

    /// A record has failed on its way through the stages, for good: reports it.
    ///
    /// # Errors
    /// Under `errors.tolerance=none`, the trace with which the task fails. The record has been reported all the same.
    pub async fn give_up(&self, failure: &Failure, place: Option<&Place<'_>>) -> Result<(), Intolerable> {
        self.counts.mark_error();
        self.counts.given_up();
        self.report(failure, place).await;
        if !self.policy.tolerate_all {
            return Err(self.intolerable(failure, place));
        }
        self.counts.skipped();
        Ok(())
    }

    /// A sink task reports a record of its own accord (KIP-610).
    ///
    /// # Errors
    /// As [`ErrorHandler::give_up`].
    pub async fn take_errant(&self, failure: &Failure, place: &Place<'_>) -> Result<(), Intolerable> {
        self.counts.mark_error();
        self.counts.failed();
        self.report(failure, Some(place)).await;
        if !self.policy.tolerate_all {
            self.counts.given_up();
            return Err(self.intolerable(failure, Some(place)));
        }
        Ok(())
    }

    /// The broker did not take a source's record, and `errors.tolerance=all` skips it.
    pub fn skip_unsent(&self, failure: &Failure, place: Option<&Place<'_>>) {
        self.counts.mark_error();
        self.counts.failed();
        self.log(failure, place);
    }

    /// Waits until every record reported so far is in the dead letter queue, or was refused there for good.
    ///
    /// # Errors
    /// It took longer than `timeout`.
    pub async fn settle(&self, timeout: Duration) -> Result<(), BrokerError> {
        match &self.queue {
            Some(queue) => queue.settle(timeout).await,
            None => Ok(()),
        }
    }

    async fn report(&self, failure: &Failure, place: Option<&Place<'_>>) {
        self.log(failure, place);
        if let (Some(queue), Some(Place::Consumed(original))) = (&self.queue, place) {
            queue.send(original, failure).await;
        }
    }

    fn log(&self, failure: &Failure, place: Option<&Place<'_>>) {
        if self.policy.log {
            self.counts.logged();
            let context = failure.context(place.filter(|_| self.policy.log_messages));
            tracing::error!("Error encountered in task {}. {context}\n{}", self.task, failure.stack_trace());
        }
    }

    fn intolerable(&self, failure: &Failure, place: Option<&Place<'_>>) -> Intolerable {
        Intolerable(format!(
            "org.apache.kafka.connect.errors.ConnectException: {TOLERANCE_EXCEEDED}\n\
             \tat task {}: {}\n\
             Caused by: {}",
            self.task,
            failure.context(place),
            failure.stack_trace()
        ))
    }
}

impl fmt::Debug for ErrorHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorHandler").field("task", &self.task).field("policy", &self.policy).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::failure::Stage;
    use crate::record::consumed::{Consumed, ConsumedBatch};

    fn failure() -> Failure {
        Failure {
            stage: Stage::ValueConverter,
            class: "org.apache.kafka.connect.json.JsonConverter".to_owned(),
            exception: "org.apache.kafka.connect.errors.DataException".to_owned(),
            message: "no JSON".to_owned(),
            frames: String::new(),
            retriable: false,
        }
    }

    fn batch(timestamp_type: u8) -> ConsumedBatch {
        let mut batch = ConsumedBatch::default();
        let record = Consumed {
            topic: "t",
            partition: 1,
            offset: 7,
            timestamp: Some(5).filter(|_| timestamp_type > 0),
            timestamp_type,
            key: None,
            value: None,
        };
        batch.push(&record, [].into_iter());
        batch
    }

    fn give_up(policy: ErrorPolicy, timestamp_type: u8) -> (Result<(), Intolerable>, ErrorHandler) {
        let handler = ErrorHandler::new("c-0", policy, Arc::default(), None);
        let batch = batch(timestamp_type);
        let place = batch.original(0).map(Place::Consumed);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        (runtime.block_on(handler.give_up(&failure(), place.as_ref())), handler)
    }

    #[test]
    fn without_tolerance_the_trace_says_what_and_where() {
        let (end, handler) = give_up(ErrorPolicy::default(), 0);
        assert_eq!(
            end.unwrap_err().0,
            "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler\n\
             \tat task c-0: Executing stage 'VALUE_CONVERTER' with class 'org.apache.kafka.connect.json.JsonConverter', \
             where consumed record is {topic='t', partition=1, offset=7}.\n\
             Caused by: org.apache.kafka.connect.errors.DataException: no JSON\n\
             \tat org.apache.kafka.connect.json.JsonConverter (VALUE_CONVERTER)"
        );
        let counts = handler.counts().read();
        assert_eq!((counts.errors, counts.skipped), (1, 0));
    }

    #[test]
    fn with_tolerance_the_record_is_skipped_and_counted() {
        let policy = ErrorPolicy { tolerate_all: true, log: true, log_messages: true, ..ErrorPolicy::default() };
        let (end, handler) = give_up(policy, 1);
        end.unwrap();
        let counts = handler.counts().read();
        assert_eq!((counts.errors, counts.skipped, counts.logged), (1, 1, 1));
        assert!(counts.last_error > 0);
    }

    #[test]
    fn places_read_as_kafka_writes_them() {
        let batch = batch(2);
        let place = Place::Consumed(batch.original(0).unwrap());
        assert_eq!(
            failure().context(Some(&place)),
            "Executing stage 'VALUE_CONVERTER' with class 'org.apache.kafka.connect.json.JsonConverter', where consumed record is \
             {topic='t', partition=1, offset=7, timestamp=5, timestampType=LogAppendTime}."
        );
        let place = Place::Polled { partition: "{filename=a}".to_owned(), offset: "{position=2}".to_owned() };
        assert!(
            failure()
                .context(Some(&place))
                .ends_with(", where source record is = SourceRecord{sourcePartition={filename=a}, sourceOffset={position=2}}.")
        );
    }
}
