//! Schemas: what a value is, as Connect's `ConnectSchema` says it.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::data::value::Value;

/// Connect's types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// 8-bit signed integer.
    Int8,
    /// 16-bit signed integer.
    Int16,
    /// 32-bit signed integer.
    Int32,
    /// 64-bit signed integer.
    Int64,
    /// 32-bit floating point.
    Float32,
    /// 64-bit floating point.
    Float64,
    /// True or false.
    Boolean,
    /// UTF-8 text.
    String,
    /// A sequence of bytes.
    Bytes,
    /// Items of one schema, in order.
    Array,
    /// Keys of one schema to values of another.
    Map,
    /// Named fields, each of its own schema.
    Struct,
}

impl Type {
    /// All of them; the position is the number in the contract's `schema-type`.
    pub const ALL: [Type; 12] = [
        Type::Int8,
        Type::Int16,
        Type::Int32,
        Type::Int64,
        Type::Float32,
        Type::Float64,
        Type::Boolean,
        Type::String,
        Type::Bytes,
        Type::Array,
        Type::Map,
        Type::Struct,
    ];

    /// In capitals, as error messages name it.
    pub fn upper_name(self) -> &'static str {
        match self {
            Type::Int8 => "INT8",
            Type::Int16 => "INT16",
            Type::Int32 => "INT32",
            Type::Int64 => "INT64",
            Type::Float32 => "FLOAT32",
            Type::Float64 => "FLOAT64",
            Type::Boolean => "BOOLEAN",
            Type::String => "STRING",
            Type::Bytes => "BYTES",
            Type::Array => "ARRAY",
            Type::Map => "MAP",
            Type::Struct => "STRUCT",
        }
    }

    /// In small letters, as `Schema.Type.getName` gives it.
    pub fn lower_name(self) -> &'static str {
        match self {
            Type::Int8 => "int8",
            Type::Int16 => "int16",
            Type::Int32 => "int32",
            Type::Int64 => "int64",
            Type::Float32 => "float32",
            Type::Float64 => "float64",
            Type::Boolean => "boolean",
            Type::String => "string",
            Type::Bytes => "bytes",
            Type::Array => "array",
            Type::Map => "map",
            Type::Struct => "struct",
        }
    }

    /// Neither array, map nor struct.
    pub fn is_primitive(self) -> bool {
        !matches!(self, Type::Array | Type::Map | Type::Struct)
    }

    /// Its number in the contract's `schema-type`.
    pub(crate) fn number(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.upper_name())
    }
}

/// A field of a struct schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Unique in its struct.
    pub name: String,
    /// What its value is.
    pub schema: Schema,
}

/// The schemas inside a schema.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Parts {
    /// Of primitive types, and of arrays and maps whose parts have no schema.
    None,
    Array(Schema),
    Map(Schema, Schema),
    /// A map whose values have no schema.
    Keys(Schema),
    Struct(Vec<Field>),
}

/// A schema. Cloning is cheap: clones share one definition. Equal as `ConnectSchema.equals`.
#[derive(Clone)]
pub struct Schema(Arc<Definition>);

pub(crate) struct Definition {
    pub(crate) type_: Type,
    pub(crate) optional: bool,
    pub(crate) name: Option<String>,
    pub(crate) version: Option<i32>,
    pub(crate) doc: Option<String>,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) default: Option<Value<'static>>,
    pub(crate) parts: Parts,
    /// Its bytes in a batch's schema table, once they have been needed.
    pub(crate) encoded: OnceLock<Box<[u8]>>,
}

impl Schema {
    pub(crate) fn from_definition(definition: Definition) -> Self {
        Self(Arc::new(definition))
    }

    /// The same with a default, which has been checked.
    pub(crate) fn with_default(&self, default: Value<'static>) -> Self {
        let of = &self.0;
        Self::from_definition(Definition {
            type_: of.type_,
            optional: of.optional,
            name: of.name.clone(),
            version: of.version,
            doc: of.doc.clone(),
            parameters: of.parameters.clone(),
            default: Some(default),
            parts: of.parts.clone(),
            encoded: OnceLock::new(),
        })
    }

    pub(crate) fn definition(&self) -> &Definition {
        &self.0
    }

    /// Both are clones of one definition: a quick answer that may say no to equal schemas.
    pub fn is_same(&self, other: &Schema) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Its type.
    pub fn type_(&self) -> Type {
        self.0.type_
    }

    /// Whether null is a value of it.
    pub fn is_optional(&self) -> bool {
        self.0.optional
    }

    /// Its name; logical types are known by it.
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Its version.
    pub fn version(&self) -> Option<i32> {
        self.0.version
    }

    /// Its documentation.
    pub fn doc(&self) -> Option<&str> {
        self.0.doc.as_deref()
    }

