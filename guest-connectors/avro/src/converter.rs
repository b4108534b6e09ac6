//! `AvroConverter`: keys and values in Avro, behind the id of their schema in a registry.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use caisson_registry_serde::reader_schemas::ReaderSchemas;
use caisson_registry_serde::subject_name::SubjectNames;
use caisson_registry_serde::writer_schemas::{Choice, WriterSchemas};
use caisson_registry_serde::{failure, keys, wire_format};
use caisson_sdk::data::value_writer::ValueWriter;
use caisson_sdk::schema_registry::{Definition, Registered, SchemaRegistry};
use caisson_sdk::{Config, Converter, Datum, Error, PluginInfo, Schema};

use crate::avro_data::{Reading, Writing};
use crate::compatibility;
use crate::from_connect;
use crate::options::{self, Options};
use crate::schema::AvroSchema;
use crate::to_connect;

/// How often a record may contain itself in one payload.
const MOST_DEPTH: usize = 32;
/// What failures of Avro's and the registry's own are to Java.
const SERIALIZATION: &str = "org.apache.kafka.common.errors.SerializationException";

/// Confluent's `io.confluent.connect.avro.AvroConverter`.
#[derive(Debug)]
pub struct AvroConverter {
    options: Options,
    subjects: SubjectNames,
    capacity: usize,
    writers: WriterSchemas,
    readers: ReaderSchemas,
    /// By topic.
    written: HashMap<String, Vec<Rc<Written>>>,
    /// By topic and id.
    read: HashMap<String, Vec<(i32, Rc<Reading>)>>,
    unions: usize,
    /// How long the last payload was: the room made for the next.
    last_length: usize,
}

/// How values of a Connect schema are written for a topic.
#[derive(Debug)]
struct Written {
    schema: Option<Schema>,
    own: Writing,
    subject: String,
    target: Target,
}

/// Under which schema of the registry.
#[derive(Debug)]
struct Target {
    id: i32,
    /// None: under the value's own.
    other: Option<from_connect::plan::Plan>,
}

impl AvroConverter {
    fn new(config: &Config, is_key: bool) -> Result<Self, Error> {
        let registry = Rc::new(SchemaRegistry::open(config)?);
        let capacity = usize::try_from(config.int(keys::SCHEMAS_CACHE_CONFIG)?).unwrap_or(0).max(1);
        Ok(Self {
            options: Options::read(config)?,
            subjects: SubjectNames::new(config, is_key)?,
            capacity,
            writers: WriterSchemas::new(Rc::clone(&registry), config)?,
            readers: ReaderSchemas::new(registry, config, capacity)?,
            written: HashMap::new(),
            read: HashMap::new(),
            unions: 0,
            last_length: 0,
        })
    }

    fn write(&mut self, topic: &str, datum: &Datum<'_>) -> Result<Vec<u8>, Error> {
        let written = self.written(topic, datum)?;
        let mut out = Vec::with_capacity(self.last_length + self.last_length / 4 + wire_format::HEAD);
        match self.writers.is_lasting() {
            true => written.write(&mut out, &written.target, datum, self.options)?,
            false => {
                let target = self.target(topic, &written.own, &written.subject)?;
                written.write(&mut out, &target, datum, self.options)?;
            }
        }
        self.last_length = out.len();
        Ok(out)
    }

    /// How values of that schema are written. A schema that is new is registered only once a value of it could be written.
    fn written(&mut self, topic: &str, datum: &Datum<'_>) -> Result<Rc<Written>, Error> {
        let schema = datum.schema.as_ref();
        if let Some(known) = self.written.get(topic).and_then(|known| find(known, schema)) {
            return Ok(known);
        }
        let own = Writing::new(schema, self.options)?;
        own.write(&mut Vec::new(), &datum.value, self.options)?;
        let context = || format!("Failed to serialize Avro data from topic {topic} :");
        let subject = self.subjects.subject(topic, own.avro.record_name().as_deref());
        let subject = subject.map_err(|error| failure::of(&context(), &error))?;
        let target = self.target(topic, &own, &subject)?;
        let written = Rc::new(Written { schema: schema.cloned(), own, subject, target });
        let of_topic = room(&mut self.written, topic, self.capacity);
        of_topic.push(Rc::clone(&written));
        Ok(written)
    }

    fn target(&mut self, topic: &str, own: &Writing, subject: &str) -> Result<Target, Error> {
        let definition = Definition { type_: "AVRO".to_owned(), text: own.text.clone(), references: Vec::new() };
        let choice = self.writers.choose(subject, &definition).map_err(|error| {
            let doing = self.writers.doing();
            failure::of(&format!("Failed to serialize Avro data from topic {topic} : {doing} Avro schema {}:", own.text), &error)
        })?;
        let (schema, strict) = match choice {
            Choice::Own(id) => return Ok(Target { id, other: None }),
            Choice::Other { schema, strict } => (schema, strict),
        };
        let avro = parse(&schema)?;
        if let Some((key, why)) = strict.and_then(|key| Some((key, compatibility::obstacle(&avro, &own.avro)?))) {
            let text = format!(
                "Failed to serialize Avro data from topic {topic} : Incompatible schema {} of subject {subject} for {}: {why}. Set \
                 {key}=false to disable this check",
                schema.definition.text, own.text
            );
            return Err(Error::data(text));
        }
        let planner = from_connect::plan::Planner { avro: &avro, options: self.options };
        let other = planner.plan(own.plan.schema.as_ref(), avro.root())?;
        Ok(Target { id: schema.id, other: Some(other) })
    }

    fn reading(&mut self, topic: &str, id: i32) -> Result<Rc<Reading>, Error> {
        match self.known(topic, id) {
            Some(reading) => Ok(Rc::clone(reading)),
            None => self.following(topic, id, 0),
        }
    }

