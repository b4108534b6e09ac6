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

/// The value written by a converter and read by it again; none where it cannot be written. It is written and read twice, since what was
/// seen before may go another way.
fn there_and_back(class: &str, config: &[(&str, &str)], datum: Datum<'static>) -> Option<Datum<'static>> {
    let chain = [spec("from-connect", class, config), spec("to-connect", class, config)];
    let record = Record::new("t").with_value(datum);
    let batch = encode_batch(&[record.clone(), record]).unwrap();
    let outcome = Chain::open(Plugins::ENTRIES, &chain).unwrap().apply(&batch).unwrap();
    if let Some(failure) = outcome.failed.first() {
        assert_eq!(failure.stage, 0, "{}", failure.error);
        return None;
    }
    let owned = |record: Record<'_>| Datum { schema: record.value.schema, value: record.value.value.into_owned().unwrap() };
    let mut back = with_records(&outcome.batch, owned).unwrap();
    assert_eq!(back.first(), back.last());
    back.pop()
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

/// A schema that was seen before lets a record that is just what it says go without the tree.
#[test]
fn json_under_a_schema_is_read_alike_the_first_time_and_the_second() {
    const SCHEMA: &str = r#"{"type":"struct","name":"n","fields":[{"field":"i","type":"int8"},{"field":"l","type":"int64","optional":true},
        {"field":"d","type":"double","optional":true,"default":1.5},{"field":"t","type":"string"},
        {"field":"s","type":"struct","fields":[{"field":"b","type":"boolean"},{"field":"f","type":"float"}]}]}"#;
    const PAYLOADS: [&str; 20] = [
        r#"{"i":1,"l":2,"d":2.5,"t":"x","s":{"b":true,"f":0.1}}"#,
        r#" { "i" : 1 , "l" : null , "d" : -3 , "t" : "" , "s" : { "b" : false , "f" : 7 } } "#,
        r#"{"l":2,"i":1,"d":2.5,"t":"x","s":{"f":0.1,"b":true}}"#,
        r#"{"i":1,"d":2.5,"t":"x","s":{"b":true,"f":0.1}}"#,
        r#"{"i":1,"l":2,"d":null,"t":"x","s":{"b":true,"f":0.1}}"#,
        r#"{"i":null,"l":2,"d":2.5,"t":"x","s":{"b":true,"f":0.1}}"#,
        r#"{"i":1,"l":2,"d":2.5,"t":"x","s":{"b":true,"f":0.1},"more":[1]}"#,
        r#"{"i":1,"i":2,"l":2,"d":2.5,"t":"x","s":{"b":true,"f":0.1}}"#,
        r#"{"i":300,"l":1.9,"d":1e3,"t":"x","s":{"b":true,"f":1e300}}"#,
        r#"{"i":-1.5,"l":123456789012345678901,"d":12345678901234567890,"t":"x","s":{"b":true,"f":0.1}}"#,
        r#"{"i":"1","l":"2","d":"3","t":4,"s":{"b":"true","f":"5"}}"#,
        r#"{"i":1,"l":2,"d":2.5,"t":"a\"\n\u00e9","s":{"b":true,"f":0.1}}"#,
        r#"{"\u0069":1,"l":2,"d":2.5,"t":"x","s":{"b":true,"f":0.1}}"#,
        r#"{"i":1,"l":2,"d":2.5,"t":"x","s":{}}"#,
        r#"{"i":1,"l":2,"d":2.5,"t":"x","s":[true,0.1]}"#,
        r#"{"i":1x,"l":2,"d":2.5,"t":"x","s":{"b":true,"f":0.1}}"#,
        r#"{"i":1,"l":2,"d":2.5,"t":"x","s":{"b":true,"f":0.1},}"#,
        r#"{}"#,
        r#"null"#,
        r#"{"i":1,"l":2,"d":2.5,"t":"x","s":{"b":true,"f":0.1}"#,
    ];
    let envelopes = PAYLOADS.iter().flat_map(|payload| {
        [
            format!(r#"{{"schema":{SCHEMA},"payload":{payload}}}"#),
            format!(r#"{{"schema" : {SCHEMA} , "payload" : {payload} }} behind"#),
            format!(r#"{{"payload":{payload},"schema":{SCHEMA}}}"#),
            format!(r#"{{"schema":{SCHEMA},"payload":{payload},"third":1}}"#),
        ]
    });
    // Schemas that only the tree can serve.
    let others = ["int64", "bytes"].map(|type_| {
        let field = format!(r#"{{"field":"x","type":"{type_}","name":"org.apache.kafka.connect.data.Timestamp"}}"#);
        format!(r#"{{"schema":{{"type":"struct","fields":[{field}]}},"payload":{{"x":5}}}}"#)
    });
    let chain = [spec("to-connect", "json.JsonConverter", &[("schemas.enable", "true")])];
    for envelope in envelopes.chain(others) {
        let bytes = Datum { schema: None, value: Value::bytes(envelope.clone().into_bytes()) };
        let record = Record::new("t").with_value(bytes);
        let batch = encode_batch(&[record.clone(), record]).unwrap();
        let outcome = Chain::open(Plugins::ENTRIES, &chain).unwrap().apply(&batch).unwrap();
        let owned = |record: Record<'_>| (record.value.schema.clone(), record.value.value.into_owned().unwrap());
        let read = with_records(&outcome.batch, owned).unwrap();
        let told: Vec<&str> = outcome.failed.iter().map(|failure| failure.error.message()).collect();
        assert_eq!((read.len() + told.len(), read.first(), told.first()), (2, read.last(), told.last()), "{envelope}");
    }
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
