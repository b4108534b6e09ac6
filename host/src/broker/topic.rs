//! Topics and their partitions.

use std::collections::BTreeMap;
use std::fmt;

/// One partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name.
    pub topic: String,
    /// The partition's number, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// This partition of this topic.
    pub fn new(topic: impl Into<String>, partition: i32) -> Self {
        Self { topic: topic.into(), partition }
    }
}

impl fmt::Display for TopicPartition {
    /// As Java's `TopicPartition.toString`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// A topic to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// Number of partitions; -1: the broker's default (KIP-464).
    pub partitions: i32,
    /// Replicas of each partition; -1: the broker's default. The local log has one.
    pub replication_factor: i16,
    /// Topic configuration, e.g. `cleanup.policy`.
    pub config: BTreeMap<String, String>,
}

impl NewTopic {
    /// A topic with the broker's defaults.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), partitions: -1, replication_factor: -1, config: BTreeMap::new() }
    }
}

/// What a broker knows of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicDescription {
    /// Its name.
    pub name: String,
    /// Its partitions, in order.
    pub partitions: Vec<i32>,
    /// Replicas of each partition.
    pub replication_factor: usize,
    /// Whether it is the broker's own (`__consumer_offsets` …).
    pub internal: bool,
    /// Its configuration where it was asked for, defaults included.
    pub config: BTreeMap<String, String>,
}

/// How far a partition reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watermarks {
    /// Offset of the first record still there.
    pub start: i64,
    /// Offset the next record will get.
    pub end: i64,
}
