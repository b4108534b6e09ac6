//! `ShortConverter`, `IntegerConverter`, `LongConverter`, `FloatConverter`, `DoubleConverter`: big-endian numbers (KAFKA-3209).

use std::borrow::Cow;
use std::marker::PhantomData;

use caisson_sdk::{Config, ConfigDef, Converter, Datum, Error, HeaderConverter, PluginInfo, Schema, Type, Value};

use crate::converter_type;

/// A number type of Java with its serializer.
pub trait Number {
    /// As messages name it.
    const NAME: &'static str;
    /// The simple name of the Java class of the converter.
    const CLASS: &'static str;
    /// The type of its schema.
    const TYPE: Type;

    /// The bytes; none for a value of another type.
    fn bytes(value: &Value<'_>) -> Option<Vec<u8>>;
    /// The value; none unless there are as many bytes as the type has.
    fn value(bytes: &[u8]) -> Option<Value<'static>>;
}

macro_rules! number {
    ($name:ident, $java:literal, $class:literal, $variant:ident, $type:ty) => {
        #[doc = concat!("Java's `", $java, "`.")]
        #[derive(Debug)]
        pub struct $name;

        impl Number for $name {
            const NAME: &'static str = $java;
            const CLASS: &'static str = $class;
            const TYPE: Type = Type::$variant;

            fn bytes(value: &Value<'_>) -> Option<Vec<u8>> {
                match value {
                    Value::$variant(number) => Some(number.to_be_bytes().to_vec()),
                    _ => None,
                }
            }

            fn value(bytes: &[u8]) -> Option<Value<'static>> {
                Some(Value::$variant(<$type>::from_be_bytes(bytes.try_into().ok()?)))
            }
        }
    };
}

number!(Short, "short", "ShortConverter", Int16, i16);
number!(Integer, "integer", "IntegerConverter", Int32, i32);
number!(Long, "long", "LongConverter", Int64, i64);
number!(Float, "float", "FloatConverter", Float32, f32);
number!(Double, "double", "DoubleConverter", Float64, f64);

/// Kafka's `NumberConverter` of a type.
#[derive(Debug)]
pub struct NumberConverter<N>(PhantomData<N>);

impl<N: Number> NumberConverter<N> {
    fn info() -> PluginInfo {
        PluginInfo::new(
            format!("org.apache.kafka.connect.converters.{}", N::CLASS),
            format!("Writes and reads Java's type {} as its bytes.", N::NAME),
            ConfigDef::new().key(converter_type::key()),
        )
    }

    fn write(value: &Value<'_>) -> Result<Option<Cow<'static, [u8]>>, Error> {
        if value.is_null() {
            return Ok(None);
        }
        let (name, class) = (N::NAME, value.java_class());
        let wrong = || Error::data(format!("Failed to serialize to {name} (was class {class}): "));
        Ok(Some(Cow::Owned(N::bytes(value).ok_or_else(wrong)?)))
    }

    fn read(bytes: Option<&[u8]>) -> Result<Datum<'static>, Error> {
        let value = match bytes {
            None => Value::Null,
            Some(bytes) => N::value(bytes).ok_or_else(|| Error::data(format!("Failed to deserialize {}: ", N::NAME)))?,
        };
        Ok(Datum { schema: Some(Schema::optional_primitive(N::TYPE)), value })
    }
}

impl<N: Number> Converter for NumberConverter<N> {
    fn plugin() -> PluginInfo {
        Self::info()
    }

    fn configure(_: &Config, _: bool) -> Result<Self, Error> {
        Ok(Self(PhantomData))
    }

    fn from_connect<'b>(&mut self, _: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        Self::write(&datum.value)
    }

    fn to_connect<'b>(&mut self, _: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        Self::read(bytes)
    }
}

impl<N: Number> HeaderConverter for NumberConverter<N> {
    fn plugin() -> PluginInfo {
        Self::info()
    }

    fn configure(_: &Config) -> Result<Self, Error> {
        Ok(Self(PhantomData))
    }

    fn from_connect_header<'b>(&mut self, _: &str, _: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        Self::write(&datum.value)
    }

    fn to_connect_header<'b>(&mut self, _: &str, _: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        Self::read(bytes)
    }
}
