//! Connect's logical types: Decimal, Date, Time and Timestamp.

use crate::data::decimal::Decimal;
use crate::data::schema::{Schema, Type};
use crate::data::schema_builder::SchemaBuilder;
use crate::data::value::Value;
use crate::error::Error;

/// Name of Decimal schemas, whose values are [`Value::Decimal`].
pub const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";
/// Name of Date schemas (days), whose values are [`Value::Date`] at midnight.
pub const DATE: &str = "org.apache.kafka.connect.data.Date";
/// Name of Time schemas (milliseconds of a day), whose values are [`Value::Date`] on the first day.
pub const TIME: &str = "org.apache.kafka.connect.data.Time";
/// Name of Timestamp schemas (milliseconds), whose values are [`Value::Date`].
pub const TIMESTAMP: &str = "org.apache.kafka.connect.data.Timestamp";
/// The parameter of Decimal schemas.
pub const SCALE: &str = "scale";

pub(crate) const MILLIS_PER_DAY: i64 = 86_400_000;

/// `Decimal.builder(scale)`.
pub fn decimal(scale: i32) -> SchemaBuilder {
    SchemaBuilder::new(Type::Bytes).name(DECIMAL).parameter(SCALE, scale.to_string()).version(1)
}

/// `Date.builder()`.
pub fn date() -> SchemaBuilder {
    SchemaBuilder::new(Type::Int32).name(DATE).version(1)
}

/// `Time.builder()`.
pub fn time() -> SchemaBuilder {
    SchemaBuilder::new(Type::Int32).name(TIME).version(1)
}

/// `Timestamp.builder()`.
pub fn timestamp() -> SchemaBuilder {
    SchemaBuilder::new(Type::Int64).name(TIMESTAMP).version(1)
}

/// The scale of a Decimal schema. `DataException` without one, or when it is no number.
pub fn scale(schema: &Schema) -> Result<i32, Error> {
    let text = schema.parameter(SCALE).ok_or_else(|| Error::data("Invalid Decimal schema: scale parameter not found."))?;
    text.parse().map_err(|_| Error::data("Invalid scale parameter found in Decimal schema: "))
}

/// From the Java object to what its schema's type stores: Decimal to bytes, Date to days, Time and Timestamp to
/// milliseconds; any other value as it is. `DataException` as Kafka's `fromLogical` of these types.
pub fn from_logical<'b>(schema: &Schema, value: Value<'b>) -> Result<Value<'b>, Error> {
    match LogicalType::of(schema) {
        Some(logical) => logical.from_logical(schema, value),
        None => Ok(value),
    }
}

/// From what the schema's type stores to the Java object; any other value as it is. `DataException` as Kafka's `toLogical`.
pub fn to_logical<'b>(schema: &Schema, value: Value<'b>) -> Result<Value<'b>, Error> {
    match LogicalType::of(schema) {
        Some(logical) => logical.to_logical(schema, value),
        None => Ok(value),
    }
}

/// One of Kafka's classes of logical types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogicalType {
    /// `org.apache.kafka.connect.data.Decimal`.
    Decimal,
    /// `org.apache.kafka.connect.data.Date`.
    Date,
    /// `org.apache.kafka.connect.data.Time`.
    Time,
    /// `org.apache.kafka.connect.data.Timestamp`.
    Timestamp,
}

impl LogicalType {
    /// The one that the schema's name tells.
    pub fn of(schema: &Schema) -> Option<Self> {
        match schema.name()? {
            DECIMAL => Some(Self::Decimal),
            DATE => Some(Self::Date),
            TIME => Some(Self::Time),
            TIMESTAMP => Some(Self::Timestamp),
            _ => None,
        }
    }

    /// From the Java object to what the schema's type stores; any other value as it is. `DataException` for a schema of another
    /// name, a decimal of another scale, a Date with a time and a Time with a date.
    pub fn from_logical<'b>(self, schema: &Schema, value: Value<'b>) -> Result<Value<'b>, Error> {
        self.require(schema, self.word())?;
        match (self, value) {
            (Self::Decimal, Value::Decimal(number)) => {
                let scale = scale(schema)?;
                if number.scale() != scale {
                    return Err(Error::data(format!(
                        "Decimal value has mismatching scale for given Decimal schema. Schema has scale {scale}, value has scale {}.",
                        number.scale()
                    )));
                }
                Ok(Value::bytes(number.to_bytes()))
            }
            (Self::Date, Value::Date(millis)) => {
                if millis.rem_euclid(MILLIS_PER_DAY) != 0 {
                    let text = "Kafka Connect Date type should not have any time fields set to non-zero values.";
                    return Err(Error::data(text));
                }
                // Java narrows in silence too.
                Ok(Value::Int32(millis.div_euclid(MILLIS_PER_DAY) as i32))
            }
            (Self::Time, Value::Date(millis)) => {
                // Kafka takes the very end of the day too.
                if !(0..=MILLIS_PER_DAY).contains(&millis) {
                    let text = "Kafka Connect Time type should not have any date fields set to non-zero values.";
                    return Err(Error::data(text));
                }
                Ok(Value::Int32(millis as i32))
            }
            (Self::Timestamp, Value::Date(millis)) => Ok(Value::Int64(millis)),
            (_, value) => Ok(value),
        }
    }

    /// From what the schema's type stores to the Java object; any other value as it is. `DataException` for a schema of another
    /// name and a Time beyond its day, `NumberFormatException` for a Decimal of no bytes.
    pub fn to_logical<'b>(self, schema: &Schema, value: Value<'b>) -> Result<Value<'b>, Error> {
        // Kafka calls a Time a Date here.
        self.require(schema, if self == Self::Time { "Date" } else { self.word() })?;
        match (self, value) {
            (Self::Decimal, Value::Bytes(bytes)) => Ok(Value::Decimal(Decimal::from_bytes(&bytes, scale(schema)?)?)),
            (Self::Date, Value::Int32(days)) => Ok(Value::Date(i64::from(days) * MILLIS_PER_DAY)),
            (Self::Time, Value::Int32(millis)) => {
                if !(0..=MILLIS_PER_DAY).contains(&i64::from(millis)) {
                    return Err(Error::data(format!(
                        "Time values must use number of milliseconds greater than 0 and less than {MILLIS_PER_DAY}"
                    )));
                }
                Ok(Value::Date(millis.into()))
            }
            (Self::Timestamp, Value::Int64(millis)) => Ok(Value::Date(millis)),
            (_, value) => Ok(value),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Decimal => "Decimal",
            Self::Date => "Date",
            Self::Time => "Time",
            Self::Timestamp => "Timestamp",
        }
    }

    /// A Decimal's schema is known by its scale alone.
    fn require(self, schema: &Schema, word: &str) -> Result<(), Error> {
        if self == Self::Decimal || Self::of(schema) == Some(self) {
            return Ok(());
        }
        Err(Error::data(format!("Requested conversion of {word} object but the schema does not match.")))
    }
}
