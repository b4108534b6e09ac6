//! JSON as Connect values (`JsonConverter.convertToConnect`).

use std::borrow::Cow;

use caisson_sdk::Error;
use caisson_sdk::data::logical::{self, to_logical};
use caisson_sdk::data::schema::{Schema, Type};
use caisson_sdk::data::struct_::Struct;
use caisson_sdk::data::validate::validate_value;
use caisson_sdk::data::value::Value;

use super::base64_text;
use super::config::Options;
use super::names::{Names, has_duplicates};
use super::node::Node;
use super::reader::{Kind, Malformed, Reader};

/// The bytes are no JSON.
pub fn malformed() -> Error {
    Error::data("Converting byte[] to Kafka Connect data failed due to serialization error: ")
}

/// How many members an object of records usually has at least: room for them is made at once.
const USUAL_MEMBERS: usize = 8;

/// The next value of the text, without a schema: whole numbers are int64, others float64. Strings are borrowed.
pub fn schemaless<'b>(reader: &mut Reader<'b>) -> Result<Value<'b>, Malformed> {
    Ok(match reader.peek()? {
        Kind::Object => {
            reader.open()?;
            let mut entries: Vec<(Value<'b>, Value<'b>)> = Vec::new();
            let mut names = Names::default();
            let mut doubtful = false;
            while let Some(name) = reader.next_member(entries.is_empty())? {
                if entries.is_empty() {
                    entries.reserve(USUAL_MEMBERS);
                }
                doubtful |= names.add(name.as_bytes());
                entries.push((Value::String(name), schemaless(reader)?));
            }
            Value::Map(if doubtful { last_of_each(entries) } else { entries })
        }
        Kind::Array => {
            reader.open()?;
            let mut items = Vec::new();
            while reader.next_item(items.is_empty())? {
                items.push(schemaless(reader)?);
            }
            Value::Array(items)
        }
        Kind::Text => Value::String(reader.string()?),
        Kind::Number => reader.number()?.schemaless(),
        Kind::True => reader.word("true").map(|()| Value::Boolean(true))?,
        Kind::False => reader.word("false").map(|()| Value::Boolean(false))?,
        Kind::Null => reader.word("null").map(|()| Value::Null)?,
        Kind::End => return Err(Malformed),
    })
}

/// Of entries with one key the last one, at the place of the first.
fn last_of_each<'b>(entries: Vec<(Value<'b>, Value<'b>)>) -> Vec<(Value<'b>, Value<'b>)> {
    if !has_duplicates(&entries, |(key, _)| key.as_str().unwrap_or_default()) {
        return entries;
    }
    let mut kept: Vec<(Value<'b>, Value<'b>)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match kept.iter_mut().find(|(other, _)| *other == key) {
            Some((_, old)) => *old = value,
            None => kept.push((key, value)),
        }
    }
    kept
}

/// A tree under a schema. A primitive type takes any JSON value, as Jackson's `intValue` and the like do. `DataException`
/// for a null where none is allowed, and for containers of another kind.
pub fn under_schema<'b>(schema: &Schema, node: &Node<'b>, options: Options) -> Result<Value<'b>, Error> {
    if matches!(node, Node::Null) {
        return null_under(schema, options);
    }
    if let Some(name @ (logical::DECIMAL | logical::DATE | logical::TIME | logical::TIMESTAMP)) = schema.name() {
        return logical_value(schema, name, node);
    }
    if let Some(value) = node.primitive(schema.type_()) {
        return Ok(value);
    }
    Ok(match schema.type_() {
        Type::Bytes => match node {
            Node::Text(text) => Value::bytes(base64_text::decode(text).ok_or_else(|| Error::data("Invalid bytes field"))?),
            _ => Value::Null,
        },
        Type::Array => array(schema, node, options)?,
        Type::Map => map(schema, node, options)?,
        _ => structure(schema, node, options)?,
    })
}

fn null_under<'b>(schema: &Schema, options: Options) -> Result<Value<'b>, Error> {
    if let Some(default) = schema.default_value().filter(|_| options.replace_null_with_default) {
        return Ok(default.clone());
    }
    if schema.is_optional() {
        return Ok(Value::Null);
    }
    Err(Error::data(format!("Invalid null value for required {} field", schema.type_())))
}

