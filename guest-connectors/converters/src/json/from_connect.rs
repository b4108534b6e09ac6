//! Connect values as JSON text, written as they are read from the batch (`JsonConverter.convertToJson`).

use std::borrow::Borrow;

use caisson_sdk::Error;
use caisson_sdk::data::encoded::View;
use caisson_sdk::data::logical::{self, from_logical};
use caisson_sdk::data::schema::{Field, Schema, Type};
use caisson_sdk::data::value::Value;

use super::config::{DecimalFormat, Options};
use super::writer;

/// Appends a value in a place of that schema. `DataException` for a value that is none of its schema.
pub fn write(out: &mut Vec<u8>, schema: Option<&Schema>, value: &Value<'_>, options: Options) -> Result<(), Error> {
    if value.is_null() {
        return write_null(out, schema, options);
    }
    let Some(schema) = schema else { return write_schemaless(out, value, options) };
    if let Some(name @ (logical::DECIMAL | logical::DATE | logical::TIME | logical::TIMESTAMP)) = schema.name() {
        return write_logical(out, schema, name, value, options);
    }
    match (schema.type_(), value) {
        (Type::Int8, Value::Int8(number)) => writer::push_integer(out, i64::from(*number)),
        (Type::Int16, Value::Int16(number)) => writer::push_integer(out, i64::from(*number)),
        (Type::Int32, Value::Int32(number)) => writer::push_integer(out, i64::from(*number)),
        (Type::Int64, Value::Int64(number)) => writer::push_integer(out, *number),
        (Type::Float32, Value::Float32(number)) => writer::push_float32(out, *number),
        (Type::Float64, Value::Float64(number)) => writer::push_float64(out, *number),
        (Type::Boolean, Value::Boolean(held)) => writer::push_boolean(out, *held),
        (Type::String, Value::String(text)) => writer::push_string(out, text),
        (Type::Bytes, Value::Bytes(bytes)) => writer::push_base64(out, bytes),
        (Type::Array, Value::Array(items)) => return write_items(out, Some(schema), items.iter().map(Ok), options),
        (Type::Map, Value::Map(entries)) => {
            return write_map(out, Some(schema), has_text_keys(schema), entries.iter().map(|(k, v)| Ok((k, v))), options);
        }
        (Type::Struct, Value::Struct(structure)) => {
            matches_schema(schema, structure.schema())?;
            return write_fields(out, structure.schema().fields(), structure.values().iter().map(Ok), options);
        }
        (_, Value::Encoded(encoded)) => match (schema.type_(), encoded.view()?) {
            (Type::Array, View::Array(items)) => return write_items(out, Some(schema), items, options),
            (Type::Map, View::Map(entries)) => return write_map(out, Some(schema), has_text_keys(schema), entries, options),
            (Type::Struct, View::Struct(own, items)) => {
                matches_schema(schema, &own)?;
                return write_fields(out, own.fields(), items, options);
            }
            (_, View::Scalar(scalar)) => return write(out, Some(schema), &scalar, options),
            _ => return Err(mismatch(schema, value)),
        },
        _ => return Err(mismatch(schema, value)),
    }
    Ok(())
}

fn write_null(out: &mut Vec<u8>, schema: Option<&Schema>, options: Options) -> Result<(), Error> {
    let default = schema.and_then(Schema::default_value).filter(|_| options.replace_null_with_default);
    if let Some(default) = default {
        return write(out, schema, default, options);
    }
    if schema.is_some_and(|schema| !schema.is_optional()) {
        return Err(Error::data("Conversion error: null value for field that is required and has no default value"));
    }
    out.extend_from_slice(b"null");
    Ok(())
}

fn write_schemaless(out: &mut Vec<u8>, value: &Value<'_>, options: Options) -> Result<(), Error> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Int8(number) => writer::push_integer(out, i64::from(*number)),
        Value::Int16(number) => writer::push_integer(out, i64::from(*number)),
        Value::Int32(number) => writer::push_integer(out, i64::from(*number)),
        Value::Int64(number) => writer::push_integer(out, *number),
        Value::Float32(number) => writer::push_float32(out, *number),
        Value::Float64(number) => writer::push_float64(out, *number),
        Value::Boolean(held) => writer::push_boolean(out, *held),
        Value::String(text) => writer::push_string(out, text),
        Value::Bytes(bytes) => writer::push_base64(out, bytes),
        Value::Array(items) => return write_items(out, None, items.iter().map(Ok), options),
        Value::Map(entries) => {
            let text_keys = entries.iter().all(|(key, _)| matches!(key, Value::String(_)));
            return write_map(out, None, text_keys, entries.iter().map(|(k, v)| Ok((k, v))), options);
        }
        // Its schema is not that of its place, which has none.
        Value::Struct(_) => return Err(Error::data("Mismatching schema.")),
        Value::Decimal(_) | Value::BigInteger(_) | Value::Date(_) => {
            let class = value.java_class();
            return Err(Error::data(format!("Java class class {class} does not have corresponding schema type.")));
        }
        Value::Encoded(encoded) => match encoded.view()? {
            View::Array(items) => return write_items(out, None, items, options),
            View::Map(entries) => {
                let text_keys = match encoded.view()? {
                    View::Map(mut again) => again.all(|entry| is_text_key(&entry)),
                    _ => false,
                };
                return write_map(out, None, text_keys, entries, options);
            }
            View::Struct(..) => return Err(Error::data("Mismatching schema.")),
            View::Scalar(scalar) => return write_schemaless(out, &scalar, options),
        },
    }
    Ok(())
}

