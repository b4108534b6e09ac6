//! An envelope straight to the form that its payload has in a batch, without the tree: for a record that is just what its schema says, and
//! whose schema is that of the record before.

use caisson_sdk::data::logical;
use caisson_sdk::data::value_writer::ValueWriter;
use caisson_sdk::{Schema, Type};

use super::node::Node;
use super::reader::{Kind, Reader};

/// Whether values under this schema can be written: a struct of texts, numbers and booleans, or of such structs.
pub fn is_plain(schema: &Schema) -> bool {
    schema.type_() == Type::Struct && can_be_written(schema)
}

fn can_be_written(schema: &Schema) -> bool {
    // Whatever type has such a name is read by it.
    if let Some(logical::DECIMAL | logical::DATE | logical::TIME | logical::TIMESTAMP) = schema.name() {
        return false;
    }
    match schema.type_() {
        Type::Struct => schema.fields().iter().all(|field| can_be_written(&field.schema)),
        Type::Bytes | Type::Array | Type::Map => false,
        _ => true,
    }
}

/// Writes the payload of an envelope that begins with this [plain](is_plain) schema, which as text is `schema_text`. None: the tree is for it, be it
/// malformed or only in another order.
pub fn write(text: &str, schema: &Schema, schema_text: &str, out: &mut ValueWriter<'_>) -> Option<()> {
    let mut reader = Reader::new(text);
    if reader.peek().ok()? != Kind::Object {
        return None;
    }
    reader.open().ok()?;
    if !is_next(text, &mut reader, true, "schema")? {
        return None;
    }
    reader.peek().ok()?;
    if !reader.skip_known(schema_text) || !is_next(text, &mut reader, false, "payload")? {
        return None;
    }
    value(text, &mut reader, schema, out)?;
    (!reader.next_name(false).ok()?).then_some(())
}

/// Reads a member's name, and whether it is this one.
#[inline(always)]
fn is_next(text: &str, reader: &mut Reader<'_>, first: bool, name: &str) -> Option<bool> {
    if !reader.next_name(first).ok()? {
        return Some(false);
    }
    let found = reader.plain_string().ok()??;
    reader.colon().ok()?;
    Some(text.get(found) == Some(name))
}

/// Writes the next value under its schema: those that [`super::to_connect::under_schema`] takes as they are.
fn value(text: &str, reader: &mut Reader<'_>, schema: &Schema, out: &mut ValueWriter<'_>) -> Option<()> {
    match (schema.type_(), reader.peek().ok()?) {
        (_, Kind::Null) if schema.is_optional() && schema.default_value().is_none() => {
            reader.word("null").ok()?;
            out.null();
        }
        (Type::String, Kind::Text) => match reader.plain_string().ok()? {
            Some(range) => out.part(text, range),
            None => out.text(&reader.string().ok()?),
        },
        (Type::Int64, Kind::Number) => out.int64(reader.number().ok()?.long()),
        (Type::Float64, Kind::Number) => out.float64(reader.number().ok()?.double()),
        (Type::Int8 | Type::Int16 | Type::Int32 | Type::Float32, Kind::Number) => {
            let number = Node::Number(reader.number().ok()?);
            out.under_schema(&number.primitive(schema.type_())?);
        }
        (Type::Boolean, Kind::True) => {
            reader.word("true").ok()?;
            out.boolean(true);
        }
        (Type::Boolean, Kind::False) => {
            reader.word("false").ok()?;
            out.boolean(false);
        }
        (Type::Struct, Kind::Object) => structure(text, reader, schema, out)?,
        _ => return None,
    }
    Some(())
}

/// A struct whose fields are all there, in the order of its schema, and nothing else.
fn structure(text: &str, reader: &mut Reader<'_>, schema: &Schema, out: &mut ValueWriter<'_>) -> Option<()> {
    reader.open().ok()?;
    let fields = out.open_array();
    for (index, field) in schema.fields().iter().enumerate() {
        if !is_next(text, reader, index == 0, &field.name)? {
            return None;
        }
        value(text, reader, &field.schema, out)?;
    }
    out.close_array(fields, schema.fields().len());
    (!reader.next_name(schema.fields().is_empty()).ok()?).then_some(())
}
