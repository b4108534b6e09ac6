//! `RegexRouter`: a new topic from parts of the old one (KIP-66).

use std::borrow::Cow;

use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Record, Transformation};

use crate::java_regex::{self, JavaRegex};
use crate::requirements::java_error;

const REGEX: &str = "regex";
const REPLACEMENT: &str = "replacement";

/// Renames topics.
#[derive(Debug)]
pub struct RegexRouter {
    regex: JavaRegex,
    replacement: String,
    /// The topic last seen and the new one, if it gets one: a batch has few topics.
    last: Option<(String, Option<String>)>,
}

impl Transformation for RegexRouter {
    fn plugin() -> PluginInfo {
        let key = |name: &str, documentation: &str| ConfigKey::new(name, KeyType::String, Importance::High, documentation);
        PluginInfo::new(
            "org.apache.kafka.connect.transforms.RegexRouter",
            "Give the record another topic: where the whole name of its topic matches a Java regular expression, the first match is \
             replaced.",
            ConfigDef::new()
                .key(key(REGEX, "Regular expression to use for matching.").check_with(java_regex::check))
                .key(key(REPLACEMENT, "Replacement string.")),
        )
        .alias("io.confluent.connect.cloud.transforms.TopicRegexRouter")
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        let regex = JavaRegex::of(REGEX, config.string(REGEX)?)?;
        Ok(Self { regex, replacement: config.string(REPLACEMENT)?.to_owned(), last: None })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        let known = self.last.as_ref().is_some_and(|(topic, _)| *topic == record.topic);
        if !known {
            let replaced = match self.regex.matches(&record.topic) {
                true => self.regex.replace_first(&record.topic, &self.replacement).map_err(|mistake| {
                    let (class, message) = mistake.java();
                    java_error(class, message)
                })?,
                false => None,
            };
            self.last = Some((record.topic.clone().into_owned(), replaced));
        }
        if let Some((_, Some(topic))) = &self.last {
            record.topic = Cow::Owned(topic.clone());
        }
        Ok(Some(record))
    }
}
