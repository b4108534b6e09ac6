//! `HeaderFrom`: fields of the key or value become headers (KIP-145).

use std::marker::PhantomData;

use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Error, Header, Importance, KeyType, PluginInfo, Record, Schema, SchemaBuilder, Struct,
    Transformation, Validator,
};

use crate::requirements::{
    REPLACE_NULL_WITH_DEFAULT, fill_null, for_good, java_error, replace_null_with_default, require_map, require_struct,
};
use crate::schema_updates::SchemaUpdates;
use crate::side::{Side, class};

const FIELDS: &str = "fields";
const HEADERS: &str = "headers";
const OPERATION: &str = "operation";
const MOVE: &str = "move";
const COPY: &str = "copy";

/// Makes headers.
#[derive(Debug)]
pub struct HeaderFrom<S> {
    /// Fields and the headers they become.
    pairs: Vec<(&'static str, &'static str)>,
    moves: bool,
    replace_null_with_default: bool,
    /// Struct schemas without the fields that are moved.
    updates: SchemaUpdates<Schema>,
    side: PhantomData<S>,
}

impl<S: Side> HeaderFrom<S> {
    fn purpose(&self) -> String {
        format!("header {}", if self.moves { MOVE } else { COPY })
    }

    fn of_map<'b>(&self, value: Value<'b>, headers: &mut Vec<Header<'b>>) -> Result<Value<'b>, Error> {
        let mut entries = require_map(value, &self.purpose())?;
        for (field, header) in &self.pairs {
            let found = entries.iter().find(|(key, _)| key.as_str() == Some(field));
            let value = found.map_or(Value::Null, |(_, value)| value.clone());
            headers.push(Header { name: (*header).into(), datum: Datum { schema: None, value } });
        }
        if self.moves {
            entries.retain(|(key, _)| !self.pairs.iter().any(|(field, _)| key.as_str() == Some(field)));
        }
        Ok(Value::Map(entries))
    }

    fn of_struct<'b>(&mut self, schema: Schema, value: Value<'b>, headers: &mut Vec<Header<'b>>) -> Result<Datum<'b>, Error> {
        let structure = require_struct(value, &self.purpose())?;
        let moved = if self.moves { Some(self.without_fields(&schema, &structure)?) } else { None };
        for (name, header) in &self.pairs {
            let (index, field) = schema.field(name).ok_or_else(no_such_field)?;
            let value = match structure.values().get(index) {
                Some(Value::Null) | None if self.replace_null_with_default => {
                    field.schema.default_value().cloned().unwrap_or(Value::Null)
                }
                value => value.cloned().unwrap_or(Value::Null),
            };
            if value.is_null() && !field.schema.is_optional() {
                return Err(Error::data(format!("A null value requires an optional schema but was {}", field.schema)));
            }
            headers.push(Header { name: (*header).into(), datum: Datum { schema: Some(field.schema.clone()), value } });
        }
        Ok(moved.unwrap_or(Datum { schema: Some(schema), value: Value::Struct(structure) }))
    }

    fn without_fields<'b>(&mut self, schema: &Schema, structure: &Struct<'b>) -> Result<Datum<'b>, Error> {
        let pairs = &self.pairs;
        let stays = |name: &str| !pairs.iter().any(|(field, _)| *field == name);
        let make = |schema: &Schema| {
            let mut builder = SchemaBuilder::basics_of(schema).with_optional(false);
            for field in schema.fields().iter().filter(|field| stays(&field.name)) {
                builder = builder.field(field.name.as_str(), field.schema.clone());
            }
            builder.build()
        };
        let updated = self.updates.get(schema, make)?.clone();
        let mut values = Vec::with_capacity(updated.fields().len());
        for (field, value) in structure.iter().filter(|(field, _)| stays(&field.name)) {
            let mut value = value.clone();
            fill_null(field, &mut value, self.replace_null_with_default)?;
            values.push(value);
        }
        let value = Value::Struct(Struct::from_values(updated.clone(), values)?);
        Ok(Datum { schema: Some(updated), value })
    }
}

/// What Java says, which asks for the schema of a field that is not there.
fn no_such_field() -> Error {
    java_error(
        "java.lang.NullPointerException",
        "Cannot invoke \"org.apache.kafka.connect.data.Field.schema()\" because the return value of \
         \"org.apache.kafka.connect.data.Schema.field(String)\" is null",
    )
}

impl<S: Side> Transformation for HeaderFrom<S> {
    fn plugin() -> PluginInfo {
        let key = |name: &str, type_, documentation: &str| ConfigKey::new(name, type_, Importance::High, documentation);
        let fields = "Field names in the record whose values are to be copied or moved to headers.";
        let headers = "Header names, in the same order as the field names listed in the fields configuration property.";
        let operation = "Either <code>move</code> if the fields are to be moved to the headers (removed from the key/value), or \
                         <code>copy</code> if the fields are to be copied to the headers (retained in the key/value).";
        PluginInfo::new(
            class::<S>("HeaderFrom"),
            "Move or copy fields of the key or value into the record's headers.",
            ConfigDef::new()
                .key(key(FIELDS, KeyType::List, fields).validator(Validator::NonEmptyList))
                .key(key(HEADERS, KeyType::List, headers).validator(Validator::NonEmptyList))
                .key(key(OPERATION, KeyType::String, operation).validator(Validator::OneOf(vec![MOVE, COPY])))
                .key(replace_null_with_default()),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        let (fields, headers) = (config.list(FIELDS)?, config.list(HEADERS)?);
        if fields.len() != headers.len() {
            return Err(Error::config("'fields' config must have the same number of elements as 'headers' config."));
        }
        let pairs = fields.iter().zip(headers).map(|(field, header)| (for_good(field), for_good(header))).collect();
        Ok(Self {
            pairs,
            moves: config.string(OPERATION)? == MOVE,
            replace_null_with_default: config.boolean(REPLACE_NULL_WITH_DEFAULT)?,
            updates: SchemaUpdates::new(),
            side: PhantomData,
        })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        let datum = S::take(&mut record);
        let changed = match datum.schema {
            None => Datum { schema: None, value: self.of_map(datum.value, &mut record.headers)? },
            Some(schema) => self.of_struct(schema, datum.value, &mut record.headers)?,
        };
        *S::datum(&mut record) = changed;
        Ok(Some(record))
    }
}
