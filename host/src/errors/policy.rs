//! The `errors.*` settings of a connector.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::value::Value;

/// What a connector's `errors.*` keys say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPolicy {
    /// `errors.retry.timeout`: how long a record is retried; none: for ever.
    pub retry_timeout: Option<Duration>,
    /// `errors.retry.delay.max.ms`.
    pub retry_delay_max: Duration,
    /// `errors.tolerance=all`: bad records are skipped.
    pub tolerate_all: bool,
    /// `errors.log.enable`.
    pub log: bool,
    /// `errors.log.include.messages`.
    pub log_messages: bool,
}

impl Default for ErrorPolicy {
    /// Kafka's defaults: no retries, no tolerance, no log.
    fn default() -> Self {
        Self {
            retry_timeout: Some(Duration::ZERO),
            retry_delay_max: Duration::from_secs(60),
            tolerate_all: false,
            log: false,
            log_messages: false,
        }
    }
}

impl ErrorPolicy {
    /// Whether a record is ever tried again.
    pub fn retries(&self) -> bool {
        self.retry_timeout != Some(Duration::ZERO)
    }

    /// Reads the settings from a connector's parsed configuration.
    pub fn new(config: &BTreeMap<String, Value>) -> Self {
        let number = |key: &str| config.get(key).and_then(Value::as_i64);
        let flag = |key: &str| config.get(key).and_then(Value::as_bool).unwrap_or(false);
        Self {
            retry_timeout: match number("errors.retry.timeout").unwrap_or(0) {
                ms if ms < 0 => None,
                ms => Some(milliseconds(ms)),
            },
            retry_delay_max: milliseconds(number("errors.retry.delay.max.ms").unwrap_or(60_000)),
            tolerate_all: config.get("errors.tolerance").and_then(Value::as_str) == Some("all"),
            log: flag("errors.log.enable"),
            log_messages: flag("errors.log.include.messages"),
        }
    }
}

fn milliseconds(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
