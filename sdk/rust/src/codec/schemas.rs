//! The schema table of a batch, and schemas remembered from batch to batch.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::codec::values::{self, Reader};
use crate::codec::write;
use crate::data::schema::{Definition, Field, Parts, Schema, Type};
use crate::data::validate::validate_value;
use crate::data::value::Value;
use crate::error::Error;

/// How many schemas are remembered before all are forgotten: a plugin with more changes them all the time.
const MAX_REMEMBERED: usize = 1000;
/// How deep schemas may nest.
const MAX_DEPTH: usize = 200;

/// Schemas by their bytes. A batch whose table is that of the batch before costs one comparison.
#[derive(Default)]
pub(crate) struct SchemaCache {
    section: Vec<u8>,
    table: Arc<Vec<Schema>>,
    by_bytes: HashMap<Box<[u8]>, Schema>,
}

impl SchemaCache {
    /// The schemas of a batch's schema section (the whole array).
    pub(crate) fn table(&mut self, section: &[u8]) -> Result<Arc<Vec<Schema>>, Error> {
        if self.section == section {
            return Ok(Arc::clone(&self.table));
        }
        let mut reader = Reader::new(section);
        let count = reader.array()?;
        let mut table = Vec::with_capacity(count.min(64));
        for _ in 0..count {
            let bytes = reader.span()?;
            table.push(self.schema(bytes)?);
        }
        self.table = Arc::new(table);
        self.section = section.to_vec();
        Ok(Arc::clone(&self.table))
    }

    fn schema(&mut self, bytes: &[u8]) -> Result<Schema, Error> {
        if let Some(schema) = self.by_bytes.get(bytes) {
            return Ok(schema.clone());
        }
        if self.by_bytes.len() >= MAX_REMEMBERED {
            self.by_bytes.clear();
        }
        let schema = decode(&mut Reader::new(bytes), 0)?;
        // It may not be in its canonical form, so its own bytes are not remembered with it.
        self.by_bytes.insert(bytes.into(), schema.clone());
        Ok(schema)
    }
}

fn decode(reader: &mut Reader<'_>, depth: usize) -> Result<Schema, Error> {
    if depth > MAX_DEPTH {
        return Err(Error::data(format!("malformed batch: a schema nests deeper than {MAX_DEPTH} levels")));
    }
    if reader.array()? != 8 {
        return Err(Error::data("malformed batch: a schema has eight members"));
    }
    let number = reader.u32()?;
    let type_ = *Type::ALL
        .get(number as usize)
        .ok_or_else(|| Error::data(format!("malformed batch: {number} is the number of no schema type")))?;
    let optional = reader.boolean()?;
    let name = optional_text(reader)?;
    let version = if reader.null() { None } else { Some(reader.i32()?) };
    let doc = optional_text(reader)?;
    let parameters = parameters(reader)?;
    let default = if reader.null() { None } else { Some(reader.span()?) };
    let parts = parts(reader, type_, depth)?;
    let bare = Definition { type_, optional, name, version, doc, parameters, default: None, parts, encoded: OnceLock::new() };
    let bare = Schema::from_definition(bare);
    match default {
        Some(span) => Ok(bare.with_default(default_value(span, &bare)?)),
        None => Ok(bare),
    }
}

fn default_value(span: &[u8], schema: &Schema) -> Result<Value<'static>, Error> {
    let mut reader = Reader::new(span);
    if reader.array()? != 1 {
        return Err(Error::data("malformed batch: a default is [value]"));
    }
    let value = values::read(&mut reader, Some(schema), &[])?.into_owned()?;
    validate_value(None, schema, &value)?;
    Ok(value)
}

fn optional_text(reader: &mut Reader<'_>) -> Result<Option<String>, Error> {
    if reader.null() {
        return Ok(None);
    }
    Ok(Some(reader.text()?.to_owned()))
}

