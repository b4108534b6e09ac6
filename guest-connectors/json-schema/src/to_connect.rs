//! JSON as Connect values.

use caisson_converters::json::base64_text;
use caisson_converters::json::node::Node;
use caisson_sdk::data::logical::{LogicalType, to_logical};
use caisson_sdk::{Error, Schema, Struct, Type, Value};

use crate::options::{KEY, VALUE, is_object, is_union};

/// Why a value cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// An object contains itself deeper than its schema goes.
    Deeper,
    Data(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Data(error)
    }
}

/// What a struct's schema lacks because it would contain itself for ever.
#[derive(Debug, Clone)]
pub struct Cut {
    pub schema: Schema,
    /// None: a member of a union.
    pub property: Option<String>,
}

/// Reads the tree of a value. A primitive type takes any JSON value, as Jackson's `intValue` and the like do.
pub fn read<'b>(schema: Option<&Schema>, node: Option<&Node<'b>>, cuts: &[Cut]) -> Result<Value<'b>, Failure> {
    let Some(schema) = schema else { return Ok(node.map_or(Value::Null, Node::schemaless)) };
    let node = match node {
        None | Some(Node::Null | Node::Missing) => {
            return match schema.default_value() {
                Some(default) => Ok(default.clone()),
                None if node.is_none() || schema.is_optional() => Ok(Value::Null),
                None => Err(Error::data(format!("Invalid null value for required {} field", schema.type_())).into()),
            };
        }
        Some(node) => node,
    };
    if let Some(logical) = LogicalType::of(schema) {
        return Ok(logical_value(schema, logical, node)?);
    }
    if let Some(value) = node.primitive(schema.type_()) {
        return Ok(value);
    }
    Ok(match schema.type_() {
        Type::Bytes => match node {
            Node::Text(text) => Value::bytes(base64_text::decode(text).ok_or_else(|| Error::data("Invalid bytes field"))?),
            _ => return Err(Error::data(format!("Invalid bytes field: it is {}", node.type_name())).into()),
        },
        Type::Array => {
            let mut items = Vec::new();
            for child in children(node) {
                items.push(read(schema.value_schema(), Some(child), cuts)?);
            }
            Value::Array(items)
        }
        Type::Map => map(schema, node, cuts)?,
        Type::Struct if is_union(schema) => union(schema, node, cuts)?,
        _ => structure(schema, node, cuts)?,
    })
}

fn logical_value<'b>(schema: &Schema, logical: LogicalType, node: &Node<'b>) -> Result<Value<'b>, Error> {
    match (logical, node) {
        (LogicalType::Decimal, Node::Number(number)) => {
            number.decimal().map(Value::Decimal).ok_or_else(|| Error::data("Invalid number for Decimal field"))
        }
        (LogicalType::Decimal, Node::Text(text)) => {
            let bytes = base64_text::decode(text).and_then(|bytes| to_logical(schema, Value::bytes(bytes)).ok());
            bytes.ok_or_else(|| Error::data("Invalid bytes for Decimal field"))
        }
        (LogicalType::Timestamp, Node::Number(number)) if number.integral => to_logical(schema, Value::Int64(number.long())),
        (LogicalType::Date | LogicalType::Time, Node::Number(number)) if number.exact_int().is_some() => {
            to_logical(schema, Value::Int32(number.int()))
        }
        _ => {
            let expected = match logical {
                LogicalType::Decimal => "numeric or bytes",
                LogicalType::Timestamp => "integral",
                LogicalType::Date | LogicalType::Time => "integer",
            };
            let found = node.type_name();
            let text = format!("Invalid type for {logical:?}, underlying representation should be {expected} but was {found}");
            Err(Error::data(text))
        }
    }
}

/// What a JSON value has inside, whatever it is: a scalar has nothing.
fn children<'n, 'b>(node: &'n Node<'b>) -> Vec<&'n Node<'b>> {
    match node {
        Node::Array(items) => items.iter().collect(),
        Node::Object(members) => members.iter().map(|(_, node)| node).collect(),
        _ => Vec::new(),
    }
}

