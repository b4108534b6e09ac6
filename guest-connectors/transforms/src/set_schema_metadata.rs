//! `SetSchemaMetadata`: gives a struct's schema another name or version (KIP-66).

use std::marker::PhantomData;

use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Error, Importance, KeyType, PluginInfo, Record, Schema, SchemaBuilder, Struct,
    Transformation, Type,
};

use crate::requirements::{REPLACE_NULL_WITH_DEFAULT, fill_null, replace_null_with_default};
use crate::schema_updates::SchemaUpdates;
use crate::side::{Side, class};

const SCHEMA_NAME: &str = "schema.name";
const SCHEMA_VERSION: &str = "schema.version";

/// Renames schemas.
#[derive(Debug)]
pub struct SetSchemaMetadata<S> {
    name: Option<String>,
    version: Option<i32>,
    replace_null_with_default: bool,
    updates: SchemaUpdates<Schema>,
    side: PhantomData<S>,
}

impl<S: Side> SetSchemaMetadata<S> {
    fn set<'b>(&mut self, datum: Datum<'b>) -> Result<Datum<'b>, Error> {
        let Some(schema) = &datum.schema else {
            return Err(Error::data("Schema required for [updating schema metadata]"));
        };
        let (name, version) = (self.name.as_deref(), self.version);
        let updated = self.updates.get(schema, |schema| updated_schema(schema, name, version))?.clone();
        let value = match datum.value.decoded()? {
            Value::Struct(structure) => {
                let (own, mut values) = structure.into_parts();
                for (field, value) in own.fields().iter().zip(&mut values) {
                    fill_null(field, value, self.replace_null_with_default)?;
                }
                Value::Struct(Struct::from_values(updated.clone(), values)?)
            }
            other => other,
        };
        Ok(Datum { schema: Some(updated), value })
    }
}

/// As Kafka, which asks every schema for its fields, and so fails for one that is no struct.
fn updated_schema(schema: &Schema, name: Option<&str>, version: Option<i32>) -> Result<Schema, Error> {
    if schema.type_() != Type::Struct {
        return Err(Error::data("Cannot list fields on non-struct type"));
    }
    let mut builder = SchemaBuilder::basics_of(schema);
    if let Some(name) = name {
        builder = builder.name(name);
    }
    if let Some(version) = version {
        builder = builder.version(version);
    }
    for field in schema.fields() {
        builder = builder.field(field.name.as_str(), field.schema.clone());
    }
    builder.build()
}

impl<S: Side> Transformation for SetSchemaMetadata<S> {
    fn plugin() -> PluginInfo {
        let key =
            |name: &str, type_, documentation: &str| ConfigKey::new(name, type_, Importance::High, documentation).optional();
        PluginInfo::new(
            class::<S>("SetSchemaMetadata"),
            "Set the schema name, version or both on the record's key or value schema.",
            ConfigDef::new()
                .key(key(SCHEMA_NAME, KeyType::String, "Schema name to set."))
                .key(key(SCHEMA_VERSION, KeyType::Int, "Schema version to set."))
                .key(replace_null_with_default()),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        let name = config.optional_string(SCHEMA_NAME)?.map(str::to_owned);
        let version = config.optional_int(SCHEMA_VERSION)?;
        if name.is_none() && version.is_none() {
            return Err(Error::config("Neither schema name nor version configured"));
        }
        let replace_null_with_default = config.boolean(REPLACE_NULL_WITH_DEFAULT)?;
        Ok(Self { name, version, replace_null_with_default, updates: SchemaUpdates::new(), side: PhantomData })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        let datum = S::take(&mut record);
        if datum.schema.is_none() && datum.value.is_null() {
            return Ok(Some(record));
        }
        *S::datum(&mut record) = self.set(datum)?;
        Ok(Some(record))
    }
}
