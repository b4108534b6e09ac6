//! Avro schemas as Connect schemas (`AvroData.toConnectSchema`).

use std::collections::HashSet;

use caisson_sdk::data::logical;
use caisson_sdk::{Error, Schema, SchemaBuilder, Type, Value, log};
use serde_json::Value as Json;

use super::defaults;
use crate::names;
use crate::options::Options;
use crate::schema::{AvroSchema, Enum, Kind, Node, NodeId, Record};

/// How many Connect schemas one Avro schema may become.
const MOST_TYPES: usize = 50_000;

/// Turns the types of one Avro schema into Connect schemas.
pub struct ToConnect<'s> {
    avro: &'s AvroSchema,
    options: Options,
    /// How often a record is followed into itself.
    depth: usize,
    /// Types that are being turned, from the outermost in.
    under_way: Vec<NodeId>,
    /// Types turned so far, each use of a name counted: records of records multiply.
    turned: usize,
    /// Generalized unions are numbered.
    unions: &'s mut usize,
}

/// What the place of a type adds to it.
#[derive(Default)]
struct Place<'p> {
    optional: bool,
    /// The field's default; `null` is one too.
    default: Option<&'p Json>,
    doc: Option<&'p str>,
    version: Option<i32>,
}

/// A schema on its way.
struct Draft {
    type_: Type,
    /// Of an array; key and value of a map; fields of a struct, by name.
    parts: Vec<(String, Schema)>,
    name: Option<String>,
    version: Option<i32>,
    doc: Option<String>,
    optional: bool,
    parameters: Vec<(String, String)>,
}

impl Draft {
    fn new(type_: Type) -> Self {
        Self { type_, parts: Vec::new(), name: None, version: None, doc: None, optional: false, parameters: Vec::new() }
    }

    fn logical(type_: Type, name: &str) -> Self {
        Self { name: Some(name.to_owned()), version: Some(1), ..Self::new(type_) }
    }

    fn parameter(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.parameters.push((name.into(), value.into()));
    }

    fn builder(&self) -> SchemaBuilder {
        let part = |index: usize| self.parts.get(index).map_or_else(Schema::string, |(_, schema)| schema.clone());
        let mut builder = match self.type_ {
            Type::Array => SchemaBuilder::array(part(0)),
            Type::Map => SchemaBuilder::map(part(0), part(1)),
            other => SchemaBuilder::new(other),
        };
        if self.type_ == Type::Struct {
            for (name, schema) in &self.parts {
                builder = builder.field(name.clone(), schema.clone());
            }
        }
        if let Some(name) = &self.name {
            builder = builder.name(name.clone());
        }
        if let Some(version) = self.version {
            builder = builder.version(version);
        }
        if let Some(doc) = &self.doc {
            builder = builder.doc(doc.clone());
        }
        for (name, value) in &self.parameters {
            builder = builder.parameter(name.clone(), value.clone());
        }
        builder.with_optional(self.optional)
    }
}

impl<'s> ToConnect<'s> {
    /// Of that Avro schema. A record is followed into itself `depth` times: a Connect schema ends. `unions` counts generalized unions.
    pub fn new(avro: &'s AvroSchema, options: Options, depth: usize, unions: &'s mut usize) -> Self {
        Self { avro, options, depth, under_way: Vec::new(), turned: 0, unions }
    }

    /// The schema of the outermost type. `version` is that of the subject, which counts where the schema names none. `DataException` for
    /// what Connect has no schema for.
    pub fn root(mut self, version: Option<i32>) -> Result<Schema, Error> {
        self.turn(self.avro.root(), Place { version, ..Place::default() })
    }

    fn turn(&mut self, id: NodeId, place: Place<'_>) -> Result<Schema, Error> {
        if self.under_way.iter().filter(|other| **other == id).count() > self.depth {
            // A struct without fields, whose place is null or empty in all that is read by this schema.
            let mut draft = Draft::new(Type::Struct);
            name(&mut draft, self.avro.node(id))?;
            draft.optional = place.optional;
            return draft.builder().build();
        }
        self.turned += 1;
        if self.turned > MOST_TYPES {
            return Err(Error::data(format!("the Avro schema becomes one of more than {MOST_TYPES} Connect schemas")));
        }
        self.under_way.push(id);
        let turned = self.turn_new(id, place);
        self.under_way.pop();
        turned
    }

