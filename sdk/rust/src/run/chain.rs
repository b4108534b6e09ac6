//! A chain of stages: each record runs through all of them in memory, and a batch is decoded and encoded once.

use std::borrow::Cow;
use std::sync::Arc;

use crate::codec::decode::Batch;
use crate::codec::encode::BatchWriter;
use crate::codec::schemas::SchemaCache;
use crate::converter::Converter;
use crate::data::encoded::Encoded;
use crate::data::fields::Fields;
use crate::data::record::{Datum, Record};
use crate::data::value::Value;
use crate::data::value_writer::ValueWriter;
use crate::error::Error;
use crate::header_converter::HeaderConverter;
use crate::plugin::Kind;
use crate::predicate::Predicate;
use crate::run::registry::{self, Entry, Open};
use crate::transformation::Transformation;

/// A predicate as the host asks for it.
#[derive(Debug, Clone, Default)]
pub struct PredicateSpec {
    /// Its class or an alias.
    pub class: String,
    /// Its configuration.
    pub config: Vec<(String, String)>,
    /// Records that it refuses are admitted, and the other way round.
    pub negate: bool,
}

/// A stage as the host asks for it.
#[derive(Debug, Clone, Default)]
pub struct StageSpec {
    /// `transform`, `to-connect` or `from-connect`.
    pub kind: String,
    /// Its class or an alias.
    pub class: String,
    /// What a converter converts: `key`, `value` or `header`.
    pub role: String,
    /// Its configuration.
    pub config: Vec<(String, String)>,
    /// The records that a transform is for.
    pub predicate: Option<PredicateSpec>,
}

/// A record that failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// Its id.
    pub id: u32,
    /// The index of the stage that failed.
    pub stage: u32,
    /// Why.
    pub error: Error,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The records that passed, encoded.
    pub batch: Vec<u8>,
    /// The ids of those that were dropped.
    pub dropped: Vec<u32>,
    /// Those that failed.
    pub failed: Vec<Failure>,
}

enum Part {
    Key,
    Value,
}

enum Action {
    Transform(Box<dyn Transformation>),
    ToConnect(Part, Box<dyn Converter>),
    FromConnect(Part, Box<dyn Converter>),
    HeadersToConnect(Box<dyn HeaderConverter>),
    HeadersFromConnect(Box<dyn HeaderConverter>),
}

/// A predicate at work.
pub(crate) struct Gate {
    predicate: Box<dyn Predicate>,
    negate: bool,
}

struct Stage {
    gate: Option<Gate>,
    action: Action,
    way: Way,
}

/// How a converter gives its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// As [`Converter::to_connect`] does.
    Value,
    /// No later stage looks at it: in the form it has in the batch.
    Direct,
    /// All later stages change fields where they stand, or look at something else.
    Fields,
}

/// What is kept from record to record for its room.
#[derive(Default)]
struct Spare {
    /// The record's value, if a converter wrote it straight in its encoded form; else empty.
    transcoded: Vec<u8>,
    fields: Option<Box<Fields>>,
}

/// Stages in order.
pub struct Chain {
    stages: Vec<Stage>,
    schemas: SchemaCache,
    spare: Spare,
}

impl Chain {
    /// The chain asked for. The error of a stage names its index in option `stage`.
    pub fn open(entries: &'static [Entry], specs: &[StageSpec]) -> Result<Self, Error> {
        let mut stages = Vec::with_capacity(specs.len());
        for (index, spec) in specs.iter().enumerate() {
            let stage = Stage::open(entries, spec).map_err(|error| error.with_option("stage", index.to_string()))?;
            stages.push(stage);
        }
        let mut way = Way::Direct;
        for stage in stages.iter_mut().rev() {
            stage.way = way;
            way = stage.way_before();
        }
        Ok(Self { stages, schemas: SchemaCache::default(), spare: Spare::default() })
    }

    /// Runs every record of a batch through the stages. `DataException` for a malformed batch, told of no single record.
    pub fn apply(&mut self, bytes: &[u8]) -> Result<Outcome, Error> {
        let batch = Batch::parse(bytes)?;
        let table = self.schemas.table(batch.schemas)?;
        let mut writer = BatchWriter::on(Arc::clone(&table));
        writer.reserve(bytes.len() + bytes.len() / 2);
        let mut outcome = Outcome::default();
        let last = self.stages.len().saturating_sub(1);
        let mut records = batch.records(&table);
        while let Some(record) = records.next() {
            let mut record = record?;
            let id = record.id;
            self.spare.transcoded.clear();
            let failed = match self.run(&mut record) {
                Ok(false) => {
                    outcome.dropped.push(id);
                    continue;
                }
                Ok(true) => {
                    record.id = id;
                    let written = writer.record_with(&record, &self.spare.transcoded, records.original());
                    self.spare.take_back(record.value.value);
                    written.err().map(|error| (last, error))
                }
                Err(failed) => Some(failed),
            };
            if let Some((stage, error)) = failed {
                let stage = u32::try_from(stage).unwrap_or(u32::MAX);
                outcome.failed.push(Failure { id, stage, error });
            }
        }
        outcome.batch = writer.finish(batch.schemas, records.sources_span()?);
        Ok(outcome)
    }

