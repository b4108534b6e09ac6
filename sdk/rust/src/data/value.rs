//! Values, in Connect's types.

use std::borrow::Cow;

use num_bigint::BigInt;

use crate::data::decimal::Decimal;
use crate::data::encoded::{Encoded, View};
use crate::data::fields::Fields;
use crate::data::struct_::Struct;
use crate::error::Error;

/// A value of a record. `'b` is the life of the batch that it borrows from.
///
/// Scalars are always decoded; an array, map or struct that came with a batch is [`Value::Encoded`] until somebody looks
/// into it, and is copied as it is when nobody does.
#[derive(Debug, Clone)]
pub enum Value<'b> {
    /// No value.
    Null,
    /// `java.lang.Byte`.
    Int8(i8),
    /// `java.lang.Short`.
    Int16(i16),
    /// `java.lang.Integer`.
    Int32(i32),
    /// `java.lang.Long`.
    Int64(i64),
    /// `java.lang.Float`.
    Float32(f32),
    /// `java.lang.Double`.
    Float64(f64),
    /// `java.lang.Boolean`.
    Boolean(bool),
    /// `java.lang.String`.
    String(Cow<'b, str>),
    /// `byte[]`.
    Bytes(Cow<'b, [u8]>),
    /// `java.math.BigDecimal`.
    Decimal(Decimal),
    /// `java.math.BigInteger`; no schema has values of it.
    BigInteger(BigInt),
    /// `java.util.Date`: milliseconds since the epoch; the value of Date, Time and Timestamp schemas.
    Date(i64),
    /// `java.util.List`.
    Array(Vec<Value<'b>>),
    /// `java.util.Map`, in the order of its making.
    Map(Vec<(Value<'b>, Value<'b>)>),
    /// `org.apache.kafka.connect.data.Struct`.
    Struct(Struct<'b>),
    /// An array, map or struct not decoded yet.
    Encoded(Encoded<'b>),
}

impl<'b> Value<'b> {
    /// Text, borrowed where it can be.
    pub fn text(text: impl Into<Cow<'b, str>>) -> Self {
        Self::String(text.into())
    }

    /// Bytes, borrowed where they can be.
    pub fn bytes(bytes: impl Into<Cow<'b, [u8]>>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// No value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text, if this is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The bytes, if these are some.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A schemaless map that can be changed in its encoded form, if this is one; see
    /// [`crate::Transformation::edits_fields`]. Any other map is to be changed as [`Value::Map`].
    #[inline]
    pub fn fields_mut(&mut self) -> Option<&mut Fields> {
        match self {
            Self::Encoded(encoded) => encoded.fields_mut(),
            _ => None,
        }
    }

    /// With one level decoded: never [`Value::Encoded`], though its parts may be. `DataException` for malformed bytes.
    pub fn decoded(self) -> Result<Value<'b>, Error> {
        match self {
            Self::Encoded(encoded) => encoded.decode(),
            decoded => Ok(decoded),
        }
    }

    /// Decoded to the last level, and borrowing nothing. `DataException` for malformed bytes.
    pub fn into_owned(self) -> Result<Value<'static>, Error> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Int8(value) => Value::Int8(value),
            Self::Int16(value) => Value::Int16(value),
            Self::Int32(value) => Value::Int32(value),
            Self::Int64(value) => Value::Int64(value),
            Self::Float32(value) => Value::Float32(value),
            Self::Float64(value) => Value::Float64(value),
            Self::Boolean(value) => Value::Boolean(value),
            Self::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Self::Bytes(bytes) => Value::Bytes(Cow::Owned(bytes.into_owned())),
            Self::Decimal(value) => Value::Decimal(value),
            Self::BigInteger(value) => Value::BigInteger(value),
            Self::Date(value) => Value::Date(value),
            Self::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect::<Result<_, _>>()?),
            Self::Map(entries) => {
                let mut owned = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    owned.push((key.into_owned()?, value.into_owned()?));
                }
                Value::Map(owned)
            }
            Self::Struct(structure) => Value::Struct(structure.into_owned()?),
            Self::Encoded(encoded) => encoded.decode()?.into_owned()?,
        })
    }

    /// What `getClass()` gives in Java, as messages of Kafka name it; maps and lists as the JSON converter makes them.
    pub fn java_class(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int8(_) => "java.lang.Byte",
            Self::Int16(_) => "java.lang.Short",
            Self::Int32(_) => "java.lang.Integer",
            Self::Int64(_) => "java.lang.Long",
            Self::Float32(_) => "java.lang.Float",
            Self::Float64(_) => "java.lang.Double",
            Self::Boolean(_) => "java.lang.Boolean",
            Self::String(_) => "java.lang.String",
            Self::Bytes(_) => "[B",
            Self::Decimal(_) => "java.math.BigDecimal",
            Self::BigInteger(_) => "java.math.BigInteger",
            Self::Date(_) => "java.util.Date",
            Self::Array(_) => "java.util.ArrayList",
            Self::Map(_) => "java.util.HashMap",
            Self::Struct(_) => "org.apache.kafka.connect.data.Struct",
            Self::Encoded(encoded) => match encoded.view() {
                Ok(View::Array(_)) => "java.util.ArrayList",
                Ok(View::Map(_)) => "java.util.HashMap",
                Ok(View::Struct(..)) => "org.apache.kafka.connect.data.Struct",
                Ok(View::Scalar(value)) => value.java_class(),
                Err(_) => "java.lang.Object",
            },
        }
    }
}

/// As Java's `equals`: NaN equals itself, 0.0 differs from -0.0, maps have no order, decimals differ by scale. An encoded value
/// equals what it decodes to; malformed bytes equal nothing.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Int8(a), Self::Int8(b)) => a == b,
            (Self::Int16(a), Self::Int16(b)) => a == b,
            (Self::Int32(a), Self::Int32(b)) => a == b,
            (Self::Int64(a), Self::Int64(b)) => a == b,
            (Self::Float32(a), Self::Float32(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            (Self::Float64(a), Self::Float64(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Decimal(a), Self::Decimal(b)) => a == b,
            (Self::BigInteger(a), Self::BigInteger(b)) => a == b,
            (Self::Date(a), Self::Date(b)) => a == b,
            (Self::Array(a), Self::Array(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => same_entries(a, b),
            (Self::Struct(a), Self::Struct(b)) => a == b,
            (Self::Encoded(a), b) => a.decode().is_ok_and(|a| a == *b),
            (a, Self::Encoded(b)) => b.decode().is_ok_and(|b| *a == b),
            _ => false,
        }
    }
}

/// The same entries in any order. In the same order, the usual case, it takes one comparison an entry.
fn same_entries(a: &[(Value<'_>, Value<'_>)], b: &[(Value<'_>, Value<'_>)]) -> bool {
    a.len() == b.len() && (a == b || a.iter().all(|(key, value)| b.iter().any(|(other, held)| key == other && value == held)))
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i32> for Value<'_> {
    fn from(value: i32) -> Self {
        Self::Int32(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int64(value)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Float64(value)
    }
}

impl<'b> From<&'b str> for Value<'b> {
    fn from(value: &'b str) -> Self {
        Self::String(Cow::Borrowed(value))
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::String(Cow::Owned(value))
    }
}

impl<'b> From<Struct<'b>> for Value<'b> {
    fn from(value: Struct<'b>) -> Self {
        Self::Struct(value)
    }
}
