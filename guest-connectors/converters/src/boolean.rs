//! `BooleanConverter`: one byte, 1 or 0 (KIP-907).

use std::borrow::Cow;

use caisson_sdk::{Config, ConfigDef, Converter, Datum, Error, HeaderConverter, PluginInfo, Schema, Type, Value};

use crate::converter_type;

/// Kafka's `org.apache.kafka.connect.converters.BooleanConverter`.
#[derive(Debug)]
pub struct BooleanConverter;

fn info() -> PluginInfo {
    PluginInfo::new(
        "org.apache.kafka.connect.converters.BooleanConverter",
        "Writes and reads booleans as one byte.",
        ConfigDef::new().key(converter_type::key()),
    )
}

fn write(datum: &Datum<'_>) -> Result<Option<Cow<'static, [u8]>>, Error> {
    if let Some(schema) = &datum.schema
        && schema.type_() != Type::Boolean
    {
        return Err(Error::data(format!("Invalid schema type for BooleanConverter: {}", schema.type_())));
    }
    match &datum.value {
        Value::Null => Ok(None),
        Value::Boolean(true) => Ok(Some(Cow::Borrowed(&[1]))),
        Value::Boolean(false) => Ok(Some(Cow::Borrowed(&[0]))),
        other => {
            let class = other.java_class();
            Err(Error::data(format!("BooleanConverter is not compatible with objects of type class {class}")))
        }
    }
}

fn read(bytes: Option<&[u8]>) -> Result<Datum<'static>, Error> {
    let value = match bytes {
        None => Value::Null,
        Some([1]) => Value::Boolean(true),
        Some([0]) => Value::Boolean(false),
        Some(_) => return Err(Error::data("Failed to deserialize boolean: ")),
    };
    Ok(Datum { schema: Some(Schema::optional_primitive(Type::Boolean)), value })
}

impl Converter for BooleanConverter {
    fn plugin() -> PluginInfo {
        info()
    }

    fn configure(_: &Config, _: bool) -> Result<Self, Error> {
        Ok(Self)
    }

    fn from_connect<'b>(&mut self, _: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        write(&datum)
    }

    fn to_connect<'b>(&mut self, _: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        read(bytes)
    }
}

impl HeaderConverter for BooleanConverter {
    fn plugin() -> PluginInfo {
        info()
    }

    fn configure(_: &Config) -> Result<Self, Error> {
        Ok(Self)
    }

    fn from_connect_header<'b>(&mut self, _: &str, _: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        write(&datum)
    }

    fn to_connect_header<'b>(&mut self, _: &str, _: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        read(bytes)
    }
}
