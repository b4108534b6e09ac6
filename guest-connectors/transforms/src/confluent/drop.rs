//! `Drop`: a null in the place of the key or value.

use std::marker::PhantomData;

use caisson_sdk::data::value::Value;
use caisson_sdk::{
    Config, ConfigDef, ConfigKey, Error, Importance, KeyType, PluginInfo, Record, Schema, SchemaBuilder, Transformation,
    Validator,
};

use super::class;
use crate::schema_updates::SchemaUpdates;
use crate::side::Side;

const SCHEMA_BEHAVIOR: &str = "schema.behavior";
const NULLIFY: &str = "nullify";
const RETAIN: &str = "retain";
const VALIDATE: &str = "validate";
const FORCE_OPTIONAL: &str = "force_optional";

/// What becomes of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SchemaBehavior {
    Nullify,
    Retain,
    Validate,
    ForceOptional,
}

/// Drops keys or values, not records.
#[derive(Debug)]
pub struct DropDatum<S> {
    behavior: SchemaBehavior,
    updates: SchemaUpdates<Schema>,
    side: PhantomData<S>,
}

impl<S: Side> Transformation for DropDatum<S> {
    fn plugin() -> PluginInfo {
        let behavior = ConfigKey::new(
            SCHEMA_BEHAVIOR,
            KeyType::String,
            Importance::Medium,
            "What becomes of a schema: nullify leaves none, retain keeps it as it is, validate keeps it and fails where it is not \
             optional, force_optional makes it optional.",
        );
        let behaviors = Validator::OneOf(vec![NULLIFY, RETAIN, VALIDATE, FORCE_OPTIONAL]);
        PluginInfo::new(
            class::<S>("Drop"),
            "Set the key or value to null.",
            ConfigDef::new().key(behavior.default(NULLIFY).validator(behaviors)),
        )
    }

    fn configure(config: &Config) -> Result<Self, Error> {
        let behavior = match config.string(SCHEMA_BEHAVIOR)? {
            RETAIN => SchemaBehavior::Retain,
            VALIDATE => SchemaBehavior::Validate,
            FORCE_OPTIONAL => SchemaBehavior::ForceOptional,
            _ => SchemaBehavior::Nullify,
        };
        Ok(Self { behavior, updates: SchemaUpdates::new(), side: PhantomData })
    }

    fn apply<'b>(&mut self, mut record: Record<'b>) -> Result<Option<Record<'b>>, Error> {
        let datum = S::datum(&mut record);
        datum.value = Value::Null;
        datum.schema = match (datum.schema.take(), self.behavior) {
            (None, _) | (_, SchemaBehavior::Nullify) => None,
            (Some(schema), SchemaBehavior::Validate) if !schema.is_optional() => {
                return Err(Error::data(format!("null cannot be a value of {schema}, which is not optional")));
            }
            (Some(schema), SchemaBehavior::ForceOptional) if !schema.is_optional() => {
                Some(self.updates.get(&schema, made_optional)?.clone())
            }
            (schema, _) => schema,
        };
        Ok(Some(record))
    }
}

fn made_optional(schema: &Schema) -> Result<Schema, Error> {
    let mut builder = SchemaBuilder::basics_of(schema).optional();
    for field in schema.fields() {
        builder = builder.field(field.name.as_str(), field.schema.clone());
    }
    builder.build()
}

#[cfg(test)]
mod tests {
    use caisson_sdk::{Datum, Schema};

    use super::*;
    use crate::side::Key;

    fn dropped(behavior: &str, key: Datum<'static>) -> Result<Datum<'static>, String> {
        let config = DropDatum::<Key>::plugin().config().parse([(SCHEMA_BEHAVIOR, behavior)]).unwrap();
        let record = Record::new("t").with_key(key);
        let applied = DropDatum::<Key>::configure(&config).unwrap().apply(record);
        applied.map(|record| record.unwrap().key).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn the_schema_goes_stays_is_checked_or_changed() {
        let key = || Datum::new(Schema::string(), "k");
        assert_eq!(dropped("nullify", key()), Ok(Datum::NULL));
        assert_eq!(dropped("retain", key()), Ok(Datum { schema: Some(Schema::string()), value: Value::Null }));
        let optional = Datum { schema: Some(Schema::optional_string()), value: Value::Null };
        assert_eq!(dropped("force_optional", key()), Ok(optional.clone()));
        assert_eq!(dropped("validate", Datum::new(Schema::optional_string(), "k")), Ok(optional));
        assert!(dropped("validate", key()).is_err());
        assert_eq!(dropped("validate", Datum::schemaless("k")), Ok(Datum::NULL));
    }
}