fn parameters(reader: &mut Reader<'_>) -> Result<Vec<(String, String)>, Error> {
    if reader.null() {
        return Ok(Vec::new());
    }
    let count = reader.map()?;
    let mut parameters = Vec::new();
    for _ in 0..count {
        let name = reader.text()?.to_owned();
        parameters.push((name, reader.text()?.to_owned()));
    }
    Ok(parameters)
}

fn parts(reader: &mut Reader<'_>, type_: Type, depth: usize) -> Result<Parts, Error> {
    if type_ != Type::Struct && reader.null() {
        return Ok(Parts::None);
    }
    if type_.is_primitive() {
        return Err(Error::data(format!("malformed batch: a schema of type {type_} has no parts")));
    }
    let count = reader.array()?;
    match (type_, count) {
        (Type::Array, 1) => Ok(Parts::Array(decode(reader, depth + 1)?)),
        (Type::Map, 2) => {
            let keys = decode(reader, depth + 1)?;
            if reader.null() {
                return Ok(Parts::Keys(keys));
            }
            Ok(Parts::Map(keys, decode(reader, depth + 1)?))
        }
        (Type::Struct, _) => {
            let mut fields: Vec<Field> = Vec::new();
            for _ in 0..count {
                fields.push(field(reader, depth)?);
            }
            Ok(Parts::Struct(fields))
        }
        _ => Err(Error::data(format!("malformed batch: a schema of type {type_} with {count} parts"))),
    }
}

fn field(reader: &mut Reader<'_>, depth: usize) -> Result<Field, Error> {
    if reader.array()? != 2 {
        return Err(Error::data("malformed batch: a field is [name, schema]"));
    }
    let name = reader.text()?.to_owned();
    Ok(Field { name, schema: decode(reader, depth + 1)? })
}

/// The schema's bytes in a table, made once per schema.
pub(crate) fn encoded(schema: &Schema) -> &[u8] {
    schema.definition().encoded.get_or_init(|| {
        let mut bytes = Vec::with_capacity(64);
        encode(schema, &mut bytes);
        bytes.into_boxed_slice()
    })
}

fn encode(schema: &Schema, out: &mut Vec<u8>) {
    let of = schema.definition();
    write::array(out, 8);
    write::unsigned(out, of.type_.number().into());
    write::boolean(out, of.optional);
    write::optional_text(out, of.name.as_deref());
    match of.version {
        Some(version) => write::integer(out, version.into()),
        None => write::null(out),
    }
    write::optional_text(out, of.doc.as_deref());
    if of.parameters.is_empty() {
        write::null(out);
    } else {
        write::map(out, of.parameters.len());
        for (name, value) in &of.parameters {
            write::text(out, name);
            write::text(out, value);
        }
    }
    encode_default(schema, out);
    match &of.parts {
        Parts::None => write::null(out),
        Parts::Array(items) => {
            write::array(out, 1);
            out.extend_from_slice(encoded(items));
        }
        Parts::Map(keys, values) => {
            write::array(out, 2);
            out.extend_from_slice(encoded(keys));
            out.extend_from_slice(encoded(values));
        }
        Parts::Keys(keys) => {
            write::array(out, 2);
            out.extend_from_slice(encoded(keys));
            write::null(out);
        }
        Parts::Struct(fields) => {
            write::array(out, fields.len());
            for field in fields {
                write::array(out, 2);
                write::text(out, &field.name);
                out.extend_from_slice(encoded(&field.schema));
            }
        }
    }
}

/// A default is a value of its schema, as builder and decoder check, so that it needs no schema table.
fn encode_default(schema: &Schema, out: &mut Vec<u8>) {
    let Some(value) = schema.default_value() else {
        return write::null(out);
    };
    let start = out.len();
    write::array(out, 1);
    let written = match value {
        // Its own schema lacks the default, and so is not quite this one.
        Value::Struct(structure) => write::fields(out, structure, &mut write::NoTable),
        value => write::value(out, value, Some(schema), &mut write::NoTable),
    };
    if written.is_err() {
        out.truncate(start);
        write::null(out);
    }
}