    fn turn_new(&mut self, id: NodeId, place: Place<'_>) -> Result<Schema, Error> {
        let node = self.avro.node(id);
        if let Kind::Union(branches) = &node.kind
            && let Some(other) = nullable(self.avro, branches)
        {
            return self.turn(other, Place { optional: true, doc: place.doc, ..Place::default() });
        }
        let mut draft = self.draft(node)?;
        self.describe(&mut draft, node, &place)?;
        let default = self.default(&mut draft, node, place.default);
        name(&mut draft, node)?;
        draft.optional |= place.optional;
        let bare = draft.builder().build()?;
        let Some(default) = default.and_then(|json| self.default_value(&bare, id, json)) else { return Ok(bare) };
        match draft.builder().default_value(default).build() {
            Ok(schema) => Ok(schema),
            Err(error) => {
                ignored(node, &error);
                Ok(bare)
            }
        }
    }

    fn draft(&mut self, node: &Node) -> Result<Draft, Error> {
        let logical = node.text(names::LOGICAL_TYPE).unwrap_or_default();
        Ok(match &node.kind {
            Kind::Boolean => Draft::new(Type::Boolean),
            Kind::Bytes | Kind::Fixed(_) => bytes(node, logical)?,
            Kind::Double => Draft::new(Type::Float64),
            Kind::Float => Draft::new(Type::Float32),
            Kind::Int => int(node)?,
            Kind::Long if logical.eq_ignore_ascii_case("timestamp-millis") => Draft::logical(Type::Int64, logical::TIMESTAMP),
            Kind::Long => Draft::new(Type::Int64),
            Kind::String => Draft::new(Type::String),
            Kind::Array(items) => self.array(*items)?,
            Kind::Map(values) => {
                let values = self.turn(*values, Place::default())?;
                Draft { parts: vec![(String::new(), Schema::string()), (String::new(), values)], ..Draft::new(Type::Map) }
            }
            Kind::Record(record) => self.record(record)?,
            Kind::Enum(of) => self.symbols(of),
            Kind::Union(branches) => self.union(branches)?,
            Kind::Null => return Err(Error::data("Standalone null schemas are not supported by this converter")),
        })
    }

    fn array(&mut self, items: NodeId) -> Result<Draft, Error> {
        let node = self.avro.node(items);
        let Kind::Record(record) = &node.kind else {
            return Ok(Draft { parts: vec![(String::new(), self.turn(items, Place::default())?)], ..Draft::new(Type::Array) });
        };
        if !names::is_map_entry(node) {
            return Ok(Draft { parts: vec![(String::new(), self.turn(items, Place::default())?)], ..Draft::new(Type::Array) });
        }
        let field = |name: &str| record.fields.iter().find(|field| field.name == name).map(|field| field.node);
        let (2, Some(key), Some(value)) = (record.fields.len(), field(names::KEY), field(names::VALUE)) else {
            let text = "Found map encoded as array of key-value pairs, but array elements do not match the expected format.";
            return Err(Error::data(text));
        };
        let key = self.turn(key, Place::default())?;
        let value = self.turn(value, Place::default())?;
        Ok(Draft { parts: vec![(String::new(), key), (String::new(), value)], ..Draft::new(Type::Map) })
    }

    fn record(&mut self, record: &Record) -> Result<Draft, Error> {
        let documents = self.options.connect_meta_data && !self.options.discard_type_doc_default;
        let mut draft = Draft::new(Type::Struct);
        if let Some(doc) = record.doc.as_ref().filter(|_| documents) {
            draft.parameter(names::PARAMETER_RECORD_DOC, doc);
        }
        for field in &record.fields {
            if let Some(doc) = field.doc.as_ref().filter(|_| documents) {
                draft.parameter(format!("{}{}", names::PARAMETER_FIELD_DOC, field.name), doc);
            }
            let place = Place { default: field.default.as_ref(), doc: field.doc.as_deref(), ..Place::default() };
            draft.parts.push((field.name.clone(), self.turn(field.node, place)?));
        }
        Ok(draft)
    }

