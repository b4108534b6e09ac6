//! `JsonSchemaConverter`: JSON with JSON Schemas in a registry.

use std::borrow::Cow;
use std::rc::Rc;

use caisson_converters::json::node::Node;
use caisson_converters::json::reader::{Kind, Reader as JsonReader};
use caisson_registry_serde::by_schema::BySchema;
use caisson_registry_serde::reader_schemas::ReaderSchemas;
use caisson_registry_serde::readings::{Reader, Readings};
use caisson_registry_serde::subject_name::SubjectNames;
use caisson_registry_serde::writer_schemas::{Choice, WriterSchemas};
use caisson_registry_serde::{failure, keys, wire_format};
use caisson_sdk::data::value_writer::ValueWriter;
use caisson_sdk::schema_registry::{Definition, Registered, SchemaRegistry};
use caisson_sdk::{Config, Converter, Datum, Error, PluginInfo, Schema, Value};
use serde_json::Value as Json;

use crate::connect_schema::{self, Converted};
use crate::document::{Document, Reference};
use crate::options::Options;
use crate::to_connect::Failure;
use crate::validator::Validator;
use crate::{config, definition_text, from_connect, to_connect, transcode};

/// The registry's word for schemas of this language.
const TYPE: &str = "JSON";
/// How often an object may contain itself in one record.
const MOST_DEPTH: usize = 32;

/// Confluent's `io.confluent.connect.json.JsonSchemaConverter`.
#[derive(Debug)]
pub struct JsonSchemaConverter {
    options: Options,
    /// `json.fail.invalid.schema`.
    validates: bool,
    names: SubjectNames,
    writers: WriterSchemas,
    readers: ReaderSchemas,
    capacity: usize,
    written: BySchema<Written>,
    /// By schema id.
    read: Readings<i32, Reading>,
    /// How long the last payload was: the room made for the next.
    last_length: usize,
}

/// A schema that values are written of.
#[derive(Debug)]
struct Written {
    definition: Definition,
    /// What the schema that a subject has is.
    chosen: Vec<(String, Chosen)>,
}

/// A schema of the registry that values are written under.
#[derive(Debug, Clone)]
struct Chosen {
    id: i32,
    /// What values have to be valid under.
    validator: Option<Rc<Validator>>,
}

/// A schema of the registry that values are read of.
#[derive(Debug)]
struct Reading {
    document: Document,
    version: Option<i32>,
    depth: usize,
    converted: Converted,
    validator: Option<Validator>,
}

impl JsonSchemaConverter {
    fn new(config: &Config, is_key: bool) -> Result<Self, Error> {
        let registry = Rc::new(SchemaRegistry::open(config)?);
        let capacity = usize::try_from(config.int(keys::SCHEMAS_CACHE_CONFIG)?).unwrap_or(0).max(1);
        Ok(Self {
            options: config::options(config)?,
            validates: config.boolean(config::FAIL_INVALID_SCHEMA)?,
            names: SubjectNames::new(config, is_key)?,
            writers: WriterSchemas::new(Rc::clone(&registry), config)?,
            readers: ReaderSchemas::new(registry, config, capacity)?,
            capacity,
            written: BySchema::new(capacity),
            read: Readings::new(capacity),
            last_length: 0,
        })
    }

