//! `ReplaceField`: leaves out and renames fields (KIP-66, KIP-629).

use std::marker::PhantomData;

use caisson_sdk::data::fields::{Fields, is_same};
use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, ConfigValue, Datum, Error, Importance, KeyType, PluginInfo, Record, Schema, SchemaBuilder,
    Struct, Transformation, Validator,
};

use crate::requirements::{
    Entries, REPLACE_NULL_WITH_DEFAULT, for_good, refuse_null, replace_null_with_default, require_map, require_struct,
};
use crate::schema_updates::SchemaUpdates;
use crate::side::{Side, class};

const PURPOSE: &str = "field replacement";
const EXCLUDE: &str = "exclude";
const INCLUDE: &str = "include";
const RENAMES: &str = "renames";

/// Which fields stay, under which names.
#[derive(Debug)]
struct Selection {
    exclude: Vec<String>,
    include: Vec<String>,
    /// Old name, new name.
    renames: Vec<(String, &'static str)>,
}

impl Selection {
    fn apply(&self, fields: &mut Fields) {
        if !self.exclude.is_empty() || !self.include.is_empty() {
            fields.retain(|name| self.keeps(name));
        }
        if !self.renames.is_empty() {
            fields.rename(|name| self.new_name(name));
        }
    }

    /// A name in UTF-8.
    #[inline(always)]
    fn keeps(&self, name: &[u8]) -> bool {
        let listed = |names: &[String]| names.iter().any(|listed| is_same(listed.as_bytes(), name));
        !listed(&self.exclude) && (self.include.is_empty() || listed(&self.include))
    }

    /// None: the field keeps its name.
    fn new_name(&self, old: &[u8]) -> Option<&'static str> {
        self.renames.iter().rev().find(|(from, _)| from.as_bytes() == old).map(|(_, to)| *to)
    }

    fn old_name<'n>(&'n self, new: &'n str) -> &'n str {
        self.renames.iter().rev().find(|(_, to)| *to == new).map_or(new, |(from, _)| from)
    }
}

/// A struct schema without the fields left out.
#[derive(Debug)]
struct Update {
    schema: Schema,
    /// For each field, where its value stands in the struct as it was; the name it has there when there is none.
    sources: Vec<Result<usize, String>>,
    /// Two fields have one source.
    shared: bool,
}

/// Leaves out and renames fields.
#[derive(Debug)]
pub struct ReplaceField<S> {
    selection: Selection,
    replace_null_with_default: bool,
    updates: SchemaUpdates<Update>,
    side: PhantomData<S>,
}

impl<S: Side> ReplaceField<S> {
    fn replace<'b>(&mut self, datum: Datum<'b>) -> Result<Datum<'b>, Error> {
        if datum.schema.is_none() {
            let entries = replace_entries(&self.selection, require_map(datum.value, PURPOSE)?);
            return Ok(Datum { schema: None, value: Value::Map(entries) });
        }
        let mut structure = require_struct(datum.value, PURPOSE)?;
        let selection = &self.selection;
        let schema = structure.schema().clone();
        let update = self.updates.get(&schema, |schema| update(selection, schema))?;
        let mut values = Vec::with_capacity(update.sources.len());
        for (source, field) in update.sources.iter().zip(update.schema.fields()) {
            let index = source.as_ref().map_err(|name| Error::data(format!("{name} is not a valid field name")))?;
            let mut value = match structure.values_mut().get_mut(*index) {
                Some(value) if update.shared => value.clone(),
                Some(value) => std::mem::replace(value, Value::Null),
                None => Value::Null,
            };
            if value.is_null() {
                let source = schema.fields().get(*index).filter(|_| self.replace_null_with_default);
                value = source.and_then(|source| source.schema.default_value()).cloned().unwrap_or(Value::Null);
            }
            if value.is_null() {
                refuse_null(field)?;
            }
            values.push(value);
        }
        let schema = update.schema.clone();
        Ok(Datum { value: Value::Struct(Struct::from_values(schema.clone(), values)?), schema: Some(schema) })
    }
}

