//! Spans for traces: a task's batches and their steps. Where nobody wants traces they are off, and cost a comparison each.

use std::future::Future;

use tracing::{Instrument, Span, field};

use crate::storage::status_store::TaskId;

use super::failure::TaskFailure;

/// The target of every span that is for traces, and of nothing else. The log's rules switch it on or off.
pub const TARGET: &str = "caisson::traces";

/// How many records a batch has.
const RECORDS: &str = "messaging.batch.message_count";

/// A batch on its way through a task: a trace of its own, however long the task runs.
pub(super) fn batch(name: &'static str, id: &TaskId) -> Span {
    tracing::info_span!(
        target: TARGET,
        parent: None,
        "batch",
        otel.name = name,
        connector = id.connector,
        task = i64::from(id.task),
        messaging.system = "kafka",
        messaging.batch.message_count = field::Empty,
        otel.status_code = field::Empty,
        otel.status_description = field::Empty,
    )
}

/// Says how many records the batch has that this is in the span of.
pub(super) fn count(records: usize) {
    // The bridge knows numbers with a sign only; others become text.
    Span::current().record(RECORDS, i64::try_from(records).unwrap_or(i64::MAX));
}

/// A part of a batch's way; none without records.
pub(super) fn step(name: &'static str, records: usize) -> Span {
    match records {
        0 => Span::none(),
        _ => tracing::info_span!(target: TARGET, "step", otel.name = name),
    }
}

/// Does the work that a span is of, and notes in it why it failed.
pub(super) async fn within<T>(span: Span, work: impl Future<Output = Result<T, TaskFailure>>) -> Result<T, TaskFailure> {
    let done = work.instrument(span.clone()).await;
    if let Err(failure) = &done {
        span.record("otel.status_code", "ERROR").record("otel.status_description", field::display(failure));
    }
    done
}
