//! One schema for the items of an array, or the keys or values of a map (`Values.SchemaMerger`).

use caisson_sdk::data::logical::{self, to_logical};
use caisson_sdk::data::value::Value;
use caisson_sdk::{Error, Schema, Type};

/// What the values seen so far have in common.
#[derive(Debug, Default)]
pub struct Merger {
    common: Option<Schema>,
    incompatible: bool,
}

impl Merger {
    /// One more value's schema; none for a null.
    pub fn add(&mut self, schema: Option<&Schema>) {
        let Some(schema) = schema.filter(|_| !self.incompatible) else { return };
        self.common = match self.common.take() {
            None => Some(schema.clone()),
            Some(common) => merged(common, schema),
        };
        self.incompatible = self.common.is_none();
    }

    /// None where there were only nulls, or nothing in common.
    pub fn schema(&self) -> Option<&Schema> {
        self.common.as_ref()
    }
}

/// The order in which numbers grow wider.
fn width(type_: Type) -> Option<u8> {
    match type_ {
        Type::Int8 => Some(0),
        Type::Int16 => Some(1),
        Type::Int32 => Some(2),
        Type::Int64 => Some(3),
        Type::Float32 => Some(4),
        Type::Float64 => Some(5),
        _ => None,
    }
}

fn merged(previous: Schema, next: &Schema) -> Option<Schema> {
    if previous.type_() != next.type_() {
        let (old, new) = (width(previous.type_())?, width(next.type_())?);
        return Some(if new > old { next.clone() } else { previous });
    }
    if previous.is_optional() == next.is_optional() {
        return Some(if previous.is_optional() { previous } else { next.clone() });
    }
    (previous == *next).then_some(previous)
}

fn is_temporal(schema: &Schema) -> bool {
    matches!(schema.name(), Some(logical::DATE | logical::TIME | logical::TIMESTAMP))
}

/// A value as one of the common schema (`Values.convertTo`). `DataException` when it cannot be.
pub fn align<'b>(schema: &Schema, value: Value<'b>) -> Result<Value<'b>, Error> {
    let integer = match &value {
        Value::Null if schema.is_optional() => return Ok(Value::Null),
        Value::Null => {
            return Err(Error::data("Unable to convert a null value to a schema that requires a value"));
        }
        Value::Int8(number) => i64::from(*number),
        Value::Int16(number) => i64::from(*number),
        Value::Int32(number) => i64::from(*number),
        Value::Int64(number) => *number,
        Value::Date(_) if !is_temporal(schema) => {
            return Err(Error::data("Unable to convert a java.util.Date to a number"));
        }
        Value::Float32(number) if schema.type_() == Type::Float64 => return Ok(Value::Float64(f64::from(*number))),
        _ => return Ok(value),
    };
    if let Some(logical::DATE | logical::TIME) = schema.name() {
        return to_logical(schema, Value::Int32(integer as i32));
    }
    if schema.name() == Some(logical::TIMESTAMP) {
        return to_logical(schema, Value::Int64(integer));
    }
    Ok(match schema.type_() {
        Type::Int8 => Value::Int8(integer as i8),
        Type::Int16 => Value::Int16(integer as i16),
        Type::Int32 => Value::Int32(integer as i32),
        Type::Int64 => Value::Int64(integer),
        Type::Float32 => Value::Float32(integer as f32),
        Type::Float64 => Value::Float64(integer as f64),
        _ => value,
    })
}
