//! `Flatten`: nested fields become fields of the top level, their names joined (KIP-66).

use std::marker::PhantomData;

use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Error, Importance, KeyType, PluginInfo, Record, Schema, SchemaBuilder, Struct,
    Transformation, Type,
};

use crate::requirements::{Entries, refuse_null, require_map, require_struct};
use crate::schema_updates::SchemaUpdates;
use crate::side::{Side, class};

const PURPOSE: &str = "flattening";
const DELIMITER: &str = "delimiter";

/// Flattens.
#[derive(Debug)]
pub struct Flatten<S> {
    delimiter: String,
    updates: SchemaUpdates<Schema>,
    side: PhantomData<S>,
}

impl<S: Side> Flatten<S> {
    fn flatten<'b>(&mut self, datum: Datum<'b>) -> Result<Datum<'b>, Error> {
        let Some(schema) = datum.schema else {
            let mut flat = Entries::new();
            flatten_map(&self.delimiter, "", require_map(datum.value, PURPOSE)?, &mut flat)?;
            return Ok(Datum { schema: None, value: Value::Map(flat) });
        };
        let structure = require_struct(datum.value, PURPOSE)?;
        let delimiter = &self.delimiter;
        let updated = self.updates.get(&schema, |schema| updated_schema(delimiter, schema))?.clone();
        let mut leaves = Vec::with_capacity(updated.fields().len());
        push_leaves(structure, &mut leaves)?;
        let mut values = Vec::with_capacity(leaves.len());
        for (field, leaf) in updated.fields().iter().zip(leaves) {
            values.push(match leaf {
                Leaf::Set(Value::Null) => {
                    refuse_null(field)?;
                    Value::Null
                }
                Leaf::Set(value) => value,
                Leaf::Unset => Value::Null,
            });
        }
        let value = Value::Struct(Struct::from_values(updated.clone(), values)?);
        Ok(Datum { schema: Some(updated), value })
    }
}

fn joined(delimiter: &str, prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}{delimiter}{name}") }
}

fn flatten_map<'b>(delimiter: &str, prefix: &str, entries: Entries<'b>, flat: &mut Entries<'b>) -> Result<(), Error> {
    for (key, value) in entries {
        let name = match &key {
            Value::String(name) => joined(delimiter, prefix, name),
            Value::Null => joined(delimiter, prefix, "null"),
            other => return Err(crate::requirements::not_castable(other, "java.lang.String")),
        };
        let value = value.decoded()?;
        match value {
            Value::Map(inner) => {
                flatten_map(delimiter, &name, inner, flat)?;
                continue;
            }
            Value::Date(_) | Value::Decimal(_) | Value::BigInteger(_) => {
                let class = value.java_class();
                return Err(Error::data(format!(
                    "Flatten transformation was passed a value of type class {class} which is not supported by Connect's data API"
                )));
            }
            Value::Struct(_) => return Err(unsupported(Type::Struct, "without", &name)),
            _ => {}
        }
        // At the top level the key of a null name stays null.
        let key = if key.is_null() && prefix.is_empty() { Value::Null } else { Value::from(name) };
        match flat.iter_mut().find(|(other, _)| *other == key) {
            Some((_, held)) => *held = value,
            None => flat.push((key, value)),
        }
    }
    Ok(())
}

fn unsupported(type_: Type, which: &str, field: &str) -> Error {
    Error::data(format!("Flatten transformation does not support {type_} for record {which} schemas (for field {field})."))
}

fn updated_schema(delimiter: &str, schema: &Schema) -> Result<Schema, Error> {
    let builder = SchemaBuilder::basics_of(schema).with_optional(false);
    let default = match schema.default_value() {
        Some(Value::Struct(default)) => Some(default.clone()),
        _ => None,
    };
    push_fields(delimiter, "", builder, schema, schema.is_optional(), default.as_ref())?.build()
}

/// The fields below `schema`; `default` is what stands for all of it when it is null.
fn push_fields(
    delimiter: &str,
    prefix: &str,
    mut builder: SchemaBuilder,
    schema: &Schema,
    optional: bool,
    default: Option<&Struct<'static>>,
) -> Result<SchemaBuilder, Error> {
    for (index, field) in schema.fields().iter().enumerate() {
        let name = joined(delimiter, prefix, &field.name);
        let optional = optional || field.schema.is_optional();
        let own = field.schema.default_value();
        let default = own.or_else(|| Some(default?.get_at(index))).filter(|value| !value.is_null());
        match field.schema.type_() {
            Type::Map => return Err(unsupported(Type::Map, "with", &name)),
            Type::Struct => {
                let default = match default {
                    Some(Value::Struct(default)) => Some(default),
                    _ => None,
                };
                builder = push_fields(delimiter, &name, builder, &field.schema, optional, default)?;
            }
            _ => {
                let mut leaf = SchemaBuilder::basics_of(&field.schema).with_optional(optional);
                if let Some(default) = default {
                    leaf = leaf.default_value(default.clone());
                }
                builder = builder.field(name, leaf.build()?);
            }
        }
    }
    Ok(builder)
}

/// The values in the order of the flat schema's fields.
fn push_leaves<'b>(structure: Struct<'b>, leaves: &mut Vec<Leaf<'b>>) -> Result<(), Error> {
    let (schema, values) = structure.into_parts();
    for (field, value) in schema.fields().iter().zip(values) {
        match (field.schema.type_(), value.is_null()) {
            // Kafka reads a struct without its default, and sets nothing where there is none.
            (Type::Struct, true) => push_unset(&field.schema, leaves),
            (Type::Struct, false) => push_leaves(require_struct(value, PURPOSE)?, leaves)?,
            (_, true) => leaves.push(Leaf::Set(field.schema.default_value().cloned().unwrap_or(Value::Null))),
            (_, false) => leaves.push(Leaf::Set(value)),
        }
    }
    Ok(())
}

fn push_unset(schema: &Schema, leaves: &mut Vec<Leaf<'_>>) {
    for field in schema.fields() {
        match field.schema.type_() {
            Type::Struct => push_unset(&field.schema, leaves),
            _ => leaves.push(Leaf::Unset),
        }
    }
}

/// A field of the flat struct.
enum Leaf<'b> {
    /// It was set, maybe to null, which is checked.
    Set(Value<'b>),
    /// It belongs to a struct that is null.
    Unset,
}

impl<S: Side> Transformation for Flatten<S> {
    fn plugin() -> PluginInfo {
        let delimiter = ConfigKey::new(
            DELIMITER,
            KeyType::String,
            Importance::Medium,
            "Delimiter to insert between field names from the input record when generating field names for the output record",
        );
        PluginInfo::new(
            class::<S>("Flatten"),
            "Put the fields of nested Structs, or of nested Maps where there is no schema, into the top level. A field is named by \
             the names on the way to it, with a delimiter between them. Arrays stay as they are.",
            ConfigDef::new().key(delimiter.default(".")),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        Ok(Self { delimiter: config.string(DELIMITER)?.to_owned(), updates: SchemaUpdates::new(), side: PhantomData })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        if S::datum(&mut record).value.is_null() {
            return Ok(Some(record));
        }
        let flat = self.flatten(S::take(&mut record))?;
        *S::datum(&mut record) = flat;
        Ok(Some(record))
    }
}
