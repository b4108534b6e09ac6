//! `MessageTimestampRouter`: a topic by a time that the value holds.

use std::borrow::Cow;

use caisson_sdk::data::value::Value;
use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Record, Transformation, clock};

use crate::requirements::require_map;
use crate::simple_date_format::SimpleDateFormat;
use crate::timestamp_router::routed;

const PURPOSE: &str = "routing by a timestamp of the message";
const TOPIC_FORMAT: &str = "topic.format";
const TOPIC_TIMESTAMP_FORMAT: &str = "topic.timestamp.format";
const MESSAGE_TIMESTAMP_FORMAT: &str = "message.timestamp.format";
const MESSAGE_TIMESTAMP_KEYS: &str = "message.timestamp.keys";

/// Routes by a time in the value.
#[derive(Debug)]
pub struct MessageTimestampRouter {
    topic_format: String,
    topic_timestamp_format: SimpleDateFormat,
    message_timestamp_format: SimpleDateFormat,
    keys: Vec<String>,
}

impl MessageTimestampRouter {
    fn millis(&self, value: &Value<'_>) -> Result<i64, Error> {
        match value {
            Value::Int64(millis) | Value::Date(millis) => Ok(*millis),
            Value::String(text) => self.message_timestamp_format.parse(text).ok_or_else(|| {
                let pattern = self.message_timestamp_format.pattern();
                Error::data(format!("Could not parse timestamp: value ({text}) does not match pattern ({pattern})"))
            }),
            other => Err(Error::data(format!("class {} is no timestamp: a String, Long or Date is one", other.java_class()))),
        }
    }
}

fn pattern(config: &Config, key: &str) -> Result<SimpleDateFormat, Error> {
    let text = config.string(key)?;
    SimpleDateFormat::new(text, clock::now_millis()).map_err(|mistake| Error::invalid_value(key, Some(text), &mistake))
}

impl Transformation for MessageTimestampRouter {
    fn plugin() -> PluginInfo {
        let key = |name: &str, type_, documentation: &str| ConfigKey::new(name, type_, Importance::High, documentation);
        let topic_format = "The new topic: ${topic} stands for the old one, ${timestamp} for the time.";
        let topic_timestamp_format = "How the topic writes the time: a pattern of java.text.SimpleDateFormat, in UTC.";
        let message_timestamp_format = "How the value writes the time: a pattern of java.text.SimpleDateFormat, in UTC.";
        let keys = "The fields that may hold the time. The first of them that the value has counts.";
        PluginInfo::new(
            "io.confluent.connect.transforms.MessageTimestampRouter",
            "Give the record another topic, made of the one it has and of a time in its value, which has to be a Map.",
            ConfigDef::new()
                .key(key(TOPIC_FORMAT, KeyType::String, topic_format).default("${topic}-${timestamp}"))
                .key(key(TOPIC_TIMESTAMP_FORMAT, KeyType::String, topic_timestamp_format).default("yyyyMMdd"))
                .key(key(MESSAGE_TIMESTAMP_FORMAT, KeyType::String, message_timestamp_format).default("yyyy-MM-dd"))
                .key(key(MESSAGE_TIMESTAMP_KEYS, KeyType::List, keys).default("timestamp")),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            topic_format: config.string(TOPIC_FORMAT)?.to_owned(),
            topic_timestamp_format: pattern(config, TOPIC_TIMESTAMP_FORMAT)?,
            message_timestamp_format: pattern(config, MESSAGE_TIMESTAMP_FORMAT)?,
            keys: config.list(MESSAGE_TIMESTAMP_KEYS)?.to_vec(),
        })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        let entries = require_map(record.value.value.clone(), PURPOSE)?;
        let held = |name: &String| entries.iter().find(|(key, value)| key.as_str() == Some(name) && !value.is_null());
        let Some((_, value)) = self.keys.iter().find_map(held) else {
            let keys = self.keys.join(", ");
            return Err(Error::data(format!("the value has none of the fields of {MESSAGE_TIMESTAMP_KEYS}: {keys}")));
        };
        let timestamp = self.topic_timestamp_format.format(self.millis(value)?);
        record.topic = Cow::Owned(routed(&self.topic_format, &record.topic, &timestamp));
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use caisson_sdk::Datum;

    use super::*;

    #[test]
    fn the_first_field_found_makes_the_topic() {
        // The example of the public documentation.
        let settings = [
            (TOPIC_FORMAT, "foo-${topic}-${timestamp}"),
            (MESSAGE_TIMESTAMP_FORMAT, "yyyy-MM-dd"),
            (TOPIC_TIMESTAMP_FORMAT, "yyyy.MM.dd"),
            (MESSAGE_TIMESTAMP_KEYS, "timestamp,time,ts"),
        ];
        let config = MessageTimestampRouter::plugin().config().parse(settings).unwrap();
        let mut router = MessageTimestampRouter::configure(&config).unwrap();
        let mut topic = |field: &'static str, value: &'static str| {
            let value = Value::Map(vec![(Value::from(field), Value::from(value))]);
            let routed = router.apply(Record::new("bar").with_value(Datum::schemaless(value)));
            routed.map(|record| record.unwrap().topic.into_owned()).map_err(|error| error.message().to_owned())
        };
        assert_eq!(topic("time", "2019-08-06"), Ok("foo-bar-2019.08.06".to_owned()));
        assert!(topic("time", "yesterday").is_err());
        assert!(topic("other", "2019-08-06").is_err());
    }
}
