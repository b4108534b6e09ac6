//! A value as one of another type (`Values.convertTo...`). A schema that is known helps with dates, whose class says too little.

use std::fmt;

use crate::data::decimal::Decimal;
use crate::data::java_calendar::days;
use crate::data::java_float::double_to_string;
use crate::data::java_text::java_text;
use crate::data::logical::{self, MILLIS_PER_DAY, from_logical, to_logical};
use crate::data::schema::{Schema, Type};
use crate::data::struct_::Struct;
use crate::data::value::Value;
use crate::error::Error;

use super::integer;
use super::parse::parse_string;
use super::print::convert_to_string as print;

/// `Values.convertToBoolean`; none for null.
pub fn convert_to_boolean(schema: Option<&Schema>, value: Value<'_>) -> Result<Option<bool>, Error> {
    match to_optional(Type::Boolean, schema, value)? {
        Value::Boolean(held) => Ok(Some(held)),
        _ => Ok(None),
    }
}

/// `Values.convertToByte`; none for null. Higher bits are lost.
pub fn convert_to_byte(schema: Option<&Schema>, value: Value<'_>) -> Result<Option<i8>, Error> {
    match to_optional(Type::Int8, schema, value)? {
        Value::Int8(number) => Ok(Some(number)),
        _ => Ok(None),
    }
}

/// `Values.convertToShort`; none for null. Higher bits are lost.
pub fn convert_to_short(schema: Option<&Schema>, value: Value<'_>) -> Result<Option<i16>, Error> {
    match to_optional(Type::Int16, schema, value)? {
        Value::Int16(number) => Ok(Some(number)),
        _ => Ok(None),
    }
}

/// `Values.convertToInteger`; none for null. Higher bits are lost.
pub fn convert_to_integer(schema: Option<&Schema>, value: Value<'_>) -> Result<Option<i32>, Error> {
    match to_optional(Type::Int32, schema, value)? {
        Value::Int32(number) => Ok(Some(number)),
        _ => Ok(None),
    }
}

/// `Values.convertToLong`; none for null.
pub fn convert_to_long(schema: Option<&Schema>, value: Value<'_>) -> Result<Option<i64>, Error> {
    match to_optional(Type::Int64, schema, value)? {
        Value::Int64(number) => Ok(Some(number)),
        _ => Ok(None),
    }
}

/// `Values.convertToFloat`; none for null.
pub fn convert_to_float(schema: Option<&Schema>, value: Value<'_>) -> Result<Option<f32>, Error> {
    match to_optional(Type::Float32, schema, value)? {
        Value::Float32(number) => Ok(Some(number)),
        _ => Ok(None),
    }
}

/// `Values.convertToDouble`; none for null.
pub fn convert_to_double(schema: Option<&Schema>, value: Value<'_>) -> Result<Option<f64>, Error> {
    match to_optional(Type::Float64, schema, value)? {
        Value::Float64(number) => Ok(Some(number)),
        _ => Ok(None),
    }
}

/// `Values.convertToList`: an array, or a text that stands for one. `DataException` for null and anything else.
pub fn convert_to_list<'b>(value: Value<'b>) -> Result<Vec<Value<'b>>, Error> {
    match to_container(Type::Array, not_null(value)?)? {
        Value::Array(items) => Ok(items),
        other => Err(unable(&other, Schema::primitive(Type::Array))),
    }
}

/// `Values.convertToMap`: a map, or a text that stands for one. `DataException` for null and anything else.
pub fn convert_to_map<'b>(value: Value<'b>) -> Result<Vec<(Value<'b>, Value<'b>)>, Error> {
    match to_container(Type::Map, not_null(value)?)? {
        Value::Map(entries) => Ok(entries),
        other => Err(unable(&other, Schema::primitive(Type::Map))),
    }
}

/// `Values.convertToStruct`. `DataException` for anything but a struct.
pub fn convert_to_struct<'b>(value: Value<'b>) -> Result<Struct<'b>, Error> {
    match not_null(value)? {
        Value::Struct(structure) => Ok(structure),
        other => Err(unable(&other, Schema::primitive(Type::Struct))),
    }
}

