//! `HoistField`: wraps the key or value in a struct or map of one field (KIP-66).

use std::marker::PhantomData;

use caisson_sdk::data::validate::validate_value;
use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Error, Importance, KeyType, PluginInfo, Record, Schema, SchemaBuilder, Struct,
    Transformation,
};

use crate::requirements::for_good;
use crate::schema_updates::SchemaUpdates;
use crate::side::{Side, class};

const FIELD: &str = "field";

/// Wraps a datum.
#[derive(Debug)]
pub struct HoistField<S> {
    field: &'static str,
    updates: SchemaUpdates<Schema>,
    side: PhantomData<S>,
}

impl<S: Side> HoistField<S> {
    fn hoist<'b>(&mut self, datum: Datum<'b>) -> Result<Datum<'b>, Error> {
        let Some(schema) = datum.schema else {
            let entry = (Value::from(self.field), datum.value);
            return Ok(Datum { schema: None, value: Value::Map(vec![entry]) });
        };
        let field = self.field;
        let make = |schema: &Schema| SchemaBuilder::structure().field(field, schema.clone()).build();
        let updated = self.updates.get(&schema, make)?.clone();
        validate_value(Some(field), &schema, &datum.value)?;
        let value = Value::Struct(Struct::from_values(updated.clone(), vec![datum.value])?);
        Ok(Datum { schema: Some(updated), value })
    }
}

impl<S: Side> Transformation for HoistField<S> {
    fn plugin() -> PluginInfo {
        let field = ConfigKey::new(
            FIELD,
            KeyType::String,
            Importance::Medium,
            "Field name for the single field that will be created in the resulting Struct or Map.",
        );
        PluginInfo::new(
            class::<S>("HoistField"),
            "Wrap data using the specified field name in a Struct when schema present, or a Map in the case of schemaless data.",
            ConfigDef::new().key(field),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self { field: for_good(config.string(FIELD)?), updates: SchemaUpdates::new(), side: PhantomData })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        Ok(self.apply_in_place(&mut record)?.then_some(record))
    }

    fn apply_in_place(&mut self, record: &mut Record<'_>) -> Result<bool, Error> {
        *S::datum(record) = self.hoist(S::take(record))?;
        Ok(true)
    }
}
