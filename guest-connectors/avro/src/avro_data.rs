//! Values between Connect and Avro, the schemas' part of it worked out once (Confluent: `AvroData`).

use caisson_sdk::data::value_writer::ValueWriter;
use caisson_sdk::{Datum, Error, Schema, Value};

use crate::from_connect;
use crate::options::Options;
use crate::schema::anything::is_anything;
use crate::schema::{AvroSchema, Kind};
use crate::to_connect;
use crate::to_connect::payload::Payload;

/// A Connect schema as Avro.
#[derive(Debug)]
pub struct Writing {
    /// The Avro schema.
    pub avro: AvroSchema,
    /// It, as a registry has it.
    pub text: String,
    /// How values are written.
    pub plan: from_connect::plan::Plan,
}

/// An Avro schema as Connect.
#[derive(Debug)]
pub struct Reading {
    /// None: the values have no schema.
    pub schema: Option<Schema>,
    /// How values are read.
    pub plan: to_connect::plan::Plan,
    /// How often records are followed into themselves.
    pub depth: usize,
}

impl Writing {
    /// Of values of that Connect schema; none: of values without one. `SchemaParseException` and `DataException` for what Avro cannot say.
    pub fn new(schema: Option<&Schema>, options: Options) -> Result<Self, Error> {
        let avro = from_connect::schema::avro_schema(schema, options)?;
        let text = avro.to_json()?.to_string();
        let plan = from_connect::plan::Planner { avro: &avro, options }.plan(schema, avro.root())?;
        Ok(Self { avro, text, plan })
    }

    /// Appends a value. `DataException` for one that is none of the schema.
    pub fn write(&self, out: &mut Vec<u8>, value: &Value<'_>, options: Options) -> Result<(), Error> {
        from_connect::write::write(out, &self.plan, value, options)
    }
}

impl Reading {
    /// Of payloads under that Avro schema. `version` is that of the subject; `unions` counts generalized unions. `DataException` for what
    /// Connect cannot say.
    pub fn new(avro: &AvroSchema, version: Option<i32>, options: Options, unions: &mut usize) -> Result<Self, Error> {
        Self::following(avro, version, options, unions, 0)
    }

    /// The same; records that contain themselves are followed `depth` times.
    pub fn following(
        avro: &AvroSchema,
        version: Option<i32>,
        options: Options,
        unions: &mut usize,
        depth: usize,
    ) -> Result<Self, Error> {
        // A payload of null has no schema either, so it matters not that Connect has none for it.
        let schemaless = is_anything(avro, avro.root()) || avro.node(avro.root()).kind == Kind::Null;
        let schema = match schemaless {
            true => None,
            false => Some(to_connect::schema::ToConnect::new(avro, options, depth, unions).root(version)?),
        };
        let plan = to_connect::plan::Planner { avro, options }.plan(avro.root(), schema.as_ref())?;
        Ok(Self { schema, plan, depth })
    }

    /// Writes the value of a payload in the form it has in a batch. None: it has no schema, or is one for [`Reading::read`], which makes
    /// the same of it, or an error.
    pub fn transcode(&self, payload: &[u8], out: &mut ValueWriter<'_>) -> Option<Schema> {
        let schema = self.schema.clone()?;
        to_connect::transcode::root(&mut Payload::new(payload), &self.plan, out)?;
        Some(schema)
    }

    /// The value of a payload. No value has no schema either. `SerializationException` for malformed bytes; a `DataException` with the
    /// option [`to_connect::read::DEEPER`] for a record that contains itself deeper than it is followed.
    pub fn read<'b>(&self, payload: &'b [u8]) -> Result<Datum<'b>, Error> {
        let value = to_connect::read::read(&mut Payload::new(payload), &self.plan)?;
        if value.is_null() && self.schema.is_some() {
            return Ok(Datum::NULL);
        }
        Ok(Datum { schema: self.schema.clone(), value })
    }
}
