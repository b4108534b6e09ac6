//! How payloads under an Avro schema become values of its Connect schema, worked out once a schema.

use caisson_sdk::data::logical::LogicalType;
use caisson_sdk::{Error, Schema, Type};

use crate::names;
use crate::options::Options;
use crate::schema::anything::is_anything;
use crate::schema::{AvroSchema, Kind, NodeId};

use super::schema::nullable;

/// How a value is read.
#[derive(Debug)]
pub struct Plan {
    /// Its Connect schema; none: it has none.
    pub schema: Option<Schema>,
    /// Its logical type, by the schema's name.
    pub logical: Option<LogicalType>,
    /// What stands in the payload.
    pub step: Step,
}

/// What stands in the payload.
#[derive(Debug)]
pub enum Step {
    /// Nothing.
    Null,
    /// One byte.
    Boolean,
    /// A whole number that fits the schema's type.
    Int8,
    /// See [`Step::Int8`].
    Int16,
    /// See [`Step::Int8`].
    Int32,
    /// See [`Step::Int8`].
    Int64,
    /// Four bytes.
    Float32,
    /// Eight bytes.
    Float64,
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
    /// The fields, one after the other.
    Struct(Vec<Plan>),
    /// A record of that name, which contains itself deeper than the schema goes.
    Cut(String),
    /// The number of one of two, of which this one is null.
    Optional {
        /// The number of `null`.
        null: usize,
        /// The other.
        plan: Box<Plan>,
    },
    /// The number of one of these.
    Union(Vec<Branch>),
    /// A value without a schema.
    Anything,
}

/// One of a union's types.
#[derive(Debug)]
pub enum Branch {
    /// No value.
    Null,
    /// A value of one of the struct's fields.
    Member {
        /// How it is read.
        plan: Plan,
        /// Where it goes.
        field: Field,
    },
}

/// The field of a union's struct that holds a value.
#[derive(Debug)]
pub enum Field {
    /// That one.
    At(usize),
    /// The first of these that takes bytes of that length; any length where none is said.
    ByLength(Vec<(usize, Option<usize>)>),
    /// There is none.
    Missing(Error),
}

/// Works out plans.
pub struct Planner<'s> {
    /// The Avro schema.
    pub avro: &'s AvroSchema,
    /// The settings.
    pub options: Options,
}

