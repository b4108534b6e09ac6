//! Connect's defaults as JSON of Avro schemas (`AvroData.defaultValueFromConnect`).

use caisson_sdk::data::java_float::float_to_string;
use caisson_sdk::data::logical::from_logical;
use caisson_sdk::{Error, Schema, Type, Value};
use serde_json::{Map, Number, Value as Json};

use crate::names;
use crate::options::Options;
use crate::schema::{AvroSchema, Kind, NodeId};

use super::schema::is_text_map;

/// As a field's default, and as the property `connect.default`, have it.
pub fn json(schema: &Schema, value: &Value<'_>, options: Options) -> Result<Json, Error> {
    if value.is_null() {
        return Ok(Json::Null);
    }
    let value = from_logical(schema, value.clone().decoded()?)?;
    let wrong = || {
        let (type_, class) = (schema.type_(), value.java_class());
        Error::data(format!("Invalid type used for default value of {type_} field: class {class}"))
    };
    Ok(match (schema.type_(), &value) {
        (Type::Int8, Value::Int8(number)) => (*number).into(),
        (Type::Int16, Value::Int16(number)) => (*number).into(),
        (Type::Int32, Value::Int32(number)) => (*number).into(),
        (Type::Int64, Value::Int64(number)) => (*number).into(),
        // The text of the float, not of the double that it equals.
        (Type::Float32, Value::Float32(number)) => real(float_to_string(*number).parse().unwrap_or(f64::from(*number))),
        (Type::Float64, Value::Float64(number)) => real(*number),
        (Type::Boolean, Value::Boolean(held)) => (*held).into(),
        (Type::String, Value::String(text)) => text.as_ref().into(),
        (Type::Bytes, Value::Bytes(bytes)) => bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
        (Type::Array, Value::Array(items)) => {
            let inner = schema.value_schema().ok_or_else(wrong)?;
            items.iter().map(|item| json(inner, item, options)).collect::<Result<Vec<_>, _>>()?.into()
        }
        (Type::Map, Value::Map(entries)) => map(schema, entries, options)?,
        (Type::Struct, Value::Struct(structure)) => {
            let mut members = Map::new();
            for (index, field) in schema.fields().iter().enumerate() {
                let member = json(&field.schema, structure.get_at(index), options)?;
                if names::is_union(schema) {
                    return Ok(member);
                }
                members.insert(options.scrubbed(&field.name), member);
            }
            Json::Object(members)
        }
        _ => return Err(wrong()),
    })
}

fn map(schema: &Schema, entries: &[(Value<'_>, Value<'_>)], options: Options) -> Result<Json, Error> {
    let missing = || Error::data("Invalid type used for default value of MAP field");
    let keys = schema.key_schema().ok_or_else(missing)?;
    let values = schema.value_schema().ok_or_else(missing)?;
    if is_text_map(schema, options) {
        let mut members = Map::new();
        for (key, value) in entries {
            members.insert(key.as_str().ok_or_else(missing)?.to_owned(), json(values, value, options)?);
        }
        return Ok(Json::Object(members));
    }
    let mut pairs = Vec::new();
    for (key, value) in entries {
        pairs.push(Json::Array(vec![json(keys, key, options)?, json(values, value, options)?]));
    }
    Ok(Json::Array(pairs))
}

/// JSON has no word for what is no number; Jackson writes it as text.
fn real(number: f64) -> Json {
    match Number::from_f64(number) {
        Some(number) => Json::Number(number),
        None if number.is_nan() => "NaN".into(),
        None if number > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// Whether Avro's library takes that default for a field of that type (`Schema.isValidDefault`).
pub fn fits(avro: &AvroSchema, id: NodeId, json: &Json) -> bool {
    match &avro.node(id).kind {
        Kind::String | Kind::Bytes | Kind::Enum(_) | Kind::Fixed(_) => json.is_string(),
        Kind::Int => json.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        Kind::Long => json.is_i64(),
        Kind::Float | Kind::Double => json.is_number() || matches!(json.as_str(), Some("NaN" | "Infinity" | "-Infinity")),
        Kind::Boolean => json.is_boolean(),
        Kind::Null => json.is_null(),
        Kind::Array(items) => json.as_array().is_some_and(|list| list.iter().all(|item| fits(avro, *items, item))),
        Kind::Map(values) => json.as_object().is_some_and(|members| members.values().all(|member| fits(avro, *values, member))),
        Kind::Union(branches) => branches.iter().any(|branch| fits(avro, *branch, json)),
        Kind::Record(record) => json.as_object().is_some_and(|members| {
            let of = |field: &crate::schema::Field| members.get(&field.name).or(field.default.as_ref()).cloned();
            record.fields.iter().all(|field| of(field).is_some_and(|json| fits(avro, field.node, &json)))
        }),
    }
}