fn is_text_key(entry: &Result<(Value<'_>, Value<'_>), Error>) -> bool {
    matches!(entry, Ok((Value::String(_), _)))
}

fn has_text_keys(schema: &Schema) -> bool {
    schema.key_schema().is_some_and(|keys| keys.type_() == Type::String)
}

fn matches_schema(place: &Schema, own: &Schema) -> Result<(), Error> {
    if place == own { Ok(()) } else { Err(Error::data("Mismatching schema.")) }
}

fn mismatch(schema: &Schema, value: &Value<'_>) -> Error {
    let class = value.java_class();
    match schema.type_() {
        Type::Bytes => Error::data(format!("Invalid type for bytes type: class {class}")),
        type_ => Error::data(format!("Invalid type for {type_}: class {class}")),
    }
}

/// Decimal, Date, Time and Timestamp (`LogicalTypeConverter.toJson`).
fn write_logical(out: &mut Vec<u8>, schema: &Schema, name: &str, value: &Value<'_>, options: Options) -> Result<(), Error> {
    match (name, value) {
        (logical::DECIMAL, Value::Decimal(number)) if options.decimal_format == DecimalFormat::Numeric => {
            out.extend_from_slice(number.to_string().as_bytes());
            return Ok(());
        }
        (logical::DECIMAL, Value::Decimal(_)) | (logical::DATE | logical::TIME | logical::TIMESTAMP, Value::Date(_)) => {}
        _ => {
            let kind = name.rsplit('.').next().unwrap_or_default();
            let expected = if name == logical::DECIMAL { "BigDecimal" } else { "Date" };
            let class = value.java_class();
            return Err(Error::data(format!("Invalid type for {kind}, expected {expected} but was class {class}")));
        }
    }
    match from_logical(schema, value.clone())? {
        Value::Bytes(bytes) => writer::push_base64(out, &bytes),
        Value::Int32(number) => writer::push_integer(out, i64::from(number)),
        Value::Int64(number) => writer::push_integer(out, number),
        other => return Err(mismatch(schema, &other)),
    }
    Ok(())
}

fn write_items<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    schema: Option<&Schema>,
    items: impl Iterator<Item = Result<V, Error>>,
    options: Options,
) -> Result<(), Error> {
    let inner = schema.and_then(Schema::value_schema);
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, inner, item?.borrow(), options)?;
    }
    out.push(b']');
    Ok(())
}

fn write_fields<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    fields: &[Field],
    values: impl Iterator<Item = Result<V, Error>>,
    options: Options,
) -> Result<(), Error> {
    out.push(b'{');
    for (index, (field, value)) in fields.iter().zip(values).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        writer::push_string(out, &field.name);
        out.push(b':');
        write(out, Some(&field.schema), value?.borrow(), options)?;
    }
    out.push(b'}');
    Ok(())
}

/// An object where the keys are text, else an array of pairs.
fn write_map<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    schema: Option<&Schema>,
    text_keys: bool,
    entries: impl Iterator<Item = Result<(V, V), Error>>,
    options: Options,
) -> Result<(), Error> {
    let (keys, values) = (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
    out.push(if text_keys { b'{' } else { b'[' });
    for (index, entry) in entries.enumerate() {
        let (key, value) = entry?;
        if index > 0 {
            out.push(b',');
        }
        if text_keys {
            write_name(out, keys, key.borrow(), options)?;
            out.push(b':');
            write(out, values, value.borrow(), options)?;
        } else {
            out.push(b'[');
            write(out, keys, key.borrow(), options)?;
            out.push(b',');
            write(out, values, value.borrow(), options)?;
            out.push(b']');
        }
    }
    out.push(if text_keys { b'}' } else { b']' });
    Ok(())
}

/// A member's name: `JsonNode.asText` of the key, so that a null key is named `null`.
fn write_name(out: &mut Vec<u8>, keys: Option<&Schema>, key: &Value<'_>, options: Options) -> Result<(), Error> {
    let start = out.len();
    write(out, keys, key, options)?;
    if out.get(start) != Some(&b'"') {
        let bare = String::from_utf8_lossy(out.get(start..).unwrap_or_default()).into_owned();
        out.truncate(start);
        writer::push_string(out, &bare);
    }
    Ok(())
}
