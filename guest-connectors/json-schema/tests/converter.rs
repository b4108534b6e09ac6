//! The converter over a registry in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use caisson_json_schema::Plugins;
use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::data::java_text::java_text;
use caisson_sdk::run::chain::{Chain, Outcome, StageSpec};
use caisson_sdk::run::registry::Registry;
use caisson_sdk::schema_registry::{Definition, Reference};
use caisson_sdk::testing::host::with_host;
use caisson_sdk::{Datum, Record, Schema, SchemaBuilder, Struct, Value};

fn chain(kind: &str, config: &[(&str, &str)]) -> Chain {
    let config = config.iter().chain(&[("schema.registry.url", "http://registry")]);
    let stage = StageSpec {
        kind: kind.to_owned(),
        class: "io.confluent.connect.json.JsonSchemaConverter".to_owned(),
        role: "value".to_owned(),
        config: config.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..StageSpec::default()
    };
    Chain::open(Plugins::ENTRIES, &[stage]).unwrap()
}

fn apply(chain: &mut Chain, value: Datum<'static>) -> Outcome {
    chain.apply(&encode_batch(&[Record::new("orders").with_value(value)]).unwrap()).unwrap()
}

fn written(chain: &mut Chain, value: Datum<'static>) -> Result<Option<String>, String> {
    let outcome = apply(chain, value);
    match outcome.failed.first() {
        Some(failure) => Err(failure.error.to_string()),
        None => {
            let bytes =
                |record: Record<'_>| record.value.value.as_bytes().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
            Ok(with_records(&outcome.batch, bytes).unwrap().remove(0))
        }
    }
}

/// The schema's version and the value.
fn read(chain: &mut Chain, text: &str) -> Result<(Option<i32>, String), String> {
    let outcome = apply(chain, Datum::schemaless(Value::bytes(text.as_bytes().to_vec())));
    if let Some(failure) = outcome.failed.first() {
        assert_eq!(failure.error.class(), "org.apache.kafka.connect.errors.DataException");
        return Err(failure.error.to_string());
    }
    let show =
        |record: Record<'_>| (record.value.schema.and_then(|schema| schema.version()), java_text(&record.value.value).unwrap());
    Ok(with_records(&outcome.batch, show).unwrap().remove(0))
}

fn register(subject: &str, type_: &str, text: &str, references: Vec<Reference>) -> i32 {
    let definition = Definition { type_: type_.to_owned(), text: text.to_owned(), references };
    with_host(|host| host.registry.register(subject, &definition)).unwrap().id
}

