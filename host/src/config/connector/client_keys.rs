//! Kafka's definitions of the settings of its clients, which overrides are shown with (`ProducerConfig`, `ConsumerConfig`,
//! `AdminClientConfig`).

use crate::config::definition::{ConfigKey, Importance, Type};

/// Tab separated: the clients that have the key (`P`roducer, `C`onsumer, `A`dmin), its name, type, default (`~` null, `!` none:
/// it is required) and importance.
const TABLE: &str = include_str!("client_keys.tsv");

/// A client of Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// Writes records.
    Producer,
    /// Reads records.
    Consumer,
    /// Makes topics, alters groups.
    Admin,
}

impl Client {
    fn letter(self) -> char {
        match self {
            Self::Producer => 'P',
            Self::Consumer => 'C',
            Self::Admin => 'A',
        }
    }

    /// The prefix of a connector's overrides for it.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Producer => "producer.override.",
            Self::Consumer => "consumer.override.",
            Self::Admin => "admin.override.",
        }
    }

    /// The prefix of the worker's settings for such clients of connectors.
    pub fn worker_prefix(self) -> &'static str {
        match self {
            Self::Producer => "producer.",
            Self::Consumer => "consumer.",
            Self::Admin => "admin.",
        }
    }

    /// Where Kafka's documentation of its keys begins.
    fn anchor(self) -> &'static str {
        match self {
            Self::Producer => "producerconfigs",
            Self::Consumer => "consumerconfigs",
            Self::Admin => "adminclientconfigs",
        }
    }

    /// The definition of one of its keys; none for a key that it does not know.
    pub fn key(self, name: &str) -> Option<ConfigKey> {
        let of_line = |line: &'static str| {
            let mut fields = line.split('\t');
            let clients = fields.next()?;
            let wanted = clients.contains(self.letter()) && fields.next()? == name;
            wanted.then_some(fields)
        };
        let mut fields = TABLE.lines().find_map(of_line)?;
        let type_ = Type::from_name(fields.next()?)?;
        let default = fields.next()?;
        let documentation = format!("See https://kafka.apache.org/documentation/#{}_{name}", self.anchor());
        let key = ConfigKey::new(name, type_, documentation).importance(Importance::from_name(fields.next()?));
        Some(match default {
            "!" => key.required(),
            "~" => key,
            text => key.default_text(text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::definition::Default;
    use crate::config::value::Value;

    #[test]
    fn every_line_of_the_table_is_a_key() {
        for line in TABLE.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            for client in [Client::Producer, Client::Consumer, Client::Admin] {
                let key = client.key(fields[1]);
                assert!(key.is_some() || !fields[0].contains(client.letter()), "{line}");
                if let Some(Default::Value(Value::Null)) = key.map(|key| key.default) {
                    assert!(TABLE.contains(&format!("{}\t{}\t~", fields[1], fields[2])), "{line}");
                }
            }
        }
    }

    #[test]
    fn a_key_may_differ_from_client_to_client() {
        let importance = |client: Client| client.key("retries").map(|key| key.importance);
        assert_eq!(importance(Client::Producer), Some(Importance::High));
        assert_eq!(importance(Client::Admin), Some(Importance::Low));
        assert_eq!(importance(Client::Consumer), None);
    }
}
