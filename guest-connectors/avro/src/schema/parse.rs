//! Schemas from their JSON, as Avro's Java library reads them.

use std::collections::HashMap;

use caisson_sdk::Error;
use serde_json::{Map, Value as Json};

use super::{AvroSchema, Enum, Field, Fixed, Kind, Name, Node, NodeId, Record};

/// Members of a definition that are no properties.
const RESERVED: [&str; 10] = ["doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"];

impl AvroSchema {
    /// Reads a schema. `referred` are those whose names it uses, each before those that use it. `SchemaParseException` names what is wrong.
    pub fn parse(text: &str, referred: &[&str]) -> Result<Self, Error> {
        let mut parser = Parser { schema: AvroSchema::empty(), names: HashMap::new() };
        for text in referred {
            parser.text(text)?;
        }
        let root = parser.text(text)?;
        parser.schema.set_root(root);
        Ok(parser.schema)
    }
}

/// What Avro's library throws for a schema.
pub fn mistake(message: impl Into<String>) -> Error {
    Error::data(message).with_class("org.apache.avro.SchemaParseException")
}

/// A name as Java's library takes it: letters, digits and underscores.
pub fn check_name(name: &str) -> Result<(), Error> {
    let mut letters = name.chars();
    let Some(first) = letters.next() else { return Err(mistake("Empty name")) };
    if !(first.is_alphabetic() || first == '_') {
        return Err(mistake(format!("Illegal initial character: {name}")));
    }
    match letters.all(|letter| letter.is_alphanumeric() || letter == '_') {
        true => Ok(()),
        false => Err(mistake(format!("Illegal character in: {name}"))),
    }
}

struct Parser {
    schema: AvroSchema,
    names: HashMap<String, NodeId>,
}

impl Parser {
    fn text(&mut self, text: &str) -> Result<NodeId, Error> {
        let json: Json = serde_json::from_str(text).map_err(|error| mistake(format!("Cannot parse <null> schema: {error}")))?;
        self.read(&json, None)
    }

    /// `space`: the namespace around it.
    fn read(&mut self, json: &Json, space: Option<&str>) -> Result<NodeId, Error> {
        match json {
            Json::String(name) => self.named(name, space),
            Json::Object(members) => self.definition(members, space),
            Json::Array(branches) => {
                let mut read = Vec::new();
                for branch in branches {
                    read.push(self.read(branch, space)?);
                }
                Ok(self.schema.add(Node::new(Kind::Union(read))))
            }
            other => Err(mistake(format!("Schema not yet supported: {other}"))),
        }
    }

    /// A primitive type, or one that was defined before.
    fn named(&mut self, name: &str, space: Option<&str>) -> Result<NodeId, Error> {
        if let Some(kind) = primitive(name) {
            return Ok(self.schema.add(Node::new(kind)));
        }
        let near = space.filter(|_| !name.contains('.')).map(|space| format!("{space}.{name}"));
        let found = near.and_then(|full| self.names.get(&full)).or_else(|| self.names.get(name));
        found.copied().ok_or_else(|| mistake(format!("\"{name}\" is not a defined name.")))
    }

    fn definition(&mut self, members: &Map<String, Json>, space: Option<&str>) -> Result<NodeId, Error> {
        let type_ = members.get("type").and_then(Json::as_str).ok_or_else(|| mistake("No type"))?;
        let required = |name: &str| members.get(name).ok_or_else(|| mistake(format!("No {name} in the {type_}")));
        let kind = match type_ {
            "record" | "error" => return self.record(members, space),
            "enum" => Kind::Enum(read_enum(members, space)?),
            "fixed" => Kind::Fixed(Fixed {
                name: name_of(members, space)?,
                doc: text_of(members, "doc"),
                size: required("size")?
                    .as_u64()
                    .and_then(|size| usize::try_from(size).ok())
                    .ok_or_else(|| mistake("Invalid or no size"))?,
            }),
            "array" => Kind::Array(self.read(required("items")?, space)?),
            "map" => Kind::Map(self.read(required("values")?, space)?),
            other => match primitive(other) {
                Some(kind) => kind,
                None => return self.named(other, space),
            },
        };
        let name = kind.name().map(Name::full);
        let id = self.schema.add(Node { props: props(members, &kind), kind });
        if let Some(name) = name {
            self.define(name, id)?;
        }
        Ok(id)
    }

