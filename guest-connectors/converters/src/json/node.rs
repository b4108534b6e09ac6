//! JSON as a tree, for what is read more than once: schemas, and payloads under a schema.

use std::borrow::Cow;

use caisson_sdk::{Type, Value};

use super::names::has_duplicates;
use super::reader::{Kind, Malformed, Number, Reader};

/// A JSON value, borrowing from its text.
#[derive(Debug, Clone)]
pub enum Node<'b> {
    /// No text at all (`MissingNode`).
    Missing,
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number.
    Number(Number<'b>),
    /// A string, without its quotes and escapes.
    Text(Cow<'b, str>),
    /// The items in order.
    Array(Vec<Node<'b>>),
    /// Members in the order of their first appearance, each name once.
    Object(Vec<(Cow<'b, str>, Node<'b>)>),
}

impl<'b> Node<'b> {
    /// Reads the next value.
    pub fn read(reader: &mut Reader<'b>) -> Result<Self, Malformed> {
        Ok(match reader.peek()? {
            Kind::Object => {
                reader.open()?;
                let mut members = Vec::new();
                while let Some(name) = reader.next_member(members.is_empty())? {
                    members.push((name, Self::read(reader)?));
                }
                Self::Object(last_of_each(members))
            }
            Kind::Array => {
                reader.open()?;
                let mut items = Vec::new();
                while reader.next_item(items.is_empty())? {
                    items.push(Self::read(reader)?);
                }
                Self::Array(items)
            }
            Kind::Text => Self::Text(reader.string()?),
            Kind::Number => Self::Number(reader.number()?),
            Kind::True => reader.word("true").map(|()| Self::Boolean(true))?,
            Kind::False => reader.word("false").map(|()| Self::Boolean(false))?,
            Kind::Null => reader.word("null").map(|()| Self::Null)?,
            Kind::End => return Err(Malformed),
        })
    }

    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<&Node<'b>> {
        match self {
            Self::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The member of that name, which often is the one at that place.
    pub fn get_near(&self, index: usize, name: &str) -> Option<&Node<'b>> {
        match self {
            Self::Object(members) => match members.get(index) {
                Some((key, node)) if key == name => Some(node),
                _ => self.get(name),
            },
            _ => None,
        }
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value that it is without a schema.
    pub fn schemaless(&self) -> Value<'b> {
        match self {
            Self::Missing | Self::Null => Value::Null,
            Self::Boolean(held) => Value::Boolean(*held),
            Self::Number(number) => number.schemaless(),
            Self::Text(text) => Value::String(text.clone()),
            Self::Array(items) => Value::Array(items.iter().map(Self::schemaless).collect()),
            Self::Object(members) => {
                Value::Map(members.iter().map(|(name, node)| (Value::String(name.clone()), node.schemaless())).collect())
            }
        }
    }

    /// The value that it is in a place of a primitive type: any JSON value is one, as for Jackson's `intValue` and the like. None: of
    /// bytes, and of types that are no primitives.
    pub fn primitive(&self, type_: Type) -> Option<Value<'b>> {
        let number = match self {
            Self::Number(number) => *number,
            _ => Number { text: "0", integral: true, digits: Some(0), decimals: 0 },
        };
        Some(match type_ {
            Type::Boolean => Value::Boolean(matches!(self, Self::Boolean(true))),
            Type::Int8 => Value::Int8(number.int() as i8),
            Type::Int16 => Value::Int16(number.int() as i16),
            Type::Int32 => Value::Int32(number.int()),
            Type::Int64 => Value::Int64(number.long()),
            Type::Float32 => Value::Float32(number.float()),
            Type::Float64 => Value::Float64(number.double()),
            Type::String => match self {
                Self::Text(text) => Value::String(text.clone()),
                _ => Value::Null,
            },
            Type::Bytes | Type::Array | Type::Map | Type::Struct => return None,
        })
    }

    /// Its `JsonNodeType`, as messages name it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Missing => "MISSING",
            Self::Null => "NULL",
            Self::Boolean(_) => "BOOLEAN",
            Self::Number(_) => "NUMBER",
            Self::Text(_) => "STRING",
            Self::Array(_) => "ARRAY",
            Self::Object(_) => "OBJECT",
        }
    }
}

/// Of members with one name the last one, at the place of the first, as Jackson's `ObjectNode.set`.
fn last_of_each<'b, T>(members: Vec<(Cow<'b, str>, T)>) -> Vec<(Cow<'b, str>, T)> {
    if !has_duplicates(&members, |(name, _)| name) {
        return members;
    }
    let mut kept: Vec<(Cow<'b, str>, T)> = Vec::with_capacity(members.len());
    for (name, value) in members {
        match kept.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => *old = value,
            None => kept.push((name, value)),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_names_counts() {
        for count in [2, 40] {
            let mut members: Vec<(Cow<'_, str>, usize)> = (0..count).map(|index| (format!("n{index}").into(), index)).collect();
            members.push(("n1".into(), 1000));
            let kept = last_of_each(members);
            assert_eq!(kept.len(), count);
            assert_eq!(kept.get(1), Some(&("n1".into(), 1000)));
        }
    }
}
