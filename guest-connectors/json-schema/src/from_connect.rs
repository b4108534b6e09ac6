//! Connect values as JSON text, written as they are read from the batch.

use std::borrow::Borrow;

use caisson_converters::json::config::DecimalFormat;
use caisson_converters::json::writer;
use caisson_sdk::data::encoded::View;
use caisson_sdk::data::logical::LogicalType;
use caisson_sdk::{Error, Field, Schema, Type, Value};

use crate::options::{Options, is_object, is_union};

/// Appends a value in a place of that schema. `DataException` for a value that is none of its schema.
pub fn write(out: &mut Vec<u8>, schema: Option<&Schema>, value: &Value<'_>, options: &Options) -> Result<(), Error> {
    if value.is_null() {
        match default_of(schema, options) {
            Some(default) => return write(out, schema, default, options),
            None => out.extend_from_slice(b"null"),
        }
        return Ok(());
    }
    if let Some(schema) = schema.filter(|schema| LogicalType::of(schema).is_some()) {
        let numeric = options.decimal_format == DecimalFormat::Numeric;
        return writer::push_logical(out, schema, schema.name().unwrap_or_default(), value, numeric);
    }
    let type_ = schema.map(Schema::type_);
    let is = |expected: Type| type_.is_none_or(|type_| type_ == expected);
    if writer::push_scalar(out, type_, value) {
        return Ok(());
    }
    match value {
        Value::Decimal(number) if type_ == Some(Type::Bytes) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Array(items) if is(Type::Array) => return write_items(out, schema, items.iter().map(Ok), options),
        Value::Map(entries) if is(Type::Map) => {
            let object = schema.map_or_else(|| entries.iter().all(|(key, _)| key.as_str().is_some()), is_object);
            return write_map(out, schema, object, entries.iter().map(|(key, value)| Ok((key, value))), options);
        }
        Value::Struct(structure) if is(Type::Struct) => {
            let own = matching(schema, structure.schema())?;
            return write_struct(out, own, structure.values().iter().map(Ok), options);
        }
        Value::Encoded(encoded) => match encoded.view()? {
            View::Array(items) if is(Type::Array) => return write_items(out, schema, items, options),
            View::Map(entries) if is(Type::Map) => {
                let object = match (schema, encoded.view()?) {
                    (Some(schema), _) => is_object(schema),
                    (None, View::Map(mut again)) => again.all(|entry| matches!(entry, Ok((Value::String(_), _)))),
                    _ => true,
                };
                return write_map(out, schema, object, entries, options);
            }
            View::Struct(own, values) if is(Type::Struct) => {
                let own = matching(schema, &own)?;
                return write_struct(out, own, values, options);
            }
            View::Scalar(scalar) => return write(out, schema, &scalar, options),
            _ => return Err(mismatch(schema, value)),
        },
        _ => return Err(mismatch(schema, value)),
    }
    Ok(())
}

fn default_of<'s>(schema: Option<&'s Schema>, options: &Options) -> Option<&'s Value<'static>> {
    schema?.default_value().filter(|_| !options.ignore_default_for_nullables)
}

/// The schema of a struct is that of its place, which has to have one.
fn matching<'s>(place: Option<&'s Schema>, own: &Schema) -> Result<&'s Schema, Error> {
    match place {
        Some(place) if place.is_same(own) || place == own => Ok(place),
        _ => Err(Error::data("Mismatching schema.")),
    }
}

fn mismatch(schema: Option<&Schema>, value: &Value<'_>) -> Error {
    let class = value.java_class();
    match schema {
        Some(schema) => Error::data(format!("Invalid type for {}: class {class}", schema.type_())),
        None => Error::data(format!("Java class class {class} does not have corresponding schema type.")),
    }
}

fn write_items<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    schema: Option<&Schema>,
    items: impl Iterator<Item = Result<V, Error>>,
    options: &Options,
) -> Result<(), Error> {
    let inner = schema.and_then(Schema::value_schema);
    writer::push_array(out, items, |out, item| write(out, inner, item.borrow(), options))
}

/// An object, or an array of objects with a key and a value.
fn write_map<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    schema: Option<&Schema>,
    object: bool,
    entries: impl Iterator<Item = Result<(V, V), Error>>,
    options: &Options,
) -> Result<(), Error> {
    let (keys, values) = (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
    out.push(if object { b'{' } else { b'[' });
    for (index, entry) in entries.enumerate() {
        let (key, value) = entry?;
        if index > 0 {
            out.push(b',');
        }
        if object {
            match key.borrow() {
                Value::String(name) => writer::push_string(out, name),
                // `NullNode.asText`.
                Value::Null => out.extend_from_slice(b"\"null\""),
                other => return Err(mismatch(keys, other)),
            }
            out.push(b':');
            write(out, values, value.borrow(), options)?;
        } else {
            out.extend_from_slice(b"{\"key\":");
            write(out, keys, key.borrow(), options)?;
            out.extend_from_slice(b",\"value\":");
            write(out, values, value.borrow(), options)?;
            out.push(b'}');
        }
    }
    out.push(if object { b'}' } else { b']' });
    Ok(())
}

fn write_struct<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    schema: &Schema,
    values: impl Iterator<Item = Result<V, Error>>,
    options: &Options,
) -> Result<(), Error> {
    if is_union(schema) {
        return write_union(out, schema, values, options);
    }
    out.push(b'{');
    let mut first = true;
    for (field, value) in schema.fields().iter().zip(values) {
        let value = value?;
        if is_left_out(field, value.borrow(), options) {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        writer::push_string(out, &field.name);
        out.push(b':');
        write(out, Some(&field.schema), value.borrow(), options)?;
    }
    out.push(b'}');
    Ok(())
}

/// A null where none is allowed says that the property is not there.
fn is_left_out(field: &Field, value: &Value<'_>, options: &Options) -> bool {
    value.is_null() && !field.schema.is_optional() && default_of(Some(&field.schema), options).is_none()
}

/// Of a union, the member that is set.
fn write_union<'v, V: Borrow<Value<'v>>>(
    out: &mut Vec<u8>,
    schema: &Schema,
    values: impl Iterator<Item = Result<V, Error>>,
    options: &Options,
) -> Result<(), Error> {
    for (field, value) in schema.fields().iter().zip(values) {
        let value = value?;
        if !value.borrow().is_null() || default_of(Some(&field.schema), options).is_some() {
            return write(out, Some(&field.schema), value.borrow(), options);
        }
    }
    out.extend_from_slice(b"null");
    Ok(())
}
