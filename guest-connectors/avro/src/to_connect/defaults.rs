//! Defaults of Avro schemas as Connect values.

use caisson_sdk::data::logical::{LogicalType, to_logical};
use caisson_sdk::data::validate::validate_value;
use caisson_sdk::{Error, Schema, Struct, Type, Value};
use serde_json::Value as Json;

use crate::options::Options;
use crate::schema::{AvroSchema, Kind, Node, NodeId};

use super::schema::nullable;

fn unfit(json: &Json) -> Error {
    Error::data(format!("{json} is no default of that type"))
}

/// Whether Avro's library makes a value of the JSON of a field's default; null is one for every type. A union's default is of its first type.
pub fn fits(avro: &AvroSchema, node: &Node, json: &Json) -> bool {
    match (&node.kind, json) {
        (_, Json::Null) => true,
        (Kind::Union(branches), _) => branches.first().is_some_and(|first| fits(avro, avro.node(*first), json)),
        (Kind::Boolean, Json::Bool(_)) => true,
        (Kind::Int | Kind::Long, Json::Number(number)) => number.is_i64(),
        (Kind::Float | Kind::Double, Json::Number(_)) => true,
        (Kind::String | Kind::Enum(_) | Kind::Bytes | Kind::Fixed(_), Json::String(_)) => true,
        (Kind::Array(_), Json::Array(_)) | (Kind::Map(_) | Kind::Record(_), Json::Object(_)) => true,
        _ => false,
    }
}

/// The value of a field's default. `schema` is that of its place. `DataException` when it is none of that type.
pub fn of_field(avro: &AvroSchema, id: NodeId, schema: &Schema, json: &Json, options: Options) -> Result<Value<'static>, Error> {
    let node = avro.node(id);
    if let Json::Null = json {
        return if schema.is_optional() { Ok(Value::Null) } else { Err(unfit(json)) };
    }
    let value = match (&node.kind, json) {
        (Kind::Union(branches), _) => return of_union(avro, branches, schema, json, options),
        (Kind::Array(items), Json::Array(list)) if schema.type_() == Type::Array => {
            let inner = schema.value_schema().ok_or_else(|| unfit(json))?;
            let read: Result<_, Error> = list.iter().map(|item| of_field(avro, *items, inner, item, options)).collect();
            Value::Array(read?)
        }
        (Kind::Map(values), Json::Object(members)) => {
            let inner = schema.value_schema().ok_or_else(|| unfit(json))?;
            let mut entries = Vec::new();
            for (name, member) in members {
                entries.push((Value::from(name.clone()), of_field(avro, *values, inner, member, options)?));
            }
            Value::Map(entries)
        }
        (Kind::Record(record), Json::Object(members)) => {
            let mut values = Vec::new();
            for (field, place) in record.fields.iter().zip(schema.fields()) {
                let value = match members.get(&field.name) {
                    Some(member) => of_field(avro, field.node, &place.schema, member, options)?,
                    None => place.schema.default_value().cloned().unwrap_or(Value::Null),
                };
                validate_value(Some(&place.name), &place.schema, &value)?;
                values.push(value);
            }
            Value::Struct(Struct::from_values(schema.clone(), values)?)
        }
        _ if fits(avro, node, json) => scalar(node, schema, json)?,
        _ => return Err(unfit(json)),
    };
    logical(schema, value)
}

fn of_union(
    avro: &AvroSchema,
    branches: &[NodeId],
    schema: &Schema,
    json: &Json,
    options: Options,
) -> Result<Value<'static>, Error> {
    let first = *branches.first().ok_or_else(|| unfit(json))?;
    if nullable(avro, branches).is_some() {
        return of_field(avro, first, schema, json, options);
    }
    let field = options.member_of_type(avro.node(first), 0);
    let (index, place) = schema.field(&field).ok_or_else(|| unfit(json))?;
    let value = of_field(avro, first, &place.schema, json, options)?;
    let mut structure = Struct::new(schema.clone())?;
    if let Some(slot) = structure.values_mut().get_mut(index) {
        *slot = value;
    }
    Ok(Value::Struct(structure))
}

