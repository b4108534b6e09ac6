//! The converter over a registry in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use caisson_protobuf::Plugins;
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
        class: "io.confluent.connect.protobuf.ProtobufConverter".to_owned(),
        role: "value".to_owned(),
        config: config.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..StageSpec::default()
    };
    Chain::open(Plugins::ENTRIES, &[stage]).unwrap()
}

fn apply(chain: &mut Chain, values: Vec<Datum<'static>>) -> Outcome {
    let records = (0..).zip(values).map(|(id, value)| Record { id, ..Record::new("orders").with_value(value) });
    chain.apply(&encode_batch(&records.collect::<Vec<_>>()).unwrap()).unwrap()
}

fn written(chain: &mut Chain, value: Datum<'static>) -> Result<Option<Vec<u8>>, String> {
    let outcome = apply(chain, vec![value]);
    match outcome.failed.first() {
        Some(failure) => Err(failure.error.to_string()),
        None => Ok(with_records(&outcome.batch, |record| record.value.value.as_bytes().map(<[u8]>::to_vec)).unwrap().remove(0)),
    }
}

/// The schema's version and the value.
fn read(chain: &mut Chain, bytes: &[u8]) -> Result<(Option<i32>, String), String> {
    let outcome = apply(chain, vec![Datum::schemaless(Value::bytes(bytes.to_vec()))]);
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
    let second = order(&[("id", Schema::int64()), ("note", Schema::optional_string())], vec![Value::Int64(8), Value::from("x")]);
    let first_bytes = written(&mut out, first.clone()).unwrap().unwrap();
    assert_eq!(first_bytes, [0, 0, 0, 0, 1, 0, 8, 7]);
    let second_bytes = written(&mut out, second).unwrap().unwrap();
    assert_eq!(second_bytes[..6], [0, 0, 0, 0, 2, 0]);
    assert_eq!(read(&mut back, &first_bytes), Ok((Some(1), "Struct{id=7}".to_owned())));
    assert_eq!(read(&mut back, &second_bytes), Ok((Some(2), "Struct{id=8,note=x}".to_owned())));
    // What is known is not asked again.
    let asked = with_host(|host| host.registry.requests);
    assert_eq!(written(&mut out, first), Ok(Some(first_bytes.clone())));
    assert!(read(&mut back, &first_bytes).is_ok());
    assert_eq!(with_host(|host| host.registry.requests), asked);
}

#[test]
fn nulls_are_tombstones_and_nothing_else_goes_without_a_schema() {
    let (mut out, mut back) = (chain("from-connect", &[]), chain("to-connect", &[]));
    assert_eq!(written(&mut out, Datum::NULL), Ok(None));
    assert_eq!(written(&mut out, Datum { schema: Some(Schema::optional_string()), value: Value::Null }), Ok(None));
    let error = written(&mut out, Datum::schemaless("x")).unwrap_err();
    assert!(error.starts_with("Failed to serialize Protobuf data from topic orders :"), "{error}");
    let outcome = apply(&mut back, vec![Datum::NULL]);
    assert_eq!(with_records(&outcome.batch, |record| record.value == Datum::NULL).unwrap(), [true]);
}

#[test]
fn bad_payloads_are_refused_by_what_is_wrong() {
    let mut back = chain("to-connect", &[]);
    let id = register(
        "orders-value",
        "PROTOBUF",
        "syntax = \"proto3\"; message A { string s = 1; message B { int32 n = 1; } }",
        vec![],
    );
    register("json-value", "JSON", "{\"type\":\"string\"}", vec![]);
    register("broken-value", "PROTOBUF", "message {", vec![]);
    assert_eq!(id, 1);
    for (bytes, why) in [
        (&b""[..], "Unknown magic byte!"),
        (b"{\"a\":1}", "Unknown magic byte!"),
        (&[1, 0, 0, 0, 1, 0], "Unknown magic byte!"),
        (&[0, 0, 0, 0, 9, 0], "Schema not found"),
        (&[0, 0, 0, 0, 2, 0], "of type JSON, not PROTOBUF"),
        (&[0, 0, 0, 0, 3, 0], "no .proto file"),
        (&[0, 0, 0, 0, 1, 2, 2], "Invalid message indexes: [1]"),
        (&[0, 0, 0, 0, 1], "for id 1"),
        (&[0, 0, 0, 0, 1, 0, 0x0a, 5, b'x'], "Error deserializing Protobuf message for id 1"),
        (&[0, 0, 0, 0, 1, 0, 0x0a, 1, 0xff], "UTF-8"),
    ] {
        let error = read(&mut back, bytes).unwrap_err();
        assert!(
            error.starts_with("Failed to deserialize data for topic orders to Protobuf:") && error.contains(why),
            "{why}: {error}"
        );
    }
    assert_eq!(read(&mut back, &[0, 0, 0, 0, 1, 0, 0x0a, 1, b'x']).unwrap().1, "Struct{s=x}");
    assert_eq!(read(&mut back, &[0, 0, 0, 0, 1, 4, 0, 0, 8, 5]).unwrap().1, "Struct{n=5}");
}

