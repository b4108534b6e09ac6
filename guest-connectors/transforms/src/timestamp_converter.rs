//! `TimestampConverter`: times as texts, numbers or Connect's logical types (KIP-66, KIP-808).

mod format;

use std::marker::PhantomData;

use caisson_sdk::data::logical;
use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Error, Importance, KeyType, PluginInfo, Record, Schema, SchemaBuilder, Struct,
    Transformation, Type, Validator,
};

use crate::requirements::{
    REPLACE_NULL_WITH_DEFAULT, for_good, put, refuse_null, replace_null_with_default, require_map, require_struct,
};
use crate::schema_updates::SchemaUpdates;
use crate::side::{Side, class};
use format::{FORMAT, PRECISION, Precision, Representation, Target, TimeFormat};

const PURPOSE: &str = "converting timestamp formats";
const FIELD: &str = "field";
const TARGET_TYPE: &str = "target.type";

/// Converts times.
#[derive(Debug)]
pub struct TimestampConverter<S> {
    /// None: the whole key or value.
    field: Option<&'static str>,
    format: TimeFormat,
    replace_null_with_default: bool,
    updates: SchemaUpdates<Schema>,
    side: PhantomData<S>,
}

impl<S: Side> TimestampConverter<S> {
    fn convert<'b>(&mut self, datum: Datum<'b>) -> Result<Datum<'b>, Error> {
        let Some(schema) = datum.schema else { return self.convert_schemaless(datum.value) };
        let Some(name) = self.field else {
            let target = self.format.target.schema(schema.is_optional())?;
            let value = self.format.convert(datum.value, representation(&schema)?)?;
            return Ok(Datum { schema: Some(target), value });
        };
        let is_null = datum.value.is_null();
        let structure = if is_null { None } else { Some(require_struct(datum.value, PURPOSE)?) };
        let (format, with_default) = (&self.format, self.replace_null_with_default);
        let updated = self.updates.get(&schema, |schema| updated_schema(format, name, with_default, schema))?.clone();
        let value = match structure {
            Some(structure) => Value::Struct(convert_struct(format, name, with_default, structure, &updated)?),
            None => Value::Null,
        };
        Ok(Datum { schema: Some(updated), value })
    }

    fn convert_schemaless<'b>(&self, value: Value<'b>) -> Result<Datum<'b>, Error> {
        let Some(name) = self.field.filter(|_| !value.is_null()) else {
            return Ok(Datum { schema: None, value: self.format.convert_schemaless(value)? });
        };
        let mut entries = require_map(value, PURPOSE)?;
        match entries.iter_mut().find(|(key, _)| key.as_str() == Some(name)) {
            Some((_, held)) => *held = self.format.convert_schemaless(std::mem::replace(held, Value::Null))?,
            // As Java puts what it got, which is null.
            None => put(&mut entries, name, Value::Null),
        }
        Ok(Datum { schema: None, value: Value::Map(entries) })
    }
}

/// How a schema says that its values are times. `ConnectException` where it does not.
fn representation(schema: &Schema) -> Result<Representation, Error> {
    match (schema.name(), schema.type_()) {
        (Some(logical::TIMESTAMP), _) => Ok(Representation::Timestamp),
        (Some(logical::DATE), _) => Ok(Representation::Date),
        (Some(logical::TIME), _) => Ok(Representation::Time),
        (_, Type::String) => Ok(Representation::Text),
        (_, Type::Int64) => Ok(Representation::Unix),
        _ => Err(Error::connect(format!("Schema {schema} does not correspond to a known timestamp type format"))),
    }
}

fn updated_schema(format: &TimeFormat, name: &str, with_default: bool, schema: &Schema) -> Result<Schema, Error> {
    if schema.type_() != Type::Struct {
        return Err(Error::data("Cannot list fields on non-struct type"));
    }
    let mut builder = SchemaBuilder::basics_of(schema);
    for field in schema.fields() {
        let changed = if field.name == name { format.target.schema(field.schema.is_optional())? } else { field.schema.clone() };
        builder = builder.field(field.name.as_str(), changed);
    }
    let updated = builder.build()?;
    let Some(Value::Struct(default)) = schema.default_value() else { return Ok(updated) };
    let default = convert_struct(format, name, with_default, default.clone(), &updated)?;
    let mut builder = SchemaBuilder::basics_of(&updated);
    for field in updated.fields() {
        builder = builder.field(field.name.as_str(), field.schema.clone());
    }
    builder.default_value(Value::Struct(default)).build()
}

fn convert_struct<'b>(
    format: &TimeFormat,
    name: &str,
    with_default: bool,
    structure: Struct<'b>,
    updated: &Schema,
) -> Result<Struct<'b>, Error> {
    let (schema, values) = structure.into_parts();
    let mut converted = Vec::with_capacity(values.len());
    for ((field, target), mut value) in schema.fields().iter().zip(updated.fields()).zip(values) {
        if value.is_null() && with_default {
            value = field.schema.default_value().cloned().unwrap_or(Value::Null);
        }
        if field.name == name {
            value = format.convert(value, representation(&field.schema)?)?;
        }
        if value.is_null() {
            refuse_null(target)?;
        }
        converted.push(value);
    }
    Struct::from_values(updated.clone(), converted)
}

impl<S: Side> Transformation for TimestampConverter<S> {
    fn plugin() -> PluginInfo {
        let key = |name: &str, importance, documentation: &str| ConfigKey::new(name, KeyType::String, importance, documentation);
        let field = "The field containing the timestamp, or empty if the entire value is a timestamp";
        let target = "The desired timestamp representation: string, unix, Date, Time, or Timestamp";
        let format = "A SimpleDateFormat-compatible format for the timestamp. Used to generate the output when type=string or \
                      used to parse the input if the input is a string.";
        let precision = "The desired Unix precision for the timestamp: seconds, milliseconds, microseconds, or nanoseconds. Used \
                         to generate the output when type=unix or used to parse the input if the input is a Long.Note: This \
                         SMT will cause precision loss during conversions from, and to, values with sub-millisecond components.";
        PluginInfo::new(
            class::<S>("TimestampConverter"),
            "Write a time in another way: as a text by a pattern, as a number since the epoch, or as Connect's Date, Time or \
             Timestamp. It may be a field, or the whole key or value.",
            ConfigDef::new()
                .key(key(FIELD, Importance::High, field).default(""))
                .key(key(TARGET_TYPE, Importance::High, target).validator(Validator::OneOf(Target::NAMES.to_vec())))
                .key(key(FORMAT, Importance::Medium, format).default(""))
                .key(
                    key(PRECISION, Importance::Low, precision)
                        .default("milliseconds")
                        .validator(Validator::OneOf(Precision::NAMES.to_vec())),
                )
                .key(replace_null_with_default()),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        let target = Target::named(config.string(TARGET_TYPE)?);
        let format = TimeFormat::new(target, config.string(FORMAT)?, Precision::named(config.string(PRECISION)?))?;
        Ok(Self {
            field: Some(config.string(FIELD)?).filter(|field| !field.is_empty()).map(for_good),
            format,
            replace_null_with_default: config.boolean(REPLACE_NULL_WITH_DEFAULT)?,
            updates: SchemaUpdates::new(),
            side: PhantomData,
        })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        let converted = self.convert(S::take(&mut record))?;
        *S::datum(&mut record) = converted;
        Ok(Some(record))
    }
}
