//! The ways to write a time, and how one becomes another.

use caisson_sdk::data::logical;
use caisson_sdk::data::value::Value;
use caisson_sdk::{Error, Schema, SchemaBuilder, clock};

use crate::requirements::java_error;
use crate::simple_date_format::SimpleDateFormat;

/// The key of the pattern.
pub const FORMAT: &str = "format";
/// The key of the unit of numbers.
pub const PRECISION: &str = "unix.precision";

const MILLIS_PER_DAY: i64 = 86_400_000;

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Representation {
    /// A text by the pattern.
    Text,
    /// A number since the epoch.
    Unix,
    /// The day.
    Date,
    /// The time of the day.
    Time,
    /// Milliseconds.
    Timestamp,
}

/// What a time becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target(Representation);

impl Target {
    /// The values of `target.type`.
    pub const NAMES: [&'static str; 5] = ["string", "unix", "Date", "Time", "Timestamp"];

    /// The target of a checked setting.
    pub fn named(name: &str) -> Self {
        Self(match name {
            "string" => Representation::Text,
            "unix" => Representation::Unix,
            "Date" => Representation::Date,
            "Time" => Representation::Time,
            _ => Representation::Timestamp,
        })
    }

    /// The schema of converted values.
    pub fn schema(self, optional: bool) -> Result<Schema, Error> {
        let built = |builder: SchemaBuilder| builder.with_optional(optional).build();
        match (self.0, optional) {
            (Representation::Text, true) => Ok(Schema::optional_string()),
            (Representation::Text, false) => Ok(Schema::string()),
            (Representation::Unix, true) => Ok(Schema::optional_primitive(caisson_sdk::Type::Int64)),
            (Representation::Unix, false) => Ok(Schema::int64()),
            (Representation::Date, _) => built(logical::date()),
            (Representation::Time, _) => built(logical::time()),
            (Representation::Timestamp, _) => built(logical::timestamp()),
        }
    }
}

/// The unit of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 10^9 to the second.
    Nanoseconds,
    /// 10^6 to the second.
    Microseconds,
    /// 10^3 to the second.
    Milliseconds,
    /// Seconds.
    Seconds,
}

impl Precision {
    /// The values of `unix.precision`.
    pub const NAMES: [&'static str; 4] = ["nanoseconds", "microseconds", "milliseconds", "seconds"];

    /// The unit of a checked setting.
    pub fn named(name: &str) -> Self {
        match name {
            "nanoseconds" => Self::Nanoseconds,
            "microseconds" => Self::Microseconds,
            "seconds" => Self::Seconds,
            _ => Self::Milliseconds,
        }
    }

    /// As `TimeUnit.toMillis`: towards zero, and to the last number there is where there is none.
    fn to_millis(self, number: i64) -> i64 {
        match self {
            Self::Nanoseconds => number / 1_000_000,
            Self::Microseconds => number / 1000,
            Self::Milliseconds => number,
            Self::Seconds => number.saturating_mul(1000),
        }
    }

    fn of_millis(self, millis: i64) -> i64 {
        match self {
            Self::Nanoseconds => millis.saturating_mul(1_000_000),
            Self::Microseconds => millis.saturating_mul(1000),
            Self::Milliseconds => millis,
            Self::Seconds => millis / 1000,
        }
    }
}

/// A configured conversion.
#[derive(Debug)]
pub struct TimeFormat {
    /// What times become.
    pub target: Target,
    /// For texts read or written.
    pattern: Option<SimpleDateFormat>,
    precision: Precision,
}

impl TimeFormat {
    /// `ConfigException` for a pattern that is none, and where one is needed and missing.
    pub fn new(target: Target, pattern: &str, precision: Precision) -> Result<Self, Error> {
        if pattern.trim().is_empty() {
            if target.0 == Representation::Text {
                let text = "TimestampConverter requires format option to be specified when using string timestamps";
                return Err(Error::config(text));
            }
            return Ok(Self { target, pattern: None, precision });
        }
        let compiled = SimpleDateFormat::new(pattern, clock::now_millis()).map_err(|mistake| {
            // Kafka hands name and value to the exception in the wrong order.
            let name =
                format!("TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: {pattern}");
            Error::invalid_value(&name, Some(&format!("java.lang.IllegalArgumentException: {mistake}")), "")
        })?;
        Ok(Self { target, pattern: Some(compiled), precision })
    }

    /// A time without schema, told by its Java class. `DataException` for any other value.
    pub fn convert_schemaless<'b>(&self, value: Value<'b>) -> Result<Value<'b>, Error> {
        let from = match &value {
            Value::Null => return Ok(value),
            Value::Date(_) => Representation::Timestamp,
            Value::Int64(_) => Representation::Unix,
            Value::String(_) => Representation::Text,
            other => {
                let class = other.java_class();
                return Err(Error::data(format!("TimestampConverter does not support class {class} objects as timestamps")));
            }
        };
        self.convert(value, from)
    }

    /// A time in the way that the target says; null stays null. `DataException` for a text that does not match the pattern, and for
    /// a value that is not what its schema says.
    pub fn convert<'b>(&self, value: Value<'b>, from: Representation) -> Result<Value<'b>, Error> {
        let millis = match (value, from) {
            (Value::Null, _) => return Ok(Value::Null),
            (Value::String(text), Representation::Text) => self.parse(&text)?,
            (Value::Int64(number), Representation::Unix) => self.precision.to_millis(number),
            (Value::Date(millis), Representation::Date | Representation::Time | Representation::Timestamp) => millis,
            (other, from) => return Err(unexpected(&other, from)),
        };
        Ok(match self.target.0 {
            Representation::Text => {
                let pattern = self.pattern.as_ref().ok_or_else(|| no_pattern("format(java.util.Date)"))?;
                Value::from(pattern.format(millis))
            }
            Representation::Unix => Value::Int64(self.precision.of_millis(millis)),
            Representation::Date => Value::Date(millis.div_euclid(MILLIS_PER_DAY).wrapping_mul(MILLIS_PER_DAY)),
            Representation::Time => Value::Date(millis.rem_euclid(MILLIS_PER_DAY)),
            Representation::Timestamp => Value::Date(millis),
        })
    }

    fn parse(&self, text: &str) -> Result<i64, Error> {
        let pattern = self.pattern.as_ref().ok_or_else(|| no_pattern("parse(String)"))?;
        pattern.parse(text).ok_or_else(|| {
            let pattern = pattern.pattern();
            Error::data(format!("Could not parse timestamp: value ({text}) does not match pattern ({pattern})"))
        })
    }
}

/// What Java says, which calls the pattern that is not there.
fn no_pattern(method: &str) -> Error {
    let text = format!("Cannot invoke \"java.text.SimpleDateFormat.{method}\" because \"config.format\" is null");
    java_error("java.lang.NullPointerException", text)
}

fn unexpected(value: &Value<'_>, from: Representation) -> Error {
    let (what, wanted) = match from {
        Representation::Text => ("string timestamp", "String"),
        Representation::Unix => ("Unix timestamp", "Long"),
        Representation::Date => ("Date", "java.util.Date"),
        Representation::Time => ("Time", "java.util.Date"),
        Representation::Timestamp => ("Timestamp", "java.util.Date"),
    };
    Error::data(format!("Expected {what} to be a {wanted}, but found class {}", value.java_class()))
}