impl Planner<'_> {
    /// How values of a type become values of that Connect schema, which was made of the type.
    pub fn plan(&self, id: NodeId, schema: Option<&Schema>) -> Result<Plan, Error> {
        let Some(schema) = schema else {
            return match is_anything(self.avro, id) {
                false if self.avro.node(id).kind == Kind::Null => Ok(Plan { schema: None, logical: None, step: Step::Null }),
                true => Ok(Plan { schema: None, logical: None, step: Step::Anything }),
                false => Err(Error::data("Invalid Avro data for schemaless Connect data")),
            };
        };
        let step = self.step(id, schema)?;
        let logical = LogicalType::of(schema).filter(|_| !matches!(step, Step::Optional { .. } | Step::Union(_)));
        if let Some(logical) = logical {
            check_logical(logical, &step)?;
        }
        Ok(Plan { schema: Some(schema.clone()), logical, step })
    }

    fn step(&self, id: NodeId, schema: &Schema) -> Result<Step, Error> {
        let node = self.avro.node(id);
        Ok(match &node.kind {
            Kind::Null => return Err(Error::data("Standalone null schemas are not supported by this converter")),
            Kind::Boolean => Step::Boolean,
            Kind::Int if schema.type_() == Type::Int8 => Step::Int8,
            Kind::Int if schema.type_() == Type::Int16 => Step::Int16,
            Kind::Int => Step::Int32,
            Kind::Long => Step::Int64,
            Kind::Float => Step::Float32,
            Kind::Double => Step::Float64,
            Kind::Bytes => Step::Bytes,
            Kind::Fixed(fixed) => Step::Fixed(fixed.size),
            Kind::String => Step::String,
            Kind::Enum(of) => Step::Enum(of.symbols.clone()),
            Kind::Array(items) if schema.type_() == Type::Map => self.entries(*items, schema)?,
            Kind::Array(items) => Step::Array(Box::new(self.plan(*items, schema.value_schema())?)),
            Kind::Map(values) => Step::Map(Box::new(self.plan(*values, schema.value_schema())?)),
            Kind::Record(record) if schema.fields().is_empty() && !record.fields.is_empty() => Step::Cut(node.full_name()),
            Kind::Record(record) => {
                let fields = record.fields.iter().zip(schema.fields());
                let plans: Result<_, Error> = fields.map(|(field, place)| self.plan(field.node, Some(&place.schema))).collect();
                Step::Struct(plans?)
            }
            Kind::Union(branches) => match nullable(self.avro, branches) {
                Some(other) => {
                    let null = usize::from(branches.first() == Some(&other));
                    Step::Optional { null, plan: Box::new(self.plan(other, Some(schema))?) }
                }
                None => Step::Union(self.union(branches, schema)?),
            },
        })
    }

    fn entries(&self, items: NodeId, schema: &Schema) -> Result<Step, Error> {
        let Kind::Record(record) = &self.avro.node(items).kind else {
            return Err(Error::data("Found map encoded as array of something else than records"));
        };
        match record.fields.as_slice() {
            [key, value] if key.name == names::KEY && value.name == names::VALUE => {
                let plans = (self.plan(key.node, schema.key_schema())?, self.plan(value.node, schema.value_schema())?);
                Ok(Step::Entries(Box::new(plans)))
            }
            _ => Err(Error::data("the record of a map's entries has its key before its value")),
        }
    }

    fn union(&self, branches: &[NodeId], schema: &Schema) -> Result<Vec<Branch>, Error> {
        let mut planned = Vec::new();
        let mut index = 0;
        for id in branches {
            if self.avro.node(*id).kind == Kind::Null {
                planned.push(Branch::Null);
                continue;
            }
            let Some(place) = schema.fields().get(index) else {
                return Err(Error::data("Did not find matching union field for data"));
            };
            planned.push(Branch::Member { plan: self.plan(*id, Some(&place.schema))?, field: self.member(*id, index, schema) });
            index += 1;
        }
        Ok(planned)
    }

    /// The field that Java finds for a value of the `index`-th type. It goes by the value's class, so bytes and fixed may be taken for
    /// one another, and there is no field for int8, int16 and maps with other keys than text.
    fn member(&self, id: NodeId, index: usize, schema: &Schema) -> Field {
        let missing = || Field::Missing(Error::data("Did not find matching union field for data"));
        let Some(place) = schema.fields().get(index) else { return missing() };
        match (&self.avro.node(id).kind, place.schema.type_()) {
            (Kind::Int, Type::Int8 | Type::Int16) | (Kind::Array(_), Type::Map) => return missing(),
            (Kind::Bytes, _) => {
                let fields = schema.fields().iter().enumerate().filter(|(_, field)| field.schema.type_() == Type::Bytes);
                return Field::ByLength(fields.map(|(index, field)| (index, fixed_size(&field.schema))).collect());
            }
            (Kind::Fixed(_), _) => {
                // A field of plain bytes takes every fixed.
                let plain = schema
                    .fields()
                    .iter()
                    .position(|field| field.schema.type_() == Type::Bytes && !names::is_fixed(&field.schema));
                return Field::At(plain.filter(|plain| *plain < index).unwrap_or(index));
            }
            _ => {}
        }
        match self.options.member_of_schema(&place.schema, index) {
            Some(name) if name != place.name && !self.options.generalized_sum_types => {
                Field::Missing(Error::data(format!("{name} is not a valid field name")))
            }
            _ => Field::At(index),
        }
    }
}

fn fixed_size(schema: &Schema) -> Option<usize> {
    schema.parameter(names::PARAMETER_FIXED_SIZE).filter(|_| names::is_fixed(schema))?.parse().ok()
}

/// A name may make a logical type of what none can be made of.
fn check_logical(logical: LogicalType, step: &Step) -> Result<(), Error> {
    let (word, wanted, right) = match logical {
        LogicalType::Decimal => ("Decimal", "bytes", matches!(step, Step::Bytes | Step::Fixed(_))),
        LogicalType::Date => ("Date", "int32", matches!(step, Step::Int32)),
        LogicalType::Time => ("Time", "int32", matches!(step, Step::Int32)),
        LogicalType::Timestamp => ("Timestamp", "int64", matches!(step, Step::Int64)),
    };
    match right {
        true => Ok(()),
        false => Err(Error::data(format!("Invalid type for {word}, underlying representation should be {wanted}"))),
    }
}