    /// Whether the record passes.
    fn run(&mut self, record: &mut Record<'_>) -> Result<bool, (usize, Error)> {
        for (index, stage) in self.stages.iter_mut().enumerate() {
            if !stage.apply(record, &mut self.spare).map_err(|error| (index, error))? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Gate {
    pub(crate) fn open(entries: &'static [Entry], spec: &PredicateSpec) -> Result<Self, Error> {
        let (entry, info) = registry::find(entries, Kind::Predicate, &spec.class)?;
        let config = registry::parse(&info, &spec.config)?;
        match &entry.open {
            Open::Predicate(open) => Ok(Self { predicate: open(&config)?, negate: spec.negate }),
            _ => Err(wrong_kind(&spec.class)),
        }
    }

    fn admits(&mut self, record: &Record<'_>) -> Result<bool, Error> {
        Ok(self.predicate.test(record)? != self.negate)
    }

    /// Whether each record of a batch is admitted.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn apply(&mut self, schemas: &mut SchemaCache, bytes: &[u8]) -> Result<Vec<bool>, Error> {
        let batch = Batch::parse(bytes)?;
        let table = schemas.table(batch.schemas)?;
        batch.records(&table).map(|record| self.admits(&record?)).collect()
    }
}

impl Stage {
    fn open(entries: &'static [Entry], spec: &StageSpec) -> Result<Self, Error> {
        let gate = spec.predicate.as_ref().map(|predicate| Gate::open(entries, predicate)).transpose()?;
        Ok(Self { gate, action: action(entries, spec)?, way: Way::Value })
    }

    /// How a value may come to this stage.
    fn way_before(&self) -> Way {
        match &self.action {
            Action::Transform(transformation) if self.way != Way::Value && transformation.edits_fields() => Way::Fields,
            Action::Transform(_) => Way::Value,
            Action::ToConnect(Part::Value, _) | Action::FromConnect(Part::Value, _) => Way::Value,
            Action::ToConnect(..) | Action::FromConnect(..) => self.way,
            Action::HeadersToConnect(_) | Action::HeadersFromConnect(_) => self.way,
        }
    }

    /// Whether the record goes on.
    fn apply(&mut self, record: &mut Record<'_>, spare: &mut Spare) -> Result<bool, Error> {
        if let Some(gate) = &mut self.gate
            && !gate.admits(record)?
        {
            return Ok(true);
        }
        match &mut self.action {
            Action::Transform(transformation) => return transformation.apply_in_place(record),
            Action::ToConnect(part, converter) => {
                if matches!(part, Part::Value) && spare.transcode(self.way, converter.as_mut(), record) {
                    return Ok(true);
                }
                let datum = part.take(record);
                let converted = to_connect(converter.as_mut(), &record.topic, datum)?;
                *part.of(record) = converted;
            }
            Action::FromConnect(part, converter) => {
                let datum = part.take(record);
                let bytes = converter.from_connect(&record.topic, datum)?;
                *part.of(record) = raw(bytes);
            }
            Action::HeadersToConnect(converter) => headers_to_connect(converter.as_mut(), record)?,
            Action::HeadersFromConnect(converter) => {
                for header in &mut record.headers {
                    let datum = std::mem::replace(&mut header.datum, Datum::NULL);
                    header.datum = raw(converter.from_connect_header(&record.topic, &header.name, datum)?);
                }
            }
        }
        Ok(true)
    }
}

fn action(entries: &'static [Entry], spec: &StageSpec) -> Result<Action, Error> {
    let kind = match (spec.kind.as_str(), spec.role.as_str()) {
        ("transform", _) => Kind::Transformation,
        ("to-connect" | "from-connect", "key" | "value") => Kind::Converter,
        ("to-connect" | "from-connect", "header") => Kind::HeaderConverter,
        (kind, role) => return Err(Error::config(format!("no stage is of kind {kind:?} and role {role:?}"))),
    };
    let (entry, info) = registry::find(entries, kind, &spec.class)?;
    let config = registry::parse(&info, &spec.config)?;
    let is_key = spec.role == "key";
    let part = if is_key { Part::Key } else { Part::Value };
    let inward = spec.kind == "to-connect";
    match &entry.open {
        Open::Transformation(open) => Ok(Action::Transform(open(&config)?)),
        Open::Converter(open) if inward => Ok(Action::ToConnect(part, open(&config, is_key)?)),
        Open::Converter(open) => Ok(Action::FromConnect(part, open(&config, is_key)?)),
        Open::HeaderConverter(open) if inward => Ok(Action::HeadersToConnect(open(&config)?)),
        Open::HeaderConverter(open) => Ok(Action::HeadersFromConnect(open(&config)?)),
        Open::Source(_) | Open::Sink(_) | Open::Predicate(_) => Err(wrong_kind(&spec.class)),
    }
}

fn wrong_kind(class: &str) -> Error {
    Error::config(format!("{class} cannot be opened as the kind it is listed as"))
}

impl Part {
    fn of<'r, 'b>(&self, record: &'r mut Record<'b>) -> &'r mut Datum<'b> {
        match self {
            Self::Key => &mut record.key,
            Self::Value => &mut record.value,
        }
    }

    fn take<'b>(&self, record: &mut Record<'b>) -> Datum<'b> {
        std::mem::replace(self.of(record), Datum::NULL)
    }
}

