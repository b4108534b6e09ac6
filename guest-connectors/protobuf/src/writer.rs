//! A Connect value as the bytes of a message, written straight from the batch.

use std::sync::Arc;

use caisson_sdk::data::encoded::View;
use caisson_sdk::{Error, Schema, Struct, Type, Value};
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_reflect::{FieldDescriptor, Kind as ProtoKind, MessageDescriptor};

use crate::definition_text::symbols;
use crate::logical;
use crate::names;
use crate::options::{self, Options};
use crate::scalar::Scalar;
use crate::well_known::{self, Logical};

/// How to write a whole value of a schema.
#[derive(Debug, Clone)]
pub struct Plan {
    root: Root,
    use_defaults: bool,
}

#[derive(Debug, Clone)]
enum Root {
    Message(Arc<Message>),
    Wrapper(Scalar),
}

#[derive(Debug)]
struct Message {
    schema: Schema,
    /// In the order of their numbers, as Java writes them.
    fields: Vec<Field>,
    /// The unions among the fields of the struct.
    unions: Vec<usize>,
}

#[derive(Debug)]
struct Field {
    number: u32,
    place: Place,
    shape: Shape,
    /// Zero is written as well: its absence would be read as null.
    has_presence: bool,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Field(usize),
    Member(usize, usize),
}

#[derive(Debug)]
enum Shape {
    Scalar(Scalar),
    Wrapper(Scalar),
    /// By symbol.
    Enum(Vec<(String, i32)>),
    Logical(Logical, Schema),
    Message(Arc<Message>),
    List(Box<Shape>),
    Map(Box<[Field; 2]>),
}

/// Builds the plan for a schema and the message that it became. `DataException` for fields that the message does not have.
pub fn plan(schema: &Schema, message: &MessageDescriptor, options: &Options) -> Result<Plan, Error> {
    let root = match Scalar::for_connect(schema.type_()) {
        Some(_) => Root::Wrapper(well_known::wrapped(message).ok_or_else(|| unlike(schema, message.full_name()))?),
        None => Root::Message(Arc::new(message_of(schema, message, options)?)),
    };
    Ok(Plan { root, use_defaults: !options.ignore_default_for_nullables })
}

fn unlike(schema: &Schema, name: &str) -> Error {
    Error::data(format!("{schema} is not what the Protobuf schema has as {name}."))
}

fn message_of(schema: &Schema, message: &MessageDescriptor, options: &Options) -> Result<Message, Error> {
    let mut fields = Vec::new();
    let mut unions = Vec::new();
    for (index, field) in schema.fields().iter().enumerate() {
        if options::is_union(&field.schema) {
            unions.push(index);
            for (member, inner) in field.schema.fields().iter().enumerate() {
                fields.push(field_of(Place::Member(index, member), &inner.name, &inner.schema, message, options)?);
            }
        } else {
            fields.push(field_of(Place::Field(index), &field.name, &field.schema, message, options)?);
        }
    }
    fields.sort_by_key(|field| field.number);
    Ok(Message { schema: schema.clone(), fields, unions })
}

fn field_of(place: Place, name: &str, schema: &Schema, message: &MessageDescriptor, options: &Options) -> Result<Field, Error> {
    let name = if options.scrub_invalid_names { names::scrub(name) } else { name.to_owned() };
    let field = message.get_field_by_name(&name).ok_or_else(|| Error::data(format!("Cannot find field with name {name}")))?;
    let shape = match schema.type_() {
        Type::Array => {
            let items = schema.value_schema().ok_or_else(|| unlike(schema, field.full_name()))?;
            Shape::List(Box::new(shape_of(items, &field, options)?))
        }
        _ => shape_of(schema, &field, options)?,
    };
    Ok(Field { number: field.number(), place, shape, has_presence: field.supports_presence() })
}

