//! JSON straight to the form that a value under a schema has in a batch: what [`super::to_connect::read`] makes, without the tree. What
//! is rare, such as unions and maps of pairs, and every error are left to that: none is given.

use std::borrow::Cow;

use caisson_converters::json::node::Node;
use caisson_converters::json::reader::{Kind, Reader};
use caisson_sdk::data::logical::LogicalType;
use caisson_sdk::data::value_writer::ValueWriter;
use caisson_sdk::{Schema, Type, Value};

use crate::connect_schema::Converted;
use crate::options::{is_object, is_union};
use crate::to_connect::{self, Cut};

/// How many names of one map are compared; longer maps are left to the tree.
const FEW: usize = 64;

/// A whole value.
pub fn root(converted: &Converted, text: &str, out: &mut ValueWriter<'_>) -> Option<()> {
    let mut reader = Reader::new(text);
    value(&converted.schema, &converted.cuts, text, &mut reader, out)
}

fn value<'b>(schema: &Schema, cuts: &[Cut], text: &'b str, reader: &mut Reader<'b>, out: &mut ValueWriter<'_>) -> Option<()> {
    match (reader.peek().ok()?, schema.type_()) {
        (Kind::End, _) => None,
        (Kind::Null, _) => {
            reader.word("null").ok()?;
            match schema.default_value() {
                None if !schema.is_optional() => None,
                default => absent(default, out),
            }
        }
        (Kind::Object, Type::Struct) if !is_union(schema) => structure(schema, cuts, text, reader, out),
        (Kind::Object, Type::Map) if is_object(schema) => map(schema, cuts, text, reader, out),
        (Kind::Array, Type::Array) => {
            let items = schema.value_schema()?;
            reader.open().ok()?;
            let open = out.open_array();
            let mut count = 0;
            while reader.next_item(count == 0).ok()? {
                value(items, cuts, text, reader, out)?;
                count += 1;
            }
            out.close_array(open, count);
            Some(())
        }
        (Kind::Object | Kind::Array, _) | (_, Type::Struct | Type::Map | Type::Array) => None,
        (Kind::Text, Type::String) if LogicalType::of(schema).is_none() => {
            match reader.plain_string().ok()? {
                Some(range) => out.part(text, range),
                None => out.text(&reader.string().ok()?),
            }
            Some(())
        }
        _ => {
            let node = Node::read(reader).ok()?;
            out.under_schema(&to_connect::read(Some(schema), Some(&node), cuts).ok()?);
            Some(())
        }
    }
}

/// What stands in the place of no value: the default.
fn absent(default: Option<&Value<'_>>, out: &mut ValueWriter<'_>) -> Option<()> {
    match default {
        None => out.null(),
        Some(Value::Array(_) | Value::Map(_) | Value::Struct(_) | Value::Encoded(_)) => return None,
        Some(scalar) => out.under_schema(scalar),
    }
    Some(())
}

/// Members stand in any order, fields in that of the schema: it is noted where each is, and then read from there.
fn structure<'b>(schema: &Schema, cuts: &[Cut], text: &'b str, reader: &mut Reader<'b>, out: &mut ValueWriter<'_>) -> Option<()> {
    if cuts.iter().any(|cut| cut.schema.is_same(schema)) {
        return None;
    }
    reader.open().ok()?;
    let fields = schema.fields();
    let mut places: Vec<Option<Reader<'b>>> = vec![None; fields.len()];
    let mut members = 0;
    while let Some(name) = reader.next_member(members == 0).ok()? {
        // Most likely it is the next one.
        let next = fields.get(members).filter(|field| field.name == name).map(|_| members);
        let index = next.or_else(|| schema.field(&name).map(|(index, _)| index));
        if let Some(place) = index.and_then(|index| places.get_mut(index)) {
            *place = Some(reader.clone());
        }
        reader.skip().ok()?;
        members += 1;
    }
    let open = out.open_array();
    for (field, place) in fields.iter().zip(places) {
        match place {
            Some(mut reader) => value(&field.schema, cuts, text, &mut reader, out)?,
            None => absent(field.schema.default_value(), out)?,
        }
    }
    out.close_array(open, fields.len());
    Some(())
}

fn map<'b>(schema: &Schema, cuts: &[Cut], text: &'b str, reader: &mut Reader<'b>, out: &mut ValueWriter<'_>) -> Option<()> {
    let values = schema.value_schema()?;
    reader.open().ok()?;
    let open = out.open_map();
    let mut names: Vec<Cow<'b, str>> = Vec::new();
    while let Some(name) = reader.next_member(names.is_empty()).ok()? {
        if names.len() == FEW || names.contains(&name) {
            return None;
        }
        out.text(&name);
        names.push(name);
        value(values, cuts, text, reader, out)?;
    }
    out.close_map(open, names.len());
    Some(())
}