    /// Its name is known inside: a record may contain itself.
    fn record(&mut self, members: &Map<String, Json>, space: Option<&str>) -> Result<NodeId, Error> {
        let name = name_of(members, space)?;
        let inner = name.namespace.clone().filter(|space| !space.is_empty());
        let id = self.schema.add(Node::new(Kind::Null));
        self.define(name.full(), id)?;
        let mut fields: Vec<Field> = Vec::new();
        let list = members.get("fields").and_then(Json::as_array).ok_or_else(|| mistake("Record has no fields"))?;
        for json in list {
            let field = json.get("name").and_then(Json::as_str).ok_or_else(|| mistake("No field name"))?;
            check_name(field)?;
            if fields.iter().any(|known| known.name == field) {
                return Err(mistake(format!("Duplicate field {field} in record {}", name.full())));
            }
            let type_ = json.get("type").ok_or_else(|| mistake(format!("No field type: {field}")))?;
            let node = self.read(type_, inner.as_deref())?;
            let doc = json.get("doc").and_then(Json::as_str).map(str::to_owned);
            fields.push(Field { name: field.to_owned(), node, doc, default: json.get("default").cloned() });
        }
        let kind = Kind::Record(Record { name, doc: text_of(members, "doc"), fields });
        self.schema.set(id, Node { props: props(members, &kind), kind });
        Ok(id)
    }

    fn define(&mut self, name: String, id: NodeId) -> Result<(), Error> {
        if self.names.contains_key(&name) {
            return Err(mistake(format!("Can't redefine: {name}")));
        }
        self.names.insert(name, id);
        Ok(())
    }
}

fn primitive(name: &str) -> Option<Kind> {
    Some(match name {
        "null" => Kind::Null,
        "boolean" => Kind::Boolean,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "float" => Kind::Float,
        "double" => Kind::Double,
        "bytes" => Kind::Bytes,
        "string" => Kind::String,
        _ => return None,
    })
}

fn read_enum(members: &Map<String, Json>, space: Option<&str>) -> Result<Enum, Error> {
    let name = name_of(members, space)?;
    let mut symbols: Vec<String> = Vec::new();
    for symbol in members.get("symbols").and_then(Json::as_array).ok_or_else(|| mistake("Enum has no symbols"))? {
        let symbol = symbol.as_str().ok_or_else(|| mistake("Enum has a symbol that is no text"))?;
        check_name(symbol)?;
        if symbols.iter().any(|known| known == symbol) {
            return Err(mistake(format!("Duplicate enum symbol: {symbol}")));
        }
        symbols.push(symbol.to_owned());
    }
    Ok(Enum { name, doc: text_of(members, "doc"), symbols, default: text_of(members, "default") })
}

fn name_of(members: &Map<String, Json>, space: Option<&str>) -> Result<Name, Error> {
    let name = members.get("name").and_then(Json::as_str).ok_or_else(|| mistake("No name in schema"))?;
    let name = match name.contains('.') {
        true => Name::of(name),
        false => {
            let own = text_of(members, "namespace");
            Name { namespace: own.or_else(|| space.map(str::to_owned)), simple: name.to_owned() }
        }
    };
    check_name(&name.simple)?;
    Ok(name)
}

fn text_of(members: &Map<String, Json>, name: &str) -> Option<String> {
    members.get(name).and_then(Json::as_str).map(str::to_owned)
}

fn props(members: &Map<String, Json>, kind: &Kind) -> Map<String, Json> {
    let own = |name: &str| RESERVED.contains(&name) || (name == "default" && matches!(kind, Kind::Enum(_)));
    members.iter().filter(|(name, _)| !own(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}
