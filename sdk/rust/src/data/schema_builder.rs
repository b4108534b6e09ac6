//! Building schemas, as Connect's `SchemaBuilder`.

use std::sync::OnceLock;

use crate::data::schema::{Definition, Field, Parts, Schema, Type};
use crate::data::validate::validate_value;
use crate::data::value::Value;
use crate::error::Error;

/// Builds a schema. The first mistake is told by [`SchemaBuilder::build`].
#[derive(Debug)]
pub struct SchemaBuilder {
    type_: Type,
    optional: bool,
    name: Option<String>,
    version: Option<i32>,
    doc: Option<String>,
    parameters: Vec<(String, String)>,
    default: Option<Value<'static>>,
    parts: Parts,
    mistake: Option<Error>,
}

impl SchemaBuilder {
    /// A required, nameless schema of that type. An array or map has parts without a schema (`SchemaBuilder.arrayOfNull`); see
    /// [`SchemaBuilder::array`] and [`SchemaBuilder::map`] for those with one.
    pub fn new(type_: Type) -> Self {
        let parts = match type_ {
            Type::Struct => Parts::Struct(Vec::new()),
            _ => Parts::None,
        };
        Self {
            type_,
            optional: false,
            name: None,
            version: None,
            doc: None,
            parameters: Vec::new(),
            default: None,
            parts,
            mistake: None,
        }
    }

    /// A struct without fields yet.
    pub fn structure() -> Self {
        Self::new(Type::Struct)
    }

    /// An array of such items.
    pub fn array(items: Schema) -> Self {
        Self { parts: Parts::Array(items), ..Self::new(Type::Array) }
    }

    /// A map of such keys and values.
    pub fn map(keys: Schema, values: Schema) -> Self {
        Self { parts: Parts::Map(keys, values), ..Self::new(Type::Map) }
    }

    /// A map of such keys, whose values have no schema (`SchemaBuilder.mapWithNullValues`).
    pub fn map_of_keys(keys: Schema) -> Self {
        Self { parts: Parts::Keys(keys), ..Self::new(Type::Map) }
    }

    /// Everything of that schema but its fields (as `SchemaUtil.copySchemaBasics`): type, optional, name, version,
    /// documentation, parameters, default, items, keys and values.
    pub fn basics_of(schema: &Schema) -> Self {
        let of = schema.definition();
        let parts = match &of.parts {
            Parts::Struct(_) => Parts::Struct(Vec::new()),
            other => other.clone(),
        };
        Self {
            type_: of.type_,
            optional: of.optional,
            name: of.name.clone(),
            version: of.version,
            doc: of.doc.clone(),
            parameters: of.parameters.clone(),
            // A struct's default has the fields of the schema copied from.
            default: if of.type_ == Type::Struct { None } else { of.default.clone() },
            parts,
            mistake: None,
        }
    }

    /// With name, version, documentation and parameters of that schema (`SchemaUtil.copySchemaBasics` to a builder).
    pub fn described_as(mut self, schema: &Schema) -> Self {
        let of = schema.definition();
        self.name = of.name.clone();
        self.version = of.version;
        self.doc = of.doc.clone();
        self.parameters = of.parameters.clone();
        self
    }

    /// Null is a value of it.
    pub fn optional(self) -> Self {
        self.with_optional(true)
    }

    /// Whether null is a value of it.
    pub fn with_optional(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }

    /// Its name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Its version.
    pub fn version(mut self, version: i32) -> Self {
        self.version = Some(version);
        self
    }

    /// Its documentation.
    pub fn doc(mut self, doc: impl Into<String>) -> Self {
        self.doc = Some(doc.into());
        self
    }

    /// Adds or replaces a parameter.
    pub fn parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        match self.parameters.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) => *old = value,
            None => self.parameters.push((name, value)),
        }
        self
    }

    /// What stands for null. Checked against the schema when built.
    pub fn default_value(mut self, value: Value<'static>) -> Self {
        self.default = Some(value);
        self
    }

    /// Adds a field. The schema is a struct, and has no field of that name yet.
    pub fn field(mut self, name: impl Into<String>, schema: Schema) -> Self {
        let name = name.into();
        match &mut self.parts {
            Parts::Struct(_) if name.is_empty() => {
                self.mistake.get_or_insert(Error::schema_builder("fieldName cannot be null."));
            }
            Parts::Struct(fields) if fields.iter().any(|field| field.name == name) => {
                let text = format!("Cannot create field because of field name duplication {name}");
                self.mistake.get_or_insert(Error::schema_builder(text));
            }
            Parts::Struct(fields) => fields.push(Field { name, schema }),
            _ => {
                let text = format!("Cannot create fields on type {}", self.type_);
                self.mistake.get_or_insert(Error::schema_builder(text));
            }
        }
        self
    }

    /// The schema. `SchemaBuilderException` for two fields of one name, a field without name, or a default that is no value of it. The
    /// schema of a default struct is this one without its default.
    pub fn build(self) -> Result<Schema, Error> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        let bare = Schema::from_definition(Definition {
            type_: self.type_,
            optional: self.optional,
            name: self.name,
            version: self.version,
            doc: self.doc,
            parameters: self.parameters,
            default: None,
            parts: self.parts,
            encoded: OnceLock::new(),
        });
        let Some(default) = self.default else { return Ok(bare) };
        if validate_value(None, &bare, &default).is_err() {
            return Err(Error::schema_builder("Invalid default value"));
        }
        Ok(bare.with_default(default))
    }
}