    fn write(&mut self, topic: &str, datum: &Datum<'_>) -> Result<Option<Vec<u8>>, Error> {
        let context = || format!("Converting Kafka Connect data to byte[] failed due to serialization error of topic {topic}:");
        let schema = match &datum.schema {
            None if datum.value.is_null() => return Ok(None),
            None => {
                let context = context();
                let text =
                    format!("{context} the value has no schema, and JsonSchemaConverter writes only values that have one.");
                return Err(Error::data(text));
            }
            Some(schema) => schema,
        };
        let default = schema.default_value().filter(|_| !self.options.ignore_default_for_nullables);
        if datum.value.is_null() && !schema.is_optional() && default.is_none() {
            return Ok(None);
        }
        let place = match self.written.place(schema) {
            Some(place) => place,
            None => self.written.add(schema, Written::new(schema, &self.options)?),
        };
        let Some(written) = self.written.at(place) else { return Ok(None) };
        let subject = self.names.subject(topic, schema.name()).map_err(|error| failure::of(&context(), &error))?;
        let known = written.chosen.iter().find(|(known, _)| *known == subject).filter(|_| self.writers.is_lasting());
        let chosen = match known {
            Some((_, chosen)) => chosen.clone(),
            None => {
                let chosen = written.choose(&mut self.writers, &subject, self.validates, self.options.ignore_modern_dialects);
                let chosen = chosen.map_err(|error| failure::of(&context(), &error))?;
                written.chosen.retain(|(known, _)| *known != subject);
                written.chosen.truncate(self.capacity);
                written.chosen.push((subject, chosen.clone()));
                chosen
            }
        };
        let mut out = Vec::with_capacity(self.last_length + self.last_length / 4);
        wire_format::write_head(&mut out, chosen.id);
        from_connect::write(&mut out, Some(schema), &datum.value, &self.options)?;
        if let Some(validator) = &chosen.validator {
            let payload = out.get(wire_format::HEAD..).unwrap_or_default();
            validator.check(payload).map_err(|why| Error::data(format!("{} {why} of id {}", context(), chosen.id)))?;
        }
        self.last_length = out.len();
        Ok(Some(out))
    }

    fn read<'b>(&mut self, topic: &str, bytes: &'b [u8]) -> Result<Datum<'b>, Error> {
        let context = || format!("Converting byte[] to Kafka Connect data failed due to serialization error of topic {topic}:");
        let (id, payload) = wire_format::split(bytes).map_err(|error| failure::of(&context(), &error))?;
        let place = self.place(topic, id).map_err(|error| failure::of(&context(), &error))?;
        let Some(reading) = self.read.at(place) else { return Ok(Datum::NULL) };
        let malformed = |why: &str| Error::data(format!("{} Error deserializing JSON message for id {id}: {why}", context()));
        if let Some(validator) = &reading.validator {
            validator.check(payload).map_err(|why| malformed(&why))?;
        }
        let text = std::str::from_utf8(payload).map_err(|_| malformed("it is no UTF-8"))?;
        let mut input = JsonReader::new(text);
        let node = match input.peek() {
            Ok(Kind::End) => return Ok(Datum::NULL),
            Ok(_) => Node::read(&mut input).map_err(|_| malformed("it is no JSON"))?,
            Err(_) => return Err(malformed("it is no JSON")),
        };
        loop {
            let Converted { schema, cuts } = &reading.converted;
            match to_connect::read(Some(schema), Some(&node), cuts) {
                Ok(value) => return Ok(Datum { schema: Some(schema.clone()), value }),
                Err(Failure::Data(error)) => return Err(error),
                Err(Failure::Deeper) if reading.depth < MOST_DEPTH => {
                    reading.depth += 1;
                    reading.converted =
                        connect_schema::convert(&reading.document, reading.version, &self.options, reading.depth)?;
                }
                Err(Failure::Deeper) => return Err(malformed(&format!("an object contains itself more than {MOST_DEPTH} deep"))),
            }
        }
    }

    /// Where what is known of payloads under that schema stands.
    fn place(&mut self, topic: &str, id: i32) -> Result<usize, Error> {
        if let Some(place) = self.read.place(&self.readers, topic, &id)? {
            return Ok(place);
        }
        let plain = if self.names.needs_record() { None } else { Some(self.names.subject(topic, None)?) };
        let registered = self.readers.by_id(id, plain.as_deref())?;
        let written = document(&registered, self.options.ignore_modern_dialects)?;
        let subject = self.names.subject(topic, written.root.get("title").and_then(Json::as_str))?;
        let newest = self.readers.newest(&subject)?;
        let (document, version) = match &newest {
            // As in Confluent's, it is the schema of no version then.
            Some(newest) => (document(newest, self.options.ignore_modern_dialects)?, None),
            None => (written, self.readers.version(&registered, &subject)?),
        };
        let converted = connect_schema::convert(&document, version, &self.options, 0)?;
        let of = newest.as_ref().map_or(id, |newest| newest.id);
        let validator = if self.validates { Some(Validator::new(&document).map_err(|why| invalid(of, &why))?) } else { None };
        let reader = Reader { subject, newest: newest.map(|newest| newest.id) };
        Ok(self.read.add(topic, id, reader, Reading { document, version, depth: 0, converted, validator }))
    }
}