    fn known(&self, topic: &str, id: i32) -> Option<&Rc<Reading>> {
        self.read.get(topic)?.iter().find(|(known, _)| *known == id).map(|(_, reading)| reading)
    }

    /// The same anew, with records followed into themselves so often.
    fn following(&mut self, topic: &str, id: i32, depth: usize) -> Result<Rc<Reading>, Error> {
        let early = match self.subjects.needs_record() {
            true => None,
            false => Some(self.subjects.subject(topic, None)?),
        };
        let schema = self.readers.by_id(id, early.as_deref()).map_err(|error| retrieving(topic, "schema", id, &error))?;
        let avro = parse(&schema)?;
        let subject = match early {
            Some(subject) => subject,
            None => self.subjects.subject(topic, avro.record_name().as_deref())?,
        };
        let version = self.readers.version(&schema, &subject).map_err(|error| retrieving(topic, "version", id, &error))?;
        let reading = Rc::new(Reading::following(&avro, version, self.options, &mut self.unions, depth)?);
        let of_topic = room(&mut self.read, topic, self.capacity);
        of_topic.retain(|(known, _)| *known != id);
        of_topic.push((id, Rc::clone(&reading)));
        Ok(reading)
    }

    fn read<'b>(&mut self, topic: &str, bytes: &'b [u8]) -> Result<Datum<'b>, Error> {
        let (id, payload) = wire_format::split(bytes).map_err(|error| deserializing(topic, &error))?;
        let mut reading = self.reading(topic, id)?;
        loop {
            let error = match reading.read(payload) {
                Ok(datum) => return Ok(datum),
                Err(error) => error,
            };
            let is_deeper = error.option(to_connect::read::DEEPER).is_some();
            if is_deeper && reading.depth < MOST_DEPTH {
                reading = self.following(topic, id, reading.depth + 1)?;
                continue;
            }
            return Err(match error.class() {
                SERIALIZATION => {
                    let text = format!("Error deserializing Avro message for id {id}: {error}");
                    deserializing(topic, &Error::data(text))
                }
                _ => error,
            });
        }
    }
}

impl Written {
    fn write(&self, out: &mut Vec<u8>, target: &Target, datum: &Datum<'_>, options: Options) -> Result<(), Error> {
        wire_format::write_head(out, target.id);
        let plan = target.other.as_ref().unwrap_or(&self.own.plan);
        from_connect::write::write(out, plan, &datum.value, options)
    }
}

/// A schema is mostly the very one that was there before.
fn find(known: &[Rc<Written>], schema: Option<&Schema>) -> Option<Rc<Written>> {
    let is_same = |written: &&Rc<Written>| match (&written.schema, schema) {
        (Some(own), Some(schema)) => own.is_same(schema),
        (None, None) => true,
        _ => false,
    };
    let found = known.iter().find(is_same).or_else(|| known.iter().find(|written| written.schema.as_ref() == schema));
    found.cloned()
}

/// The list of a topic, with room for one more.
fn room<'m, T>(cache: &'m mut HashMap<String, Vec<T>>, topic: &str, capacity: usize) -> &'m mut Vec<T> {
    if cache.len() >= capacity && !cache.contains_key(topic) {
        cache.clear();
    }
    let of_topic = cache.entry(topic.to_owned()).or_default();
    if of_topic.len() >= capacity {
        of_topic.clear();
    }
    of_topic
}

fn parse(schema: &Registered) -> Result<AvroSchema, Error> {
    if schema.definition.type_ != "AVRO" {
        return Err(Error::data(format!("schema {} is {}, and AvroConverter reads AVRO", schema.id, schema.definition.type_)));
    }
    let referred: Vec<&str> = schema.referred.iter().map(|one| one.text.as_str()).collect();
    AvroSchema::parse(&schema.definition.text, &referred)
}

fn deserializing(topic: &str, error: &Error) -> Error {
    failure::of(&format!("Failed to deserialize data for topic {topic} to Avro:"), error)
}

fn retrieving(topic: &str, what: &str, id: i32, error: &Error) -> Error {
    failure::of(
        &format!("Failed to deserialize data for topic {topic} to Avro: Error retrieving Avro {what} for id {id}:"),
        error,
    )
}

impl Converter for AvroConverter {
    fn plugin() -> PluginInfo {
        let documentation = "Avro, each payload behind the id of its schema in a schema registry.";
        keys::plugin("io.confluent.connect.avro.AvroConverter", documentation, options::add(keys::definition()))
    }

    fn configure(config: &Config, is_key: bool) -> Result<Self, Error> {
        Self::new(config, is_key)
    }

    fn from_connect<'b>(&mut self, topic: &str, datum: Datum<'b>) -> Result<Option<Cow<'b, [u8]>>, Error> {
        if datum.value.is_null() {
            return match &datum.schema {
                Some(schema) if !schema.is_optional() => Err(Error::data("Found null value for non-optional schema")),
                _ => Ok(None),
            };
        }
        Ok(Some(Cow::Owned(self.write(topic, &datum)?)))
    }

    fn transcode_under_schema(&mut self, topic: &str, bytes: &[u8], out: &mut ValueWriter<'_>) -> Option<Schema> {
        let (id, payload) = wire_format::split(bytes).ok()?;
        // A schema that was not seen before is left to `to_connect`, so that a registry is asked once, whatever it answers.
        self.known(topic, id)?.transcode(payload, out)
    }

    fn to_connect<'b>(&mut self, topic: &str, bytes: Option<&'b [u8]>) -> Result<Datum<'b>, Error> {
        match bytes {
            Some(bytes) => self.read(topic, bytes),
            None => Ok(Datum::NULL),
        }
    }
}
