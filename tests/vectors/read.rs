//! Schemas, values and records from the JSON of a case.

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use caisson_sdk::{
    Coordinates, Datum, Decimal, Field, Header, Record, Schema, SchemaBuilder, Struct, TimestampType, Type, Value,
};
use serde_json::Value as Json;

/// A schema; none for null.
pub fn schema(json: Option<&Json>) -> Result<Option<Schema>> {
    match json {
        None | Some(Json::Null) => Ok(None),
        Some(json) => required_schema(json).map(Some),
    }
}

fn required_schema(json: &Json) -> Result<Schema> {
    let name = json.get("type").and_then(Json::as_str).context("a schema without type")?;
    let type_ = Type::ALL.into_iter().find(|type_| type_.lower_name() == name).with_context(|| format!("type {name}"))?;
    let part = |key: &str| -> Result<Schema> { required_schema(json.get(key).with_context(|| format!("no {key}"))?) };
    let mut builder = match type_ {
        Type::Array => SchemaBuilder::array(part("items")?),
        Type::Map => SchemaBuilder::map(part("keys")?, part("values")?),
        _ => SchemaBuilder::new(type_),
    };
    for field in json.get("fields").and_then(Json::as_array).into_iter().flatten() {
        let field = read_field(field)?;
        builder = builder.field(field.name, field.schema);
    }
    builder = builder.with_optional(json.get("optional") == Some(&Json::Bool(true)));
    if let Some(name) = json.get("name").and_then(Json::as_str) {
        builder = builder.name(name);
    }
    if let Some(version) = json.get("version").and_then(Json::as_i64) {
        builder = builder.version(i32::try_from(version)?);
    }
    if let Some(doc) = json.get("doc").and_then(Json::as_str) {
        builder = builder.doc(doc);
    }
    for (name, value) in json.get("parameters").and_then(Json::as_object).into_iter().flatten() {
        builder = builder.parameter(name, value.as_str().context("a parameter that is no text")?);
    }
    if let Some(default) = json.get("default") {
        // The schema that the default is a value of is this one, without it.
        let bare = required_schema(&without_default(json))?;
        builder = builder.default_value(value(Some(&bare), default)?);
    }
    builder.build().map_err(|error| anyhow::anyhow!("{error}"))
}

fn without_default(json: &Json) -> Json {
    let mut bare = json.clone();
    if let Some(members) = bare.as_object_mut() {
        members.shift_remove("default");
    }
    bare
}

fn read_field(json: &Json) -> Result<Field> {
    let name = json.get("name").and_then(Json::as_str).context("a field without name")?;
    let schema = required_schema(json.get("schema").context("a field without schema")?)?;
    Ok(Field { name: name.to_owned(), schema })
}

/// A value in its place's schema, which only structs need.
pub fn value(schema: Option<&Schema>, json: &Json) -> Result<Value<'static>> {
    let Some(members) = json.as_object() else {
        ensure!(json.is_null(), "no value: {json}");
        return Ok(Value::Null);
    };
    let (tag, held) = members.iter().next().context("an empty value")?;
    let text = || held.as_str().with_context(|| format!("no text: {json}"));
    let number = || held.as_i64().with_context(|| format!("no number: {json}"));
    Ok(match tag.as_str() {
        "int8" => Value::Int8(i8::try_from(number()?)?),
        "int16" => Value::Int16(i16::try_from(number()?)?),
        "int32" => Value::Int32(i32::try_from(number()?)?),
        "int64" => Value::Int64(text()?.parse()?),
        "float32" => Value::Float32(text()?.parse()?),
        "float64" => Value::Float64(text()?.parse()?),
        "boolean" => Value::Boolean(held.as_bool().context("no boolean")?),
        "string" => Value::from(text()?.to_owned()),
        "bytes" => Value::bytes(STANDARD.decode(text()?)?),
        "decimal" => decimal(held)?,
        "bigint" => Value::BigInteger(text()?.parse()?),
        "date" => Value::Date(text()?.parse()?),
        "array" => array(schema, held)?,
        "map" => map(schema, held)?,
        "struct" => structure(schema, json)?,
        other => bail!("a value of type {other}"),
    })
}

fn decimal(json: &Json) -> Result<Value<'static>> {
    let unscaled: num_bigint::BigInt = json.get("unscaled").and_then(Json::as_str).context("no unscaled")?.parse()?;
    let scale = json.get("scale").and_then(Json::as_i64).context("no scale")?;
    Ok(Value::Decimal(Decimal::new(unscaled, i32::try_from(scale)?)))
}

fn array(schema: Option<&Schema>, json: &Json) -> Result<Value<'static>> {
    let items = schema.and_then(Schema::value_schema);
    let mut read = Vec::new();
    for item in json.as_array().context("no array")? {
        read.push(value(items, item)?);
    }
    Ok(Value::Array(read))
}

fn map(schema: Option<&Schema>, json: &Json) -> Result<Value<'static>> {
    let (keys, values) = (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
    let mut read = Vec::new();
    for entry in json.as_array().context("no map")? {
        let [key, held] = entry.as_array().context("no entry")?.as_slice() else { bail!("an entry that is no pair") };
        read.push((value(keys, key)?, value(values, held)?));
    }
    Ok(Value::Map(read))
}

fn structure(place: Option<&Schema>, json: &Json) -> Result<Value<'static>> {
    let own = schema(json.get("schema"))?;
    let schema = own.as_ref().or(place).context("a struct without schema")?;
    let fields = json.get("struct").and_then(Json::as_object).context("no struct")?;
    let mut values = Vec::new();
    for field in schema.fields() {
        let held = fields.get(&field.name).unwrap_or(&Json::Null);
        values.push(value(Some(&field.schema), held)?);
    }
    let structure = Struct::from_values(schema.clone(), values).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(Value::Struct(structure))
}

/// A schema and its value, as members of those names.
pub fn datum(json: &Json, schema_key: &str, value_key: &str) -> Result<Datum<'static>> {
    let schema = schema(json.get(schema_key))?;
    let value = value(schema.as_ref(), json.get(value_key).unwrap_or(&Json::Null))?;
    Ok(Datum { schema, value })
}

/// A whole record. Its topic is leaked: coordinates borrow it, and a run of cases is short.
pub fn record(json: &Json) -> Result<Record<'static>> {
    let topic = json.get("topic").and_then(Json::as_str).context("no topic")?.to_owned();
    let mut record = Record::new(topic.clone());
    record.partition = json.get("partition").and_then(Json::as_i64).map(i32::try_from).transpose()?;
    record.timestamp = json.get("timestamp").and_then(Json::as_i64);
    record.key = datum(json, "keySchema", "key")?;
    record.value = datum(json, "valueSchema", "value")?;
    for header in json.get("headers").and_then(Json::as_array).into_iter().flatten() {
        let name = header.get("name").and_then(Json::as_str).context("a header without name")?;
        record.headers.push(Header { name: name.to_owned().into(), datum: datum(header, "schema", "value")? });
    }
    if json.get("kind").and_then(Json::as_str) == Some("sink") {
        let offset = json.get("offset").and_then(Json::as_i64).unwrap_or_default();
        let topic: &'static str = topic.leak();
        let kind = if record.timestamp.is_some() { TimestampType::CreateTime } else { TimestampType::NoTimestampType };
        record.coordinates = Some(Coordinates::new(topic, record.partition.unwrap_or_default(), offset, kind));
    }
    Ok(record)
}
