//! Protobuf's scalar types on the wire, as Connect's values.

use std::borrow::Cow;

use caisson_sdk::{Type, Value};
use prost::encoding::{WireType, decode_varint, encode_varint};
use prost_reflect::Kind;

/// The bytes are no message of their schema: why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed(pub String);

impl From<prost::DecodeError> for Malformed {
    fn from(error: prost::DecodeError) -> Self {
        Self(error.to_string())
    }
}

/// A scalar type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scalar {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    String,
    Bytes,
}

const ALL: [Scalar; 15] = [
    Scalar::Double,
    Scalar::Float,
    Scalar::Int32,
    Scalar::Int64,
    Scalar::Uint32,
    Scalar::Uint64,
    Scalar::Sint32,
    Scalar::Sint64,
    Scalar::Fixed32,
    Scalar::Fixed64,
    Scalar::Sfixed32,
    Scalar::Sfixed64,
    Scalar::Bool,
    Scalar::String,
    Scalar::Bytes,
];

impl Scalar {
    /// Of a field; none for messages and enums.
    pub fn of(kind: &Kind) -> Option<Self> {
        Some(match kind {
            Kind::Double => Self::Double,
            Kind::Float => Self::Float,
            Kind::Int32 => Self::Int32,
            Kind::Int64 => Self::Int64,
            Kind::Uint32 => Self::Uint32,
            Kind::Uint64 => Self::Uint64,
            Kind::Sint32 => Self::Sint32,
            Kind::Sint64 => Self::Sint64,
            Kind::Fixed32 => Self::Fixed32,
            Kind::Fixed64 => Self::Fixed64,
            Kind::Sfixed32 => Self::Sfixed32,
            Kind::Sfixed64 => Self::Sfixed64,
            Kind::Bool => Self::Bool,
            Kind::String => Self::String,
            Kind::Bytes => Self::Bytes,
            Kind::Message(_) | Kind::Enum(_) => return None,
        })
    }