/// `Values.convertToTime`, in milliseconds since the epoch: of a Timestamp its time of day, of a number that many milliseconds.
pub fn convert_to_time(schema: Option<&Schema>, value: Value<'_>) -> Result<i64, Error> {
    to_date(&logical::time().build()?, schema, value)
}

/// `Values.convertToDate`, in milliseconds since the epoch: of a Timestamp its day, of a number that many days.
pub fn convert_to_date(schema: Option<&Schema>, value: Value<'_>) -> Result<i64, Error> {
    to_date(&logical::date().build()?, schema, value)
}

/// `Values.convertToTimestamp`, in milliseconds since the epoch: of a number that many milliseconds.
pub fn convert_to_timestamp(schema: Option<&Schema>, value: Value<'_>) -> Result<i64, Error> {
    to_date(&logical::timestamp().build()?, schema, value)
}

/// `Values.convertToDecimal`. Only bytes are given the scale; a number has that of its text as a double, a text its own.
/// `NumberFormatException` for a text that is no number.
pub fn convert_to_decimal(schema: Option<&Schema>, value: Value<'_>, scale: i32) -> Result<Decimal, Error> {
    let target = logical::decimal(scale).build()?;
    match convert_to(&target, schema, value)? {
        Value::Decimal(number) => Ok(number),
        other => Err(unable(&other, &target)),
    }
}

/// The value as one of schema `to`; `from` is its own schema, if that is known. `DataException` when it cannot be.
pub fn convert_to<'b>(to: &Schema, from: Option<&Schema>, value: Value<'b>) -> Result<Value<'b>, Error> {
    if value.is_null() && to.is_optional() {
        return Ok(Value::Null);
    }
    let value = not_null(value)?;
    let name = to.name();
    Ok(match to.type_() {
        Type::Bytes => return to_bytes(to, value),
        Type::String if matches!(value, Value::String(_)) => value,
        Type::String => Value::from(print(&value)?),
        Type::Boolean => Value::Boolean(to_boolean(from, value)?),
        Type::Int32 if matches!(name, Some(logical::DATE | logical::TIME)) => return to_temporal(to, from, value),
        Type::Int64 if name == Some(logical::TIMESTAMP) => return to_temporal(to, from, value),
        Type::Int8 => Value::Int8(as_long(&value, from)? as i8),
        Type::Int16 => Value::Int16(as_long(&value, from)? as i16),
        Type::Int32 => Value::Int32(as_long(&value, from)? as i32),
        Type::Int64 => Value::Int64(as_long(&value, from)?),
        Type::Float32 if matches!(value, Value::Float32(_)) => value,
        Type::Float32 => Value::Float32(as_double(&value, from)? as f32),
        Type::Float64 => Value::Float64(as_double(&value, from)?),
        Type::Array | Type::Map => return to_container(to.type_(), value),
        Type::Struct if matches!(value, Value::Struct(_)) => value,
        Type::Struct => return Err(unable(&value, Schema::primitive(Type::Struct))),
    })
}

fn to_optional<'b>(type_: Type, from: Option<&Schema>, value: Value<'b>) -> Result<Value<'b>, Error> {
    convert_to(&Schema::optional_primitive(type_), from, value)
}

fn not_null(value: Value<'_>) -> Result<Value<'_>, Error> {
    match value.decoded()? {
        Value::Null => Err(Error::data("Unable to convert a null value to a schema that requires a value")),
        value => Ok(value),
    }
}

fn unable(value: &Value<'_>, target: impl fmt::Display) -> Error {
    match java_text(value) {
        Ok(text) => Error::data(format!("Unable to convert {text} (class {}) to {target}", value.java_class())),
        Err(error) => error,
    }
}

/// The text `null` stands for Java's null, on which Kafka's own methods fail; `variable` is the one in the JVM's message.
fn parsed<'b>(text: &str, variable: &str) -> Result<Value<'b>, Error> {
    match parse_string(text)?.value {
        Value::Null => {
            let call = "org.apache.kafka.connect.data.SchemaAndValue.value()";
            let message = format!("Cannot invoke \"{call}\" because \"{variable}\" is null");
            Err(Error::connect(message).with_class("java.lang.NullPointerException"))
        }
        value => Ok(value),
    }
}

fn to_container<'b>(type_: Type, value: Value<'b>) -> Result<Value<'b>, Error> {
    let value = match value {
        Value::String(text) => parsed(&text, "schemaAndValue")?,
        other => other,
    };
    match (type_, &value) {
        (Type::Array, Value::Array(_)) | (Type::Map, Value::Map(_)) => Ok(value),
        _ => Err(unable(&value, Schema::primitive(type_))),
    }
}

