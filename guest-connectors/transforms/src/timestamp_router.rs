//! `TimestampRouter`: a topic by the record's time (KIP-66).

use std::borrow::Cow;

use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Record, Transformation, clock};

use crate::record_text::record_text;
use crate::requirements::java_error;
use crate::simple_date_format::SimpleDateFormat;

const TOPIC_FORMAT: &str = "topic.format";
const TIMESTAMP_FORMAT: &str = "timestamp.format";

/// Routes by time.
#[derive(Debug)]
pub struct TimestampRouter {
    topic_format: String,
    /// A bad pattern shows with the first record, as in Kafka.
    timestamp_format: Result<SimpleDateFormat, String>,
}

impl Transformation for TimestampRouter {
    fn plugin() -> PluginInfo {
        let topic_format = ConfigKey::new(
            TOPIC_FORMAT,
            KeyType::String,
            Importance::High,
            "Format string which can contain <code>${topic}</code> and <code>${timestamp}</code> as placeholders for the topic and \
             timestamp, respectively.",
        );
        let timestamp_format = ConfigKey::new(
            TIMESTAMP_FORMAT,
            KeyType::String,
            Importance::High,
            "Format string for the timestamp that is compatible with <code>java.text.SimpleDateFormat</code>.",
        );
        PluginInfo::new(
            "org.apache.kafka.connect.transforms.TimestampRouter",
            "Give the record another topic, made of the one it has and of its timestamp: sinks often name tables and indexes by it.",
            ConfigDef::new().key(topic_format.default("${topic}-${timestamp}")).key(timestamp_format.default("yyyyMMdd")),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            topic_format: config.string(TOPIC_FORMAT)?.to_owned(),
            timestamp_format: SimpleDateFormat::new(config.string(TIMESTAMP_FORMAT)?, clock::now_millis()),
        })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        let Some(timestamp) = record.timestamp else {
            return Err(Error::data(format!("Timestamp missing on record: {}", record_text(&record)?)));
        };
        let format = self
            .timestamp_format
            .as_ref()
            .map_err(|mistake| java_error("java.lang.IllegalArgumentException", mistake.as_str()))?;
        record.topic = Cow::Owned(routed(&self.topic_format, &record.topic, &format.format(timestamp)));
        Ok(Some(record))
    }
}

/// The placeholders filled in, first the topic's; a topic may bring the other.
pub fn routed(format: &str, topic: &str, timestamp: &str) -> String {
    format.replace("${topic}", topic).replace("${timestamp}", timestamp)
}
