//! `ExtractTopic$Header`: the topic is in a header.

use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Record, Transformation, Validator};

use super::extract_topic::{FIELD, SKIP, routed, skip_missing_or_null, text};

/// Takes topics out of headers.
#[derive(Debug)]
pub struct ExtractTopicHeader {
    header: String,
    skip: bool,
}

impl Transformation for ExtractTopicHeader {
    fn plugin() -> PluginInfo {
        let header = ConfigKey::new(
            FIELD,
            KeyType::String,
            Importance::Medium,
            "The key of the header that holds the topic. Of several the last one counts.",
        );
        PluginInfo::new(
            "io.confluent.connect.transforms.ExtractTopic$Header",
            "Give the record the topic that a header names.",
            ConfigDef::new().key(header.validator(Validator::NonEmpty)).key(skip_missing_or_null()),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self { header: config.string(FIELD)?.to_owned(), skip: config.boolean(SKIP)? })
    }

    fn apply<'b>(&mut self, record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        let from = format!("header {}", self.header);
        let topic = match record.last_header(&self.header) {
            Some(header) => text(header.datum.value.clone(), &from)?,
            None => None,
        };
        routed(record, topic, self.skip, &from)
    }
}

#[cfg(test)]
mod tests {
    use caisson_sdk::{Datum, Header};

    use super::*;

    #[test]
    fn the_last_header_of_the_name_is_the_topic() {
        let mut config = vec![(FIELD, "h")];
        let mut record = Record::new("old");
        for topic in ["first", "last"] {
            record.headers.push(Header { name: "h".into(), datum: Datum::schemaless(topic) });
        }
        let open = |config: &[(&str, &str)]| {
            let config = ExtractTopicHeader::plugin().config().parse(config.iter().copied()).unwrap();
            ExtractTopicHeader::configure(&config).unwrap()
        };
        assert_eq!(open(&config).apply(record).unwrap().unwrap().topic, "last");
        assert!(open(&config).apply(Record::new("old")).is_err());
        config.push((SKIP, "true"));
        assert_eq!(open(&config).apply(Record::new("old")).unwrap().unwrap().topic, "old");
    }
}