fn shape_of(schema: &Schema, field: &FieldDescriptor, options: &Options) -> Result<Shape, Error> {
    Ok(match field.kind() {
        ProtoKind::Message(message) => match (Logical::of(&message), schema.type_()) {
            (Some(logical), _) => Shape::Logical(logical, schema.clone()),
            (None, Type::Struct) => Shape::Message(Arc::new(message_of(schema, &message, options)?)),
            (None, Type::Map) => {
                let (Some(keys), Some(values)) = (schema.key_schema(), schema.value_schema()) else {
                    return Err(unlike(schema, field.full_name()));
                };
                let key = field_of(Place::Field(0), "key", keys, &message, options)?;
                Shape::Map(Box::new([key, field_of(Place::Field(1), "value", values, &message, options)?]))
            }
            (None, _) => Shape::Wrapper(well_known::wrapped(&message).ok_or_else(|| unlike(schema, field.full_name()))?),
        },
        ProtoKind::Enum(_) => Shape::Enum(symbols(schema)?),
        kind => Shape::Scalar(Scalar::of(&kind).ok_or_else(|| unlike(schema, field.full_name()))?),
    })
}

impl Plan {
    /// Appends the message of a value that is not null. `DataException` for a value that is none of the schema.
    pub fn write(&self, value: Value<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        match &self.root {
            Root::Message(message) => self.message(message, value, out),
            Root::Wrapper(scalar) => wrap(*scalar, &value, out),
        }
    }

    fn message(&self, message: &Message, value: Value<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut values = self.fields_of(&message.schema, value)?;
        // Of each union the member that is set, told apart by its position.
        let mut set = Vec::with_capacity(message.unions.len());
        for union in &message.unions {
            let Some(field) = message.schema.fields().get(*union) else { continue };
            let held = values.get_mut(*union).map_or(Value::Null, |slot| std::mem::replace(slot, Value::Null));
            if held.is_null() {
                continue;
            }
            let members = self.fields_of(&field.schema, held)?;
            let found = members.into_iter().enumerate().find(|(_, member)| !member.is_null());
            let (member, held) = found.ok_or_else(|| Error::data("Cannot find non-null field"))?;
            set.push((*union, member, held));
        }
        for field in &message.fields {
            let value = match field.place {
                Place::Field(index) => values.get_mut(index).map(|slot| std::mem::replace(slot, Value::Null)),
                Place::Member(union, member) => {
                    let slot = set.iter_mut().find(|(other, set, _)| (*other, *set) == (union, member));
                    slot.map(|(_, _, held)| std::mem::replace(held, Value::Null))
                }
            };
            if let Some(value) = value.filter(|value| !value.is_null()) {
                self.field(field, value, out)?;
            }
        }
        Ok(())
    }