fn raw(bytes: Option<Cow<'_, [u8]>>) -> Datum<'_> {
    Datum { schema: None, value: bytes.map_or(Value::Null, Value::Bytes) }
}

fn not_bytes(value: &Value<'_>) -> Error {
    Error::data(format!("a converter reads bytes, and was given {}", value.java_class()))
}

fn to_connect<'b>(converter: &mut dyn Converter, topic: &str, datum: Datum<'b>) -> Result<Datum<'b>, Error> {
    match datum.value {
        Value::Null => converter.to_connect(topic, None),
        Value::Bytes(Cow::Borrowed(bytes)) => converter.to_connect(topic, Some(bytes)),
        // Bytes made by a stage before die here, so what is made of them has to stand alone.
        Value::Bytes(Cow::Owned(bytes)) => owned(converter.to_connect(topic, Some(&bytes))?),
        other => Err(not_bytes(&other)),
    }
}

impl Spare {
    /// Has the record's value written in its encoded form, if the converter can.
    fn transcode(&mut self, way: Way, converter: &mut dyn Converter, record: &mut Record<'_>) -> bool {
        let Value::Bytes(bytes) = &record.value.value else { return false };
        match way {
            Way::Value => return false,
            Way::Direct => {
                let schema = match converter.transcode(&record.topic, bytes, &mut ValueWriter::new(&mut self.transcoded)) {
                    true => None,
                    false => {
                        self.transcoded.clear();
                        let out = &mut ValueWriter::new(&mut self.transcoded);
                        let Some(schema) = converter.transcode_under_schema(&record.topic, bytes, out) else {
                            self.transcoded.clear();
                            return false;
                        };
                        Some(schema)
                    }
                };
                record.value = Datum { schema, value: Value::Null };
            }
            Way::Fields => {
                let mut fields = self.fields.take().unwrap_or_default();
                let written = converter.transcode(&record.topic, bytes, &mut fields.begin());
                if !written || fields.found().is_none() {
                    self.fields = Some(fields);
                    return false;
                }
                record.value = Datum { schema: None, value: Value::Encoded(Encoded::of_fields(fields)) };
            }
        }
        true
    }

    fn take_back(&mut self, value: Value<'_>) {
        if let Value::Encoded(encoded) = value
            && let Some(fields) = encoded.into_fields()
        {
            self.fields = Some(fields);
        }
    }
}

fn headers_to_connect(converter: &mut dyn HeaderConverter, record: &mut Record<'_>) -> Result<(), Error> {
    for header in &mut record.headers {
        let datum = std::mem::replace(&mut header.datum, Datum::NULL);
        header.datum = match datum.value {
            Value::Null => converter.to_connect_header(&record.topic, &header.name, None)?,
            Value::Bytes(Cow::Borrowed(bytes)) => converter.to_connect_header(&record.topic, &header.name, Some(bytes))?,
            Value::Bytes(Cow::Owned(bytes)) => owned(converter.to_connect_header(&record.topic, &header.name, Some(&bytes))?)?,
            other => return Err(not_bytes(&other)),
        };
    }
    Ok(())
}

fn owned(datum: Datum<'_>) -> Result<Datum<'static>, Error> {
    Ok(Datum { schema: datum.schema, value: datum.value.into_owned()? })
}
