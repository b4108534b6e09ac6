//! The types of Connect that columns are read as and parameters are bound as.

use std::fmt;
use std::str::FromStr;

use crate::data::logical;
use crate::data::schema::{Schema, Type};
use crate::data::schema_builder::SchemaBuilder;
use crate::error::Error;

/// The scale of [`ColumnType::Instant`].
pub const INSTANT_SCALE: i32 = 9;

/// A type of Connect, as the contract's `sql` names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// INT8.
    Int8,
    /// INT16.
    Int16,
    /// INT32.
    Int32,
    /// INT64.
    Int64,
    /// FLOAT32.
    Float32,
    /// FLOAT64.
    Float64,
    /// BOOLEAN.
    Boolean,
    /// STRING.
    String,
    /// BYTES.
    Bytes,
    /// Connect's Decimal of that scale.
    Decimal(i32),
    /// Connect's Date.
    Date,
    /// Connect's Time.
    Time,
    /// Connect's Timestamp.
    Timestamp,
    /// The nanoseconds within the second of a timestamp, an INT32.
    Nanos,
    /// A timestamp with its nanoseconds: seconds since the epoch, a Decimal of scale 9.
    Instant,
    /// ARRAY of a type.
    Array(Box<ColumnType>),
}

impl ColumnType {
    /// The type that values of a schema are bound as. None for maps, structs and arrays of these.
    pub fn of(schema: &Schema) -> Option<Self> {
        match logical::LogicalType::of(schema) {
            Some(logical::LogicalType::Decimal) => return logical::scale(schema).ok().map(Self::Decimal),
            Some(logical::LogicalType::Date) => return Some(Self::Date),
            Some(logical::LogicalType::Time) => return Some(Self::Time),
            Some(logical::LogicalType::Timestamp) => return Some(Self::Timestamp),
            None => {}
        }
        Some(match schema.type_() {
            Type::Int8 => Self::Int8,
            Type::Int16 => Self::Int16,
            Type::Int32 => Self::Int32,
            Type::Int64 => Self::Int64,
            Type::Float32 => Self::Float32,
            Type::Float64 => Self::Float64,
            Type::Boolean => Self::Boolean,
            Type::String => Self::String,
            Type::Bytes => Self::Bytes,
            Type::Array => Self::Array(Box::new(Self::of(schema.value_schema()?)?)),
            Type::Map | Type::Struct => return None,
        })
    }

    /// The schema that values of the type have. `SchemaBuilderException` never comes of the types that there are.
    pub fn schema(&self, optional: bool) -> Result<Schema, Error> {
        let builder = match self {
            Self::Int8 => SchemaBuilder::new(Type::Int8),
            Self::Int16 => SchemaBuilder::new(Type::Int16),
            Self::Int32 | Self::Nanos => SchemaBuilder::new(Type::Int32),
            Self::Int64 => SchemaBuilder::new(Type::Int64),
            Self::Float32 => SchemaBuilder::new(Type::Float32),
            Self::Float64 => SchemaBuilder::new(Type::Float64),
            Self::Boolean => SchemaBuilder::new(Type::Boolean),
            Self::String => SchemaBuilder::new(Type::String),
            Self::Bytes => SchemaBuilder::new(Type::Bytes),
            Self::Decimal(scale) => logical::decimal(*scale),
            Self::Instant => logical::decimal(INSTANT_SCALE),
            Self::Date => logical::date(),
            Self::Time => logical::time(),
            Self::Timestamp => logical::timestamp(),
            Self::Array(items) => SchemaBuilder::array(items.schema(true)?),
        };
        builder.with_optional(optional).build()
    }
}

/// The word of the contract.
impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Int8 => "INT8",
            Self::Int16 => "INT16",
            Self::Int32 => "INT32",
            Self::Int64 => "INT64",
            Self::Float32 => "FLOAT32",
            Self::Float64 => "FLOAT64",
            Self::Boolean => "BOOLEAN",
            Self::String => "STRING",
            Self::Bytes => "BYTES",
            Self::Decimal(scale) => return write!(f, "DECIMAL:{scale}"),
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::Timestamp => "TIMESTAMP",
            Self::Nanos => "NANOS",
            Self::Instant => "INSTANT",
            Self::Array(items) => return write!(f, "ARRAY:{items}"),
        })
    }
}

/// `ConnectException` for a word that this SDK does not know.
impl FromStr for ColumnType {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        let unknown = || Error::connect(format!("{word} is no type of a column that this plugin knows"));
        Ok(match word.split_once(':') {
            Some(("DECIMAL", scale)) => Self::Decimal(scale.parse().map_err(|_| unknown())?),
            Some(("ARRAY", items)) => Self::Array(Box::new(items.parse()?)),
            Some(_) => return Err(unknown()),
            None => match word {
                "INT8" => Self::Int8,
                "INT16" => Self::Int16,
                "INT32" => Self::Int32,
                "INT64" => Self::Int64,
                "FLOAT32" => Self::Float32,
                "FLOAT64" => Self::Float64,
                "BOOLEAN" => Self::Boolean,
                "STRING" => Self::String,
                "BYTES" => Self::Bytes,
                "DATE" => Self::Date,
                "TIME" => Self::Time,
                "TIMESTAMP" => Self::Timestamp,
                "NANOS" => Self::Nanos,
                "INSTANT" => Self::Instant,
                _ => return Err(unknown()),
            },
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for word in [
            "INT8",
            "INT64",
            "FLOAT32",
            "BYTES",
            "DECIMAL:-2",
            "TIMESTAMP",
            "NANOS",
            "INSTANT",
            "ARRAY:DECIMAL:4",
            "ARRAY:ARRAY:STRING",
        ] {
            assert_eq!(word.parse::<ColumnType>().unwrap().to_string(), word);
        }
        for word in ["", "int8", "DECIMAL", "DECIMAL:x", "ARRAY:", "MAP:INT8"] {
            assert!(word.parse::<ColumnType>().is_err(), "{word}");
        }
    }

    #[test]
    fn a_schema_says_its_type() {
        for word in ["INT16", "BOOLEAN", "STRING", "DECIMAL:3", "DATE", "TIME", "TIMESTAMP", "ARRAY:INT32"] {
            let type_: ColumnType = word.parse().unwrap();
            assert_eq!(ColumnType::of(&type_.schema(true).unwrap()), Some(type_));
        }
        assert_eq!(ColumnType::of(&SchemaBuilder::structure().build().unwrap()), None);
    }
}