    /// The values of a struct's fields, with their defaults unless those are to be ignored.
    fn fields_of<'v>(&self, schema: &Schema, value: Value<'v>) -> Result<Vec<Value<'v>>, Error> {
        let class = value.java_class();
        let Value::Struct(structure) = value.decoded()? else {
            return Err(Error::data(format!("Invalid type for STRUCT: class {class}")));
        };
        let (own, mut values) = Struct::into_parts(structure);
        if !own.is_same(schema) && own != *schema {
            return Err(Error::data("Mismatching struct schema"));
        }
        if self.use_defaults {
            for (field, value) in schema.fields().iter().zip(&mut values) {
                if value.is_null()
                    && let Some(default) = field.schema.default_value()
                {
                    *value = default.clone();
                }
            }
        }
        Ok(values)
    }

    fn field(&self, field: &Field, value: Value<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        match &field.shape {
            Shape::List(items) => self.list(field.number, items, value, out),
            Shape::Map(parts) => self.map(field.number, parts, value, out),
            Shape::Scalar(scalar) => {
                let wrong = || mismatch(*scalar, &value);
                if field.has_presence || !scalar.is_default(&value).ok_or_else(wrong)? {
                    encode_key(field.number, scalar.wire_type(), out);
                    scalar.write(out, &value).ok_or_else(wrong)?;
                }
                Ok(())
            }
            Shape::Enum(symbols) => {
                let number = number_of(symbols, &value)?;
                if field.has_presence || number != 0 {
                    encode_key(field.number, WireType::Varint, out);
                    encode_varint(i64::from(number) as u64, out);
                }
                Ok(())
            }
            shape => self.delimited(field.number, shape, value, out),
        }
    }

    /// A message behind its key and length.
    fn delimited(&self, number: u32, shape: &Shape, value: Value<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        behind_length(number, out, |out| match shape {
            Shape::Message(message) => self.message(message, value, out),
            Shape::Wrapper(scalar) => wrap(*scalar, &value, out),
            Shape::Logical(logical, schema) => logical::write(*logical, schema, &value, out),
            _ => Err(Error::data(format!("Invalid type for field {number}: class {}", value.java_class()))),
        })
    }

    fn list(&self, number: u32, items: &Shape, value: Value<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        let values = items_of(value)?;
        if values.is_empty() {
            return Ok(());
        }
        if values.iter().any(Value::is_null) {
            return Err(Error::data("An item of an array is null, which Protobuf cannot say."));
        }
        match items {
            Shape::Scalar(scalar) if scalar.wire_type() != WireType::LengthDelimited => behind_length(number, out, |out| {
                values.iter().try_for_each(|value| scalar.write(out, value).ok_or_else(|| mismatch(*scalar, value)))
            }),
            Shape::Enum(symbols) => behind_length(number, out, |out| {
                for value in &values {
                    encode_varint(i64::from(number_of(symbols, value)?) as u64, out);
                }
                Ok(())
            }),
            Shape::Scalar(scalar) => {
                for value in &values {
                    encode_key(number, scalar.wire_type(), out);
                    scalar.write(out, value).ok_or_else(|| mismatch(*scalar, value))?;
                }
                Ok(())
            }
            shape => values.into_iter().try_for_each(|value| self.delimited(number, shape, value, out)),
        }
    }

    fn map(&self, number: u32, parts: &[Field; 2], value: Value<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
        let class = value.java_class();
        let Value::Map(entries) = value.decoded()? else {
            return Err(Error::data(format!("Invalid type for MAP: class {class}")));
        };
        let [key, held] = parts;
        for (name, value) in entries {
            behind_length(number, out, |out| {
                for (field, value) in [(key, name), (held, value)] {
                    if !value.is_null() {
                        self.field(field, value, out)?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

fn items_of(value: Value<'_>) -> Result<Vec<Value<'_>>, Error> {
    match value {
        Value::Array(items) => Ok(items),
        Value::Encoded(encoded) => match encoded.view()? {
            View::Array(items) => items.collect(),
            _ => Err(Error::data(format!("Invalid type for ARRAY: class {}", Value::Encoded(encoded).java_class()))),
        },
        other => Err(Error::data(format!("Invalid type for ARRAY: class {}", other.java_class()))),
    }
}

fn mismatch(scalar: Scalar, value: &Value<'_>) -> Error {
    if value.is_null() {
        return Error::data(format!("Invalid type for {}: null", scalar.connect_type()));
    }
    Error::data(format!("Invalid type for {}: class {}", scalar.connect_type(), value.java_class()))
}

fn number_of(symbols: &[(String, i32)], value: &Value<'_>) -> Result<i32, Error> {
    if let Value::Int32(number) = value {
        return Ok(*number);
    }
    let symbol = value.as_str().ok_or_else(|| mismatch(Scalar::String, value))?;
    match symbols.iter().find(|(name, _)| name == symbol) {
        Some((_, number)) => Ok(*number),
        None => Err(Error::data(format!("{symbol:?} is no symbol of the enum that its schema tells."))),
    }
}

/// The message that wraps a primitive; zero is its absence inside.
fn wrap(scalar: Scalar, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), Error> {
    let wrong = || mismatch(scalar, value);
    if !scalar.is_default(value).ok_or_else(wrong)? {
        encode_key(1, scalar.wire_type(), out);
        scalar.write(out, value).ok_or_else(wrong)?;
    }
    Ok(())
}

/// Writes a key, and what is written then behind its length, for which one byte is left: a longer one moves what follows.
fn behind_length(number: u32, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Result<(), Error>) -> Result<(), Error> {
    encode_key(number, WireType::LengthDelimited, out);
    let at = out.len();
    out.push(0);
    write(out)?;
    let length = out.len() - at - 1;
    match out.get_mut(at) {
        Some(byte) if length < 128 => *byte = length as u8,
        _ => {
            let mut long = Vec::with_capacity(10);
            encode_varint(length as u64, &mut long);
            out.splice(at..=at, long);
        }
    }
    Ok(())
}
