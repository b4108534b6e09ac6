//! `ExtractField`: one field in the place of the whole key or value (KIP-66, KIP-821).

use std::marker::PhantomData;

use caisson_sdk::data::value::Value;
use caisson_sdk::{Config, ConfigDef, ConfigKey, Datum, Error, Importance, KeyType, PluginInfo, Record, Schema, Transformation};

use crate::field_path::{FieldPath, field_syntax_version};
use crate::requirements::{REPLACE_NULL_WITH_DEFAULT, java_error, replace_null_with_default, require_map, require_struct};
use crate::schema_updates::SchemaUpdates;
use crate::side::{Side, class};

const PURPOSE: &str = "field extraction";
const FIELD: &str = "field";

/// Takes a field out.
#[derive(Debug)]
pub struct ExtractField<S> {
    path: FieldPath,
    /// The path as it was configured.
    field: String,
    replace_null_with_default: bool,
    found: SchemaUpdates<Schema>,
    side: PhantomData<S>,
}

impl<S: Side> ExtractField<S> {
    fn extract<'b>(&mut self, datum: Datum<'b>) -> Result<Datum<'b>, Error> {
        let is_null = datum.value.is_null();
        let Some(schema) = datum.schema else {
            let value = if is_null { Value::Null } else { self.path.value_of_map(require_map(datum.value, PURPOSE)?)? };
            return Ok(Datum { schema: None, value });
        };
        let structure = if is_null { None } else { Some(require_struct(datum.value, PURPOSE)?) };
        let (path, name) = (&self.path, &self.field);
        let unknown = || java_error("java.lang.IllegalArgumentException", format!("Unknown field: {name}"));
        let find = |schema: &Schema| Ok(path.field(schema)?.ok_or_else(unknown)?.schema.clone());
        let schema = self.found.get(&schema, find)?.clone();
        let value = match structure {
            Some(structure) => self.path.value_of_struct(structure, self.replace_null_with_default)?,
            None => Value::Null,
        };
        Ok(Datum { schema: Some(schema), value })
    }
}

impl<S: Side> Transformation for ExtractField<S> {
    fn plugin() -> PluginInfo {
        let field = ConfigKey::new(FIELD, KeyType::String, Importance::Medium, "Field name to extract.");
        PluginInfo::new(
            class::<S>("ExtractField"),
            "Put one field of a Struct, or of a Map where there is no schema, in the place of the whole. A null stays null.",
            ConfigDef::new().key(field).key(replace_null_with_default()).key(field_syntax_version()),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        let field = config.string(FIELD)?;
        Ok(Self {
            path: FieldPath::of(field, config)?,
            field: field.to_owned(),
            replace_null_with_default: config.boolean(REPLACE_NULL_WITH_DEFAULT)?,
            found: SchemaUpdates::new(),
            side: PhantomData,
        })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        let extracted = self.extract(S::take(&mut record))?;
        *S::datum(&mut record) = extracted;
        Ok(Some(record))
    }
}
