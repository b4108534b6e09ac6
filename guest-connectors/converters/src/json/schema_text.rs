//! Schemas as JSON text (`JsonConverter.asJsonSchema`), written once and kept.

use caisson_sdk::Error;
use caisson_sdk::data::schema::{Schema, Type};

use super::config::Options;
use super::{from_connect, writer};

/// The JSON of the schemas seen lately.
#[derive(Debug)]
pub struct SchemaTexts {
    texts: Vec<(Schema, Box<[u8]>)>,
    capacity: usize,
}

impl SchemaTexts {
    /// Keeps that many at most (`schemas.cache.size`).
    pub fn new(capacity: usize) -> Self {
        Self { texts: Vec::new(), capacity }
    }

    /// Appends the schema's JSON. `DataException` for a default that is no value of its schema.
    pub fn write(&mut self, out: &mut Vec<u8>, schema: &Schema, options: Options) -> Result<(), Error> {
        let known = self.texts.iter().position(|(known, _)| known.is_same(schema));
        let known = known.or_else(|| self.texts.iter().position(|(known, _)| known == schema));
        if let Some((_, text)) = known.and_then(|index| self.texts.get(index)) {
            out.extend_from_slice(text);
            return Ok(());
        }
        let start = out.len();
        write_schema(out, schema, None, options)?;
        if self.capacity > 0 {
            if self.texts.len() >= self.capacity {
                self.texts.remove(0);
            }
            self.texts.push((schema.clone(), out.get(start..).unwrap_or_default().into()));
        }
        Ok(())
    }
}

/// As Kafka's `JsonSchema` names the types.
fn type_name(type_: Type) -> &'static str {
    match type_ {
        Type::Float32 => "float",
        Type::Float64 => "double",
        other => other.lower_name(),
    }
}

/// Appends a schema; `field` is the name of the struct field that it is the schema of.
fn write_schema(out: &mut Vec<u8>, schema: &Schema, field: Option<&str>, options: Options) -> Result<(), Error> {
    out.extend_from_slice(b"{\"type\":");
    writer::push_string(out, type_name(schema.type_()));
    write_parts(out, schema, options)?;
    out.extend_from_slice(b",\"optional\":");
    writer::push_boolean(out, schema.is_optional());
    if let Some(name) = schema.name() {
        out.extend_from_slice(b",\"name\":");
        writer::push_string(out, name);
    }
    if let Some(version) = schema.version() {
        out.extend_from_slice(b",\"version\":");
        writer::push_integer(out, i64::from(version));
    }
    if let Some(doc) = schema.doc() {
        out.extend_from_slice(b",\"doc\":");
        writer::push_string(out, doc);
    }
    if !schema.parameters().is_empty() {
        write_parameters(out, schema.parameters());
    }
    if let Some(default) = schema.default_value() {
        out.extend_from_slice(b",\"default\":");
        from_connect::write(out, Some(schema), default, options)?;
    }
    if let Some(field) = field {
        out.extend_from_slice(b",\"field\":");
        writer::push_string(out, field);
    }
    out.push(b'}');
    Ok(())
}

fn write_parts(out: &mut Vec<u8>, schema: &Schema, options: Options) -> Result<(), Error> {
    if let (Type::Array, Some(items)) = (schema.type_(), schema.value_schema()) {
        out.extend_from_slice(b",\"items\":");
        write_schema(out, items, None, options)?;
    }
    if let (Some(keys), Some(values)) = (schema.key_schema(), schema.value_schema()) {
        out.extend_from_slice(b",\"keys\":");
        write_schema(out, keys, None, options)?;
        out.extend_from_slice(b",\"values\":");
        write_schema(out, values, None, options)?;
    }
    if schema.type_() == Type::Struct {
        out.extend_from_slice(b",\"fields\":[");
        for (index, field) in schema.fields().iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_schema(out, &field.schema, Some(&field.name), options)?;
        }
        out.push(b']');
    }
    Ok(())
}

fn write_parameters(out: &mut Vec<u8>, parameters: &[(String, String)]) {
    out.extend_from_slice(b",\"parameters\":{");
    for (index, (name, value)) in parameters.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        writer::push_string(out, name);
        out.push(b':');
        writer::push_string(out, value);
    }
    out.push(b'}');
}
