//! The index, data stream or alias that a topic's documents go to.

use std::collections::BTreeMap;

use caisson_sdk::Error;

use crate::keys;

/// The most characters of an index's name, and of a data stream's namespace.
const INDEX_LENGTH: usize = 255;
const NAMESPACE_LENGTH: usize = 100;
/// Stands for the topic in a namespace.
const TOPIC: &str = "${topic}";

/// Names the resources of topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Naming {
    /// An index a topic, named after it.
    Index,
    /// A data stream a topic: type, dataset and namespace.
    DataStream(String, String, String),
    /// What is there already, by topic.
    External(BTreeMap<String, String>),
}

impl Naming {
    /// The resource of a topic's documents. `ConnectException` for a topic that no external resource is named for.
    pub(crate) fn resource(&self, topic: &str) -> Result<String, Error> {
        match self {
            Self::Index => Ok(index(topic)),
            Self::DataStream(type_, dataset, namespace) => {
                let topic = cut(&topic.to_lowercase(), NAMESPACE_LENGTH);
                Ok(format!("{type_}-{dataset}-{}", namespace.replace(TOPIC, &topic)))
            }
            Self::External(resources) => resources.get(topic).cloned().ok_or_else(|| {
                let key = keys::EXTERNAL_RESOURCES;
                Error::connect(format!("{key} names nothing for topic {topic}: add {topic}:<index, data stream or alias>"))
            }),
        }
    }
}

/// Names of indices are in small letters, begin with neither `-` nor `_`, and are neither `.` nor `..`.
fn index(topic: &str) -> String {
    let name = cut(&topic.to_lowercase(), INDEX_LENGTH);
    let name = name.strip_prefix(['-', '_']).unwrap_or(&name);
    match name {
        "." => "dot".to_owned(),
        ".." => "dotdot".to_owned(),
        name => name.to_owned(),
    }
}

fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_named_after_topics() {
        let named = |topic: &str| Naming::Index.resource(topic).unwrap();
        assert_eq!(named("Orders.EU"), "orders.eu");
        assert_eq!(
            (named("-a").as_str(), named("__a").as_str(), named("."), named("..")),
            ("a", "_a", "dot".into(), "dotdot".into())
        );
        assert_eq!(named(&"X".repeat(249)), "x".repeat(249));
    }

    #[test]
    fn data_streams_have_three_parts() {
        let stream = |namespace: &str| Naming::DataStream("logs".into(), "shop".into(), namespace.into()).resource("Orders");
        assert_eq!(stream("${topic}").unwrap(), "logs-shop-orders");
        assert_eq!(stream("x${topic}y").unwrap(), "logs-shop-xordersy");
        assert_eq!(stream("fixed").unwrap(), "logs-shop-fixed");
    }

    #[test]
    fn external_resources_are_named_by_topic() {
        let naming = Naming::External(BTreeMap::from([("Orders".to_owned(), "alias".to_owned())]));
        assert_eq!(naming.resource("Orders").unwrap(), "alias");
        let error = naming.resource("other").unwrap_err();
        assert!(error.message().contains("topic.to.external.resource.mapping"), "{error}");
    }
}