fn map<'b>(schema: &Schema, node: &Node<'b>, cuts: &[Cut]) -> Result<Value<'b>, Failure> {
    let mut entries: Vec<(Value<'b>, Value<'b>)> = Vec::new();
    match node {
        Node::Object(members) if is_object(schema) => {
            for (name, child) in members {
                entries.push((Value::String(name.clone()), read(schema.value_schema(), Some(child), cuts)?));
            }
        }
        Node::Array(items) if !is_object(schema) => {
            for item in items {
                let Node::Object(members) = item else {
                    let text = format!("Found invalid map entry instead of object: {}", item.type_name());
                    return Err(Error::data(text).into());
                };
                if members.len() != 2 {
                    let text = format!("Found invalid map entry, expected length 2 but found :{}", members.len());
                    return Err(Error::data(text).into());
                }
                let key = read(schema.key_schema(), item.get(KEY), cuts)?;
                let value = read(schema.value_schema(), item.get(VALUE), cuts)?;
                entries.retain(|(other, _)| *other != key);
                entries.push((key, value));
            }
        }
        _ => {
            let (keys, form) = if is_object(schema) { ("string", "objects") } else { ("non-string", "array of objects") };
            let found = node.type_name();
            let text = format!("Maps with {keys} fields should be encoded as JSON {form}, but found {found}");
            return Err(Error::data(text).into());
        }
    }
    Ok(Value::Map(entries))
}

fn structure<'b>(schema: &Schema, node: &Node<'b>, cuts: &[Cut]) -> Result<Value<'b>, Failure> {
    let Node::Object(_) = node else {
        let text = format!("Structs should be encoded as JSON objects, but found {}", node.type_name());
        return Err(Error::data(text).into());
    };
    for cut in cuts.iter().filter(|cut| cut.schema.is_same(schema)) {
        let held = cut.property.as_ref().and_then(|property| node.get(property));
        if held.is_some_and(|held| !matches!(held, Node::Null)) {
            return Err(Failure::Deeper);
        }
    }
    let mut values = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        values.push(read(Some(&field.schema), node.get(&field.name), cuts)?);
    }
    Ok(Value::Struct(Struct::from_values(schema.clone(), values)?))
}

/// The first member that the value may be, or else the struct that has most of its properties.
fn union<'b>(schema: &Schema, node: &Node<'b>, cuts: &[Cut]) -> Result<Value<'b>, Failure> {
    let fields = schema.fields().iter().enumerate();
    let simple = fields.clone().find(|(_, field)| is_simple_instance(&field.schema, node)).map(|(index, _)| index);
    let found = simple.or_else(|| {
        let mut best: Option<(usize, usize)> = None;
        for (index, field) in fields {
            if let Some(matching) = matching_properties(&field.schema, node)
                && best.is_none_or(|(_, most)| matching > most)
            {
                best = Some((index, matching));
            }
        }
        best.map(|(index, _)| index)
    });
    let Some((index, field)) = found.and_then(|index| Some((index, schema.fields().get(index)?))) else {
        let is_cut = cuts.iter().any(|cut| cut.property.is_none() && cut.schema.is_same(schema));
        return Err(if is_cut { Failure::Deeper } else { Error::data("Did not find matching oneof field for data").into() });
    };
    let mut structure = Struct::new(schema.clone())?;
    let value = read(Some(&field.schema), Some(node), cuts)?;
    if let Some(slot) = structure.values_mut().get_mut(index) {
        *slot = value;
    }
    Ok(Value::Struct(structure))
}

fn is_simple_instance(schema: &Schema, node: &Node<'_>) -> bool {
    match (schema.type_(), node) {
        (Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64, Node::Number(number)) => number.integral,
        (Type::Float32 | Type::Float64, Node::Number(_)) => true,
        // Jackson reads a number with a fraction as a decimal here.
        (Type::Bytes, Node::Number(number)) => !number.integral,
        (Type::Boolean, Node::Boolean(_)) | (Type::String, Node::Text(_)) => true,
        (Type::Array, Node::Array(_)) | (Type::Map, Node::Array(_) | Node::Object(_)) => true,
        _ => false,
    }
}

fn matching_properties(schema: &Schema, node: &Node<'_>) -> Option<usize> {
    match node {
        Node::Object(_) if schema.type_() == Type::Struct => {
            Some(schema.fields().iter().filter(|field| node.get(&field.name).is_some()).count())
        }
        _ => None,
    }
}
