//! `ProtobufConverter`: Protobuf with schemas in a registry.

use std::borrow::Cow;
use std::rc::Rc;

use caisson_registry_serde::by_schema::BySchema;
use caisson_registry_serde::reader_schemas::ReaderSchemas;
use caisson_registry_serde::readings::{Reader, Readings};
use caisson_registry_serde::subject_name::SubjectNames;
use caisson_registry_serde::writer_schemas::{Choice, WriterSchemas};
use caisson_registry_serde::{failure, keys, wire_format};
use caisson_sdk::data::value_writer::ValueWriter;
use caisson_sdk::schema_registry::{Definition, Registered, SchemaRegistry};
use caisson_sdk::{Config, Converter, Datum, Error, PluginInfo, Schema};
use prost_reflect::{FileDescriptor, MessageDescriptor};

use crate::definition::{self, Import};
use crate::options::Options;
use crate::reader::Failure;
use crate::{compatibility, config, definition_text, message_index, reader, reading, transcode, writer};

/// The registry's word for schemas of this language.
const TYPE: &str = "PROTOBUF";
/// How often a message may contain itself in one record.
const MOST_DEPTH: usize = 32;

/// Confluent's `io.confluent.connect.protobuf.ProtobufConverter`.
#[derive(Debug)]
pub struct ProtobufConverter {
    options: Options,
    names: SubjectNames,
    writers: WriterSchemas,
    readers: ReaderSchemas,
    capacity: usize,
    written: BySchema<Written>,
    /// By schema id and path of the message.
    read: Readings<(i32, Vec<i32>), Reading>,
    /// How long the last payload was: the room made for the next.
    last_length: usize,
}

/// A schema that values are written of.
#[derive(Debug)]
struct Written {
    definition: Definition,
    file: FileDescriptor,
    message: MessageDescriptor,
    plan: writer::Plan,
    /// By subject, what stands before the message.
    heads: Vec<(String, Vec<u8>)>,
}

/// A message of the registry that values are read of.
#[derive(Debug)]
struct Reading {
    message: MessageDescriptor,
    version: Option<i32>,
    depth: usize,
    plan: reading::Plan,
}

impl ProtobufConverter {
    fn new(config: &Config, is_key: bool) -> Result<Self, Error> {
        let registry = Rc::new(SchemaRegistry::open(config)?);
        let capacity = usize::try_from(config.int(keys::SCHEMAS_CACHE_CONFIG)?).unwrap_or(0).max(1);
        Ok(Self {
            options: config::options(config)?,
            names: SubjectNames::new(config, is_key)?,
            writers: WriterSchemas::new(Rc::clone(&registry), config)?,
            readers: ReaderSchemas::new(registry, config, capacity)?,
            capacity,
            written: BySchema::new(capacity),
            read: Readings::new(capacity),
            last_length: 0,
        })
    }

    fn write(&mut self, topic: &str, datum: Datum<'_>) -> Result<Option<Vec<u8>>, Error> {
        if datum.value.is_null() {
            return Ok(None);
        }
        let context = || format!("Failed to serialize Protobuf data from topic {topic} :");
        let schema = datum.schema.ok_or_else(|| {
            let context = context();
            Error::data(format!("{context} the value has no schema, and ProtobufConverter writes only values that have one."))
        })?;
        let place = match self.written.place(&schema) {
            Some(place) => place,
            None => self.written.add(&schema, Written::new(&schema, &self.options)?),
        };
        let Some(written) = self.written.at(place) else { return Ok(None) };
        let subject =
            self.names.subject(topic, Some(written.message.full_name())).map_err(|error| failure::of(&context(), &error))?;
        let mut out = Vec::with_capacity(self.last_length + self.last_length / 4);
        match written.heads.iter().find(|(known, _)| *known == subject) {
            Some((_, head)) if self.writers.is_lasting() => out.extend_from_slice(head),
            _ => {
                written.write_head(&mut self.writers, &subject, &mut out).map_err(|error| failure::of(&context(), &error))?;
                written.heads.retain(|(known, _)| *known != subject);
                written.heads.truncate(self.capacity);
                written.heads.push((subject, out.clone()));
            }
        }
        written.plan.write(datum.value, &mut out)?;
        self.last_length = out.len();
        Ok(Some(out))
    }

    fn read<'b>(&mut self, topic: &str, bytes: &'b [u8]) -> Result<Datum<'b>, Error> {
        let context = || format!("Failed to deserialize data for topic {topic} to Protobuf:");
        let (id, mut payload) = wire_format::split(bytes).map_err(|error| failure::of(&context(), &error))?;
        let malformed = |why: &str| Error::data(format!("{} Error deserializing Protobuf message for id {id}: {why}", context()));
        let path = message_index::read(&mut payload).map_err(|error| malformed(&error.0))?;
        let place = self.place(topic, (id, path)).map_err(|error| failure::of(&context(), &error))?;
        let Some(reading) = self.read.at(place) else { return Ok(Datum::NULL) };
        loop {
            match reader::read(&reading.plan, payload) {
                Ok(value) => return Ok(Datum { schema: Some(reading.plan.schema.clone()), value }),
                Err(Failure::Malformed(why)) => return Err(malformed(&why)),
                Err(Failure::Data(error)) => return Err(error),
                Err(Failure::Deeper) if reading.depth < MOST_DEPTH => {
                    reading.depth += 1;
                    reading.plan = reading::plan(&reading.message, reading.version, &self.options, reading.depth)?;
                }
                Err(Failure::Deeper) => {
                    let name = reading.message.full_name();
                    return Err(malformed(&format!("{name} contains itself more than {MOST_DEPTH} deep")));
                }
            }
        }
    }

    /// Where what is known of payloads of that message stands.
    fn place(&mut self, topic: &str, key: (i32, Vec<i32>)) -> Result<usize, Error> {
        if let Some(place) = self.read.place(&self.readers, topic, &key)? {
            return Ok(place);
        }
        let (id, path) = &key;
        let plain = if self.names.needs_record() { None } else { Some(self.names.subject(topic, None)?) };
        let registered = self.readers.by_id(*id, plain.as_deref())?;
        let written = message_of(&registered, path)?;
        let subject = self.names.subject(topic, Some(written.full_name()))?;
        let newest = self.readers.newest(&subject)?;
        let (message, version) = match &newest {
            // As in Confluent's, it is the schema of no version then.
            Some(newest) => (message_in(newest, written.full_name())?, None),
            None => (written, self.readers.version(&registered, &subject)?),
        };
        let plan = reading::plan(&message, version, &self.options, 0)?;
        let reader = Reader { subject, newest: newest.map(|newest| newest.id) };
        Ok(self.read.add(topic, key, reader, Reading { message, version, depth: 0, plan }))
    }
}

