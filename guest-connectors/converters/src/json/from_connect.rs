//! Connect values as JSON text, written as they are read from the batch (`JsonConverter.convertToJson`).

use std::borrow::Borrow;

use caisson_sdk::Error;
use caisson_sdk::data::encoded::View;
use caisson_sdk::data::logical;
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
        return writer::push_logical(out, schema, name, value, options.decimal_format == DecimalFormat::Numeric);
    }
    if writer::push_scalar(out, Some(schema.type_()), value) {
        return Ok(());
    }
    match (schema.type_(), value) {
        (Type::Array, Value::Array(items)) => write_items(out, Some(schema), items.iter().map(Ok), options),
        (Type::Map, Value::Map(entries)) => {
            write_map(out, Some(schema), has_text_keys(schema), entries.iter().map(|(k, v)| Ok((k, v))), options)
        }
        (Type::Struct, Value::Struct(structure)) => {
            matches_schema(schema, structure.schema())?;
            write_fields(out, structure.schema().fields(), structure.values().iter().map(Ok), options)
        }
        (_, Value::Encoded(encoded)) => match (schema.type_(), encoded.view()?) {
            (Type::Array, View::Array(items)) => write_items(out, Some(schema), items, options),
            (Type::Map, View::Map(entries)) => write_map(out, Some(schema), has_text_keys(schema), entries, options),
            (Type::Struct, View::Struct(own, items)) => {
                matches_schema(schema, &own)?;
                write_fields(out, own.fields(), items, options)
            }
            (_, View::Scalar(scalar)) => write(out, Some(schema), &scalar, options),
            _ => Err(mismatch(schema, value)),
        },
        _ => Err(mismatch(schema, value)),
    }
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
    if writer::push_scalar(out, None, value) {
        return Ok(());
    }
    match value {
        Value::Null => {
            out.extend_from_slice(b"null");
            Ok(())
        }
        Value::Array(items) => write_items(out, None, items.iter().map(Ok), options),
        Value::Map(entries) => {
            let text_keys = entries.iter().all(|(key, _)| matches!(key, Value::String(_)));
            write_map(out, None, text_keys, entries.iter().map(|(k, v)| Ok((k, v))), options)
        }
        // Its schema is not that of its place, which has none.
        Value::Struct(_) => Err(Error::data("Mismatching schema.")),
        Value::Encoded(encoded) => match encoded.view()? {
            View::Array(items) => write_items(out, None, items, options),
            View::Map(entries) => {
                let text_keys = match encoded.view()? {
                    View::Map(mut again) => again.all(|entry| is_text_key(&entry)),
                    _ => false,
                };
                write_map(out, None, text_keys, entries, options)
            }
            View::Struct(..) => Err(Error::data("Mismatching schema.")),
            View::Scalar(scalar) => write_schemaless(out, &scalar, options),
        },
        _ => {
            let class = value.java_class();
            Err(Error::data(format!("Java class class {class} does not have corresponding schema type.")))
        }
    }
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

fn write_items<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    schema: Option<&Schema>,
    items: impl Iterator<Item = Result<V, Error>>,
    options: Options,
) -> Result<(), Error> {
    let inner = schema.and_then(Schema::value_schema);
    writer::push_array(out, items, |out, item| write(out, inner, item.borrow(), options))
}

fn write_fields<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    fields: &[Field],
    values: impl Iterator<Item = Result<V, Error>>,
    options: Options,
) -> Result<(), Error> {
    writer::push_fields(out, fields, values, |out, field, value| write(out, Some(&field.schema), value.borrow(), options))
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
