//! `InsertField`: adds topic, partition, offset, timestamp or a constant to the key or value (KIP-66).

use std::marker::PhantomData;

use caisson_sdk::data::logical;
use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Error, Importance, KeyType, PluginInfo, Record, Schema, SchemaBuilder, Struct,
    Transformation, Type,
};

use crate::requirements::{
    REPLACE_NULL_WITH_DEFAULT, fill_null, for_good, put, replace_null_with_default, require_map, require_struct,
};
use crate::schema_updates::SchemaUpdates;
use crate::side::{Side, class};

const PURPOSE: &str = "field insertion";
const STATIC_FIELD: &str = "static.field";
const STATIC_VALUE: &str = "static.value";

/// What a field is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Topic,
    Partition,
    Offset,
    Timestamp,
    Static(&'static str),
}

/// A field to add.
#[derive(Debug)]
struct Insertion {
    name: &'static str,
    optional: bool,
    content: Content,
}

impl Insertion {
    /// From `name`, `name?` (optional, as without a mark) or `name!` (required).
    fn parse(text: &str, content: Content) -> Self {
        let (name, optional) = match text.strip_suffix('!') {
            Some(name) => (name, false),
            None => (text.strip_suffix('?').unwrap_or(text), true),
        };
        Self { name: for_good(name), optional, content }
    }

    fn schema(&self) -> Result<Schema, Error> {
        let builder = match self.content {
            Content::Topic | Content::Static(_) => SchemaBuilder::new(Type::String),
            Content::Partition => SchemaBuilder::new(Type::Int32),
            Content::Offset => SchemaBuilder::new(Type::Int64),
            Content::Timestamp => logical::timestamp(),
        };
        builder.with_optional(self.optional).build()
    }

    /// Null where the record has none. `DataException` for the offset of a source's record.
    fn value<'b>(&self, record: &Record<'b>, with_schema: bool) -> Result<Value<'b>, Error> {
        Ok(match &self.content {
            Content::Topic => Value::String(record.topic.clone()),
            Content::Partition => record.partition.map_or(Value::Null, Value::Int32),
            Content::Offset => match &record.coordinates {
                Some(coordinates) => Value::Int64(coordinates.offset),
                None => {
                    let found = "org.apache.kafka.connect.source.SourceRecord";
                    return Err(Error::data(format!("Only SinkRecord supported for [{PURPOSE}], found: {found}")));
                }
            },
            Content::Timestamp => match record.timestamp {
                Some(millis) if with_schema => Value::Date(millis),
                Some(millis) => Value::Int64(millis),
                None => Value::Null,
            },
            Content::Static(text) => Value::from(*text),
        })
    }
}

/// Adds fields.
#[derive(Debug)]
pub struct InsertField<S> {
    /// In the order they are added.
    insertions: Vec<Insertion>,
    replace_null_with_default: bool,
    updates: SchemaUpdates<Schema>,
    side: PhantomData<S>,
}

impl<S: Side> InsertField<S> {
    fn insert<'b>(&mut self, record: &Record<'b>, datum: Datum<'b>) -> Result<Datum<'b>, Error> {
        let Some(_) = &datum.schema else {
            let mut datum = datum;
            if let Some(fields) = datum.value.fields_mut() {
                for insertion in &self.insertions {
                    let value = insertion.value(record, false)?;
                    if !value.is_null() {
                        fields.put(insertion.name, &value)?;
                    }
                }
                return Ok(datum);
            }
            let mut entries = require_map(datum.value, PURPOSE)?;
            for insertion in &self.insertions {
                let value = insertion.value(record, false)?;
                if !value.is_null() {
                    put(&mut entries, insertion.name, value);
                }
            }
            return Ok(Datum { schema: None, value: Value::Map(entries) });
        };
        let (schema, mut values) = require_struct(datum.value, PURPOSE)?.into_parts();
        let insertions = &self.insertions;
        let updated = self.updates.get(&schema, |schema| updated_schema(schema, insertions))?.clone();
        for (field, value) in schema.fields().iter().zip(&mut values) {
            fill_null(field, value, self.replace_null_with_default)?;
        }
        for insertion in &self.insertions {
            values.push(insertion.value(record, true)?);
        }
        let value = Value::Struct(Struct::from_values(updated.clone(), values)?);
        Ok(Datum { schema: Some(updated), value })
    }
}

fn updated_schema(schema: &Schema, insertions: &[Insertion]) -> Result<Schema, Error> {
    let mut builder = SchemaBuilder::basics_of(schema).with_optional(false);
    for field in schema.fields() {
        builder = builder.field(field.name.as_str(), field.schema.clone());
    }
    for insertion in insertions {
        builder = builder.field(insertion.name, insertion.schema()?);
    }
    builder.build()
}

fn definition() -> ConfigDef {
    let optionality =
        "Suffix with <code>!</code> to make this a required field, or <code>?</code> to keep it optional (the default).";
    let key =
        |name: &str, documentation: String| ConfigKey::new(name, KeyType::String, Importance::Medium, &documentation).optional();
    ConfigDef::new()
        .key(key("topic.field", format!("Field name for Kafka topic. {optionality}")))
        .key(key("partition.field", format!("Field name for Kafka partition. {optionality}")))
        .key(key("offset.field", format!("Field name for Kafka offset - only applicable to sink connectors.<br/>{optionality}")))
        .key(key("timestamp.field", format!("Field name for record timestamp. {optionality}")))
        .key(key(STATIC_FIELD, format!("Field name for static data field. {optionality}")))
        .key(key(STATIC_VALUE, "Static field value, if field name configured.".to_owned()))
        .key(replace_null_with_default())
}

impl<S: Side> Transformation for InsertField<S> {
    fn plugin() -> PluginInfo {
        PluginInfo::new(
            class::<S>("InsertField"),
            "Insert field(s) using attributes from the record metadata or a configured static value.",
            definition(),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        let mut insertions = Vec::new();
        let attributes = [
            ("topic.field", Content::Topic),
            ("partition.field", Content::Partition),
            ("offset.field", Content::Offset),
            ("timestamp.field", Content::Timestamp),
        ];
        for (key, content) in attributes {
            if let Some(field) = config.optional_string(key)? {
                insertions.push(Insertion::parse(field, content));
            }
        }
        let static_value = config.optional_string(STATIC_VALUE)?;
        if let Some(field) = config.optional_string(STATIC_FIELD)? {
            let unset = || Error::invalid_value(STATIC_VALUE, None, &format!("No value specified for static field: {field}"));
            let value = for_good(static_value.ok_or_else(unset)?);
            insertions.push(Insertion::parse(field, Content::Static(value)));
        }
        if insertions.is_empty() {
            return Err(Error::config("No field insertion configured"));
        }
        Ok(Self {
            insertions,
            replace_null_with_default: config.boolean(REPLACE_NULL_WITH_DEFAULT)?,
            updates: SchemaUpdates::new(),
            side: PhantomData,
        })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        Ok(self.apply_in_place(&mut record)?.then_some(record))
    }

    fn apply_in_place(&mut self, record: &mut Record<'_>) -> Result<bool, Error> {
        if S::datum(record).value.is_null() {
            return Ok(true);
        }
        let datum = S::take(record);
        *S::datum(record) = self.insert(record, datum)?;
        Ok(true)
    }

    fn edits_fields(&self) -> bool {
        true
    }
}
