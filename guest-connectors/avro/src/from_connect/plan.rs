//! How values of a Connect schema become payloads under an Avro schema, worked out once for a pair of them. The Avro schema may be
//! another than the one that was made of the Connect schema: fields are found by name.

use caisson_sdk::data::logical::LogicalType;
use caisson_sdk::{Error, Schema, Type};
use serde_json::Value as Json;

use crate::names;
use crate::options::Options;
use crate::schema::anything::is_anything;
use crate::schema::{AvroSchema, Kind, NodeId};

use super::schema::is_text_map;

/// How a value is written.
#[derive(Debug)]
pub struct Plan {
    /// Its Connect schema; none: it has none.
    pub schema: Option<Schema>,
    /// Its logical type, by the schema's name.
    pub logical: Option<LogicalType>,
    /// In a union: the numbers of `null`, if the union has it, and of the value's type.
    pub union: Option<(Option<usize>, usize)>,
    /// What is written.
    pub step: Step,
}

/// What is written.
#[derive(Debug)]
pub enum Step {
    /// One byte.
    Boolean,
    /// A whole number.
    Whole,
    /// Four bytes.
    Float,
    /// Eight bytes.
    Double,
    /// Bytes behind their length.
    Bytes,
    /// So many bytes.
    Fixed(usize),
    /// Text behind its length.
    String,
    /// The number of one of these.
    Enum(Vec<String>),
    /// Blocks of items.
    Array(Box<Plan>),
    /// Blocks of text and value.
    Map(Box<Plan>),
    /// Blocks of records of a key and a value.
    Entries(Box<(Plan, Plan)>),
    /// The fields of the record, one after the other.
    Record(Vec<Part>),
    /// Nothing: values are refused.
    Refused(Error),
    /// The first field of a struct that is not null.
    Union(Vec<Plan>),
    /// A value without a schema.
    Anything,
}

/// What a field of a record is made of.
#[derive(Debug)]
pub enum Part {
    /// A field of the struct.
    Field {
        /// Its place in the struct.
        index: usize,
        /// How it is written.
        plan: Plan,
    },
    /// The record's own default, which the struct has no field for.
    Default(Vec<u8>),
}

/// Works out plans.
pub struct Planner<'s> {
    /// The Avro schema.
    pub avro: &'s AvroSchema,
    /// The settings.
    pub options: Options,
}

