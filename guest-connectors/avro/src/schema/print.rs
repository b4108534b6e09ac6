//! Schemas as JSON, in the form of Avro's Java library: a named type is defined where it first stands and named thereafter.

use std::collections::HashMap;

use caisson_sdk::Error;
use serde_json::{Map, Value as Json, json};

use super::parse::mistake;
use super::{AvroSchema, Kind, Name, NodeId, Record};

impl AvroSchema {
    /// The schema's JSON. `SchemaParseException` for two types of one name.
    pub fn to_json(&self) -> Result<Json, Error> {
        Printer { schema: self, names: HashMap::new() }.print(self.root, None)
    }
}

struct Printer<'s> {
    schema: &'s AvroSchema,
    names: HashMap<String, NodeId>,
}

impl Printer<'_> {
    fn print(&mut self, id: NodeId, space: Option<&str>) -> Result<Json, Error> {
        let node = self.schema.node(id);
        if let Some(name) = node.kind.name() {
            match self.names.get(&name.full()) {
                Some(known) if self.schema.is_same(*known, id) => return Ok(Json::String(within(name, space))),
                Some(_) => return Err(mistake(format!("Can't redefine: {}", name.full()))),
                None => self.names.insert(name.full(), id),
            };
        }
        let mut members = Map::new();
        members.insert("type".into(), node.kind.type_name().into());
        match &node.kind {
            Kind::Union(branches) => {
                let printed: Result<Vec<Json>, Error> = branches.iter().map(|branch| self.print(*branch, space)).collect();
                return Ok(Json::Array(printed?));
            }
            Kind::Array(items) => {
                members.insert("items".into(), self.print(*items, space)?);
            }
            Kind::Map(values) => {
                members.insert("values".into(), self.print(*values, space)?);
            }
            Kind::Record(record) => self.record(record, &mut members, space)?,
            Kind::Enum(of) => {
                name(&mut members, &of.name, of.doc.as_deref(), space);
                members.insert("symbols".into(), json!(of.symbols));
                if let Some(default) = &of.default {
                    members.insert("default".into(), default.as_str().into());
                }
            }
            Kind::Fixed(fixed) => {
                name(&mut members, &fixed.name, fixed.doc.as_deref(), space);
                members.insert("size".into(), fixed.size.into());
            }
            _ if node.props.is_empty() => return Ok(node.kind.type_name().into()),
            _ => {}
        }
        members.extend(node.props.clone());
        Ok(Json::Object(members))
    }

    fn record(&mut self, record: &Record, members: &mut Map<String, Json>, space: Option<&str>) -> Result<(), Error> {
        name(members, &record.name, record.doc.as_deref(), space);
        let mut fields = Vec::new();
        for field in &record.fields {
            let mut printed = Map::new();
            printed.insert("name".into(), field.name.as_str().into());
            printed.insert("type".into(), self.print(field.node, record.name.namespace.as_deref())?);
            if let Some(doc) = &field.doc {
                printed.insert("doc".into(), doc.as_str().into());
            }
            if let Some(default) = &field.default {
                printed.insert("default".into(), default.clone());
            }
            fields.push(Json::Object(printed));
        }
        members.insert("fields".into(), Json::Array(fields));
        Ok(())
    }
}

/// Name and namespace, this only where it is not that around.
fn name(members: &mut Map<String, Json>, name: &Name, doc: Option<&str>, space: Option<&str>) {
    members.insert("name".into(), name.simple.as_str().into());
    match name.namespace.as_deref() {
        Some(own) if Some(own) != space => {
            members.insert("namespace".into(), own.into());
        }
        None if space.is_some() => {
            members.insert("namespace".into(), "".into());
        }
        _ => {}
    }
    if let Some(doc) = doc {
        members.insert("doc".into(), doc.into());
    }
}

fn within(name: &Name, space: Option<&str>) -> String {
    match name.namespace.as_deref() == space {
        true => name.simple.clone(),
        false => name.full(),
    }
}