#[test]
fn references_are_imports() {
    let part = "syntax = \"proto3\"; package p; message Part { int32 a = 1; }";
    register("part", "PROTOBUF", part, vec![]);
    let reference = Reference { name: "part.proto".to_owned(), subject: "part".to_owned(), version: 1 };
    let whole = "syntax = \"proto3\"; import \"part.proto\"; message Whole { repeated p.Part parts = 1; }";
    let id = register("orders-value", "PROTOBUF", whole, vec![reference]);
    let bytes = [0, 0, 0, 0, id as u8, 0, 0x0a, 2, 8, 5, 0x0a, 0];
    assert_eq!(read(&mut chain("to-connect", &[]), &bytes).unwrap().1, "Struct{parts=[Struct{a=5}, Struct{a=0}]}");
}

#[test]
fn the_newest_version_is_written_under_if_it_can_read() {
    let text = |fields: &str| format!("syntax = \"proto3\"; package com.acme; message Other {{}} message Order {{ {fields} }}");
    let latest = [("auto.register.schemas", "false"), ("use.latest.version", "true")];
    let order = || order(&[("id", Schema::int64())], vec![Value::Int64(7)]);
    register("orders-value", "PROTOBUF", &text("int64 id = 1; string note = 2;"), vec![]);
    // The second message of its file.
    assert_eq!(written(&mut chain("from-connect", &latest), order()), Ok(Some(vec![0, 0, 0, 0, 1, 2, 2, 8, 7])));
    register("orders-value", "PROTOBUF", &text("string id = 1;"), vec![]);
    let error = written(&mut chain("from-connect", &latest), order()).unwrap_err();
    assert!(error.contains("latest.compatibility.strict=false"), "{error}");
    let lax = [latest[0], latest[1], ("latest.compatibility.strict", "false")];
    assert_eq!(written(&mut chain("from-connect", &lax), order()), Ok(Some(vec![0, 0, 0, 0, 2, 2, 2, 8, 7])));
    let error = written(&mut chain("from-connect", &[("auto.register.schemas", "false")]), order()).unwrap_err();
    assert!(error.contains("Schema not found"), "{error}");
}

#[test]
fn the_newest_version_is_read_by_if_asked() {
    let text = |fields: &str| format!("syntax = \"proto3\"; package com.acme; message Order {{ {fields} }} message Other {{}}");
    let id = register("orders-value", "PROTOBUF", &text("int64 id = 1; string note = 2;"), vec![]) as u8;
    let bytes = [0, 0, 0, 0, id, 0, 8, 7, 0x12, 1, b'x'];
    let mut forgetting = chain("to-connect", &[("use.latest.version", "true"), ("latest.cache.ttl.sec", "0")]);
    assert_eq!(read(&mut forgetting, &bytes), Ok((None, "Struct{id=7,note=x}".to_owned())));
    register("orders-value", "PROTOBUF", &text("int64 number = 1; int32 count = 3;"), vec![]);
    assert_eq!(read(&mut forgetting, &bytes), Ok((None, "Struct{number=7,count=0}".to_owned())));
    let mut newest = chain("to-connect", &[("use.latest.version", "true")]);
    assert_eq!(read(&mut newest, &bytes), Ok((None, "Struct{number=7,count=0}".to_owned())));
    let asked = with_host(|host| host.registry.requests);
    assert!(read(&mut newest, &bytes).is_ok());
    assert_eq!(with_host(|host| host.registry.requests), asked);
    assert_eq!(read(&mut chain("to-connect", &[]), &bytes), Ok((Some(1), "Struct{id=7,note=x}".to_owned())));
}

#[test]
fn subjects_may_be_named_by_the_message() {
    let strategy = ("value.subject.name.strategy", "io.confluent.kafka.serializers.subject.TopicRecordNameStrategy");
    written(&mut chain("from-connect", &[strategy]), order(&[("id", Schema::int64())], vec![Value::Int64(1)])).unwrap();
    let found = with_host(|host| host.registry.by_version("orders-com.acme.Order", 1)).unwrap();
    assert!(found.definition.text.contains("message Order {\n  int64 id = 1;\n}"));
    assert_eq!(read(&mut chain("to-connect", &[strategy]), &[0, 0, 0, 0, 1, 0, 8, 1]), Ok((Some(1), "Struct{id=1}".to_owned())));
}