fn to_bytes<'b>(to: &Schema, value: Value<'b>) -> Result<Value<'b>, Error> {
    if to.name() != Some(logical::DECIMAL) {
        return match value {
            Value::Bytes(_) => Ok(value),
            Value::Decimal(number) => Ok(Value::bytes(number.to_bytes())),
            other => Err(unable(&other, to)),
        };
    }
    match &value {
        Value::Bytes(_) => to_logical(to, value),
        Value::Decimal(_) => Ok(value),
        Value::String(text) => Ok(Value::Decimal(text.parse()?)),
        other => match number(other) {
            Some(number) => Ok(Value::Decimal(double_to_string(number.as_double()).parse()?)),
            None => Err(unable(&value, to)),
        },
    }
}

fn to_boolean(from: Option<&Schema>, value: Value<'_>) -> Result<bool, Error> {
    match &value {
        Value::Boolean(held) => return Ok(*held),
        Value::String(text) => {
            if let Value::Boolean(held) = parsed(text, "parsed")? {
                return Ok(held);
            }
        }
        _ => {}
    }
    Ok(as_long(&value, from)? != 0)
}

fn to_date(to: &Schema, from: Option<&Schema>, value: Value<'_>) -> Result<i64, Error> {
    match convert_to(to, from, value)? {
        Value::Date(millis) => Ok(millis),
        other => Err(unable(&other, to)),
    }
}

/// To Date, Time or Timestamp.
fn to_temporal<'b>(to: &Schema, from: Option<&Schema>, value: Value<'b>) -> Result<Value<'b>, Error> {
    let value = match value {
        Value::String(text) => parsed(&text, "parsed")?,
        other => other,
    };
    if let Value::Date(millis) = value {
        let own = from.map(Schema::name);
        if own.is_none_or(|name| name == to.name()) {
            return Ok(value);
        }
        let stored = match (own.flatten(), to.name()) {
            (Some(logical::TIMESTAMP), Some(logical::DATE)) => Value::Int32((millis / MILLIS_PER_DAY) as i32),
            (Some(logical::TIMESTAMP), Some(logical::TIME)) => Value::Int32(time_of_day(millis) as i32),
            // Days become milliseconds again; for the others the number itself is what is stored.
            (Some(logical::DATE), Some(logical::TIMESTAMP)) => Value::Int64(as_long(&value, from)?.wrapping_mul(MILLIS_PER_DAY)),
            _ => return stored_as(to, as_long(&value, from)?),
        };
        return to_logical(to, stored);
    }
    stored_as(to, as_long(&value, from)?)
}

fn stored_as<'b>(to: &Schema, number: i64) -> Result<Value<'b>, Error> {
    match to.type_() {
        Type::Int32 => to_logical(to, Value::Int32(number as i32)),
        _ => to_logical(to, Value::Int64(number)),
    }
}

/// Milliseconds after the midnight that began January 1, 1970. Kafka changes the fields of a calendar and leaves its era, so
/// that a day before the common era becomes one of 1970 BCE.
fn time_of_day(millis: i64) -> i64 {
    let before_common_era = millis < days(1, 1, 1) * MILLIS_PER_DAY;
    let midnight = if before_common_era { days(-1969, 1, 1) * MILLIS_PER_DAY } else { 0 };
    midnight + millis.rem_euclid(MILLIS_PER_DAY)
}

/// A `java.lang.Number`.
enum Number {
    Whole(i64),
    Float(f64),
    Decimal(Decimal),
}

impl Number {
    fn as_long(&self) -> i64 {
        match self {
            Self::Whole(number) => *number,
            Self::Float(number) => *number as i64,
            Self::Decimal(number) => integer::of_decimal(number),
        }
    }

