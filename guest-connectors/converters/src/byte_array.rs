//! `ByteArrayConverter`: bytes as they are.

use std::borrow::Cow;

use caisson_sdk::{Config, ConfigDef, Converter, Datum, Error, HeaderConverter, PluginInfo, Schema, Type, Value};

use crate::converter_type;

/// Passes bytes through (KAFKA-2531, `org.apache.kafka.connect.converters.ByteArrayConverter`).
#[derive(Debug)]
pub struct ByteArrayConverter;

fn info() -> PluginInfo {
    PluginInfo::new(
        "org.apache.kafka.connect.converters.ByteArrayConverter",
        "Passes keys, values and headers through as bytes.",
        ConfigDef::new().key(converter_type::key()),
    )
}

fn bytes_of(datum: Datum<'_>) -> Result<Option<Cow<'_, [u8]>>, Error> {
    if let Some(schema) = &datum.schema
        && schema.type_() != Type::Bytes
    {
        return Err(Error::data(format!("Invalid schema type for ByteArrayConverter: {}", schema.type_())));
    }
    match datum.value {
        Value::Bytes(bytes) => Ok(Some(bytes)),
        Value::Null => Ok(None),
        other => {
            let class = other.java_class();
            Err(Error::data(format!("ByteArrayConverter is not compatible with objects of type class {class}")))
        }
    }
}

fn datum_of(bytes: Option<&[u8]>) -> Datum<'_> {
    Datum { schema: Some(Schema::optional_bytes()), value: bytes.map_or(Value::Null, Value::bytes) }
}

impl Converter for ByteArrayConverter {
    fn plugin() -> PluginInfo {
        info()
    }

    fn configure(_: &Config, _: bool) -> Result<Self, Error> {
        Ok(Self)
    }

    fn from_connect<'b>(&mut self, _: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        bytes_of(datum)
    }

    fn to_connect<'b>(&mut self, _: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        Ok(datum_of(bytes))
    }
}

impl HeaderConverter for ByteArrayConverter {
    fn plugin() -> PluginInfo {
        info()
    }

    fn configure(_: &Config) -> Result<Self, Error> {
        Ok(Self)
    }

    fn from_connect_header<'b>(&mut self, _: &str, _: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        bytes_of(datum)
    }

    fn to_connect_header<'b>(&mut self, _: &str, _: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        Ok(datum_of(bytes))
    }
}