/// The message of a schema that has that name, or else its first.
fn message_in(registered: &Registered, name: &str) -> Result<MessageDescriptor, Error> {
    let file = compiled(registered)?;
    let found = file.parent_pool().get_message_by_name(name).or_else(|| file.messages().next());
    found.ok_or_else(|| Error::data(format!("the schema with id {} has no message", registered.id)))
}

/// The message of a schema that a payload's indexes name.
fn message_of(registered: &Registered, path: &[i32]) -> Result<MessageDescriptor, Error> {
    let file = compiled(registered)?;
    definition::message_at(&file, path)
        .ok_or_else(|| Error::data(format!("Invalid message indexes: {path:?} in schema {}", registered.id)))
}

fn compiled(registered: &Registered) -> Result<FileDescriptor, Error> {
    let Registered { id, definition, referred, .. } = registered;
    if definition.type_ != TYPE {
        return Err(Error::data(format!("the schema with id {id} is of type {}, not {TYPE}", definition.type_)));
    }
    let imports: Vec<Import> =
        referred.iter().map(|other| Import { name: other.reference.name.clone(), text: other.text.clone() }).collect();
    definition::compile(&definition.text, &imports)
        .map_err(|why| Error::data(format!("the schema with id {id} is no .proto file: {why}")))
}

impl Written {
    fn new(schema: &Schema, options: &Options) -> Result<Self, Error> {
        let text = definition_text::write(schema, options)?;
        let file = definition::compile(&text.text, &[]).map_err(|why| {
            let remedy = "names that Protobuf does not allow are mended by scrub.invalid.names=true";
            Error::data(format!("{schema} does not make a Protobuf schema: {why}; {remedy}"))
        })?;
        let message = file.parent_pool().get_message_by_name(&text.message);
        let message = message.ok_or_else(|| Error::data(format!("{schema} does not make the message {}", text.message)))?;
        let plan = writer::plan(schema, &message, options)?;
        let definition = Definition { type_: TYPE.to_owned(), text: text.text, references: Vec::new() };
        Ok(Self { definition, file, message, plan, heads: Vec::new() })
    }

    /// Magic byte, schema id and message indexes.
    fn write_head(&self, writers: &mut WriterSchemas, subject: &str, out: &mut Vec<u8>) -> Result<(), Error> {
        let name = self.message.full_name();
        let (id, path) = match writers.choose(subject, &self.definition)? {
            Choice::Own(id) => (id, definition::path_of(&self.file, name)),
            Choice::Other { schema, strict } => {
                let file = compiled(&schema)?;
                let other = file.parent_pool().get_message_by_name(name);
                if let (Some(key), Some(other)) = (strict, &other) {
                    compatibility::check(&self.message, other).map_err(|why| {
                        Error::data(format!(
                            "the schema with id {} cannot read what is written: {why}; {key}=false allows it",
                            schema.id
                        ))
                    })?;
                }
                (schema.id, definition::path_of(&file, name))
            }
        };
        let path = path.ok_or_else(|| Error::data(format!("the schema with id {id} has no message {name}")))?;
        wire_format::write_head(out, id);
        message_index::write(out, &path);
        Ok(())
    }
}

impl Converter for ProtobufConverter {
    fn plugin() -> PluginInfo {
        config::plugin()
    }

    fn configure(config: &Config, is_key: bool) -> Result<Self, Error> {
        Self::new(config, is_key)
    }

    fn from_connect<'b>(&mut self, topic: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        Ok(self.write(topic, datum)?.map(Cow::Owned))
    }

    fn transcode_under_schema(&mut self, topic: &str, bytes: &[u8], out: &mut ValueWriter<'_>) -> Option<Schema> {
        let (id, mut payload) = wire_format::split(bytes).ok()?;
        let path = message_index::read(&mut payload).ok()?;
        // A schema that was not seen before is left to `to_connect`, so that a registry is asked once, whatever it answers.
        let place = self.read.place(&self.readers, topic, &(id, path)).ok()??;
        let plan = &self.read.at(place)?.plan;
        transcode::root(plan, payload, out)?;
        Some(plan.schema.clone())
    }

    fn to_connect<'b>(&mut self, topic: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        match bytes {
            Some(bytes) => self.read(topic, bytes),
            None => Ok(Datum::NULL),
        }
    }
}