    fn symbols(&self, of: &Enum) -> Draft {
        let mut draft = Draft::new(Type::String);
        let discard = self.options.discard_type_doc_default;
        if let Some(doc) = of.doc.as_ref().filter(|_| self.options.connect_meta_data) {
            match discard {
                true => draft.parameter(names::PARAMETER_CONNECT_ENUM_DOC, doc),
                false => draft.parameter(format!("{}{}", names::PARAMETER_ENUM_DOC, of.name.simple), doc),
            }
        }
        if let Some(default) = of.default.as_ref().filter(|_| self.options.connect_meta_data && !discard) {
            draft.parameter(format!("{}{}", names::PARAMETER_ENUM_DEFAULT, of.name.simple), default);
        }
        let marker = self.options.enum_parameter();
        draft.parameter(marker, of.name.full());
        for (index, symbol) in of.symbols.iter().enumerate() {
            let value = if self.options.generalized_sum_types { index.to_string() } else { symbol.clone() };
            draft.parameter(format!("{marker}.{symbol}"), value);
        }
        draft
    }

    fn union(&mut self, branches: &[NodeId]) -> Result<Draft, Error> {
        let mut draft = Draft::new(Type::Struct);
        if self.options.generalized_sum_types {
            let name = format!("{}{}", names::GENERALIZED_UNION_NAME, self.unions);
            *self.unions += 1;
            draft.parameter(names::GENERALIZED_UNION, name.clone());
            draft.name = Some(name);
        } else {
            draft.name = Some(names::UNION.to_owned());
        }
        let mut known = HashSet::new();
        for (index, branch) in branches.iter().enumerate() {
            let node = self.avro.node(*branch);
            if node.kind == Kind::Null {
                draft.optional = true;
                continue;
            }
            let field = self.options.member_of_type(node, index);
            if !known.insert(field.clone()) {
                return Err(Error::data("Multiple union schemas map to the Connect union field name"));
            }
            draft.parts.push((field, self.turn(*branch, Place { optional: true, ..Place::default() })?));
        }
        Ok(draft)
    }

