//! The bytes of a message as a Connect value, read by a plan: no message is built in between, and texts and bytes are borrowed.

use std::borrow::Cow;
use std::collections::HashSet;

use caisson_sdk::{Error, Schema, Struct, Type, Value};
use prost::encoding::{DecodeContext, WireType, decode_key, skip_field};

use crate::logical;
use crate::reading::{Entry, Field, Kind, Message, Plan, Primitive, Root, Slot};
use crate::scalar::{Malformed, delimited};

/// Protobuf's own limit (`CodedInputStream`).
pub const MAX_DEPTH: usize = 100;

/// Why a message cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Malformed(String),
    /// It contains itself deeper than the plan goes.
    Deeper,
    Data(Error),
}

impl From<Malformed> for Failure {
    fn from(Malformed(why): Malformed) -> Self {
        Self::Malformed(why)
    }
}

impl From<prost::DecodeError> for Failure {
    fn from(error: prost::DecodeError) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Data(error)
    }
}

/// Reads a whole value.
pub fn read<'b>(plan: &Plan, bytes: &'b [u8]) -> Result<Value<'b>, Failure> {
    match &plan.root {
        Root::Wrapper(primitive) => wrapped(*primitive, bytes),
        Root::Message(message) => structure(message, None, bytes, 0),
    }
}

/// Reads a message into what was read of it before: a field that is there twice is merged.
fn structure<'b>(message: &Message, before: Option<Value<'b>>, bytes: &'b [u8], depth: usize) -> Result<Value<'b>, Failure> {
    if depth > MAX_DEPTH {
        return Err(Failure::Malformed(format!("messages are nested more than {MAX_DEPTH} deep")));
    }
    let mut values = match before {
        Some(Value::Struct(structure)) => structure.into_parts().1,
        _ => message.absent.clone(),
    };
    let mut input = bytes;
    while !input.is_empty() {
        let (number, wire_type) = decode_key(&mut input)?;
        let found = message.fields.binary_search_by_key(&number, |field| field.number).ok();
        match found.and_then(|index| message.fields.get(index)) {
            Some(field) => field.read_into(&mut values, wire_type, &mut input, message.lossy, depth)?,
            None => skip_field(wire_type, number, &mut input, DecodeContext::default())?,
        }
    }
    for value in &mut values {
        if let Value::Map(entries) = value {
            keep_last_of_each(entries);
        }
    }
    Ok(Value::Struct(Struct::from_values(message.schema.clone(), values)?))
}

/// Of entries with one key the last one counts.
fn keep_last_of_each(entries: &mut Vec<(Value<'_>, Value<'_>)>) {
    let mut seen = HashSet::with_capacity(entries.len());
    let mut kept: Vec<bool> = entries.iter().rev().map(|(key, _)| seen.insert(key_bytes(key))).collect();
    drop(seen);
    if kept.contains(&false) {
        entries.retain(|_| kept.pop().unwrap_or(true));
    }
}

/// Keys are of one type in one map, and never a message.
fn key_bytes<'v>(key: &'v Value<'_>) -> Cow<'v, [u8]> {
    match key {
        Value::String(text) => Cow::Borrowed(text.as_bytes()),
        Value::Bytes(bytes) => Cow::Borrowed(bytes),
        Value::Int8(number) => Cow::Owned(number.to_le_bytes().to_vec()),
        Value::Int16(number) => Cow::Owned(number.to_le_bytes().to_vec()),
        Value::Int32(number) => Cow::Owned(number.to_le_bytes().to_vec()),
        Value::Int64(number) => Cow::Owned(number.to_le_bytes().to_vec()),
        other => Cow::Owned(format!("{other:?}").into_bytes()),
    }
}

impl Field {
    fn read_into<'b>(
        &self,
        values: &mut [Value<'b>],
        wire_type: WireType,
        input: &mut &'b [u8],
        lossy: bool,
        depth: usize,
    ) -> Result<(), Failure> {
        if !self.takes(wire_type) {
            return Ok(skip_field(wire_type, self.number, input, DecodeContext::default())?);
        }
        if matches!(self.kind, Kind::Cut) {
            return Err(Failure::Deeper);
        }
        let (position, union) = match &self.slot {
            Slot::Field(position) => (*position, None),
            Slot::Member(position, schema, member) => (*position, Some((schema, *member))),
            Slot::OneOf(position, others) => {
                for other in others {
                    if let Some(slot) = values.get_mut(*other) {
                        *slot = Value::Null;
                    }
                }
                (*position, None)
            }
        };
        let Some(slot) = values.get_mut(position) else { return Ok(()) };
        let slot = match union {
            Some((schema, member)) => match member_of(slot, schema, member)? {
                Some(slot) => slot,
                None => return Ok(()),
            },
            None => slot,
        };
        match (&self.kind, &mut *slot) {
            (Kind::Map(entry), Value::Map(entries)) => entry.read_into(entries, delimited(input)?, depth),
            (kind, Value::Array(items)) if self.repeated => {
                if kind.is_packed(wire_type) {
                    let mut packed = delimited(input)?;
                    while !packed.is_empty() {
                        items.push(kind.read(None, &mut packed, lossy, depth)?);
                    }
                    return Ok(());
                }
                items.push(kind.read(None, input, lossy, depth)?);
                Ok(())
            }
            (kind, slot) => {
                let before = std::mem::replace(slot, Value::Null);
                *slot = kind.read(Some(before), input, lossy, depth)?;
                Ok(())
            }
        }
    }