/// The value of a property `connect.default`, read as loosely as Java reads it.
pub fn of_connect(avro: &AvroSchema, id: NodeId, schema: &Schema, json: &Json) -> Result<Value<'static>, Error> {
    let node = avro.node(id);
    if let Json::Null = json {
        return Ok(Value::Null);
    }
    let value = match &node.kind {
        Kind::Array(items) => {
            let list = json.as_array().ok_or_else(|| Error::data("Invalid JSON for array default value"))?;
            let inner = schema.value_schema().filter(|_| schema.type_() == Type::Array).ok_or_else(|| unfit(json))?;
            let read: Result<_, Error> = list.iter().map(|item| of_connect(avro, *items, inner, item)).collect();
            Value::Array(read?)
        }
        Kind::Map(values) => {
            let members = json.as_object().ok_or_else(|| Error::data("Invalid JSON for map default value"))?;
            let inner = schema.value_schema().ok_or_else(|| unfit(json))?;
            let mut entries = Vec::new();
            for (name, member) in members {
                entries.push((Value::from(name.clone()), of_connect(avro, *values, inner, member)?));
            }
            Value::Map(entries)
        }
        Kind::Record(record) => {
            let members = json.as_object().ok_or_else(|| Error::data("Invalid JSON for record default value"))?;
            let mut values = Vec::new();
            for (field, place) in record.fields.iter().zip(schema.fields()) {
                let member = members.get(&field.name).unwrap_or(&Json::Null);
                let value = of_connect(avro, field.node, &place.schema, member)?;
                validate_value(Some(&place.name), &place.schema, &value)?;
                values.push(value);
            }
            Value::Struct(Struct::from_values(schema.clone(), values)?)
        }
        Kind::Union(branches) => match branches.first().map(|first| &avro.node(*first).kind) {
            Some(Kind::Null) => Value::Null,
            _ => return Err(unfit(json)),
        },
        _ => scalar(node, schema, json)?,
    };
    logical(schema, value)
}

/// What is not of the type is 0, false or its own text, as Jackson has it.
fn scalar(node: &Node, schema: &Schema, json: &Json) -> Result<Value<'static>, Error> {
    let whole = || json.as_i64().or_else(|| json.as_f64().map(|number| number as i64)).unwrap_or(0);
    let real = || json.as_f64().unwrap_or(0.0);
    Ok(match &node.kind {
        Kind::Int if schema.type_() == Type::Int8 => Value::Int8(whole() as i8),
        Kind::Int if schema.type_() == Type::Int16 => Value::Int16(whole() as i16),
        Kind::Int if schema.type_() == Type::Int32 => Value::Int32(whole() as i32),
        Kind::Long => Value::Int64(whole()),
        Kind::Float => Value::Float32(real() as f32),
        Kind::Double => Value::Float64(real()),
        Kind::Boolean => {
            Value::Boolean(json.as_bool().unwrap_or(json.as_str() == Some("true") || json.as_i64().is_some_and(|n| n != 0)))
        }
        Kind::String | Kind::Enum(_) => Value::from(json.as_str().map_or_else(|| json.to_string(), str::to_owned)),
        // A byte a character.
        Kind::Bytes | Kind::Fixed(_) => match json.as_str() {
            Some(text) => Value::bytes(text.chars().map(|letter| u8::try_from(letter).unwrap_or(b'?')).collect::<Vec<u8>>()),
            None => Value::Null,
        },
        _ => return Err(unfit(json)),
    })
}

fn logical(schema: &Schema, value: Value<'static>) -> Result<Value<'static>, Error> {
    match LogicalType::of(schema) {
        Some(_) if !value.is_null() => to_logical(schema, value),
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_is_of_its_type() {
        let avro = AvroSchema::parse(r#"["int","string"]"#, &[]).unwrap();
        let fits = |json: &str| fits(&avro, avro.node(avro.root()), &serde_json::from_str(json).unwrap());
        assert!(fits("1") && fits("null"));
        assert!(!fits("\"x\"") && !fits("1.5"));
    }
}
