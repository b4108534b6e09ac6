//! Schemas from JSON (`JsonConverter.asConnectSchema`).

use caisson_sdk::Error;
use caisson_sdk::data::schema::{Schema, Type};
use caisson_sdk::data::schema_builder::SchemaBuilder;

use super::config::Options;
use super::node::Node;
use super::reader::Reader;
use super::{to_connect, transcode_envelope};

/// The schemas read lately, by their text.
#[derive(Debug)]
pub struct Schemas {
    read: Vec<Known>,
    /// Which of them came last.
    last: usize,
    capacity: usize,
}

#[derive(Debug)]
struct Known {
    text: Box<str>,
    schema: Option<Schema>,
    /// Whether [`transcode_envelope`] is a way for its values.
    is_plain: bool,
}

impl Schemas {
    /// Keeps that many at most (`schemas.cache.size`).
    pub fn new(capacity: usize) -> Self {
        Self { read: Vec::new(), last: 0, capacity }
    }

    /// The text that came last; empty: none has.
    pub fn last_text(&self) -> &str {
        self.read.get(self.last).map_or("", |known| &known.text)
    }

    /// Its schema.
    pub fn last(&self) -> Option<Schema> {
        self.read.get(self.last).and_then(|known| known.schema.clone())
    }

    /// The schema that came last and its text, if [`transcode_envelope`] is a way for its values.
    pub fn last_plain(&self) -> Option<(&Schema, &str)> {
        let known = self.read.get(self.last).filter(|known| known.is_plain)?;
        Some((known.schema.as_ref()?, &known.text))
    }

    /// The schema of a checked JSON text; none for `null`. `DataException` for what is no schema.
    pub fn read(&mut self, text: &str, options: Options) -> Result<Option<Schema>, Error> {
        if let Some(known) = self.read.iter().position(|known| known.text.as_ref() == text) {
            self.last = known;
            return Ok(self.last());
        }
        let node = Node::read(&mut Reader::new(text)).map_err(|_| to_connect::malformed())?;
        let schema = read(&node, options)?;
        if self.capacity > 0 {
            if self.read.len() >= self.capacity {
                self.read.remove(0);
            }
            self.last = self.read.len();
            let is_plain = schema.as_ref().is_some_and(transcode_envelope::is_plain);
            self.read.push(Known { text: text.into(), schema: schema.clone(), is_plain });
        }
        Ok(schema)
    }
}

/// The schema that a JSON value describes; none for null. `DataException` for what is no schema.
pub fn read(node: &Node<'_>, options: Options) -> Result<Option<Schema>, Error> {
    if matches!(node, Node::Null) {
        return Ok(None);
    }
    required(node, options).map(Some)
}

fn required(node: &Node<'_>, options: Options) -> Result<Schema, Error> {
    let name = node.get("type").and_then(Node::text).ok_or_else(|| Error::data("Schema must contain 'type' field"))?;
    let builder = with_attributes(builder_of(name, node, options)?, node)?;
    let Some(default) = node.get("default") else { return builder.build() };
    let bare = builder.build()?;
    let value = to_connect::under_schema(&bare, default, options)?.into_owned()?;
    if value.is_null() {
        return Ok(bare);
    }
    let mut builder = SchemaBuilder::basics_of(&bare);
    for field in bare.fields() {
        builder = builder.field(field.name.clone(), field.schema.clone());
    }
    builder.default_value(value).build()
}

fn builder_of(name: &str, node: &Node<'_>, options: Options) -> Result<SchemaBuilder, Error> {
    let type_ = match name {
        "boolean" => Type::Boolean,
        "int8" => Type::Int8,
        "int16" => Type::Int16,
        "int32" => Type::Int32,
        "int64" => Type::Int64,
        "float" => Type::Float32,
        "double" => Type::Float64,
        "bytes" => Type::Bytes,
        "string" => Type::String,
        "array" => {
            let items = node.get("items").filter(|items| !matches!(items, Node::Null));
            let items = items.ok_or_else(|| Error::data("Array schema did not specify the element type"))?;
            return Ok(SchemaBuilder::array(required(items, options)?));
        }
        "map" => {
            let keys = node.get("keys").ok_or_else(|| Error::data("Map schema did not specify the key type"))?;
            let values = node.get("values").ok_or_else(|| Error::data("Map schema did not specify the value type"))?;
            return Ok(SchemaBuilder::map(part(keys, options)?, part(values, options)?));
        }
        "struct" => return struct_builder(node, options),
        other => return Err(Error::data(format!("Unknown schema type: {other}"))),
    };
    Ok(SchemaBuilder::new(type_))
}

/// Java would go on with a null schema and fail at the first value.
fn part(node: &Node<'_>, options: Options) -> Result<Schema, Error> {
    read(node, options)?.ok_or_else(|| Error::schema_builder("valueSchema cannot be null."))
}

fn struct_builder(node: &Node<'_>, options: Options) -> Result<SchemaBuilder, Error> {
    let Some(Node::Array(fields)) = node.get("fields") else {
        return Err(Error::data("Struct schema's \"fields\" argument is not an array."));
    };
    let mut builder = SchemaBuilder::structure();
    for field in fields {
        let name = field.get("field").and_then(Node::text);
        let name = name.ok_or_else(|| Error::data("Struct schema's field name not specified properly"))?;
        builder = builder.field(name, required(field, options)?);
    }
    Ok(builder)
}

/// Attributes of the wrong type are ignored, but for parameters.
fn with_attributes(mut builder: SchemaBuilder, node: &Node<'_>) -> Result<SchemaBuilder, Error> {
    if matches!(node.get("optional"), Some(Node::Boolean(true))) {
        builder = builder.optional();
    }
    if let Some(name) = node.get("name").and_then(Node::text) {
        builder = builder.name(name);
    }
    if let Some(Node::Number(number)) = node.get("version")
        && number.integral
    {
        builder = builder.version(number.int());
    }
    if let Some(doc) = node.get("doc").and_then(Node::text) {
        builder = builder.doc(doc);
    }
    if let Some(Node::Object(parameters)) = node.get("parameters") {
        for (name, value) in parameters {
            let value = value.text().ok_or_else(|| Error::data("Schema parameters must have string values."))?;
            builder = builder.parameter(name.as_ref(), value);
        }
    }
    Ok(builder)
}