/// `LogicalTypeConverter.toConnect`.
fn logical_value<'b>(schema: &Schema, name: &str, node: &Node<'b>) -> Result<Value<'b>, Error> {
    match (name, node) {
        (logical::DECIMAL, Node::Number(number)) => number.decimal().map(Value::Decimal).ok_or_else(malformed),
        (logical::DECIMAL, Node::Text(text)) => {
            let bytes = base64_text::decode(text).and_then(|bytes| to_logical(schema, Value::bytes(bytes)).ok());
            bytes.ok_or_else(|| Error::data("Invalid bytes for Decimal field"))
        }
        (logical::TIMESTAMP, Node::Number(number)) if number.integral => to_logical(schema, Value::Int64(number.long())),
        (logical::DATE | logical::TIME, Node::Number(number)) if number.exact_int().is_some() => {
            to_logical(schema, Value::Int32(number.int()))
        }
        _ => {
            let kind = name.rsplit('.').next().unwrap_or_default();
            let expected = match name {
                logical::DECIMAL => "numeric or bytes",
                logical::TIMESTAMP => "integral",
                _ => "integer",
            };
            let found = node.type_name();
            Err(Error::data(format!("Invalid type for {kind}, underlying representation should be {expected} but was {found}")))
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

fn array<'b>(schema: &Schema, node: &Node<'b>, options: Options) -> Result<Value<'b>, Error> {
    let mut items = Vec::new();
    for child in children(node) {
        items.push(inner(schema.value_schema(), child, options)?);
    }
    Ok(Value::Array(items))
}

fn inner<'b>(schema: Option<&Schema>, node: &Node<'b>, options: Options) -> Result<Value<'b>, Error> {
    match schema {
        Some(schema) => under_schema(schema, node, options),
        None => Ok(node.schemaless()),
    }
}

fn map<'b>(schema: &Schema, node: &Node<'b>, options: Options) -> Result<Value<'b>, Error> {
    let text_keys = schema.key_schema().is_some_and(|keys| keys.type_() == Type::String);
    let mut entries = Vec::new();
    match node {
        Node::Object(members) if text_keys => {
            for (name, child) in members {
                entries.push((Value::String(name.clone()), inner(schema.value_schema(), child, options)?));
            }
        }
        Node::Array(pairs) if !text_keys => {
            for pair in pairs {
                let (key, value) = map_pair(schema, pair, options)?;
                entries.retain(|(other, _)| *other != key);
                entries.push((key, value));
            }
        }
        _ if text_keys => {
            let found = node.type_name();
            return Err(Error::data(format!("Maps with string fields should be encoded as JSON objects, but found {found}")));
        }
        _ => {
            let expected = "Maps with non-string fields should be encoded as JSON array of tuples";
            return Err(Error::data(format!("{expected}, but found {}", node.type_name())));
        }
    }
    Ok(Value::Map(entries))
}

fn map_pair<'b>(schema: &Schema, pair: &Node<'b>, options: Options) -> Result<(Value<'b>, Value<'b>), Error> {
    let Node::Array(parts) = pair else {
        return Err(Error::data(format!("Found invalid map entry instead of array tuple: {}", pair.type_name())));
    };
    let [key, value] = parts.as_slice() else {
        return Err(Error::data(format!("Found invalid map entry, expected length 2 but found :{}", parts.len())));
    };
    Ok((inner(schema.key_schema(), key, options)?, inner(schema.value_schema(), value, options)?))
}

fn structure<'b>(schema: &Schema, node: &Node<'b>, options: Options) -> Result<Value<'b>, Error> {
    if !matches!(node, Node::Object(_)) {
        let found = node.type_name();
        return Err(Error::data(format!("Structs should be encoded as JSON objects, but found {found}")));
    }
    let mut values = Vec::with_capacity(schema.fields().len());
    for (index, field) in schema.fields().iter().enumerate() {
        let value = under_schema(&field.schema, node.get_near(index, &field.name).unwrap_or(&Node::Null), options)?;
        validate_value(Some(&field.name), &field.schema, &value)?;
        values.push(value);
    }
    Ok(Value::Struct(Struct::from_values(schema.clone(), values)?))
}

/// The text of JSON bytes. `DataException` when they are of no encoding of JSON.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    super::encoding::detect(bytes).ok_or_else(malformed)
}
