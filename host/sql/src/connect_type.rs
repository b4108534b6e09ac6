//! The words for types of Connect.

use std::fmt;
use std::str::FromStr;

use crate::error::{Reason, SqlError};

/// The scale of an `INSTANT`: nanoseconds.
pub const INSTANT_SCALE: i32 = 9;

/// A type of Connect, as `wit/sql.wit` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ConnectType {
    Int8,
    Int16,
    Int32,
    Int64,
    Float32,
    Float64,
    Boolean,
    String,
    Bytes,
    /// With the scale.
    Decimal(i32),
    Date,
    Time,
    Timestamp,
    /// The nanoseconds within the second of a timestamp.
    Nanos,
    /// Seconds since the epoch, of scale 9.
    Instant,
    /// With the type of the items.
    Array(Box<ConnectType>),
}

impl ConnectType {
    /// Whether values of it are moments, days or times of a day.
    pub fn is_temporal(&self) -> bool {
        matches!(self, Self::Date | Self::Time | Self::Timestamp | Self::Nanos | Self::Instant)
    }
}

/// The types of words, in order.
///
/// # Errors
/// A word that is none.
pub fn parse_all(words: &[String]) -> Result<Vec<ConnectType>, SqlError> {
    words.iter().map(|word| word.parse()).collect()
}

impl FromStr for ConnectType {
    type Err = SqlError;

    fn from_str(word: &str) -> Result<Self, SqlError> {
        let unknown = || {
            let known = "INT8 to INT64, FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES, DECIMAL:<scale>, DATE, TIME, TIMESTAMP, NANOS, INSTANT, ARRAY:<type>";
            SqlError::new(Reason::Other, format!("{word} is no type of Connect; there are {known}"))
        };
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

impl fmt::Display for ConnectType {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for word in ["INT8", "FLOAT64", "DECIMAL:-84", "NANOS", "INSTANT", "ARRAY:ARRAY:DECIMAL:2"] {
            assert_eq!(word.parse::<ConnectType>().map(|type_| type_.to_string()), Ok(word.to_owned()));
        }
        for word in ["int8", "DECIMAL:", "STRUCT", "ARRAY"] {
            assert!(word.parse::<ConnectType>().is_err(), "{word}");
        }
    }
}