    /// Its parameters in the order they were given; empty for none.
    pub fn parameters(&self) -> &[(String, String)] {
        &self.0.parameters
    }

    /// The value of one parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.0.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// What stands for null; none without a default.
    pub fn default_value(&self) -> Option<&Value<'static>> {
        self.0.default.as_ref()
    }

    /// The fields of a struct in order; empty for any other type.
    pub fn fields(&self) -> &[Field] {
        match &self.0.parts {
            Parts::Struct(fields) => fields,
            _ => &[],
        }
    }

    /// The field of that name with its position, if this is a struct that has it.
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields().iter().enumerate().find(|(_, field)| field.name == name)
    }

    /// Of a map.
    pub fn key_schema(&self) -> Option<&Schema> {
        match &self.0.parts {
            Parts::Map(keys, _) | Parts::Keys(keys) => Some(keys),
            _ => None,
        }
    }

    /// Of a map's values or an array's items.
    pub fn value_schema(&self) -> Option<&Schema> {
        match &self.0.parts {
            Parts::Map(_, values) => Some(values),
            Parts::Array(items) => Some(items),
            _ => None,
        }
    }

    /// A required, nameless schema of a primitive type; the same definition at each call.
    pub fn primitive(type_: Type) -> Schema {
        static SHARED: [OnceLock<Schema>; 12] = [const { OnceLock::new() }; 12];
        shared(&SHARED, type_, false)
    }

    /// An optional, nameless schema of a primitive type; the same definition at each call.
    pub fn optional_primitive(type_: Type) -> Schema {
        static SHARED: [OnceLock<Schema>; 12] = [const { OnceLock::new() }; 12];
        shared(&SHARED, type_, true)
    }

    /// `Schema.STRING_SCHEMA`.
    pub fn string() -> Schema {
        Self::primitive(Type::String)
    }

    /// `Schema.OPTIONAL_STRING_SCHEMA`.
    pub fn optional_string() -> Schema {
        Self::optional_primitive(Type::String)
    }

    /// `Schema.BYTES_SCHEMA`.
    pub fn bytes() -> Schema {
        Self::primitive(Type::Bytes)
    }

    /// `Schema.OPTIONAL_BYTES_SCHEMA`.
    pub fn optional_bytes() -> Schema {
        Self::optional_primitive(Type::Bytes)
    }

    /// `Schema.INT32_SCHEMA`.
    pub fn int32() -> Schema {
        Self::primitive(Type::Int32)
    }

    /// `Schema.INT64_SCHEMA`.
    pub fn int64() -> Schema {
        Self::primitive(Type::Int64)
    }

    /// `Schema.BOOLEAN_SCHEMA`.
    pub fn boolean() -> Schema {
        Self::primitive(Type::Boolean)
    }
}

fn shared(schemas: &'static [OnceLock<Schema>; 12], type_: Type, optional: bool) -> Schema {
    let new = || {
        Schema::from_definition(Definition {
            type_,
            optional,
            name: None,
            version: None,
            doc: None,
            parameters: Vec::new(),
            default: None,
            parts: Parts::None,
            encoded: OnceLock::new(),
        })
    };
    match schemas.get(type_ as usize) {
        Some(schema) => schema.get_or_init(new).clone(),
        None => new(),
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.0.is_equal(&other.0)
    }
}

impl Definition {
    fn is_equal(&self, other: &Self) -> bool {
        self.type_ == other.type_
            && self.optional == other.optional
            && self.version == other.version
            && self.name == other.name
            && self.parts == other.parts
            && self.doc == other.doc
            && self.default == other.default
            && self.same_parameters(other)
    }

    /// Parameters are a map: their order says nothing.
    pub(crate) fn same_parameters(&self, other: &Self) -> bool {
        self.parameters.len() == other.parameters.len()
            && self.parameters.iter().all(|(name, value)| {
                other.parameters.iter().any(|(other_name, other_value)| name == other_name && value == other_value)
            })
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Schema");
        out.field("type", &self.0.type_).field("optional", &self.0.optional);
        if let Some(name) = &self.0.name {
            out.field("name", name);
        }
        if let Some(version) = self.0.version {
            out.field("version", &version);
        }
        if let Some(doc) = &self.0.doc {
            out.field("doc", doc);
        }
        if !self.0.parameters.is_empty() {
            out.field("parameters", &self.0.parameters);
        }
        if let Some(default) = &self.0.default {
            out.field("default", default);
        }
        if self.0.parts != Parts::None {
            out.field("parts", &self.0.parts);
        }
        out.finish()
    }
}

/// As `ConnectSchema.toString`: `Schema{name:TYPE}` or `Schema{TYPE}`.
impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "Schema{{{name}:{}}}", self.type_()),
            None => write!(f, "Schema{{{}}}", self.type_()),
        }
    }
}