fn invalid(id: i32, why: &str) -> Error {
    Error::data(format!("the schema with id {id} is no JSON Schema: {why}"))
}

fn document(registered: &Registered, ignore_modern_dialects: bool) -> Result<Document, Error> {
    let Registered { id, definition, referred, .. } = registered;
    if definition.type_ != TYPE {
        return Err(Error::data(format!("the schema with id {id} is of type {}, not {TYPE}", definition.type_)));
    }
    let references: Vec<Reference> =
        referred.iter().map(|other| Reference { name: other.reference.name.clone(), text: other.text.clone() }).collect();
    Document::parse(&definition.text, &references, ignore_modern_dialects).map_err(|why| invalid(*id, &why))
}

impl Written {
    fn new(schema: &Schema, options: &Options) -> Result<Self, Error> {
        let text = definition_text::write(schema, options)?.to_string();
        Ok(Self { definition: Definition { type_: TYPE.to_owned(), text, references: Vec::new() }, chosen: Vec::new() })
    }

    fn choose(
        &self,
        writers: &mut WriterSchemas,
        subject: &str,
        validates: bool,
        ignore_modern_dialects: bool,
    ) -> Result<Chosen, Error> {
        match writers.choose(subject, &self.definition)? {
            Choice::Own(id) if validates => {
                let own =
                    Document::parse(&self.definition.text, &[], ignore_modern_dialects).and_then(|own| Validator::new(&own));
                Ok(Chosen { id, validator: Some(Rc::new(own.map_err(|why| invalid(id, &why))?)) })
            }
            Choice::Own(id) => Ok(Chosen { id, validator: None }),
            Choice::Other { schema, strict } => {
                let other = document(&schema, ignore_modern_dialects)?;
                // A schema that takes every value written is as good as one that is compatible.
                let validator = (validates || strict.is_some()).then(|| Validator::new(&other)).transpose();
                Ok(Chosen { id: schema.id, validator: validator.map_err(|why| invalid(schema.id, &why))?.map(Rc::new) })
            }
        }
    }
}

impl Converter for JsonSchemaConverter {
    fn plugin() -> PluginInfo {
        config::plugin()
    }

    fn configure(config: &Config, is_key: bool) -> Result<Self, Error> {
        Self::new(config, is_key)
    }

    fn from_connect<'b>(&mut self, topic: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        Ok(self.write(topic, &datum)?.map(Cow::Owned))
    }

    fn transcode_under_schema(&mut self, topic: &str, bytes: &[u8], out: &mut ValueWriter<'_>) -> Option<Schema> {
        let (id, payload) = wire_format::split(bytes).ok()?;
        let text = std::str::from_utf8(payload).ok()?;
        // A schema that was not seen before is left to `to_connect`, so that a registry is asked once, whatever it answers.
        let place = self.read.place(&self.readers, topic, &id).ok()??;
        let reading = self.read.at(place)?;
        if reading.validator.as_ref().is_some_and(|validator| validator.check(payload).is_err()) {
            return None;
        }
        transcode::root(&reading.converted, text, out)?;
        Some(reading.converted.schema.clone())
    }

    fn to_connect<'b>(&mut self, topic: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        match bytes {
            Some(bytes) => self.read(topic, bytes),
            None => Ok(Datum { schema: None, value: Value::Null }),
        }
    }
}