fn order(fields: &[(&str, Schema)], values: Vec<Value<'static>>) -> Datum<'static> {
    let mut builder = SchemaBuilder::structure().name("com.acme.Order");
    for (name, schema) in fields {
        builder = builder.field(*name, schema.clone());
    }
    let schema = builder.build().unwrap();
    Datum::new(schema.clone(), Struct::from_values(schema, values).unwrap())
}

#[test]
fn two_versions_are_written_and_read() {
    let (mut out, mut back) = (chain("from-connect", &[]), chain("to-connect", &[]));
    let first = order(&[("id", Schema::int64())], vec![Value::Int64(7)]);
    let second = order(&[("id", Schema::int64()), ("note", Schema::optional_string())], vec![Value::Int64(8), Value::Null]);
    let first_text = written(&mut out, first.clone()).unwrap().unwrap();
    assert_eq!(first_text, "\0\0\0\0\u{1}{\"id\":7}");
    let second_text = written(&mut out, second).unwrap().unwrap();
    assert_eq!(second_text, "\0\0\0\0\u{2}{\"id\":8,\"note\":null}");
    assert_eq!(read(&mut back, &first_text), Ok((Some(1), "Struct{id=7}".to_owned())));
    assert_eq!(read(&mut back, &second_text), Ok((Some(2), "Struct{id=8}".to_owned())));
    // What is known is not asked again.
    let asked = with_host(|host| host.registry.requests);
    assert_eq!(written(&mut out, first), Ok(Some(first_text.clone())));
    assert!(read(&mut back, &first_text).is_ok());
    assert_eq!(with_host(|host| host.registry.requests), asked);
}

#[test]
fn nulls_are_null_where_the_schema_allows_it() {
    let (mut out, mut back) = (chain("from-connect", &[]), chain("to-connect", &[]));
    assert_eq!(written(&mut out, Datum::NULL), Ok(None));
    assert_eq!(written(&mut out, Datum { schema: Some(Schema::string()), value: Value::Null }), Ok(None));
    let null = written(&mut out, Datum { schema: Some(Schema::optional_string()), value: Value::Null }).unwrap().unwrap();
    assert_eq!(null, "\0\0\0\0\u{1}null");
    assert_eq!(read(&mut back, &null), Ok((Some(1), "null".to_owned())));
    let error = written(&mut out, Datum::schemaless("x")).unwrap_err();
    assert!(error.contains("serialization error of topic orders:"), "{error}");
    let outcome = apply(&mut back, Datum::NULL);
    assert_eq!(with_records(&outcome.batch, |record| record.value == Datum::NULL).unwrap(), [true]);
}

#[test]
fn bad_payloads_are_refused_by_what_is_wrong() {
    let checks = ("json.fail.invalid.schema", "true");
    let mut back = chain("to-connect", &[checks]);
    register("orders-value", "JSON", "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"minimum\":3}}}", vec![]);
    register("proto-value", "PROTOBUF", "message A {}", vec![]);
    register("broken-value", "JSON", "{\"type\":", vec![]);
    register(
        "orders-value",
        "JSON",
        "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"minimum\":\"x\"}}}",
        vec![],
    );
    // Of another subject than that of the topic.
    register("other-value", "JSON", "{\"type\":\"string\"}", vec![]);
    for (text, why) in [
        ("", "Unknown magic byte!"),
        ("{\"n\":5}", "Unknown magic byte!"),
        ("\0\0\0\0\u{9}{}", "Schema not found"),
        ("\0\0\0\0\u{2}{}", "of type PROTOBUF, not JSON"),
        ("\0\0\0\0\u{3}{}", "no JSON Schema"),
        ("\0\0\0\0\u{4}{}", "no JSON Schema"),
        ("\0\0\0\0\u{5}{}", "Schema not found"),
        ("\0\0\0\0\u{1}{\"n\":", "for id 1: it is no JSON"),
        ("\0\0\0\0\u{1}{\"n\":2}", "for id 1: it does not match the schema at /n: "),
        ("\0\0\0\0\u{1}{\"n\":\"x\"}", "it does not match the schema at /n: "),
    ] {
        let error = read(&mut back, text).unwrap_err();
        let begins =
            error.starts_with("Converting byte[] to Kafka Connect data failed due to serialization error of topic orders:");
        assert!(begins && error.contains(why), "{why}: {error}");
    }
    assert_eq!(read(&mut back, "\0\0\0\0\u{1}{\"n\":3,\"m\":0}").unwrap().1, "Struct{n=3}");
    assert_eq!(read(&mut chain("to-connect", &[]), "\0\0\0\0\u{1}{\"n\":2}").unwrap().1, "Struct{n=2}");
}

#[test]
fn what_is_written_is_valid_if_asked() {
    let latest = [("auto.register.schemas", "false"), ("use.latest.version", "true")];
    let order = |id| order(&[("id", Schema::int64())], vec![Value::Int64(id)]);
    register(
        "orders-value",
        "JSON",
        "{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"integer\",\"maximum\":9}}}",
        vec![],
    );
    let mut strict = chain("from-connect", &latest);
    assert_eq!(written(&mut strict, order(9)).unwrap().unwrap(), "\0\0\0\0\u{1}{\"id\":9}");
    assert!(written(&mut strict, order(10)).unwrap_err().contains("/id"));
    let lax = [latest[0], latest[1], ("latest.compatibility.strict", "false")];
    assert!(written(&mut chain("from-connect", &lax), order(10)).is_ok());
    let checked = [lax[0], lax[1], lax[2], ("json.fail.invalid.schema", "true")];
    assert!(written(&mut chain("from-connect", &checked), order(10)).is_err());
    assert!(written(&mut chain("from-connect", &[("json.fail.invalid.schema", "true")]), order(10)).is_ok());
}

#[test]
fn references_are_other_schemas() {
    register("part", "JSON", "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}", vec![]);
    let reference = Reference { name: "part.json".to_owned(), subject: "part".to_owned(), version: 1 };
    let whole = "{\"$id\":\"http://acme.com/whole.json\",\"type\":\"object\",\"properties\":{\"p\":{\"$ref\":\"part.json\"}}}";
    register("orders-value", "JSON", whole, vec![reference]);
    for checks in ["true", "false"] {
        let mut back = chain("to-connect", &[("json.fail.invalid.schema", checks)]);
        assert_eq!(read(&mut back, "\0\0\0\0\u{2}{\"p\":{\"a\":5}}").unwrap().1, "Struct{p=Struct{a=5}}");
    }
}

#[test]
fn the_newest_version_is_read_by_if_asked() {
    let text = |property: &str| format!("{{\"type\":\"object\",\"properties\":{{\"{property}\":{{\"type\":\"integer\"}}}}}}");
    register("orders-value", "JSON", &text("a"), vec![]);
    register("orders-value", "JSON", &text("b"), vec![]);
    let payload = "\0\0\0\0\u{1}{\"b\":2,\"a\":1}";
    assert_eq!(read(&mut chain("to-connect", &[]), payload), Ok((Some(1), "Struct{a=1}".to_owned())));
    let newest = ("use.latest.version", "true");
    assert_eq!(read(&mut chain("to-connect", &[newest]), payload), Ok((None, "Struct{b=2}".to_owned())));
}

#[test]
fn subjects_may_be_named_by_the_title() {
    let strategy = ("value.subject.name.strategy", "io.confluent.kafka.serializers.subject.RecordNameStrategy");
    written(&mut chain("from-connect", &[strategy]), order(&[("id", Schema::int64())], vec![Value::Int64(1)])).unwrap();
    assert!(with_host(|host| host.registry.by_version("com.acme.Order", 1)).is_ok());
    assert_eq!(read(&mut chain("to-connect", &[strategy]), "\0\0\0\0\u{1}{\"id\":1}"), Ok((Some(1), "Struct{id=1}".to_owned())));
}
