//! A column that the sink writes, or makes.

use caisson_sdk::data::java_text::java_text;
use caisson_sdk::data::logical::{self, LogicalType};
use caisson_sdk::{Error, Schema, Type, Value};

use crate::time_zone::TimeZone;

/// A column as records have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub schema: Schema,
    /// Whether it is part of the primary key.
    pub is_key: bool,
}

impl Column {
    /// Whether null can stand in it.
    pub fn is_optional(&self) -> bool {
        !self.is_key && self.schema.is_optional()
    }

    /// The scale of a Decimal.
    pub fn scale(&self) -> Result<i32, Error> {
        logical::scale(&self.schema)
    }

    /// As messages of the connector show a field.
    pub fn shown(&self) -> String {
        format!("{} {}{}", self.name, self.schema.type_(), if self.is_key { " (primary key)" } else { "" })
    }

    /// What no dialect has a type for.
    pub fn without_type(&self) -> Error {
        let (name, type_) = (self.schema.name().unwrap_or("null"), self.schema.type_());
        let text = format!("{name} ({type_}) type doesn't have a mapping to the SQL database column type (field {})", self.name);
        Error::connect(text)
    }
}

/// How a dialect writes the constants that stand behind DEFAULT.
#[derive(Debug, Clone, Copy)]
pub struct Literals {
    /// True and false.
    pub booleans: (&'static str, &'static str),
    /// Before and behind bytes in hexadecimal.
    pub bytes: (&'static str, &'static str),
    /// A backslash in a text means the next character.
    pub backslash_escapes: bool,
}

impl Literals {
    /// A default of a column, in the time zone of the database; a day is the same everywhere.
    pub fn of(self, schema: &Schema, value: &Value<'_>, zone: &TimeZone) -> Result<String, Error> {
        Ok(match (LogicalType::of(schema), value) {
            (Some(LogicalType::Date), Value::Date(millis)) => self.text(&TimeZone::UTC.date(*millis)?),
            (Some(LogicalType::Time), Value::Date(millis)) => self.text(&zone.time(*millis)?),
            (Some(LogicalType::Timestamp), Value::Date(millis)) => self.text(&zone.timestamp(*millis)?),
            (_, Value::Decimal(number)) => number.to_plain_string(),
            (_, Value::Boolean(true)) => self.booleans.0.to_owned(),
            (_, Value::Boolean(false)) => self.booleans.1.to_owned(),
            (_, Value::Bytes(bytes)) => self.bytes(bytes),
            (_, Value::String(text)) => self.text(text),
            (_, Value::Int8(_) | Value::Int16(_) | Value::Int32(_) | Value::Int64(_)) => java_text(value)?,
            (_, Value::Float32(number)) if number.is_finite() => java_text(value)?,
            (_, Value::Float64(number)) if number.is_finite() => java_text(value)?,
            _ => return Err(Error::connect(format!("A {} cannot be a column's default", schema.type_()))),
        })
    }

    fn text(self, text: &str) -> String {
        let text = text.replace('\'', "''");
        format!("'{}'", if self.backslash_escapes { text.replace('\\', "\\\\") } else { text })
    }

    fn bytes(self, bytes: &[u8]) -> String {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        format!("{}{digits}{}", self.bytes.0, self.bytes.1)
    }
}

/// The logical type of a schema, or else its type: what dialects choose a column's type by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One of Connect's logical types.
    Logical(LogicalType),
    /// Any other schema.
    Plain(Type),
}

impl Kind {
    /// That of a schema.
    pub fn of(schema: &Schema) -> Self {
        LogicalType::of(schema).map_or(Self::Plain(schema.type_()), Self::Logical)
    }
}
