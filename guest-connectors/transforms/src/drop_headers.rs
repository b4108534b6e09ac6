//! `DropHeaders`: removes headers by name (KIP-145).

use caisson_sdk::{Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Record, Transformation, Validator};

const HEADERS: &str = "headers";

/// Removes headers.
#[derive(Debug)]
pub struct DropHeaders {
    names: Vec<String>,
}

impl Transformation for DropHeaders {
    fn plugin() -> PluginInfo {
        let headers = ConfigKey::new(HEADERS, KeyType::List, Importance::High, "The name of the headers to be removed.");
        PluginInfo::new(
            "org.apache.kafka.connect.transforms.DropHeaders",
            "Removes one or more headers from each record.",
            ConfigDef::new().key(headers.validator(Validator::NonEmpty)),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self { names: config.list(HEADERS)?.to_vec() })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        record.headers.retain(|header| !self.names.iter().any(|name| *name == header.name));
        Ok(Some(record))
    }
}
