//! Records: what connectors, transformations and converters work on.

use std::borrow::Cow;

use crate::data::schema::Schema;
use crate::data::value::Value;

/// A value with its schema, if it has one.
#[derive(Debug, Clone, PartialEq)]
pub struct Datum<'b> {
    /// None: schemaless.
    pub schema: Option<Schema>,
    /// The value.
    pub value: Value<'b>,
}

impl<'b> Datum<'b> {
    /// No schema, no value.
    pub const NULL: Datum<'static> = Datum { schema: None, value: Value::Null };

    /// A value under a schema.
    pub fn new(schema: Schema, value: impl Into<Value<'b>>) -> Self {
        Self { schema: Some(schema), value: value.into() }
    }

    /// A value without schema.
    pub fn schemaless(value: impl Into<Value<'b>>) -> Self {
        Self { schema: None, value: value.into() }
    }
}

/// A header of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Header<'b> {
    /// Its key; several headers may share one.
    pub name: Cow<'b, str>,
    /// Its value.
    pub datum: Datum<'b>,
}

/// How a record of a topic got its timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimestampType {
    /// It has none.
    NoTimestampType,
    /// Its producer gave it.
    CreateTime,
    /// The broker gave it.
    LogAppendTime,
}

impl TimestampType {
    /// `NoTimestampType`, `CreateTime` or `LogAppendTime`, as Kafka writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoTimestampType => "NoTimestampType",
            Self::CreateTime => "CreateTime",
            Self::LogAppendTime => "LogAppendTime",
        }
    }
}

/// Where a sink's record was consumed; no transformation changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coordinates<'b> {
    /// Position of topic and partition among the batch's sources.
    pub(crate) source: u32,
    /// The topic before any transformation.
    pub topic: &'b str,
    /// The partition before any transformation.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// How the record got its timestamp.
    pub timestamp_type: TimestampType,
}

impl<'b> Coordinates<'b> {
    /// Coordinates outside a batch, for tests.
    pub fn new(topic: &'b str, partition: i32, offset: i64, timestamp_type: TimestampType) -> Self {
        Self { source: 0, topic, partition, offset, timestamp_type }
    }
}

/// A record on its way. `'b` is the life of the batch that it borrows from.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<'b> {
    /// The worker's number for it inside the batch; stages keep it.
    pub id: u32,
    /// The topic it goes to (source) or is said to come from (sink).
    pub topic: Cow<'b, str>,
    /// The partition; none: the producer chooses.
    pub partition: Option<i32>,
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
    /// Its key.
    pub key: Datum<'b>,
    /// Its value; null is a tombstone.
    pub value: Datum<'b>,
    /// Its headers in order.
    pub headers: Vec<Header<'b>>,
    /// Where it was consumed; none for a source's record.
    pub coordinates: Option<Coordinates<'b>>,
}

impl<'b> Record<'b> {
    /// A record of a source for that topic, with neither key, value nor headers.
    pub fn new(topic: impl Into<Cow<'b, str>>) -> Self {
        Self {
            id: 0,
            topic: topic.into(),
            partition: None,
            timestamp: None,
            key: Datum::NULL,
            value: Datum::NULL,
            headers: Vec::new(),
            coordinates: None,
        }
    }

    /// The same with that key.
    pub fn with_key(mut self, key: Datum<'b>) -> Self {
        self.key = key;
        self
    }

    /// The same with that value.
    pub fn with_value(mut self, value: Datum<'b>) -> Self {
        self.value = value;
        self
    }

    /// The same with that timestamp, in milliseconds since the epoch.
    pub fn with_timestamp(mut self, millis: i64) -> Self {
        self.timestamp = Some(millis);
        self
    }

    /// The last header of that name, as Kafka's `lastWithName`.
    pub fn last_header(&self, name: &str) -> Option<&Header<'b>> {
        self.headers.iter().rev().find(|header| header.name == name)
    }
}