    /// Whether the bytes are this field's: one of another wire type is unknown to everybody.
    pub fn takes(&self, wire_type: WireType) -> bool {
        wire_type == self.kind.wire_type() || (self.repeated && self.kind.is_packed(wire_type))
    }
}

/// The place of a union's member; the other members become null.
fn member_of<'v, 'b>(slot: &'v mut Value<'b>, schema: &Schema, member: usize) -> Result<Option<&'v mut Value<'b>>, Error> {
    let keeps = matches!(slot, Value::Struct(union) if union.values().get(member).is_some_and(|held| !held.is_null()));
    if !keeps {
        *slot = Value::Struct(Struct::new(schema.clone())?);
    }
    match slot {
        Value::Struct(union) => Ok(union.values_mut().get_mut(member)),
        _ => Ok(None),
    }
}

impl Kind {
    fn wire_type(&self) -> WireType {
        match self {
            Self::Scalar(primitive) => primitive.scalar.wire_type(),
            Self::Enum(_) => WireType::Varint,
            _ => WireType::LengthDelimited,
        }
    }

    /// Whether the bytes are many values at once.
    pub fn is_packed(&self, wire_type: WireType) -> bool {
        wire_type == WireType::LengthDelimited && self.wire_type() != WireType::LengthDelimited
    }

    fn read<'b>(&self, before: Option<Value<'b>>, input: &mut &'b [u8], lossy: bool, depth: usize) -> Result<Value<'b>, Failure> {
        Ok(match self {
            Self::Scalar(primitive) => primitive.scalar.read(input, primitive.type_, lossy)?,
            Self::Wrapper(primitive) => wrapped(*primitive, delimited(input)?)?,
            Self::Enum(symbols) => {
                let number = crate::scalar::Scalar::Int32.read(input, Type::Int32, false)?;
                match (number, symbols) {
                    (Value::Int32(number), Some(symbols)) => Value::from(symbols.name_of(number)),
                    (number, _) => number,
                }
            }
            Self::Logical(logical) => logical::read(*logical, delimited(input)?)?,
            Self::Message(message) => structure(message, before, delimited(input)?, depth + 1)?,
            Self::Map(entry) => {
                let mut entries = Vec::new();
                entry.read_into(&mut entries, delimited(input)?, depth)?;
                Value::Map(entries)
            }
            Self::Cut => return Err(Failure::Deeper),
        })
    }
}

/// The primitive in a message that wraps it.
pub fn wrapped(primitive: Primitive, bytes: &[u8]) -> Result<Value<'_>, Failure> {
    let mut value = primitive.scalar.default(primitive.type_);
    let mut input = bytes;
    while !input.is_empty() {
        let (number, wire_type) = decode_key(&mut input)?;
        if number == 1 && wire_type == primitive.scalar.wire_type() {
            value = primitive.scalar.read(&mut input, primitive.type_, false)?;
        } else {
            skip_field(wire_type, number, &mut input, DecodeContext::default())?;
        }
    }
    Ok(value)
}

impl Entry {
    fn read_into<'b>(&self, entries: &mut Vec<(Value<'b>, Value<'b>)>, bytes: &'b [u8], depth: usize) -> Result<(), Failure> {
        let mut parts: [Value<'b>; 2] = self.absent.clone();
        let mut input = bytes;
        while !input.is_empty() {
            let (number, wire_type) = decode_key(&mut input)?;
            match number {
                1 => self.key.read_into(&mut parts, wire_type, &mut input, self.lossy, depth)?,
                2 => self.value.read_into(&mut parts, wire_type, &mut input, self.lossy, depth)?,
                other => skip_field(wire_type, other, &mut input, DecodeContext::default())?,
            }
        }
        entries.push(parts.into());
        Ok(())
    }
}
