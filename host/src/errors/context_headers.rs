//! The headers that tell, with a dead letter, what failed and why (Kafka: `DeadLetterQueueReporter.populateContextHeaders`). Pure.

use crate::record::consumed::Original;

use super::failure::Failure;

/// Names and values, in Kafka's order; a message that is not there is null. Numbers are decimal text.
pub(super) fn context_headers(
    connector: &str,
    task: u32,
    original: &Original<'_>,
    failure: &Failure,
) -> [(&'static str, Option<String>); 10] {
    let record = &original.record;
    let message = Some(failure.message.clone()).filter(|message| !message.is_empty());
    [
        ("__connect.errors.topic", Some(record.topic.to_owned())),
        ("__connect.errors.partition", Some(record.partition.to_string())),
        ("__connect.errors.offset", Some(record.offset.to_string())),
        ("__connect.errors.connector.name", Some(connector.to_owned())),
        ("__connect.errors.task.id", Some(task.to_string())),
        ("__connect.errors.stage", Some(failure.stage.name().to_owned())),
        ("__connect.errors.class.name", Some(failure.class.clone())),
        ("__connect.errors.exception.class.name", Some(failure.exception.clone())),
        ("__connect.errors.exception.message", message),
        ("__connect.errors.exception.stacktrace", Some(failure.stack_trace() + "\n")),
    ]
}
