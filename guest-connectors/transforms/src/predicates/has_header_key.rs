//! `HasHeaderKey`: records with at least one header of a name.

use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Predicate, Record, Validator};

const NAME: &str = "name";

/// Admits records with a header of that name.
#[derive(Debug)]
pub struct HasHeaderKey {
    name: String,
}

impl Predicate for HasHeaderKey {
    fn plugin() -> PluginInfo {
        let name = ConfigKey::new(NAME, KeyType::String, Importance::Medium, "The header name.");
        PluginInfo::new(
            "org.apache.kafka.connect.transforms.predicates.HasHeaderKey",
            "A predicate which is true for records with at least one header with the configured name.",
            ConfigDef::new().key(name.validator(Validator::NonEmpty)),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self { name: config.string(NAME)?.to_owned() })
    }

    fn test(&mut self, record: &Record<'_>) -> Result<bool, Error> {
        Ok(record.last_header(&self.name).is_some())
    }
}
