//! What a consumer reads.

use regex::Regex;

use super::error::{BrokerError, ErrorKind};
use super::topic::TopicPartition;

/// What a consumer reads.
#[derive(Debug, Clone)]
pub enum Subscription {
    /// These topics, shared with the group.
    Topics(Vec<String>),
    /// All topics whose whole name matches, present and future (looked up every `metadata.max.age.ms`), shared with the group.
    Pattern(TopicPattern),
    /// Exactly these partitions from these places, without a group and without rebalances.
    Partitions(Vec<(TopicPartition, Start)>),
}

/// Where reading begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the first record there is.
    Beginning,
    /// At the next record to come.
    End,
    /// At this offset.
    Offset(i64),
}

/// A pattern that must match a topic's whole name, as `java.util.regex.Matcher.matches` wants it (`topics.regex`).
#[derive(Debug, Clone)]
pub struct TopicPattern(Regex);

impl TopicPattern {
    /// Compiles a pattern; look-around, back references and possessive quantifiers of Java are refused by name.
    pub fn new(pattern: &str) -> Result<Self, BrokerError> {
        match Regex::new(&format!("^(?:{pattern})$")) {
            Ok(regex) => Ok(Self(regex)),
            Err(error) => Err(BrokerError::new(
                ErrorKind::Config,
                format!(
                    "the topic pattern `{pattern}` cannot be used (look-around and back references are not supported): {error}"
                ),
            )),
        }
    }

    /// Whether this topic is meant.
    pub fn matches(&self, topic: &str) -> bool {
        self.0.is_match(topic)
    }
}

#[cfg(test)]
mod tests {
    use super::TopicPattern;

    #[test]
    fn a_pattern_matches_the_whole_name() {
        let pattern = TopicPattern::new("orders-.*|bills").unwrap();
        assert!(pattern.matches("orders-eu") && pattern.matches("bills"));
        assert!(!pattern.matches("my-orders-eu") && !pattern.matches("bills-2"));
        assert!(TopicPattern::new("^orders$").unwrap().matches("orders"));
    }

    #[test]
    fn what_cannot_be_matched_is_named() {
        let error = TopicPattern::new("(?!__).*").unwrap_err().to_string();
        assert!(error.contains("(?!__).*") && error.contains("look-around"), "{error}");
    }
}
