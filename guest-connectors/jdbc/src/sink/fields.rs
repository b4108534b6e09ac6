//! Which columns a record is written to.

use caisson_sdk::data::logical;
use caisson_sdk::{Error, Schema, Type};

use crate::dialect::column::Column;
use crate::sink::modes::PrimaryKeyMode;
use crate::sink::settings::{KAFKA_NAMES, Settings};

/// Where a column's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The record's topic.
    Topic,
    /// Its partition.
    Partition,
    /// Its offset.
    Offset,
    /// Its whole key.
    Key,
    /// That field of its key.
    KeyField(usize),
    /// That field of its value.
    ValueField(usize),
}

/// The columns of records with these schemas.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// The primary key's, in the order of `pk.fields`.
    pub keys: Vec<(Column, Origin)>,
    /// The others, in the order of the value.
    pub others: Vec<(Column, Origin)>,
}

impl Fields {
    /// The columns for a record. The value's schema is none for a tombstone. `ConnectException` when the primary key cannot be had.
    pub fn of(table: &str, settings: &Settings, key: Option<&Schema>, value: Option<&Schema>) -> Result<Self, Error> {
        if let Some(value) = value
            && value.type_() != Type::Struct
        {
            return Err(Error::connect(format!("Value schema must be of type Struct, but is of type: {}", value.type_())));
        }
        let keys = match settings.pk_mode {
            PrimaryKeyMode::None => Vec::new(),
            PrimaryKeyMode::Kafka => of_kafka(&settings.pk_fields),
            PrimaryKeyMode::RecordKey => of_record_key(table, &settings.pk_fields, key)?,
            PrimaryKeyMode::RecordValue => of_record_value(table, &settings.pk_fields, value)?,
        };
        let mut others = Vec::new();
        for (index, field) in value.map(Schema::fields).unwrap_or_default().iter().enumerate() {
            let is_key = keys.iter().any(|(key, _)| key.name == field.name);
            if !is_key && (settings.fields.is_empty() || settings.fields.contains(&field.name)) {
                let schema = column_schema(&field.name, &field.schema, settings)?;
                others.push((Column { name: field.name.clone(), schema, is_key: false }, Origin::ValueField(index)));
            }
        }
        if keys.is_empty() && others.is_empty() {
            return Err(Error::connect(format!("No fields found using key and value schemas for table: {table}")));
        }
        Ok(Self { keys, others })
    }

    /// All columns as a table that is made has them: those of Kafka's coordinates, the value's, and what is left of the key by name.
    pub fn in_table_order(&self, value: Option<&Schema>) -> Vec<Column> {
        let mut left: Vec<&Column> = self.keys.iter().chain(&self.others).map(|(column, _)| column).collect();
        let mut ordered = Vec::with_capacity(left.len());
        let value_names = value.map(Schema::fields).unwrap_or_default().iter().map(|field| field.name.as_str());
        for name in KAFKA_NAMES.into_iter().chain(value_names) {
            if let Some(index) = left.iter().position(|column| column.name == name) {
                ordered.push(left.remove(index).clone());
            }
        }
        left.sort_by(|one, other| one.name.cmp(&other.name));
        ordered.extend(left.into_iter().cloned());
        ordered
    }
}

/// A field of `timestamp.fields.list` is a time, whatever its schema says.
fn column_schema(name: &str, schema: &Schema, settings: &Settings) -> Result<Schema, Error> {
    match schema.type_() {
        Type::Int64 | Type::String if schema.name().is_none() && settings.times.has(name) => {
            logical::timestamp().with_optional(schema.is_optional() || schema.default_value().is_some()).build()
        }
        _ => Ok(schema.clone()),
    }
}

fn key_column(name: &str, schema: Schema) -> Column {
    Column { name: name.to_owned(), schema, is_key: true }
}

fn of_kafka(names: &[String]) -> Vec<(Column, Origin)> {
    let parts = [(Origin::Topic, Schema::string()), (Origin::Partition, Schema::int32()), (Origin::Offset, Schema::int64())];
    names.iter().zip(parts).map(|(name, (origin, schema))| (key_column(name, schema), origin)).collect()
}

fn of_record_key(table: &str, names: &[String], key: Option<&Schema>) -> Result<Vec<(Column, Origin)>, Error> {
    let mode = PrimaryKeyMode::RecordKey.upper_name();
    let key =
        key.ok_or_else(|| Error::connect(format!("PK mode for table '{table}' is {mode}, but record key schema is missing")))?;
    if key.type_() == Type::Struct {
        let missing = |name: &str| {
            let names = names.join(", ");
            let text = format!(
                "PK mode for table '{table}' is {mode} with configured PK fields [{names}], but record key schema does not contain field: {name}"
            );
            Error::connect(text)
        };
        return of_struct(names, key, Origin::KeyField, missing);
    }
    if !key.type_().is_primitive() {
        return Err(Error::connect(format!("Key schema must be primitive type or Struct, but is of type: {}", key.type_())));
    }
    match names {
        [name] => Ok(vec![(key_column(name, key.clone()), Origin::Key)]),
        _ => Err(Error::connect(format!(
            "Need exactly one PK column defined since the key schema for records is a primitive type, defined columns are: [{}]",
            names.join(", ")
        ))),
    }
}

fn of_record_value(table: &str, names: &[String], value: Option<&Schema>) -> Result<Vec<(Column, Origin)>, Error> {
    let mode = PrimaryKeyMode::RecordValue.upper_name();
    let value = value
        .ok_or_else(|| Error::connect(format!("PK mode for table '{table}' is {mode}, but record value schema is missing")))?;
    let missing = |name: &str| {
        let names = names.join(", ");
        let text = format!(
            "PK mode for table '{table}' is {mode} with configured PK fields [{names}], but record value schema does not contain field: {name}"
        );
        Error::connect(text)
    };
    of_struct(names, value, Origin::ValueField, missing)
}

