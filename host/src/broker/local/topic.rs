//! Topics of the local log: their configuration and, in memory, how far their partitions reach.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use serde::{Deserialize, Serialize};

use super::layout::TopicId;
use crate::broker::error::{BrokerError, ErrorKind};

/// Topic configuration that is followed, with the local log's defaults. Retention bounds the disk by default: at most 1 GiB and
/// seven days a partition (Kafka: seven days alone).
pub const DEFAULTS: [(&str, &str); 7] = [
    ("cleanup.policy", "delete"),
    ("delete.retention.ms", "86400000"),
    ("max.message.bytes", "1048588"),
    ("message.timestamp.type", "CreateTime"),
    ("min.cleanable.dirty.ratio", "0.5"),
    ("retention.bytes", "1073741824"),
    ("retention.ms", "604800000"),
];

/// Kafka's topic configuration that has no meaning in one process; it is kept and shown (`org.apache.kafka.common.config.TopicConfig`).
const WITHOUT_EFFECT: [&str; 24] = [
    "compression.type",
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.zstd.level",
    "file.delete.delay.ms",
    "flush.messages",
    "flush.ms",
    "follower.replication.throttled.replicas",
    "index.interval.bytes",
    "leader.replication.throttled.replicas",
    "local.retention.bytes",
    "local.retention.ms",
    "max.compaction.lag.ms",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "min.compaction.lag.ms",
    "min.insync.replicas",
    "preallocate",
    "remote.storage.enable",
    "segment.bytes",
    "segment.index.bytes",
    "segment.jitter.ms",
    "segment.ms",
    "unclean.leader.election.enable",
];

/// A topic as it is stored, in JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TopicRecord {
    /// Its number.
    pub id: TopicId,
    /// How many partitions.
    pub partitions: i32,
    /// What was set at creation.
    pub config: BTreeMap<String, String>,
}

/// What a topic's configuration comes to.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Whether only the last record of each key is kept.
    pub compact: bool,
    /// Whether old records are deleted by size and age.
    pub delete: bool,
    /// Largest size of a partition in bytes; negative: any.
    pub retention_bytes: i64,
    /// Largest age in milliseconds; negative: any.
    pub retention_ms: i64,
    /// How long a compacted topic keeps tombstones, in milliseconds.
    pub delete_retention_ms: i64,
    /// Share of a partition that must be new before it is compacted again.
    pub dirty_ratio: f64,
    /// Whether the log sets timestamps.
    pub log_append_time: bool,
    /// Largest record in bytes.
    pub max_message_bytes: usize,
}

/// One partition.
#[derive(Debug)]
pub struct Partition {
    /// Its topic's number.
    pub topic_id: TopicId,
    /// Its number.
    pub index: i32,
    /// First offset still there.
    pub start: AtomicI64,
    /// Next offset; everything below is on the disk.
    pub end: AtomicI64,
    /// Bytes ever appended and ever removed; the difference is its size.
    pub appended: AtomicI64,
    /// See `appended`.
    pub removed: AtomicI64,
    /// Bytes appended since it was last compacted.
    pub dirty: AtomicI64,
}

impl Partition {
    /// Its size in bytes.
    pub fn bytes(&self) -> i64 {
        self.appended.load(Ordering::Acquire) - self.removed.load(Ordering::Acquire)
    }
}

/// One topic.
#[derive(Debug)]
pub struct Topic {
    /// Its name.
    pub name: Arc<str>,
    /// As stored.
    pub record: TopicRecord,
    /// Its configuration.
    pub policy: Policy,
    /// Its partitions, by number.
    pub partitions: Vec<Arc<Partition>>,
    /// Set when it is deleted; who still holds it stops using it.
    pub deleted: AtomicBool,
}

impl Topic {
    /// The partition of this number.
    pub fn partition(&self, index: i32) -> Option<&Arc<Partition>> {
        usize::try_from(index).ok().and_then(|index| self.partitions.get(index))
    }

    /// Its configuration with defaults.
    pub fn config(&self) -> BTreeMap<String, String> {
        let mut config: BTreeMap<String, String> = DEFAULTS.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        config.extend(self.record.config.clone());
        config
    }
}

/// Checks a topic's name as Kafka does (`org.apache.kafka.common.internals.Topic.validate`).
pub fn check_name(name: &str) -> Result<(), BrokerError> {
    let legal = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-');
    if name.is_empty() || name == "." || name == ".." || name.len() > 249 || !name.chars().all(legal) {
        let text = format!("`{name}` is no topic name: at most 249 of a-z, A-Z, 0-9, `.`, `_` and `-`");
        return Err(BrokerError::new(ErrorKind::InvalidTopic, text));
    }
    Ok(())
}

/// Reads a topic's configuration.
pub fn policy(config: &BTreeMap<String, String>) -> Result<Policy, BrokerError> {
    for key in config.keys() {
        if !DEFAULTS.iter().any(|(known, _)| known == key) && !WITHOUT_EFFECT.contains(&key.as_str()) {
            return Err(BrokerError::new(ErrorKind::Config, format!("`{key}` is no topic configuration; remove it")));
        }
    }
    let cleanup: Vec<&str> =
        value(config, "cleanup.policy").split(',').map(str::trim).filter(|policy| !policy.is_empty()).collect();
    if let Some(wrong) = cleanup.iter().find(|policy| !matches!(**policy, "compact" | "delete")) {
        return Err(bad("cleanup.policy", wrong, "`compact`, `delete` or both"));
    }
    Ok(Policy {
        compact: cleanup.contains(&"compact"),
        delete: cleanup.contains(&"delete"),
        retention_bytes: number(config, "retention.bytes")?,
        retention_ms: number(config, "retention.ms")?,
        delete_retention_ms: number(config, "delete.retention.ms")?,
        dirty_ratio: number(config, "min.cleanable.dirty.ratio")?,
        log_append_time: value(config, "message.timestamp.type").eq_ignore_ascii_case("LogAppendTime"),
        max_message_bytes: number(config, "max.message.bytes")?,
    })
}

fn value<'a>(config: &'a BTreeMap<String, String>, key: &str) -> &'a str {
    let default = DEFAULTS.iter().find(|(known, _)| *known == key).map_or("", |(_, value)| value);
    config.get(key).map_or(default, |value| value.trim())
}

fn number<T: std::str::FromStr>(config: &BTreeMap<String, String>, key: &str) -> Result<T, BrokerError> {
    let text = value(config, key);
    text.parse().map_err(|_| bad(key, text, "a number"))
}

fn bad(key: &str, value: &str, wanted: &str) -> BrokerError {
    BrokerError::new(ErrorKind::Config, format!("the topic configuration `{key}`=`{value}` must be {wanted}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{check_name, policy};

    #[test]
    fn defaults_bound_the_disk() {
        let policy = policy(&BTreeMap::new()).unwrap();
        assert!(policy.delete && !policy.compact && policy.retention_bytes == 1 << 30 && policy.retention_ms > 0);
    }

    #[test]
    fn wrong_names_and_values_are_named() {
        assert!(check_name("a/b").is_err() && check_name("..").is_err() && check_name("a-B_1.c").is_ok());
        let wrong =
            |key: &str, value: &str| policy(&BTreeMap::from([(key.to_owned(), value.to_owned())])).unwrap_err().to_string();
        assert!(wrong("retention.ms", "long").contains("retention.ms"));
        assert!(wrong("cleanup.policy", "burn").contains("burn"));
        assert!(wrong("colour", "red").contains("colour"));
    }
}