    /// As a .proto file calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Double => "double",
            Self::Float => "float",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Sint32 => "sint32",
            Self::Sint64 => "sint64",
            Self::Fixed32 => "fixed32",
            Self::Fixed64 => "fixed64",
            Self::Sfixed32 => "sfixed32",
            Self::Sfixed64 => "sfixed64",
            Self::Bool => "bool",
            Self::String => "string",
            Self::Bytes => "bytes",
        }
    }

    /// The one that a .proto file calls so.
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|scalar| scalar.name() == name)
    }

    /// The type of its values in Connect. Unsigned 32 bits need 64; unsigned 64 bits are taken as signed.
    pub fn connect_type(self) -> Type {
        match self {
            Self::Double => Type::Float64,
            Self::Float => Type::Float32,
            Self::Int32 | Self::Sint32 | Self::Sfixed32 => Type::Int32,
            Self::Uint32 | Self::Fixed32 | Self::Int64 | Self::Uint64 | Self::Sint64 | Self::Fixed64 | Self::Sfixed64 => {
                Type::Int64
            }
            Self::Bool => Type::Boolean,
            Self::String => Type::String,
            Self::Bytes => Type::Bytes,
        }
    }

    /// The one whose values have that type in Connect; none for arrays, maps and structs.
    pub fn for_connect(type_: Type) -> Option<Self> {
        Some(match type_ {
            Type::Int8 | Type::Int16 | Type::Int32 => Self::Int32,
            Type::Int64 => Self::Int64,
            Type::Float32 => Self::Float,
            Type::Float64 => Self::Double,
            Type::Boolean => Self::Bool,
            Type::String => Self::String,
            Type::Bytes => Self::Bytes,
            Type::Array | Type::Map | Type::Struct => return None,
        })
    }

    /// How one value stands on the wire.
    pub fn wire_type(self) -> WireType {
        match self {
            Self::Double | Self::Fixed64 | Self::Sfixed64 => WireType::SixtyFourBit,
            Self::Float | Self::Fixed32 | Self::Sfixed32 => WireType::ThirtyTwoBit,
            Self::String | Self::Bytes => WireType::LengthDelimited,
            _ => WireType::Varint,
        }
    }

    /// The value of a field that is not there.
    pub fn default(self, type_: Type) -> Value<'static> {
        match self {
            Self::String => Value::from(""),
            Self::Bytes => Value::bytes(Vec::new()),
            Self::Bool => Value::Boolean(false),
            Self::Double => Value::Float64(0.0),
            Self::Float => Value::Float32(0.0),
            _ => integer(0, type_),
        }
    }

    /// Reads one value, without its key. `lossy`: text that is no UTF-8 is mended, as with proto2, and not refused.
    pub fn read<'b>(self, input: &mut &'b [u8], type_: Type, lossy: bool) -> Result<Value<'b>, Malformed> {
        Ok(match self {
            Self::Double => Value::Float64(f64::from_le_bytes(fixed(input)?)),
            Self::Float => Value::Float32(f32::from_le_bytes(fixed(input)?)),
            Self::Int32 => integer(i64::from(decode_varint(input)? as i32), type_),
            Self::Int64 | Self::Uint64 => integer(decode_varint(input)? as i64, type_),
            Self::Uint32 => integer(i64::from(decode_varint(input)? as u32), type_),
            Self::Sint32 => integer(i64::from(unzigzag(u64::from(decode_varint(input)? as u32)) as i32), type_),
            Self::Sint64 => integer(unzigzag(decode_varint(input)?), type_),
            Self::Fixed32 => integer(i64::from(u32::from_le_bytes(fixed(input)?)), type_),
            Self::Sfixed32 => integer(i64::from(i32::from_le_bytes(fixed(input)?)), type_),
            Self::Fixed64 | Self::Sfixed64 => integer(i64::from_le_bytes(fixed(input)?), type_),
            Self::Bool => Value::Boolean(decode_varint(input)? != 0),
            Self::String => text(delimited(input)?, lossy)?,
            Self::Bytes => Value::bytes(delimited(input)?),
        })
    }

    /// Appends one value, without its key. None: it is none of this type.
    pub fn write(self, out: &mut Vec<u8>, value: &Value<'_>) -> Option<()> {
        match self {
            Self::Double => out.extend_from_slice(&float64(value)?.to_le_bytes()),
            Self::Float => out.extend_from_slice(&float32(value)?.to_le_bytes()),
            Self::Int32 => encode_varint(i64::from(whole(value)? as i32) as u64, out),
            Self::Int64 | Self::Uint64 => encode_varint(whole(value)? as u64, out),
            Self::Uint32 => encode_varint(u64::from(whole(value)? as u32), out),
            Self::Sint32 => encode_varint(u64::from(zigzag(i64::from(whole(value)? as i32)) as u32), out),
            Self::Sint64 => encode_varint(zigzag(whole(value)?), out),
            Self::Fixed32 | Self::Sfixed32 => out.extend_from_slice(&(whole(value)? as i32).to_le_bytes()),
            Self::Fixed64 | Self::Sfixed64 => out.extend_from_slice(&whole(value)?.to_le_bytes()),
            Self::Bool => match value {
                Value::Boolean(held) => out.push(u8::from(*held)),
                _ => return None,
            },
            Self::String => push_delimited(out, value.as_str()?.as_bytes()),
            Self::Bytes => push_delimited(out, value.as_bytes()?),
        }
        Some(())
    }

    /// Whether the value is the one of a field that is not there. None: it is none of this type.
    pub fn is_default(self, value: &Value<'_>) -> Option<bool> {
        Some(match self {
            Self::Double => float64(value)?.to_bits() == 0,
            Self::Float => float32(value)?.to_bits() == 0,
            Self::Bool => match value {
                Value::Boolean(held) => !held,
                _ => return None,
            },
            Self::String => value.as_str()?.is_empty(),
            Self::Bytes => value.as_bytes()?.is_empty(),
            Self::Int32 | Self::Uint32 | Self::Sint32 | Self::Fixed32 | Self::Sfixed32 => whole(value)? as i32 == 0,
            _ => whole(value)? == 0,
        })
    }
}

