//! `ExtractTopic`: the topic is in the key or the value.

use std::borrow::Cow;
use std::marker::PhantomData;

use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Datum, Error, Importance, KeyType, PluginInfo, Record, Transformation, Validator,
};

use super::class;
use crate::side::Side;

/// The key that names the field.
pub const FIELD: &str = "field";
/// The key that says whether a record without topic keeps the one it has.
pub const SKIP: &str = "skip.missing.or.null";

const FIELD_FORMAT: &str = "field.format";
const PLAIN: &str = "PLAIN";

/// Takes topics out of keys or values.
#[derive(Debug)]
pub struct ExtractTopic<S> {
    /// None: the whole key or value is the topic.
    field: Option<String>,
    skip: bool,
    side: PhantomData<S>,
}

impl<S: Side> ExtractTopic<S> {
    /// None: there is none, or it is null.
    fn topic(&self, datum: &Datum<'_>) -> Result<Option<String>, Error> {
        let Some(name) = &self.field else { return text(datum.value.clone(), "the key or value") };
        let what = format!("field {name}");
        match datum.value.clone().decoded()? {
            Value::Null => Ok(None),
            Value::Struct(structure) => match structure.schema().field(name) {
                Some((index, _)) => text(structure.get_at(index).clone(), &what),
                None => Ok(None),
            },
            Value::Map(entries) => match entries.into_iter().find(|(key, _)| key.as_str() == Some(name)) {
                Some((_, value)) => text(value, &what),
                None => Ok(None),
            },
            other => {
                let class = other.java_class();
                Err(Error::data(format!("the topic is to be taken from {what}, and {class} has no fields")))
            }
        }
    }
}

/// A topic from a value, which has to be a text; none for null.
pub fn text(value: Value<'_>, what: &str) -> Result<Option<String>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.into_owned())),
        other => {
            let class = other.java_class();
            Err(Error::data(format!("the topic is to be taken from {what}, which is no String but {class}")))
        }
    }
}

/// The record with that topic. `DataException` where there is none, unless it may keep its own.
pub fn routed<'b>(mut record: Record<'b>, topic: Option<String>, skip: bool, from: &str) -> Result<Option<Record<'b>>, Error> {
    match topic {
        Some(topic) => record.topic = Cow::Owned(topic),
        None if skip => {}
        None => return Err(Error::data(format!("{from}, from which the topic is to be taken, is missing or null"))),
    }
    Ok(Some(record))
}

/// The definition of [`SKIP`].
pub fn skip_missing_or_null() -> ConfigKey {
    ConfigKey::new(
        SKIP,
        KeyType::Boolean,
        Importance::Low,
        "What is done about a record whose topic is missing or null: true leaves it the topic it has, false makes it fail.",
    )
    .default("false")
}

impl<S: Side> Transformation for ExtractTopic<S> {
    fn plugin() -> PluginInfo {
        let field = ConfigKey::new(
            FIELD,
            KeyType::String,
            Importance::Medium,
            "The field that holds the topic. Empty: the whole key or value is the topic, and has to be a string.",
        );
        let format = ConfigKey::new(
            FIELD_FORMAT,
            KeyType::String,
            Importance::Medium,
            "How the field is written: PLAIN is the name of a field of the top level.",
        );
        PluginInfo::new(
            class::<S>("ExtractTopic"),
            "Give the record the topic that its key or value, or a field of it, names.",
            ConfigDef::new()
                .key(field.default(""))
                .key(format.default(PLAIN).validator(Validator::OneOf(vec![PLAIN])))
                .key(skip_missing_or_null()),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        let field = Some(config.string(FIELD)?).filter(|field| !field.is_empty()).map(str::to_owned);
        Ok(Self { field, skip: config.boolean(SKIP)?, side: PhantomData })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        let topic = self.topic(S::datum(&mut record))?;
        let from = self.field.as_ref().map_or("the key or value".to_owned(), |field| format!("field {field}"));
        routed(record, topic, self.skip, &from)
    }
}

#[cfg(test)]
mod tests {
    use caisson_sdk::{Schema, SchemaBuilder, Struct};

    use super::*;

    fn routed(settings: &[(&str, &str)], value: Datum<'static>) -> Result<String, String> {
        let config = ExtractTopic::<crate::Value>::plugin().config().parse(settings.iter().copied()).unwrap();
        let record = Record::new("old").with_value(value);
        let applied = ExtractTopic::<crate::Value>::configure(&config).unwrap().apply(record);
        applied.map(|record| record.unwrap().topic.into_owned()).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn the_topic_is_the_value_or_a_field_of_it() {
        assert_eq!(routed(&[], Datum::schemaless("new")), Ok("new".to_owned()));
        let map = Value::Map(vec![(Value::from("f2"), Value::from("new")), (Value::from("n"), Value::Int32(1))]);
        assert_eq!(routed(&[(FIELD, "f2")], Datum::schemaless(map.clone())), Ok("new".to_owned()));
        let schema = SchemaBuilder::structure().field("f2", Schema::string()).build().unwrap();
        let structure = Struct::from_values(schema.clone(), vec![Value::from("new")]).unwrap();
        assert_eq!(routed(&[(FIELD, "f2")], Datum::new(schema, structure)), Ok("new".to_owned()));
        assert!(routed(&[(FIELD, "n")], Datum::schemaless(map.clone())).is_err());
        assert!(routed(&[(FIELD, "f3")], Datum::schemaless(map.clone())).is_err());
        assert_eq!(routed(&[(FIELD, "f3"), (SKIP, "true")], Datum::schemaless(map)), Ok("old".to_owned()));
        assert!(routed(&[], Datum::NULL).is_err());
        assert!(routed(&[], Datum::schemaless(1)).is_err());
    }
}
