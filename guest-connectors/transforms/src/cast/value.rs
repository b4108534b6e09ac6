//! One value as another type, as Java's `Number` and its parsers convert it.

use std::borrow::Cow;

use caisson_sdk::data::logical;
use caisson_sdk::data::value::Value;
use caisson_sdk::values::print::convert_to_string;
use caisson_sdk::{Error, Schema, Type};

use super::number::{Number, parse_double, parse_float, parse_integer};
use super::spec::check_input;

/// A value as that type; null stays null. `DataException` where it cannot be.
pub fn cast<'b>(schema: Option<&Schema>, value: Value<'b>, type_: Type) -> Result<Value<'b>, Error> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let from = match schema {
        Some(schema) => schema.type_(),
        None => type_of(&value)?,
    };
    check_input(from)?;
    let value = match schema.and_then(Schema::name) {
        Some(logical::DATE | logical::TIME | logical::TIMESTAMP) if type_ != Type::String => match schema {
            Some(schema) => logical::from_logical(schema, value)?,
            None => value,
        },
        _ => value,
    };
    match type_ {
        Type::String => text(value),
        _ => number(&value, type_),
    }
}

/// The type of a schemaless value (`ConnectSchema.schemaType`).
fn type_of(value: &Value<'_>) -> Result<Type, Error> {
    let class = value.java_class();
    Ok(match class {
        "java.lang.Byte" => Type::Int8,
        "java.lang.Short" => Type::Int16,
        "java.lang.Integer" => Type::Int32,
        "java.lang.Long" => Type::Int64,
        "java.lang.Float" => Type::Float32,
        "java.lang.Double" => Type::Float64,
        "java.lang.Boolean" => Type::Boolean,
        "java.lang.String" => Type::String,
        "[B" => Type::Bytes,
        "java.util.ArrayList" => Type::Array,
        "java.util.HashMap" => Type::Map,
        "org.apache.kafka.connect.data.Struct" => Type::Struct,
        _ => {
            return Err(Error::data(format!(
                "Cast transformation was passed a value of type class {class} which is not supported by Connect's data API"
            )));
        }
    })
}

fn text<'b>(value: Value<'b>) -> Result<Value<'b>, Error> {
    match value {
        Value::String(_) => Ok(value),
        other => Ok(Value::String(Cow::Owned(convert_to_string(&other)?))),
    }
}

fn number<'b>(value: &Value<'_>, type_: Type) -> Result<Value<'b>, Error> {
    if let Value::String(text) = value {
        return parsed(text, type_)
            .ok_or_else(|| Error::data(format!("Value ({text}) was out of range for requested data type")));
    }
    let number = match value {
        Value::Int8(number) => Number::Integer((*number).into()),
        Value::Int16(number) => Number::Integer((*number).into()),
        Value::Int32(number) => Number::Integer((*number).into()),
        Value::Int64(number) => Number::Integer(*number),
        Value::Boolean(held) => Number::Integer((*held).into()),
        Value::Float32(number) => Number::Float(*number),
        Value::Float64(number) => Number::Double(*number),
        Value::Decimal(number) => Number::Decimal(number),
        other => {
            return Err(Error::data(format!("Unexpected type in Cast transformation: class {}", other.java_class())));
        }
    };
    Ok(match type_ {
        Type::Int8 => Value::Int8(number.int() as i8),
        Type::Int16 => Value::Int16(number.int() as i16),
        Type::Int32 => Value::Int32(number.int()),
        Type::Int64 => Value::Int64(number.long()),
        Type::Float32 => Value::Float32(number.float()),
        Type::Float64 => Value::Float64(number.double()),
        _ => Value::Boolean(number.long() != 0),
    })
}

/// A text as the parsers of Java's wrapper classes read it.
fn parsed<'b>(text: &str, type_: Type) -> Option<Value<'b>> {
    Some(match type_ {
        Type::Int8 => Value::Int8(parse_integer(text)?.try_into().ok()?),
        Type::Int16 => Value::Int16(parse_integer(text)?.try_into().ok()?),
        Type::Int32 => Value::Int32(parse_integer(text)?.try_into().ok()?),
        Type::Int64 => Value::Int64(parse_integer(text)?),
        Type::Float32 => Value::Float32(parse_float(text)?),
        Type::Float64 => Value::Float64(parse_double(text)?),
        _ => Value::Boolean(text.eq_ignore_ascii_case("true")),
    })
}
