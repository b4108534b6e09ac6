//! `StringConverter`: text, and any other value as Java's `toString` writes it.

use std::borrow::Cow;

use caisson_sdk::data::java_text::java_text;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Converter, Datum, Error, HeaderConverter, Importance, KeyType, PluginInfo, Schema, Value, Width,
};

use crate::charset::Charset;
use crate::converter_type;

const ENCODING: &str = "converter.encoding";

/// Kafka's `org.apache.kafka.connect.storage.StringConverter`.
#[derive(Debug)]
pub struct StringConverter {
    charset: Charset,
}

impl StringConverter {
    fn new(config: &Config) -> Result<Self, Error> {
        let name = config.string(ENCODING)?;
        let unsupported = || {
            Error::config(format!("Unsupported encoding {name}"))
                .with_class("org.apache.kafka.common.errors.SerializationException")
        };
        Ok(Self { charset: Charset::named(name).ok_or_else(unsupported)? })
    }

    fn bytes_of<'b>(&self, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        let text = match datum.value {
            Value::Null => return Ok(None),
            Value::String(text) => text,
            other => Cow::Owned(java_text(&other)?),
        };
        Ok(Some(self.charset.encode(text)))
    }

    fn datum_of<'b>(&self, bytes: Option<&'b [u8]>) -> Datum<'b> {
        let value = bytes.map_or(Value::Null, |bytes| Value::String(self.charset.decode(bytes)));
        Datum { schema: Some(Schema::optional_string()), value }
    }
}

fn info() -> PluginInfo {
    let encoding = ConfigKey::new(
        ENCODING,
        KeyType::String,
        Importance::High,
        "The name of the Java character set to use for encoding strings as byte arrays.",
    );
    PluginInfo::new(
        "org.apache.kafka.connect.storage.StringConverter",
        "Writes values as text, and reads text.",
        ConfigDef::new().key(converter_type::key()).key(encoding.default("UTF-8").width(Width::Medium).display_name("Encoding")),
    )
}

impl Converter for StringConverter {
    fn plugin() -> PluginInfo {
        info()
    }

    fn configure(config: &Config, _: bool) -> Result<Self, Error> {
        Self::new(config)
    }

    fn from_connect<'b>(&mut self, _: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        self.bytes_of(datum)
    }

    fn to_connect<'b>(&mut self, _: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        Ok(self.datum_of(bytes))
    }
}

impl HeaderConverter for StringConverter {
    fn plugin() -> PluginInfo {
        info()
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Self::new(config)
    }

    fn from_connect_header<'b>(&mut self, _: &str, _: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        self.bytes_of(datum)
    }

    fn to_connect_header<'b>(&mut self, _: &str, _: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        Ok(self.datum_of(bytes))
    }
}
