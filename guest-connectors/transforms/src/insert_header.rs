//! `InsertHeader`: adds a header of a constant value (KIP-145).

use caisson_sdk::values::parse::parse_string;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Error, Header, Importance, KeyType, PluginInfo, Record, Transformation, Validator,
};

use crate::requirements::for_good;

const HEADER: &str = "header";
const VALUE_LITERAL: &str = "value.literal";

/// Adds a header.
#[derive(Debug)]
pub struct InsertHeader {
    name: &'static str,
    datum: Datum<'static>,
}

impl Transformation for InsertHeader {
    fn plugin() -> PluginInfo {
        let literal = "The literal value that is to be set as the header value on all records.";
        let key = |name: &str, documentation: &str| {
            ConfigKey::new(name, KeyType::String, Importance::High, documentation).validator(Validator::NonNull)
        };
        PluginInfo::new(
            "org.apache.kafka.connect.transforms.InsertHeader",
            "Add a header to each record.",
            ConfigDef::new().key(key(HEADER, "The name of the header.")).key(key(VALUE_LITERAL, literal)),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self { name: for_good(config.string(HEADER)?), datum: parse_string(config.string(VALUE_LITERAL)?)? })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        record.headers.push(Header { name: self.name.into(), datum: self.datum.clone() });
        Ok(Some(record))
    }
}
