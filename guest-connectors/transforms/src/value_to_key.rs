//! `ValueToKey`: makes the key of fields of the value (KIP-66).

use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Error, Importance, KeyType, PluginInfo, Record, Schema, SchemaBuilder, Struct,
    Transformation, Validator,
};

use crate::requirements::{
    REPLACE_NULL_WITH_DEFAULT, fill_null, for_good, put, replace_null_with_default, require_map, require_struct,
};
use crate::schema_updates::SchemaUpdates;

const PURPOSE: &str = "copying fields from value to key";
const FIELDS: &str = "fields";

/// The schema of the keys, and for each field of it the place in the value.
#[derive(Debug)]
struct KeySchema {
    schema: Schema,
    sources: Vec<usize>,
}

/// Makes keys.
#[derive(Debug)]
pub struct ValueToKey {
    fields: Vec<&'static str>,
    replace_null_with_default: bool,
    schemas: SchemaUpdates<KeySchema>,
}

impl ValueToKey {
    fn key<'b>(&mut self, value: &Datum<'b>) -> Result<Datum<'b>, Error> {
        if value.schema.is_none() {
            let held = require_map(value.value.clone(), PURPOSE)?;
            let mut key = Vec::with_capacity(self.fields.len());
            for &field in &self.fields {
                let found = held.iter().find(|(name, _)| name.as_str() == Some(field));
                put(&mut key, field, found.map_or(Value::Null, |(_, value)| value.clone()));
            }
            return Ok(Datum { schema: None, value: Value::Map(key) });
        }
        let held = require_struct(value.value.clone(), PURPOSE)?;
        let fields = &self.fields;
        let made = self.schemas.get(held.schema(), |schema| key_schema(fields, schema))?;
        let mut values = Vec::with_capacity(made.sources.len());
        for (source, field) in made.sources.iter().zip(made.schema.fields()) {
            let mut value = held.values().get(*source).cloned().unwrap_or(Value::Null);
            fill_null(field, &mut value, self.replace_null_with_default)?;
            values.push(value);
        }
        let schema = made.schema.clone();
        Ok(Datum { value: Value::Struct(Struct::from_values(schema.clone(), values)?), schema: Some(schema) })
    }
}

fn key_schema(fields: &[&'static str], of: &Schema) -> Result<KeySchema, Error> {
    let mut builder = SchemaBuilder::structure();
    let mut sources = Vec::new();
    for name in fields {
        let (index, field) = of.field(name).ok_or_else(|| Error::data(format!("Field does not exist: {name}")))?;
        builder = builder.field(*name, field.schema.clone());
        sources.push(index);
    }
    Ok(KeySchema { schema: builder.build()?, sources })
}

impl Transformation for ValueToKey {
    fn plugin() -> PluginInfo {
        let documentation = "Field names on the record value to extract as the record key.";
        let fields = ConfigKey::new(FIELDS, KeyType::List, Importance::High, documentation);
        PluginInfo::new(
            "org.apache.kafka.connect.transforms.ValueToKey",
            "Replace the record key with a new key formed from a subset of fields in the record value.",
            ConfigDef::new().key(fields.validator(Validator::NonEmpty)).key(replace_null_with_default()),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        let mut fields = Vec::new();
        for field in config.list(FIELDS)? {
            // Kafka forgets an item that is in a list twice (KIP-1030).
            if !fields.contains(&field.as_str()) {
                fields.push(for_good(field));
            }
        }
        Ok(Self { fields, replace_null_with_default: config.boolean(REPLACE_NULL_WITH_DEFAULT)?, schemas: SchemaUpdates::new() })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        record.key = self.key(&record.value)?;
        Ok(Some(record))
    }
}
