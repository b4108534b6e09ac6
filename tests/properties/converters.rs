//! What a converter writes it reads back.

use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::run::chain::{Chain, StageSpec};
use caisson_sdk::run::registry::Registry;
use caisson_sdk::{Datum, Record, Type, Value};
use caisson_stages::Plugins;
use proptest::prelude::*;

use crate::arbitrary;
use crate::holds;

fn spec(kind: &str, class: &str, config: &[(&str, &str)]) -> StageSpec {
    StageSpec {
        kind: kind.to_owned(),
        class: format!("org.apache.kafka.connect.{class}"),
        role: "value".to_owned(),
        // The worker tells a converter what it converts.
        config: [("converter.type", "value")]
            .iter()
            .chain(config)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..StageSpec::default()
    }
}

/// The value written by a converter and read by it again; none where it cannot be written.
fn there_and_back(class: &str, config: &[(&str, &str)], datum: Datum<'static>) -> Option<Datum<'static>> {
    let chain = [spec("from-connect", class, config), spec("to-connect", class, config)];
    let batch = encode_batch(&[Record::new("t").with_value(datum)]).unwrap();
    let outcome = Chain::open(Plugins::ENTRIES, &chain).unwrap().apply(&batch).unwrap();
    if let Some(failure) = outcome.failed.first() {
        assert_eq!(failure.stage, 0, "{}", failure.error);
        return None;
    }
    let owned = |record: Record<'_>| Datum { schema: record.value.schema, value: record.value.value.into_owned().unwrap() };
    with_records(&outcome.batch, owned).unwrap().pop()
}

/// JSON has no words for NaN and infinity; Kafka reads -0.0 as 0.0, and the key null as a text.
fn json_tells(value: &Value<'_>) -> bool {
    let tells = |number: f64| number.is_finite() && (number != 0.0 || number.is_sign_positive());
    match value {
        Value::Float32(number) => tells((*number).into()),
        Value::Float64(number) => tells(*number),
        Value::Array(items) => items.iter().all(json_tells),
        Value::Map(entries) => entries.iter().all(|(key, value)| *key != Value::Null && json_tells(key) && json_tells(value)),
        Value::Struct(structure) => structure.values().iter().all(json_tells),
        _ => true,
    }
}

#[test]
fn json_with_schemas_keeps_schema_and_value() {
    let typed = arbitrary::schema().prop_flat_map(|schema| {
        let value = arbitrary::value_of(&schema);
        value.prop_map(move |value| Datum { schema: Some(schema.clone()), value })
    });
    holds(&typed, |datum| {
        prop_assume!(json_tells(&datum.value));
        let config = [("schemas.enable", "true"), ("replace.null.with.default", "false")];
        if let Some(back) = there_and_back("json.JsonConverter", &config, datum.clone()) {
            prop_assert_eq!(back, datum);
        }
        Ok(())
    });
}

#[test]
fn scalars_survive_their_converter() {
    let converters = [
        (Type::Int16, "converters.ShortConverter"),
        (Type::Int32, "converters.IntegerConverter"),
        (Type::Int64, "converters.LongConverter"),
        (Type::Float32, "converters.FloatConverter"),
        (Type::Float64, "converters.DoubleConverter"),
        (Type::Boolean, "converters.BooleanConverter"),
        (Type::String, "storage.StringConverter"),
        (Type::Bytes, "converters.ByteArrayConverter"),
    ];
    for (type_, class) in converters {
        let schema = caisson_sdk::Schema::optional_primitive(type_);
        holds(&arbitrary::value_of(&schema), |value| {
            let datum = Datum { schema: Some(schema.clone()), value };
            let back = there_and_back(class, &[], datum.clone());
            prop_assert_eq!(back, Some(datum));
            Ok(())
        });
    }
}