    /// Documentation, version and parameters.
    fn describe(&self, draft: &mut Draft, node: &Node, place: &Place<'_>) -> Result<(), Error> {
        let connect_doc = node.text(names::CONNECT_DOC);
        if self.options.discard_type_doc_default {
            let own = doc(&node.kind);
            draft.doc = place.doc.or(own).or(connect_doc).map(str::to_owned);
            if let Some(own) = own.filter(|_| self.options.connect_meta_data) {
                draft.parameter(names::PARAMETER_CONNECT_RECORD_DOC, own);
            }
        } else if self.options.connect_meta_data {
            draft.doc = connect_doc.map(str::to_owned);
        }
        version(draft, node, place.version)?;
        if let Some(parameters) = node.props.get(names::CONNECT_PARAMETERS).filter(|_| self.options.connect_meta_data) {
            let wrong = |what: &Json| Error::data(format!("Expected JSON object for schema parameters but found: {what}"));
            for (name, value) in parameters.as_object().ok_or_else(|| wrong(parameters))? {
                let no_text = || Error::data(format!("Expected schema parameter values to be strings but found: {value}"));
                draft.parameter(name, value.as_str().ok_or_else(no_text)?);
            }
        }
        for (name, value) in node.props.iter().filter(|(name, _)| name.starts_with("avro")) {
            draft.parameter(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
        Ok(())
    }

    /// Which default counts: the field's, else the type's own.
    fn default<'d>(&self, draft: &mut Draft, node: &'d Node, of_field: Option<&'d Json>) -> Option<Default<'d>> {
        let own = node.props.get(names::CONNECT_DEFAULT);
        let Some(json) = of_field.filter(|json| defaults::fits(self.avro, node, json)) else {
            return own.map(Default::Connect);
        };
        if self.options.connect_meta_data && !self.options.discard_type_doc_default && own.is_none() {
            draft.parameter(names::PARAMETER_FIELD_DEFAULT, "true");
        }
        Some(Default::Avro(json))
    }

    fn default_value(&self, bare: &Schema, id: NodeId, default: Default<'_>) -> Option<Value<'static>> {
        let value = match default {
            Default::Connect(json) => defaults::of_connect(self.avro, id, bare, json),
            Default::Avro(json) => defaults::of_field(self.avro, id, bare, json, self.options),
        };
        match value {
            Ok(value) => Some(value).filter(|value| !value.is_null()),
            Err(error) => {
                ignored(self.avro.node(id), &error);
                None
            }
        }
    }
}

/// A default in one of two forms of JSON.
enum Default<'d> {
    /// As the property `connect.default` has it.
    Connect(&'d Json),
    /// As Avro has it.
    Avro(&'d Json),
}

fn ignored(node: &Node, error: &Error) {
    log::warn(
        "io.confluent.connect.avro.AvroData",
        &format!("Ignoring invalid default for schema {}: {error}", node.full_name()),
    );
}

/// The other one of two types, of which one is `null` without properties.
pub fn nullable(avro: &AvroSchema, branches: &[NodeId]) -> Option<NodeId> {
    let is_null = |id: NodeId| avro.node(id).kind == Kind::Null && avro.node(id).props.is_empty();
    match branches {
        [null, other] if is_null(*null) && !is_null(*other) => Some(*other),
        [other, null] if is_null(*null) && !is_null(*other) => Some(*other),
        _ => None,
    }
}

fn doc(kind: &Kind) -> Option<&str> {
    match kind {
        Kind::Record(record) => record.doc.as_deref(),
        Kind::Enum(of) => of.doc.as_deref(),
        Kind::Fixed(fixed) => fixed.doc.as_deref(),
        _ => None,
    }
}

fn bytes(node: &Node, logical: &str) -> Result<Draft, Error> {
    let mut draft = Draft::new(Type::Bytes);
    if logical.eq_ignore_ascii_case("decimal") {
        let number = |json: &Json| json.as_i64().or_else(|| json.as_f64().map(|number| number as i64));
        draft = Draft::logical(Type::Bytes, logical::DECIMAL);
        let scale = node.props.get(names::SCALE).and_then(number).unwrap_or(0);
        draft.parameter(logical::SCALE, scale.to_string());
        if let Some(precision) = node.props.get(names::PRECISION) {
            let text = "precision property must be a JSON Integer. https://avro.apache.org/docs/1.9.1/spec.html#Decimal";
            let precision = number(precision).ok_or_else(|| Error::data(text))?;
            if precision != names::DEFAULT_PRECISION {
                draft.parameter(names::PARAMETER_PRECISION, precision.to_string());
            }
        }
    }
    if let Kind::Fixed(fixed) = &node.kind {
        draft.parameter(names::PARAMETER_FIXED_SIZE, fixed.size.to_string());
    }
    Ok(draft)
}

/// `int` is Connect's int8, int16 and int32.
fn int(node: &Node) -> Result<Draft, Error> {
    let Some(logical) = node.text(names::LOGICAL_TYPE) else {
        return match node.text(names::CONNECT_TYPE) {
            None => Ok(Draft::new(Type::Int32)),
            Some("int8") => Ok(Draft::new(Type::Int8)),
            Some("int16") => Ok(Draft::new(Type::Int16)),
            Some(_) => Err(Error::data("Connect type annotation for Avro int field is null")),
        };
    };
    Ok(match logical.to_ascii_lowercase().as_str() {
        "date" => Draft::logical(Type::Int32, logical::DATE),
        "time-millis" => Draft::logical(Type::Int32, logical::TIME),
        _ => Draft::new(Type::Int32),
    })
}

/// The type's own version counts before the subject's.
fn version(draft: &mut Draft, node: &Node, of_subject: Option<i32>) -> Result<(), Error> {
    let version = match node.props.get(names::CONNECT_VERSION) {
        Some(json) => {
            let shown = || json.as_str().map_or_else(|| json.to_string(), str::to_owned);
            let number = json.as_i64().or_else(|| json.as_f64().map(|number| number as i64));
            Some(number.ok_or_else(|| Error::data(format!("Invalid Connect version found: {}", shown())))? as i32)
        }
        None => of_subject,
    };
    let Some(version) = version.filter(|version| *version >= 0) else { return Ok(()) };
    match draft.version {
        Some(known) if known != version => Err(Error::data(format!(
            "Mismatched versions: version already added to SchemaBuilder ({known}) differs from version in source schema ({version})"
        ))),
        _ => {
            draft.version = Some(version);
            Ok(())
        }
    }
}

fn name(draft: &mut Draft, node: &Node) -> Result<(), Error> {
    let name = match node.props.get(names::CONNECT_NAME) {
        Some(Json::String(name)) => Some(name.clone()),
        Some(other) => return Err(Error::data(format!("Invalid schema name: {other}"))),
        None => node.kind.name().map(|name| name.full()),
    };
    let Some(name) = name.filter(|name| !names::is_default_name(name)) else { return Ok(()) };
    match &draft.name {
        Some(known) if *known != name => Err(Error::data(format!(
            "Mismatched names: name already added to SchemaBuilder ({known}) differs from name in source schema ({name})"
        ))),
        _ => {
            draft.name = Some(name);
            Ok(())
        }
    }
}