/// The fields of these names, in their order; all of them without names.
fn of_struct(
    names: &[String],
    schema: &Schema,
    origin: fn(usize) -> Origin,
    missing: impl Fn(&str) -> Error,
) -> Result<Vec<(Column, Origin)>, Error> {
    let all: Vec<&str> = match names.is_empty() {
        true => schema.fields().iter().map(|field| field.name.as_str()).collect(),
        false => names.iter().map(String::as_str).collect(),
    };
    let find = |name: &str| {
        let (index, field) = schema.field(name).ok_or_else(|| missing(name))?;
        Ok((key_column(name, field.schema.clone()), origin(index)))
    };
    all.into_iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::keys::config_def;
    use caisson_sdk::SchemaBuilder;

    fn settings(more: &[(&str, &str)]) -> Settings {
        Settings::of(&config_def().parse([("connection.url", "jdbc:sqlite:x")].iter().chain(more).copied()).unwrap()).unwrap()
    }

    fn structure(fields: &[(&str, Type)]) -> Schema {
        let builder = fields
            .iter()
            .fold(SchemaBuilder::structure(), |builder, (name, type_)| builder.field(*name, Schema::primitive(*type_)));
        builder.build().unwrap()
    }

    fn value() -> Schema {
        structure(&[("id", Type::Int32), ("name", Type::String), ("qty", Type::Int32)])
    }

    /// Keys and others, and the columns of a table that is made.
    fn columns(more: &[(&str, &str)], key: Option<&Schema>, value: Option<&Schema>) -> Result<(String, String), String> {
        let fields = Fields::of("t", &settings(more), key, value).map_err(|error| error.message().to_owned())?;
        let names =
            |columns: &[(Column, Origin)]| columns.iter().map(|(column, _)| column.name.clone()).collect::<Vec<_>>().join(",");
        let made: Vec<String> = fields.in_table_order(value).into_iter().map(|column| column.name).collect();
        Ok((format!("{} {}", names(&fields.keys), names(&fields.others)), made.join(",")))
    }

    #[test]
    fn each_mode_has_its_keys() {
        let value = value();
        let of = |more: &[(&str, &str)], key: Option<&Schema>| columns(more, key, Some(&value)).unwrap();
        assert_eq!(of(&[], None), (" id,name,qty".into(), "id,name,qty".into()));
        let kafka = "__connect_topic,__connect_partition,__connect_offset";
        assert_eq!(of(&[("pk.mode", "kafka")], None), (format!("{kafka} id,name,qty"), format!("{kafka},id,name,qty")));
        let named = [("pk.mode", "kafka"), ("pk.fields", "tp,pa,of")];
        assert_eq!(of(&named, None), ("tp,pa,of id,name,qty".into(), "id,name,qty,of,pa,tp".into()));
        let key = structure(&[("tenant", Type::Int32), ("code", Type::Int64)]);
        assert_eq!(
            of(&[("pk.mode", "record_key")], Some(&key)),
            ("tenant,code id,name,qty".into(), "id,name,qty,code,tenant".into())
        );
        let picked = [("pk.mode", "record_value"), ("pk.fields", "qty,id"), ("fields.whitelist", "id,none")];
        assert_eq!(of(&picked, None), ("qty,id ".into(), "id,qty".into()));
        let primitive = [("pk.mode", "record_key"), ("pk.fields", "id")];
        assert_eq!(of(&primitive, Some(&Schema::int64())), ("id name,qty".into(), "id,name,qty".into()));
    }

    #[test]
    fn keys_that_cannot_be_had_are_told() {
        let value = value();
        let told = |more: &[(&str, &str)], key: Option<&Schema>| columns(more, key, Some(&value)).unwrap_err();
        let by_key = [("pk.mode", "record_key"), ("pk.fields", "nope")];
        assert_eq!(told(&by_key, None), "PK mode for table 't' is RECORD_KEY, but record key schema is missing");
        assert_eq!(
            told(&by_key, Some(&structure(&[("id", Type::Int32)]))),
            "PK mode for table 't' is RECORD_KEY with configured PK fields [nope], but record key schema does not contain field: nope"
        );
        assert_eq!(
            told(&[("pk.mode", "record_key")], Some(&Schema::int32())),
            "Need exactly one PK column defined since the key schema for records is a primitive type, defined columns are: []"
        );
        let array = SchemaBuilder::array(Schema::int32()).build().unwrap();
        assert_eq!(told(&by_key, Some(&array)), "Key schema must be primitive type or Struct, but is of type: ARRAY");
        assert_eq!(told(&[("fields.whitelist", "nope")], None), "No fields found using key and value schemas for table: t");
        assert!(columns(&[], None, Some(&Schema::string())).unwrap_err().starts_with("Value schema must be of type Struct"));
    }

    #[test]
    fn a_tombstone_has_its_keys_alone() {
        let key = structure(&[("id", Type::Int32)]);
        assert_eq!(columns(&[("pk.mode", "record_key")], Some(&key), None).unwrap(), ("id ".into(), "id".into()));
    }

    #[test]
    fn a_listed_field_is_a_time() {
        let value = structure(&[("made_at", Type::Int64), ("n", Type::Int64)]);
        let fields = Fields::of("t", &settings(&[("timestamp.fields.list", ".*_at")]), None, Some(&value)).unwrap();
        assert_eq!(fields.others[0].0.schema.name(), Some(logical::TIMESTAMP));
        assert_eq!(fields.others[1].0.schema, Schema::int64());
    }
}