    fn as_double(&self) -> f64 {
        match self {
            Self::Whole(number) => *number as f64,
            Self::Float(number) => *number,
            // The text of a decimal is always a number.
            Self::Decimal(number) => number.to_string().parse().unwrap_or(f64::NAN),
        }
    }
}

fn number(value: &Value<'_>) -> Option<Number> {
    Some(match value {
        Value::Int8(number) => Number::Whole((*number).into()),
        Value::Int16(number) => Number::Whole((*number).into()),
        Value::Int32(number) => Number::Whole((*number).into()),
        Value::Int64(number) => Number::Whole(*number),
        Value::Float32(number) => Number::Float((*number).into()),
        Value::Float64(number) => Number::Float(*number),
        Value::Decimal(number) => Number::Decimal(number.clone()),
        Value::BigInteger(number) => Number::Decimal(Decimal::new(number.clone(), 0)),
        _ => return None,
    })
}

/// A number, or a text that is one.
fn number_of(value: &Value<'_>) -> Option<Number> {
    match value {
        Value::String(text) => text.parse().ok().map(Number::Decimal),
        other => number(other),
    }
}

fn as_long(value: &Value<'_>, from: Option<&Schema>) -> Result<i64, Error> {
    if let Some(number) = number_of(value) {
        return Ok(number.as_long());
    }
    let Some(schema) = from else { return Err(unable(value, "a number")) };
    match (value, from_logical(schema, value.clone())?) {
        (Value::Date(_), Value::Int32(number)) => Ok(number.into()),
        (Value::Date(_), Value::Int64(number)) => Ok(number),
        _ => Err(unable(value, schema)),
    }
}

fn as_double(value: &Value<'_>, from: Option<&Schema>) -> Result<f64, Error> {
    match number_of(value) {
        Some(number) => Ok(number.as_double()),
        None => Ok(as_long(value, from)? as f64),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn timestamp() -> Schema {
        logical::timestamp().build().unwrap()
    }

    #[test]
    fn a_timestamp_has_a_day_and_a_time() {
        let convert = |millis| {
            let time = convert_to_time(Some(&timestamp()), Value::Date(millis));
            (convert_to_date(Some(&timestamp()), Value::Date(millis)).unwrap(), time.unwrap())
        };
        assert_eq!(convert(1_483_425_001_864), (1_483_401_600_000, 23_401_864));
        // Kafka rounds the day towards the epoch.
        assert_eq!(convert(-1), (0, 86_399_999));
        assert_eq!(convert(i64::MAX), (-53_757_322_531_200_000, 25_975_807));
        assert!(convert_to_time(Some(&timestamp()), Value::Date(-62_135_769_600_001)).is_err());
    }

    #[test]
    fn a_date_without_schema_is_taken_as_it_is() {
        assert_eq!(convert_to_time(None, Value::Date(-86_400_001)), Ok(-86_400_001));
        assert!(convert_to_long(None, Value::Date(0)).is_err());
    }

    #[test]
    fn numbers_lose_what_has_no_room() {
        assert_eq!(convert_to_byte(None, Value::Int32(300)), Ok(Some(44)));
        assert_eq!(convert_to_integer(None, Value::Float64(f64::INFINITY)), Ok(Some(-1)));
        assert_eq!(convert_to_float(None, Value::from("1e39")), Ok(Some(f32::INFINITY)));
        assert_eq!(convert_to_boolean(None, Value::Float64(0.5)), Ok(Some(false)));
        assert_eq!(convert_to_double(None, Value::Null), Ok(None));
    }

    #[test]
    fn text_is_parsed_where_it_stands_for_a_container() {
        assert_eq!(convert_to_list(Value::from("[1]")), Ok(vec![Value::Int8(1)]));
        let error = convert_to_map(Value::from("[1]")).unwrap_err();
        assert_eq!(error.message(), "Unable to convert [1] (class java.util.ArrayList) to Schema{MAP}");
        assert_eq!(convert_to_list(Value::from("null")).unwrap_err().class(), "java.lang.NullPointerException");
    }
}
