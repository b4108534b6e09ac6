//! `SimpleHeaderConverter`: header values as text that tells their type, where it can; the default of every worker.

use std::borrow::Cow;

use caisson_sdk::values::parse::parse_string;
use caisson_sdk::values::print::convert_to_string;
use caisson_sdk::{Config, ConfigDef, Datum, Error, HeaderConverter, PluginInfo, Schema, Value};

/// Kafka's `org.apache.kafka.connect.storage.SimpleHeaderConverter` (KIP-145).
#[derive(Debug)]
pub struct SimpleHeaderConverter;

impl HeaderConverter for SimpleHeaderConverter {
    fn plugin() -> PluginInfo {
        PluginInfo::new(
            "org.apache.kafka.connect.storage.SimpleHeaderConverter",
            "Writes header values as text, and guesses their types when it reads them.",
            ConfigDef::new(),
        )
    }

    fn configure(_: &Config) -> Result<Self, Error> {
        Ok(Self)
    }

    fn from_connect_header<'b>(&mut self, _: &str, _: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        Ok(match datum.value {
            Value::Null => None,
            Value::String(Cow::Borrowed(text)) => Some(Cow::Borrowed(text.as_bytes())),
            other => Some(Cow::Owned(convert_to_string(&other)?.into_bytes())),
        })
    }

    fn to_connect_header<'b>(&mut self, _: &str, _: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        let Some(bytes) = bytes else { return Ok(Datum::NULL) };
        // What cannot be read stays bytes, as in Kafka.
        Ok(parse_string(&String::from_utf8_lossy(bytes))
            .unwrap_or_else(|_| Datum { schema: Some(Schema::bytes()), value: Value::bytes(bytes) }))
    }
}
