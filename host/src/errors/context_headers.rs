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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::failure::Stage;
    use crate::record::consumed::{Consumed, ConsumedBatch};

    #[test]
    fn an_exception_without_message_has_a_null_header() {
        let mut batch = ConsumedBatch::default();
        let record = Consumed { topic: "t", partition: 3, offset: 5, timestamp: None, timestamp_type: 0, key: None, value: None };
        batch.push(&record, [].into_iter());
        let failure = Failure {
            stage: Stage::Transformation,
            class: "a.B".to_owned(),
            exception: "java.lang.NullPointerException".to_owned(),
            message: String::new(),
            frames: "\tat inner\n\tat outer".to_owned(),
            retriable: false,
        };
        let headers = context_headers("c", 2, &batch.original(0).unwrap(), &failure);
        let values: Vec<Option<&str>> = headers.iter().map(|(_, value)| value.as_deref()).collect();
        let exception = "java.lang.NullPointerException";
        let trace = "java.lang.NullPointerException\n\tat inner\n\tat outer\n\tat a.B (TRANSFORMATION)\n";
        let known = ["t", "3", "5", "c", "2", "TRANSFORMATION", "a.B", exception].map(Some);
        assert_eq!(values, [known.as_slice(), &[None, Some(trace)]].concat());
        assert!(headers.iter().all(|(name, _)| name.starts_with("__connect.errors.")));
    }
}