/// Appends bytes behind their length.
pub fn push_delimited(out: &mut Vec<u8>, bytes: &[u8]) {
    encode_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Reads the bytes behind a length.
pub fn delimited<'b>(input: &mut &'b [u8]) -> Result<&'b [u8], Malformed> {
    let length = decode_varint(input)?;
    let length = usize::try_from(length).ok().filter(|length| *length <= input.len());
    let (bytes, rest) = input.split_at(length.ok_or_else(truncated)?);
    *input = rest;
    Ok(bytes)
}

fn fixed<const N: usize>(input: &mut &[u8]) -> Result<[u8; N], Malformed> {
    let (bytes, rest) = input.split_first_chunk::<N>().ok_or_else(truncated)?;
    *input = rest;
    Ok(*bytes)
}

fn truncated() -> Malformed {
    Malformed("the message ends within a field".to_owned())
}

fn text(bytes: &[u8], lossy: bool) -> Result<Value<'_>, Malformed> {
    if lossy {
        return Ok(Value::String(String::from_utf8_lossy(bytes)));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed("a string is no UTF-8".to_owned()))?;
    Ok(Value::String(Cow::Borrowed(text)))
}

fn integer(number: i64, type_: Type) -> Value<'static> {
    match type_ {
        Type::Int8 => Value::Int8(number as i8),
        Type::Int16 => Value::Int16(number as i16),
        Type::Int32 => Value::Int32(number as i32),
        _ => Value::Int64(number),
    }
}

/// `Number.longValue`: fractions are cut off.
fn whole(value: &Value<'_>) -> Option<i64> {
    Some(match value {
        Value::Int8(number) => i64::from(*number),
        Value::Int16(number) => i64::from(*number),
        Value::Int32(number) => i64::from(*number),
        Value::Int64(number) => *number,
        Value::Float32(number) => *number as i64,
        Value::Float64(number) => *number as i64,
        _ => return None,
    })
}

/// `Number.doubleValue`.
fn float64(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Float64(number) => Some(*number),
        Value::Float32(number) => Some(f64::from(*number)),
        other => whole(other).map(|number| number as f64),
    }
}

/// `Number.floatValue`.
fn float32(value: &Value<'_>) -> Option<f32> {
    match value {
        Value::Float32(number) => Some(*number),
        Value::Float64(number) => Some(*number as f32),
        other => whole(other).map(|number| number as f32),
    }
}

fn zigzag(number: i64) -> u64 {
    (number.wrapping_shl(1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_reads_what_it_writes() {
        for scalar in ALL {
            let type_ = scalar.connect_type();
            let values = match type_ {
                Type::Float64 => vec![Value::Float64(-1.5), Value::Float64(f64::INFINITY)],
                Type::Float32 => vec![Value::Float32(-1.5)],
                Type::Int32 => [0, 1, -1, i32::MIN, i32::MAX].map(Value::Int32).to_vec(),
                Type::Int64 if scalar.wire_type() == WireType::ThirtyTwoBit || scalar == Scalar::Uint32 => {
                    [0, 1, i64::from(u32::MAX)].map(Value::Int64).to_vec()
                }
                Type::Int64 => [0, 1, -1, i64::MIN, i64::MAX].map(Value::Int64).to_vec(),
                Type::Boolean => vec![Value::Boolean(true), Value::Boolean(false)],
                Type::String => vec![Value::from("é"), Value::from("")],
                _ => vec![Value::bytes([0_u8, 255].as_slice())],
            };
            for value in values.into_iter().chain([scalar.default(type_)]) {
                let mut out = Vec::new();
                scalar.write(&mut out, &value).unwrap();
                let mut input = out.as_slice();
                assert_eq!(scalar.read(&mut input, type_, false), Ok(value), "{scalar:?}");
                assert!(input.is_empty());
            }
            assert_eq!(scalar.is_default(&scalar.default(type_)), Some(true));
            assert_eq!(scalar.write(&mut Vec::new(), &Value::Null), None);
            assert_eq!(Scalar::named(scalar.name()), Some(scalar));
            assert!(scalar.read(&mut [0xff_u8; 3].as_slice(), type_, false).is_err(), "{scalar:?}");
        }
    }
}