impl Planner<'_> {
    /// How values of that Connect schema are written under a type. `DataException` when they cannot.
    pub fn plan(&self, schema: Option<&Schema>, id: NodeId) -> Result<Plan, Error> {
        let node = self.avro.node(id);
        let Some(schema) = schema else {
            return match is_anything(self.avro, id) {
                true => Ok(Plan { schema: None, logical: None, union: None, step: Step::Anything }),
                false => Err(Error::data(format!("a value without schema cannot be written as {}", node.full_name()))),
            };
        };
        let (union, step) = match &node.kind {
            Kind::Union(branches) if is_union(schema) => (null_of(self.avro, branches), self.members(schema, branches)?),
            Kind::Union(branches) => {
                let null = branches.iter().position(|branch| self.avro.node(*branch).kind == Kind::Null);
                let (index, step) = self.branch(schema, branches)?;
                (Some((null, index)), step)
            }
            _ => (None, self.step(schema, id)?),
        };
        let logical = LogicalType::of(schema).filter(|_| !matches!(step, Step::Union(_)));
        Ok(Plan { schema: Some(schema.clone()), logical, union, step })
    }

    /// The type of a union that a value goes under: the one of its name, else the first that can hold it.
    fn branch(&self, schema: &Schema, branches: &[NodeId]) -> Result<(usize, Step), Error> {
        let name = schema.name().map(|name| self.options.scrubbed_name(name).full());
        let marked = schema.parameter(self.options.enum_parameter());
        let is_named = |id: NodeId| {
            let own = self.avro.node(id).kind.name().map(|name| name.full());
            own.is_some() && (own == name || own.as_deref() == marked)
        };
        let mut candidates: Vec<(usize, NodeId)> = branches.iter().copied().enumerate().collect();
        candidates.sort_by_key(|(_, id)| !is_named(*id));
        let mut refused = None;
        for (index, id) in candidates {
            if self.avro.node(id).kind == Kind::Null {
                continue;
            }
            match self.step(schema, id) {
                Ok(step) => return Ok((index, step)),
                Err(error) => refused.get_or_insert(error),
            };
        }
        Err(refused.unwrap_or_else(|| Error::data("a union of null alone holds no value")))
    }

    fn members(&self, schema: &Schema, branches: &[NodeId]) -> Result<Step, Error> {
        let mut plans = Vec::new();
        for field in schema.fields() {
            let named = branches.iter().enumerate();
            let named = named.map(|(index, id)| (self.options.member_of_type(self.avro.node(*id), index), index, *id));
            let found = named.into_iter().find(|(name, ..)| *name == field.name);
            let (index, step) = match found {
                Some((_, index, id)) => (index, self.step(&field.schema, id)?),
                None => self.branch(&field.schema, branches)?,
            };
            let logical = LogicalType::of(&field.schema);
            plans.push(Plan { schema: Some(field.schema.clone()), logical, union: Some((None, index)), step });
        }
        Ok(Step::Union(plans))
    }

    fn step(&self, schema: &Schema, id: NodeId) -> Result<Step, Error> {
        let node = self.avro.node(id);
        let mismatch = || Error::data(format!("{schema} cannot be written as {}", node.full_name()));
        Ok(match (schema.type_(), &node.kind) {
            (Type::Boolean, Kind::Boolean) => Step::Boolean,
            (Type::Int8 | Type::Int16 | Type::Int32, Kind::Int | Kind::Long) | (Type::Int64, Kind::Long) => Step::Whole,
            (Type::Float32, Kind::Float) => Step::Float,
            (Type::Float32 | Type::Float64, Kind::Double) => Step::Double,
            (Type::Bytes, Kind::Bytes) => Step::Bytes,
            (Type::Bytes, Kind::Fixed(fixed)) => Step::Fixed(fixed.size),
            (Type::String, Kind::String) => Step::String,
            (Type::String, Kind::Enum(of)) => Step::Enum(of.symbols.clone()),
            (Type::Array, Kind::Array(items)) => Step::Array(Box::new(self.plan(schema.value_schema(), *items)?)),
            (Type::Map, Kind::Map(values)) if is_text_map(schema, self.options) => {
                Step::Map(Box::new(self.plan(schema.value_schema(), *values)?))
            }
            (Type::Map, Kind::Array(items)) => self.entries(schema, *items)?,
            (Type::Struct, Kind::Record(_)) if !is_union(schema) => match self.parts(schema, id) {
                // A record that contains itself ends in such a struct, of which there is no value.
                Err(error) if schema.fields().is_empty() => Step::Refused(error),
                parts => Step::Record(parts?),
            },
            _ => return Err(mismatch()),
        })
    }

    fn entries(&self, schema: &Schema, items: NodeId) -> Result<Step, Error> {
        let Kind::Record(record) = &self.avro.node(items).kind else {
            return Err(Error::data(format!(
                "the entries of {schema} cannot be written as {}",
                self.avro.node(items).full_name()
            )));
        };
        match record.fields.as_slice() {
            [key, value] if key.name == names::KEY && value.name == names::VALUE => {
                let plans = (self.plan(schema.key_schema(), key.node)?, self.plan(schema.value_schema(), value.node)?);
                Ok(Step::Entries(Box::new(plans)))
            }
            _ => Err(Error::data(format!("{} has not the fields of a map's entry", record.name.full()))),
        }
    }

    fn parts(&self, schema: &Schema, id: NodeId) -> Result<Vec<Part>, Error> {
        let Kind::Record(record) = &self.avro.node(id).kind else { return Ok(Vec::new()) };
        let names: Vec<String> = schema.fields().iter().map(|field| self.options.scrubbed(&field.name)).collect();
        let mut parts = Vec::new();
        for field in &record.fields {
            let found = names.iter().position(|name| *name == field.name);
            parts.push(match found.and_then(|index| Some((index, schema.fields().get(index)?))) {
                Some((index, place)) => Part::Field { index, plan: self.plan(Some(&place.schema), field.node)? },
                None => {
                    let missing = || Error::data(format!("{schema} has no field {} for {}", field.name, record.name.full()));
                    let default = field.default.as_ref().ok_or_else(missing)?;
                    let mut bytes = Vec::new();
                    self.write_default(field.node, default, &mut bytes).ok_or_else(|| {
                        Error::data(format!("the default of field {} of {} is none of its type", field.name, record.name.full()))
                    })?;
                    Part::Default(bytes)
                }
            });
        }
        Ok(parts)
    }

    /// A default in Avro's JSON as Avro; none: it is none of that type. That of a union is of its first type.
    fn write_default(&self, id: NodeId, json: &Json, out: &mut Vec<u8>) -> Option<()> {
        let bytes = |json: &Json| json.as_str()?.chars().map(|letter| u8::try_from(letter).ok()).collect::<Option<Vec<u8>>>();
        match &self.avro.node(id).kind {
            Kind::Null if json.is_null() => {}
            Kind::Boolean => out.push(u8::from(json.as_bool()?)),
            Kind::Int | Kind::Long => super::write::long(out, json.as_i64()?),
            Kind::Float => out.extend_from_slice(&(json.as_f64()? as f32).to_le_bytes()),
            Kind::Double => out.extend_from_slice(&json.as_f64()?.to_le_bytes()),
            Kind::String => super::write::bytes(out, json.as_str()?.as_bytes()),
            Kind::Bytes => super::write::bytes(out, &bytes(json)?),
            Kind::Fixed(fixed) => out.extend_from_slice(&bytes(json).filter(|bytes| bytes.len() == fixed.size)?),
            Kind::Enum(of) => {
                let index = of.symbols.iter().position(|symbol| Some(symbol.as_str()) == json.as_str())?;
                super::write::long(out, i64::try_from(index).ok()?);
            }
            Kind::Union(branches) => {
                super::write::long(out, 0);
                self.write_default(*branches.first()?, json, out)?;
            }
            Kind::Array(items) => {
                let list = json.as_array()?;
                super::write::count(out, list.len());
                list.iter().try_for_each(|item| self.write_default(*items, item, out))?;
                super::write::end(out);
            }
            Kind::Map(values) => {
                let members = json.as_object()?;
                super::write::count(out, members.len());
                for (name, member) in members {
                    super::write::bytes(out, name.as_bytes());
                    self.write_default(*values, member, out)?;
                }
                super::write::end(out);
            }
            Kind::Record(record) => {
                let members = json.as_object()?;
                for field in &record.fields {
                    self.write_default(field.node, members.get(&field.name).or(field.default.as_ref())?, out)?;
                }
            }
            Kind::Null => return None,
        }
        Some(())
    }
}

fn is_union(schema: &Schema) -> bool {
    schema.type_() == Type::Struct && names::is_union(schema)
}

/// The number of `null`; that of a value's type is with its field.
fn null_of(avro: &AvroSchema, branches: &[NodeId]) -> Option<(Option<usize>, usize)> {
    Some((branches.iter().position(|branch| avro.node(*branch).kind == Kind::Null), 0))
}
