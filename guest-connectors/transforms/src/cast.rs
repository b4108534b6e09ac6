//! `Cast`: fields, or the whole key or value, as another type (KIP-66).

mod number;
mod spec;
mod value;

use std::marker::PhantomData;

use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Error, Importance, KeyType, PluginInfo, Record, Schema, SchemaBuilder, Struct,
    Transformation, Type,
};

use crate::requirements::{REPLACE_NULL_WITH_DEFAULT, put, refuse_null, replace_null_with_default, require_map, require_struct};
use crate::schema_updates::SchemaUpdates;
use crate::side::{Side, class};
use spec::Spec;
use value::cast;

const PURPOSE: &str = "cast types";
const SPEC: &str = "spec";

/// Casts.
#[derive(Debug)]
pub struct Cast<S> {
    spec: Spec,
    replace_null_with_default: bool,
    updates: SchemaUpdates<Schema>,
    side: PhantomData<S>,
}

impl<S: Side> Cast<S> {
    fn cast<'b>(&mut self, datum: Datum<'b>) -> Result<Datum<'b>, Error> {
        let Some(schema) = datum.schema else { return self.cast_schemaless(datum.value) };
        let spec = &self.spec;
        let updated = self.updates.get(&schema, |schema| updated_schema(spec, schema))?.clone();
        if let Spec::Whole(type_) = spec {
            return Ok(Datum { value: cast(Some(&schema), datum.value, *type_)?, schema: Some(updated) });
        }
        let (own, values) = require_struct(datum.value, PURPOSE)?.into_parts();
        let mut cast_values = Vec::with_capacity(values.len());
        for ((field, target), mut value) in own.fields().iter().zip(updated.fields()).zip(values) {
            if value.is_null() && self.replace_null_with_default {
                value = field.schema.default_value().cloned().unwrap_or(Value::Null);
            }
            if let Some(type_) = spec.of_field(&field.name) {
                value = cast(Some(&field.schema), value, type_)?;
            }
            if value.is_null() {
                refuse_null(target)?;
            }
            cast_values.push(value);
        }
        Ok(Datum { value: Value::Struct(Struct::from_values(updated.clone(), cast_values)?), schema: Some(updated) })
    }

    fn cast_schemaless<'b>(&self, value: Value<'b>) -> Result<Datum<'b>, Error> {
        let fields = match &self.spec {
            Spec::Whole(type_) => return Ok(Datum { schema: None, value: cast(None, value, *type_)? }),
            Spec::Fields(fields) => fields,
        };
        let mut entries = require_map(value, PURPOSE)?;
        for &(field, type_) in fields {
            match entries.iter_mut().find(|(key, _)| key.as_str() == Some(field)) {
                Some((_, held)) => *held = cast(None, std::mem::replace(held, Value::Null), type_)?,
                // As Java puts what it got, which is null.
                None => put(&mut entries, field, Value::Null),
            }
        }
        Ok(Datum { schema: None, value: Value::Map(entries) })
    }
}

fn updated_schema(spec: &Spec, schema: &Schema) -> Result<Schema, Error> {
    if let Spec::Whole(type_) = spec {
        let builder = SchemaBuilder::new(*type_).described_as(schema).with_optional(schema.is_optional());
        return with_default(builder, schema, *type_)?.build();
    }
    if schema.type_() != Type::Struct {
        return Err(Error::data("Cannot list fields on non-struct type"));
    }
    if schema.default_value().is_some() {
        // Kafka would cast the default to a struct.
        spec::check_input(schema.type_())?;
    }
    let mut builder = SchemaBuilder::basics_of(schema);
    for field in schema.fields() {
        let changed = match spec.of_field(&field.name) {
            Some(type_) => {
                let builder = SchemaBuilder::new(type_).with_optional(field.schema.is_optional());
                with_default(builder, &field.schema, type_)?.build()?
            }
            None => field.schema.clone(),
        };
        builder = builder.field(field.name.as_str(), changed);
    }
    builder.build()
}

/// With the default of a schema, cast too.
fn with_default(builder: SchemaBuilder, of: &Schema, type_: Type) -> Result<SchemaBuilder, Error> {
    Ok(match of.default_value() {
        Some(default) => builder.default_value(cast(Some(of), default.clone(), type_)?),
        None => builder,
    })
}

impl<S: Side> Transformation for Cast<S> {
    fn plugin() -> PluginInfo {
        let spec = ConfigKey::new(
            SPEC,
            KeyType::List,
            Importance::High,
            "List of fields and the type to cast them to of the form field1:type,field2:type to cast fields of Maps or Structs. A \
             single type to cast the entire value. Valid types are int8, int16, int32, int64, float32, float64, boolean, and \
             string. Note that binary fields can only be cast to string.",
        );
        PluginInfo::new(
            class::<S>("Cast"),
            "Make values of another type, for instance narrower integers or numbers out of texts: of single fields, or of the whole \
             key or value. Bytes become texts in base64.",
            ConfigDef::new().key(spec.check_with(spec::check)).key(replace_null_with_default()),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            spec: Spec::parse(config.list(SPEC)?)?,
            replace_null_with_default: config.boolean(REPLACE_NULL_WITH_DEFAULT)?,
            updates: SchemaUpdates::new(),
            side: PhantomData,
        })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        if S::datum(&mut record).value.is_null() {
            return Ok(Some(record));
        }
        let cast = self.cast(S::take(&mut record))?;
        *S::datum(&mut record) = cast;
        Ok(Some(record))
    }
}
