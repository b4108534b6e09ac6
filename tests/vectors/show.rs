//! Schemas, values and records as the JSON of a case.

use anyhow::{Result, anyhow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use caisson_sdk::data::java_float::{double_to_string, float_to_string};
use caisson_sdk::{Datum, Record, Schema, Type, Value};
use serde_json::{Map, Value as Json, json};

/// A schema, or null.
pub fn schema(schema: Option<&Schema>) -> Result<Json> {
    schema.map_or(Ok(Json::Null), one_schema)
}

fn one_schema(schema: &Schema) -> Result<Json> {
    let mut members = Map::new();
    members.insert("type".into(), schema.type_().lower_name().into());
    if schema.is_optional() {
        members.insert("optional".into(), true.into());
    }
    if let Some(name) = schema.name() {
        members.insert("name".into(), name.into());
    }
    if let Some(version) = schema.version() {
        members.insert("version".into(), version.into());
    }
    if let Some(doc) = schema.doc() {
        members.insert("doc".into(), doc.into());
    }
    if !schema.parameters().is_empty() {
        let parameters = schema.parameters().iter().map(|(name, value)| (name.clone(), value.as_str().into()));
        members.insert("parameters".into(), Json::Object(parameters.collect()));
    }
    if let Some(default) = schema.default_value() {
        members.insert("default".into(), default_value(default)?);
    }
    match schema.type_() {
        Type::Array => {
            members.insert("items".into(), self::schema(schema.value_schema())?);
        }
        Type::Map => {
            members.insert("keys".into(), self::schema(schema.key_schema())?);
            members.insert("values".into(), self::schema(schema.value_schema())?);
        }
        Type::Struct => {
            let mut fields = Vec::new();
            for field in schema.fields() {
                fields.push(json!({ "name": field.name, "schema": one_schema(&field.schema)? }));
            }
            members.insert("fields".into(), fields.into());
        }
        _ => {}
    }
    Ok(Json::Object(members))
}

/// A default as the vectors have it.
fn default_value(default: &Value<'_>) -> Result<Json> {
    match default {
        // Its own schema is the one it is the default of, but for the default.
        Value::Struct(structure) => value(Some(structure.schema()), default),
        _ => value(None, default),
    }
}

/// A value as the vectors have it; a struct tells its schema where `place` has another.
pub fn value(place: Option<&Schema>, value: &Value<'_>) -> Result<Json> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Int8(number) => json!({ "int8": number }),
        Value::Int16(number) => json!({ "int16": number }),
        Value::Int32(number) => json!({ "int32": number }),
        Value::Int64(number) => json!({ "int64": number.to_string() }),
        Value::Float32(number) => json!({ "float32": float_to_string(*number) }),
        Value::Float64(number) => json!({ "float64": double_to_string(*number) }),
        Value::Boolean(truth) => json!({ "boolean": truth }),
        Value::String(text) => json!({ "string": text }),
        Value::Bytes(bytes) => json!({ "bytes": STANDARD.encode(bytes) }),
        Value::Decimal(number) => {
            json!({ "decimal": { "unscaled": number.unscaled().to_string(), "scale": number.scale() } })
        }
        Value::BigInteger(number) => json!({ "bigint": number.to_string() }),
        Value::Date(millis) => json!({ "date": millis.to_string() }),
        Value::Array(items) => {
            let inner = place.and_then(Schema::value_schema);
            let shown: Result<Vec<Json>> = items.iter().map(|item| self::value(inner, item)).collect();
            json!({ "array": shown? })
        }
        Value::Map(entries) => map(place, entries)?,
        Value::Struct(structure) => {
            let mut fields = Map::new();
            for (field, held) in structure.iter() {
                fields.insert(field.name.clone(), self::value(Some(&field.schema), held)?);
            }
            if place == Some(structure.schema()) {
                json!({ "struct": fields })
            } else {
                json!({ "struct": fields, "schema": one_schema(structure.schema())? })
            }
        }
        Value::Encoded(_) => {
            let decoded = value.clone().decoded().map_err(|error| anyhow!("{error}"))?;
            self::value(place, &decoded)?
        }
    })
}

fn map(place: Option<&Schema>, entries: &[(Value<'_>, Value<'_>)]) -> Result<Json> {
    let (keys, values) = (place.and_then(Schema::key_schema), place.and_then(Schema::value_schema));
    let mut shown = Vec::new();
    for (key, held) in entries {
        shown.push(json!([value(keys, key)?, value(values, held)?]));
    }
    Ok(json!({ "map": shown }))
}

/// A datum as `{"schema", "value"}`.
pub fn datum(datum: &Datum<'_>) -> Result<Json> {
    Ok(json!({ "schema": schema(datum.schema.as_ref())?, "value": value(datum.schema.as_ref(), &datum.value)? }))
}

/// A whole record; absent members are null, or no headers.
pub fn record(record: &Record<'_>) -> Result<Json> {
    let mut members = Map::new();
    let kind = if record.coordinates.is_some() { "sink" } else { "source" };
    members.insert("kind".into(), kind.into());
    members.insert("topic".into(), record.topic.as_ref().into());
    if let Some(partition) = record.partition {
        members.insert("partition".into(), partition.into());
    }
    if let Some(coordinates) = &record.coordinates {
        members.insert("offset".into(), coordinates.offset.into());
    }
    if let Some(timestamp) = record.timestamp {
        members.insert("timestamp".into(), timestamp.into());
    }
    for (name, datum) in [("key", &record.key), ("value", &record.value)] {
        if let Some(schema) = &datum.schema {
            members.insert(format!("{name}Schema"), one_schema(schema)?);
        }
        if !datum.value.is_null() {
            members.insert(name.into(), value(datum.schema.as_ref(), &datum.value)?);
        }
    }
    let mut headers = Vec::new();
    for header in &record.headers {
        let mut shown = datum(&header.datum)?;
        if let Some(members) = shown.as_object_mut() {
            members.insert("name".into(), header.name.as_ref().into());
        }
        headers.push(shown);
    }
    if !headers.is_empty() {
        members.insert("headers".into(), headers.into());
    }
    Ok(Json::Object(members))
}
