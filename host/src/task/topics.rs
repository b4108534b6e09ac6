//! Topics that a source writes to: made when they are missing, if the connector says how (KIP-158).

use std::collections::{BTreeMap, HashSet};

use regex::Regex;

use crate::broker::error::BrokerError;
use crate::broker::topic::NewTopic;
use crate::broker::{Admin, Broker, ClientSpec};
use crate::config::Props;
use crate::config::definition::Type;
use crate::config::value::{ConfigError, Value};

use super::plan::with_prefix;

const PREFIX: &str = "topic.creation.";
const REPLICAS: &str = "replication.factor";
const PARTITIONS: &str = "partitions";

/// How topics of one group are made.
#[derive(Debug)]
struct Group {
    include: Vec<Regex>,
    exclude: Vec<Regex>,
    partitions: i32,
    replication_factor: i16,
    config: BTreeMap<String, String>,
}

/// The topics that a task has written to, and how to make new ones.
pub struct Topics {
    seen: HashSet<String>,
    /// Groups in order, the default group last. Empty: the broker makes topics, or refuses.
    groups: Vec<Group>,
    admin: Option<Box<dyn Admin>>,
}

impl Topics {
    /// Reads the connector's `topic.creation.*` keys. `enabled` is the worker's `topic.creation.enable`.
    ///
    /// # Errors
    /// A key that is missing or wrong.
    pub fn new(connector: &Props, enabled: bool) -> Result<Self, ConfigError> {
        let wanted = connector.contains_key("topic.creation.default.replication.factor")
            && connector.contains_key("topic.creation.default.partitions");
        let groups = if enabled && wanted { groups(connector)? } else { Vec::new() };
        Ok(Self { seen: HashSet::new(), groups, admin: None })
    }

    /// Whether a record of this topic was sent before; remembers it.
    pub fn is_new(&mut self, topic: &str) -> bool {
        !self.seen.contains(topic) && self.seen.insert(topic.to_owned())
    }

    /// Makes the topic if there are rules and it does not exist. An existing topic is never changed.
    ///
    /// # Errors
    /// What the broker says.
    pub async fn create(&mut self, topic: &str, broker: &dyn Broker, client: &ClientSpec) -> Result<(), BrokerError> {
        let Some(group) = self.groups.iter().find(|group| group.admits(topic)) else { return Ok(()) };
        let admin = match self.admin.take() {
            Some(admin) => admin,
            None => broker.admin(client.clone()).await?,
        };
        if admin.describe_topics(&[topic.to_owned()]).await?.is_empty() {
            let new = NewTopic {
                name: topic.to_owned(),
                partitions: group.partitions,
                replication_factor: group.replication_factor,
                config: group.config.clone(),
            };
            admin.create_topic(&new).await?;
            tracing::info!(topic, partitions = group.partitions, "topic created");
        }
        self.admin = Some(admin);
        Ok(())
    }
}

impl Group {
    fn admits(&self, topic: &str) -> bool {
        self.include.iter().any(|pattern| pattern.is_match(topic)) && !self.exclude.iter().any(|pattern| pattern.is_match(topic))
    }
}

fn groups(connector: &Props) -> Result<Vec<Group>, ConfigError> {
    let names = list(connector, "topic.creation.groups")?;
    let mut groups = Vec::new();
    for name in names.iter().map(String::as_str).filter(|name| *name != "default").chain(["default"]) {
        groups.push(group(connector, name)?);
    }
    Ok(groups)
}

fn group(connector: &Props, name: &str) -> Result<Group, ConfigError> {
    let prefix = format!("{PREFIX}{name}.");
    let mut own = with_prefix(connector, &prefix);
    let default = with_prefix(connector, "topic.creation.default.");
    let mut number = |key: &str| -> Result<i64, ConfigError> {
        let full = format!("{prefix}{key}");
        let text = own.remove(key).or_else(|| default.get(key).cloned()).ok_or_else(|| ConfigError::missing(&full))?;
        let number = Value::parse(&full, &text, Type::Int)?.as_i64().unwrap_or_default();
        if number < 1 && number != -1 {
            let why = "Value must be at least 1, or -1 for the broker's default";
            return Err(ConfigError::invalid(&full, &text, why));
        }
        Ok(number)
    };
    let (partitions, replicas) = (number(PARTITIONS)?, number(REPLICAS)?);
    let include = match name {
        "default" => vec![pattern(&format!("{prefix}include"), ".*")?],
        _ => patterns(connector, &format!("{prefix}include"))?,
    };
    let exclude = patterns(connector, &format!("{prefix}exclude"))?;
    for key in ["include", "exclude"] {
        own.remove(key);
    }
    Ok(Group {
        include,
        exclude,
        partitions: i32::try_from(partitions).unwrap_or(-1),
        replication_factor: i16::try_from(replicas)
            .map_err(|_| ConfigError::invalid(&format!("{prefix}{REPLICAS}"), replicas, "Value must be no more than 32767"))?,
        config: own,
    })
}

fn patterns(connector: &Props, key: &str) -> Result<Vec<Regex>, ConfigError> {
    list(connector, key)?.iter().map(|text| pattern(key, text)).collect()
}

/// The whole name must match.
fn pattern(key: &str, text: &str) -> Result<Regex, ConfigError> {
    Regex::new(&format!("^(?:{text})$")).map_err(|error| ConfigError::invalid(key, text, error))
}

fn list(connector: &Props, key: &str) -> Result<Vec<String>, ConfigError> {
    match connector.get(key) {
        Some(text) => Ok(Value::parse(key, text, Type::List)?.as_list().to_vec()),
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> Props {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_first_group_that_admits_a_topic_makes_it() {
        let connector = props(&[
            ("topic.creation.default.replication.factor", "-1"),
            ("topic.creation.default.partitions", "3"),
            ("topic.creation.groups", "logs"),
            ("topic.creation.logs.include", "log-.*"),
            ("topic.creation.logs.exclude", "log-x"),
            ("topic.creation.logs.cleanup.policy", "compact"),
        ]);
        let topics = Topics::new(&connector, true).unwrap();
        let find = |topic: &str| topics.groups.iter().position(|group| group.admits(topic));
        assert_eq!((find("log-a"), find("log-x"), find("other")), (Some(0), Some(1), Some(1)));
        assert_eq!(topics.groups[0].partitions, 3);
        assert_eq!(topics.groups[0].config, props(&[("cleanup.policy", "compact")]));
        assert!(topics.groups[1].config.is_empty());
    }

    #[test]
    fn without_both_defaults_the_broker_makes_topics() {
        let connector = props(&[("topic.creation.default.partitions", "3")]);
        assert!(Topics::new(&connector, true).unwrap().groups.is_empty());
        let mut topics = Topics::new(&props(&[]), true).unwrap();
        assert!(topics.is_new("t") && !topics.is_new("t"));
    }

    #[test]
    fn no_partitions_at_all_is_an_error() {
        let connector = props(&[("topic.creation.default.replication.factor", "1"), ("topic.creation.default.partitions", "0")]);
        let error = Topics::new(&connector, true).err().unwrap();
        assert!(error.0.contains("topic.creation.default.partitions"), "{error}");
    }
}
