//! `TopicNameMatches`: records of a topic whose name matches a pattern.

use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Predicate, Record, Validator};

use crate::java_regex::{self, JavaRegex};

const PATTERN: &str = "pattern";

/// Admits records by their topic.
#[derive(Debug)]
pub struct TopicNameMatches {
    pattern: JavaRegex,
    /// The topic last seen, and whether it matches: a batch has few topics.
    last: Option<(String, bool)>,
}

impl Predicate for TopicNameMatches {
    fn plugin() -> PluginInfo {
        let pattern = ConfigKey::new(
            PATTERN,
            KeyType::String,
            Importance::Medium,
            "A Java regular expression for matching against the name of a record's topic.",
        );
        PluginInfo::new(
            "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
            "A predicate which is true for records with a topic name that matches the configured regular expression.",
            ConfigDef::new().key(pattern.validator(Validator::NonEmpty).check_with(java_regex::check)),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self { pattern: JavaRegex::of(PATTERN, config.string(PATTERN)?)?, last: None })
    }

    fn test(&mut self, record: &Record<'_>) -> Result<bool, Error> {
        if let Some((topic, matches)) = &self.last
            && *topic == record.topic
        {
            return Ok(*matches);
        }
        let matches = self.pattern.matches(&record.topic);
        self.last = Some((record.topic.clone().into_owned(), matches));
        Ok(matches)
    }
}
