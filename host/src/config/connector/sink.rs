//! Keys of sink connectors (Kafka: `SinkConnectorConfig`).

use std::collections::BTreeMap;

use regex::Regex;

use crate::config::definition::{ConfigKey, Importance, Type};
use crate::config::validator::Validator;

/// Topics to consume.
pub const TOPICS: &str = "topics";
/// Topics to consume, as a pattern.
pub const TOPICS_REGEX: &str = "topics.regex";
/// Where records go that could not be processed.
pub const DLQ_TOPIC: &str = "errors.deadletterqueue.topic.name";
/// How many replicas that topic gets when it is made.
pub const DLQ_REPLICATION_FACTOR: &str = "errors.deadletterqueue.topic.replication.factor";
/// Whether headers of those records tell what failed.
pub const DLQ_CONTEXT_HEADERS: &str = "errors.deadletterqueue.context.headers.enable";

/// The keys that only sinks have, in Kafka's order.
pub(super) fn keys() -> Vec<ConfigKey> {
    vec![
        ConfigKey::new(
            "topics",
            Type::List,
            "List of topics to consume, separated by commas",
        )
        .default_text("")
        .check(Validator::items(true))
        .importance(Importance::High)
        .shown("Common", 4, "LONG", "Topics"),
        ConfigKey::new(
            "topics.regex",
            Type::String,
            "Regular expression giving topics to consume. Under the hood, the regex is compiled to a \
             <code>java.util.regex.Pattern</code>. Only one of topics or topics.regex should be specified.",
        )
        .default_text("")
        .check(Validator::Regex)
        .importance(Importance::High)
        .shown("Common", 4, "LONG", "Topics regex"),
        ConfigKey::new(
            DLQ_TOPIC,
            Type::String,
            "The name of the topic to be used as the dead letter queue (DLQ) for messages that result in an error when processed \
             by this sink connector, or its transformations or converters. The topic name is blank by default, which means that no \
             messages are to be recorded in the DLQ.",
        )
        .default_text("")
        .importance(Importance::Medium)
        .shown("Error Handling", 6, "MEDIUM", "Dead Letter Queue Topic Name"),
        ConfigKey::new(
            DLQ_REPLICATION_FACTOR,
            Type::Short,
            "Replication factor used to create the dead letter queue topic when it doesn't already exist.",
        )
        .default_text("3")
        .importance(Importance::Medium)
        .shown("Error Handling", 7, "MEDIUM", "Dead Letter Queue Topic Replication Factor"),
        ConfigKey::new(
            DLQ_CONTEXT_HEADERS,
            Type::Boolean,
            "If true, add headers containing error context to the messages written to the dead letter queue. To avoid clashing \
             with headers from the original record, all error context header keys, all error context header keys will start with \
             <code>__connect.errors.</code>",
        )
        .default_text("false")
        .importance(Importance::Medium)
        .shown("Error Handling", 8, "MEDIUM", "Enable Error Context Headers"),
    ]
}

/// What is wrong with the combination of topics, pattern and dead letter queue: pairs of key and error
/// (Kafka: `SinkConnectorConfig.validate`).
pub fn topic_errors(props: &BTreeMap<String, Option<String>>) -> Vec<(&'static str, String)> {
    let text = |key: &str| props.get(key).and_then(Option::as_deref).map(str::trim).unwrap_or_default();
    let (topics, pattern, dlq) = (text(TOPICS), text(TOPICS_REGEX), text(DLQ_TOPIC));
    let mut errors = Vec::new();
    let both = match (topics.is_empty(), pattern.is_empty()) {
        (false, false) => Some("topics and topics.regex are mutually exclusive options, but both are set."),
        (true, true) => Some("Must configure one of topics or topics.regex"),
        _ => None,
    };
    if let Some(error) = both {
        errors.push((TOPICS, error.to_owned()));
        errors.push((TOPICS_REGEX, error.to_owned()));
    }
    if dlq.is_empty() {
        return errors;
    }
    let listed: Vec<&str> = topics.split(',').map(str::trim).filter(|topic| !topic.is_empty()).collect();
    if listed.contains(&dlq) {
        errors.push((
            TOPICS,
            format!(
                "The DLQ topic '{dlq}' may not be included in the list of topics ('topics=[{}]') consumed by the connector",
                listed.join(", ")
            ),
        ));
    }
    let matches = |pattern: &str| Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| regex.is_match(dlq));
    if !pattern.is_empty() && matches(pattern) {
        errors.push((
            TOPICS_REGEX,
            format!(
                "The DLQ topic '{dlq}' may not be matched by the regex for the topics ('topics.regex={pattern}') consumed by \
                 the connector"
            ),
        ));
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(pairs: &[(&str, &str)]) -> Vec<(&'static str, String)> {
        let props = pairs.iter().map(|(key, value)| ((*key).to_owned(), Some((*value).to_owned()))).collect();
        topic_errors(&props)
    }

    #[test]
    fn either_topics_or_a_pattern() {
        assert_eq!(errors(&[]).len(), 2);
        assert_eq!(errors(&[("topics", "a"), ("topics.regex", "b")]).len(), 2);
        assert!(errors(&[("topics", "a")]).is_empty());
    }

    #[test]
    fn the_dead_letter_queue_is_not_consumed() {
        assert_eq!(errors(&[("topics", "a, q"), (DLQ_TOPIC, "q")]).len(), 1);
        assert_eq!(errors(&[("topics.regex", "q.*"), (DLQ_TOPIC, "q1")]).len(), 1);
        assert!(errors(&[("topics.regex", "q"), (DLQ_TOPIC, "q1")]).is_empty());
    }
}