/// In place: most records have nothing renamed onto another field.
fn replace_entries<'b>(selection: &Selection, mut entries: Entries<'b>) -> Entries<'b> {
    entries.retain(|(key, _)| selection.keeps(key.as_str().unwrap_or_default().as_bytes()));
    let mut renamed = false;
    for (key, _) in &mut entries {
        let old = key.as_str().unwrap_or_default();
        if let Some(new) = selection.new_name(old.as_bytes()) {
            *key = Value::from(new);
            renamed = true;
        }
    }
    if !renamed {
        return entries;
    }
    let mut unique: Entries<'b> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match unique.iter_mut().find(|(other, _)| *other == key) {
            Some((_, held)) => *held = value,
            None => unique.push((key, value)),
        }
    }
    unique
}

fn update(selection: &Selection, schema: &Schema) -> Result<Update, Error> {
    let mut builder = SchemaBuilder::basics_of(schema).with_optional(false);
    let mut sources = Vec::new();
    for field in schema.fields() {
        if !selection.keeps(field.name.as_bytes()) {
            continue;
        }
        let new = selection.new_name(field.name.as_bytes()).unwrap_or(&field.name);
        builder = builder.field(new, field.schema.clone());
        let old = selection.old_name(new);
        sources.push(schema.field(old).map(|(index, _)| index).ok_or_else(|| old.to_owned()));
    }
    let shared = sources.iter().enumerate().any(|(index, source)| sources.iter().skip(index + 1).any(|other| other == source));
    Ok(Update { schema: builder.build()?, sources, shared })
}

fn parse_renames(mappings: &[String]) -> Result<Vec<(String, &'static str)>, Error> {
    let mut renames = Vec::new();
    for mapping in mappings {
        // As Java's split: empty texts at the end are none.
        let mut parts: Vec<&str> = mapping.split(':').collect();
        while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
            parts.pop();
        }
        let [old, new] = parts.as_slice() else {
            let shown = format!("[{}]", mappings.join(", "));
            return Err(Error::invalid_value(RENAMES, Some(&shown), &format!("Invalid rename mapping: {mapping}")));
        };
        renames.push(((*old).to_owned(), for_good(new)));
    }
    Ok(renames)
}

fn check_renames(_: &str, value: &ConfigValue) -> Result<(), Error> {
    match value {
        ConfigValue::List(mappings) => parse_renames(mappings).map(|_| ()),
        _ => Ok(()),
    }
}

impl<S: Side> Transformation for ReplaceField<S> {
    fn plugin() -> PluginInfo {
        let key =
            |name: &str, documentation: &str| ConfigKey::new(name, KeyType::List, Importance::Medium, documentation).default("");
        PluginInfo::new(
            class::<S>("ReplaceField"),
            "Filter or rename fields.",
            ConfigDef::new()
                .key(
                    key(EXCLUDE, "Fields to exclude. This takes precedence over the fields to include.")
                        .validator(Validator::NonNull),
                )
                .key(
                    key(INCLUDE, "Fields to include. If specified, only these fields will be used.")
                        .validator(Validator::NonNull),
                )
                .key(key(RENAMES, "Field rename mappings.").check_with(check_renames))
                .key(replace_null_with_default()),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        let selection = Selection {
            exclude: config.list(EXCLUDE)?.to_vec(),
            include: config.list(INCLUDE)?.to_vec(),
            renames: parse_renames(config.list(RENAMES)?)?,
        };
        Ok(Self {
            selection,
            replace_null_with_default: config.boolean(REPLACE_NULL_WITH_DEFAULT)?,
            updates: SchemaUpdates::new(),
            side: PhantomData,
        })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        Ok(self.apply_in_place(&mut record)?.then_some(record))
    }

    fn apply_in_place(&mut self, record: &mut Record<'_>) -> Result<bool, Error> {
        let datum = S::datum(record);
        if datum.value.is_null() {
            return Ok(true);
        }
        if let (Some(fields), None) = (datum.value.fields_mut(), &datum.schema) {
            self.selection.apply(fields);
            return Ok(true);
        }
        *S::datum(record) = self.replace(S::take(record))?;
        Ok(true)
    }

    fn edits_fields(&self) -> bool {
        true
    }
}
