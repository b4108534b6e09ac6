//! Messages that stand for Connect's types, and the files that define them.

use prost_reflect::MessageDescriptor;

use crate::scalar::Scalar;

/// The parameters of a field that Connect has no words of its own for.
pub const META: &str = "confluent/meta.proto";
/// The option of a field that holds them.
pub const FIELD_META: &str = "confluent.field_meta";
/// The wrappers of primitive types.
pub const WRAPPERS: &str = "google/protobuf/wrappers.proto";
const TIMESTAMP: &str = "google/protobuf/timestamp.proto";

/// The text of a file that every schema may import without a reference; those below `google/protobuf/` that are not here are protox's.
pub fn source(file: &str) -> Option<&'static str> {
    match file {
        META => Some(include_str!("../proto/meta.proto")),
        "confluent/type/decimal.proto" => Some(include_str!("../proto/decimal.proto")),
        "google/type/date.proto" => Some(include_str!("../proto/date.proto")),
        "google/type/timeofday.proto" => Some(include_str!("../proto/timeofday.proto")),
        WRAPPERS => Some(include_str!("../proto/wrappers.proto")),
        _ => None,
    }
}

/// A logical type of Connect that is a message of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logical {
    Decimal,
    Date,
    Time,
    Timestamp,
}

impl Logical {
    /// Of a message.
    pub fn of(message: &MessageDescriptor) -> Option<Self> {
        [Self::Decimal, Self::Date, Self::Time, Self::Timestamp]
            .into_iter()
            .find(|logical| logical.message() == message.full_name())
    }

    /// The full name of its message.
    pub fn message(self) -> &'static str {
        match self {
            Self::Decimal => "confluent.type.Decimal",
            Self::Date => "google.type.Date",
            Self::Time => "google.type.TimeOfDay",
            Self::Timestamp => "google.protobuf.Timestamp",
        }
    }

    /// The file to import.
    pub fn file(self) -> &'static str {
        match self {
            Self::Decimal => "confluent/type/decimal.proto",
            Self::Date => "google/type/date.proto",
            Self::Time => "google/type/timeofday.proto",
            Self::Timestamp => TIMESTAMP,
        }
    }
}

/// What the message wraps, if it is one of Google's wrappers.
pub fn wrapped(message: &MessageDescriptor) -> Option<Scalar> {
    Some(match message.full_name().strip_prefix("google.protobuf.")? {
        "DoubleValue" => Scalar::Double,
        "FloatValue" => Scalar::Float,
        "Int64Value" => Scalar::Int64,
        "UInt64Value" => Scalar::Uint64,
        "Int32Value" => Scalar::Int32,
        "UInt32Value" => Scalar::Uint32,
        "BoolValue" => Scalar::Bool,
        "StringValue" => Scalar::String,
        "BytesValue" => Scalar::Bytes,
        _ => return None,
    })
}

/// The wrapper of a type, by its full name. Types that wrap to the same width share one.
pub fn wrapper(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Double => "google.protobuf.DoubleValue",
        Scalar::Float => "google.protobuf.FloatValue",
        Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 => "google.protobuf.Int64Value",
        Scalar::Uint64 | Scalar::Fixed64 => "google.protobuf.UInt64Value",
        Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => "google.protobuf.Int32Value",
        Scalar::Uint32 | Scalar::Fixed32 => "google.protobuf.UInt32Value",
        Scalar::Bool => "google.protobuf.BoolValue",
        Scalar::String => "google.protobuf.StringValue",
        Scalar::Bytes => "google.protobuf.BytesValue",
    }
}
