//! Under which subject the schema of a topic's keys or values is registered (Confluent: `SubjectNameStrategy`).

use caisson_sdk::{Config, Error};

use crate::keys;

/// A subject for each topic's keys and each topic's values.
pub const TOPIC: &str = "io.confluent.kafka.serializers.subject.TopicNameStrategy";
/// A subject for each kind of record.
pub const RECORD: &str = "io.confluent.kafka.serializers.subject.RecordNameStrategy";
/// A subject for each kind of record of each topic.
pub const TOPIC_RECORD: &str = "io.confluent.kafka.serializers.subject.TopicRecordNameStrategy";

/// How subjects are named, for keys or for values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubjectNames {
    strategy: Strategy,
    is_key: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strategy {
    Topic,
    Record,
    TopicRecord,
}

impl SubjectNames {
    /// As the configuration says. `ConfigException` for a class that is not there.
    pub fn new(config: &Config, is_key: bool) -> Result<Self, Error> {
        let key = if is_key { keys::KEY_SUBJECT_NAME_STRATEGY } else { keys::VALUE_SUBJECT_NAME_STRATEGY };
        let strategy = match config.string(key)? {
            TOPIC => Strategy::Topic,
            RECORD => Strategy::Record,
            TOPIC_RECORD => Strategy::TopicRecord,
            other => {
                let message = format!("there are {TOPIC}, {RECORD} and {TOPIC_RECORD}");
                return Err(Error::invalid_value(key, Some(other), &message));
            }
        };
        Ok(Self { strategy, is_key })
    }

    /// Whether the name of the record is part of the subject.
    pub fn needs_record(self) -> bool {
        self.strategy != Strategy::Topic
    }

    /// The subject. `record`: the full name of the schema's record; none: the schema is no record. `SerializationException` when the
    /// name of a record is needed.
    pub fn subject(self, topic: &str, record: Option<&str>) -> Result<String, Error> {
        let side = if self.is_key { "key" } else { "value" };
        let named = || {
            let strategy = if self.strategy == Strategy::Record { RECORD } else { TOPIC_RECORD };
            let message = format!(
                "In configuration {side}.subject.name.strategy = {strategy}, the message {side} must only be a record schema"
            );
            record.ok_or_else(|| Error::data(message).with_class("org.apache.kafka.common.errors.SerializationException"))
        };
        Ok(match self.strategy {
            Strategy::Topic => format!("{topic}-{side}"),
            Strategy::Record => named()?.to_owned(),
            Strategy::TopicRecord => format!("{topic}-{}", named()?),
        })
    }
}
