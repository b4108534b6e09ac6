//! The converter over a registry in memory: which schemas it registers, asks for and writes under.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use caisson_avro::Plugins;
use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::data::java_text::java_text;
use caisson_sdk::run::chain::{Chain, StageSpec};
use caisson_sdk::run::registry::Registry;
use caisson_sdk::schema_registry::{Definition, LATEST, Registered};
use caisson_sdk::testing::host::{self, with_host};
use caisson_sdk::{Datum, Error, Record, Schema, SchemaBuilder, Struct, Value};

const CLASS: &str = "io.confluent.connect.avro.AvroConverter";

fn stage(kind: &str, config: &[(&str, &str)]) -> StageSpec {
    let all = [("schema.registry.url", "http://registry")];
    let config = all.iter().chain(config).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    StageSpec {
        kind: kind.to_owned(),
        class: CLASS.to_owned(),
        role: "value".to_owned(),
        config: config.collect(),
        ..StageSpec::default()
    }
}

fn through(stages: &[StageSpec], value: Datum<'_>) -> Result<Datum<'static>, Error> {
    let batch = encode_batch(&[Record::new("orders").with_value(value)]).unwrap();
    let outcome = Chain::open(Plugins::ENTRIES, stages)?.apply(&batch)?;
    if let Some(failed) = outcome.failed.first() {
        return Err(failed.error.clone());
    }
    let owned = |record: Record<'_>| Datum { schema: record.value.schema, value: record.value.value.into_owned().unwrap() };
    Ok(with_records(&outcome.batch, owned).unwrap().pop().unwrap())
}

fn write(config: &[(&str, &str)], value: Datum<'_>) -> Result<Vec<u8>, Error> {
    let datum = through(&[stage("from-connect", config)], value)?;
    Ok(datum.value.as_bytes().unwrap().to_vec())
}

fn read(config: &[(&str, &str)], bytes: &[u8]) -> Result<Datum<'static>, Error> {
    through(&[stage("to-connect", config)], Datum { schema: None, value: Value::bytes(bytes.to_vec()) })
}

fn order(with_note: bool) -> Datum<'static> {
    let mut builder = SchemaBuilder::structure().name("shop.Order").field("id", Schema::int64());
    if with_note {
        builder = builder.field("note", Schema::optional_string());
    }
    let schema = builder.build().unwrap();
    let mut order = Struct::new(schema.clone()).unwrap();
    order.put("id", Value::Int64(7)).unwrap();
    if with_note {
        order.put("note", Value::from("fragile")).unwrap();
    }
    Datum { schema: Some(schema), value: Value::Struct(order) }
}

fn latest(subject: &str) -> Registered {
    with_host(|host| host.registry.by_version(subject, LATEST)).unwrap()
}

fn register(subject: &str, text: &str) -> i32 {
    let definition = Definition { type_: "AVRO".to_owned(), text: text.to_owned(), references: Vec::new() };
    with_host(|host| host.registry.register(subject, &definition)).unwrap().id
}

#[test]
fn a_schema_is_registered_and_read_by_its_id() {
    host::reset();
    let bytes = write(&[], order(true)).unwrap();
    let registered = latest("orders-value");
    assert_eq!(bytes[..5], [0, 0, 0, 0, registered.id as u8]);
    let back = read(&[], &bytes).unwrap();
    // The version under the subject is that of the schema, which names none.
    assert_eq!(back.schema.as_ref().unwrap().version(), Some(1));
    let Value::Struct(order) = &back.value else { panic!("{back:?}") };
    assert_eq!(order.get("note").unwrap(), &Value::from("fragile"));
    assert_eq!(order.get("id").unwrap(), &Value::Int64(7));
}

#[test]
fn null_is_null() {
    host::reset();
    let optional = Datum { schema: Some(Schema::optional_string()), value: Value::Null };
    assert_eq!(through(&[stage("from-connect", &[])], optional).unwrap(), Datum::NULL);
    assert_eq!(through(&[stage("to-connect", &[])], Datum::NULL).unwrap(), Datum::NULL);
    let required = Datum { schema: Some(Schema::string()), value: Value::Null };
    let error = through(&[stage("from-connect", &[])], required).unwrap_err();
    assert_eq!(error.message(), "Found null value for non-optional schema");
}

#[test]
fn subjects_are_named_by_the_strategy() {
    for (strategy, subject) in [("RecordNameStrategy", "shop.Order"), ("TopicRecordNameStrategy", "orders-shop.Order")] {
        host::reset();
        let class = format!("io.confluent.kafka.serializers.subject.{strategy}");
        let config = [("value.subject.name.strategy", class.as_str())];
        let bytes = write(&config, order(false)).unwrap();
        assert_eq!(latest(subject).version, Some(1));
        assert!(read(&config, &bytes).is_ok());
        let text = Datum { schema: Some(Schema::string()), value: Value::from("x") };
        let error = write(&config, text).unwrap_err();
        assert!(error.message().contains("must only be a record schema"), "{error}");
    }
    let config = [("value.subject.name.strategy", "org.example.Own")];
    assert!(write(&config, order(false)).unwrap_err().message().contains("org.example.Own"));
}

#[test]
fn nothing_is_registered_without_leave() {
    host::reset();
    let error = write(&[("auto.register.schemas", "false")], order(false)).unwrap_err();
    assert_eq!(error.class(), "org.apache.kafka.connect.errors.DataException");
    assert!(
        error.message().starts_with("Failed to serialize Avro data from topic orders : Error retrieving Avro schema"),
        "{error}"
    );
    write(&[], order(false)).unwrap();
    assert!(write(&[("auto.register.schemas", "false")], order(false)).is_ok());
}

#[test]
fn the_newest_version_is_written_under() {
    host::reset();
    let newest = r#"{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"note","type":["null","string"],"default":null},{"name":"id","type":"long"},{"name":"count","type":"int","default":3}]}"#;
    write(&[], order(true)).unwrap();
    let id = register("orders-value", newest);
    let config = [("auto.register.schemas", "false"), ("use.latest.version", "true")];
    let bytes = write(&config, order(true)).unwrap();
    // note, id and the default of count.
    assert_eq!(bytes, [&[0, 0, 0, 0, id as u8, 2, 14], b"fragile".as_slice(), &[14, 6]].concat());
    let without = write(&config, order(false)).unwrap();
    assert_eq!(without, [0, 0, 0, 0, id as u8, 0, 14, 6]);
}

#[test]
fn a_record_that_contains_itself_is_followed_as_deep_as_it_goes() {
    host::reset();
    let node = |more: &str| {
        let next = r#"{"name":"n","type":"int"},{"name":"next","type":["null","Node"],"default":null}"#;
        format!(r#"{{"type":"record","name":"Node","namespace":"t","fields":[{next}{more}]}}"#)
    };
    let tree = register("orders-value", &node(r#",{"name":"more","type":{"type":"array","items":"Node"}}"#));
    let head = |id: i32| vec![0, 0, 0, 0, id as u8];
    let shown = |payload: &[u8]| java_text(&read(&[], &[&head(tree), payload].concat()).unwrap().value).unwrap();
    assert_eq!(shown(&[2, 0, 0]), "Struct{n=1,more=[]}");
    assert_eq!(
        shown(&[2, 2, 4, 0, 0, 2, 6, 2, 8, 0, 0, 0, 0]),
        "Struct{n=1,next=Struct{n=2,more=[]},more=[Struct{n=3,next=Struct{n=4,more=[]},more=[]}]}"
    );
    // Of any depth it is written under one schema, which is as recursive as that.
    let (flat, nested) = ([2, 0, 0], [2, 2, 4, 0, 0, 2, 6, 2, 8, 0, 0, 0, 0]);
    let again = |payload: &[u8]| write(&[], read(&[], &[&head(tree), payload].concat()).unwrap()).unwrap();
    assert_eq!((&again(&flat)[5..], &again(&nested)[5..]), (flat.as_slice(), nested.as_slice()));
    let text = latest("orders-value").definition.text;
    assert!(text.contains(r#""items":"Node""#) && text.matches(r#""name":"n""#).count() == 1, "{text}");
    assert_eq!(again(&flat)[..5], again(&nested)[..5]);
    let list = register("orders-value", &node(""));
    let chain = |length: usize| [head(list), [2, 2].repeat(length - 1), vec![2, 0]].concat();
    let deep = java_text(&read(&[], &chain(33)).unwrap().value).unwrap();
    assert_eq!((deep.matches("n=1").count(), deep.matches("next=").count()), (33, 32));
    let error = read(&[], &chain(34)).unwrap_err();
    assert_eq!(error.message(), "t.Node contains itself deeper than it is followed");
}

#[test]
fn a_newest_version_that_cannot_read_it_is_refused() {
    host::reset();
    register(
        "orders-value",
        r#"{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"long"},{"name":"count","type":"int"}]}"#,
    );
    let config = [("auto.register.schemas", "false"), ("use.latest.version", "true")];
    let error = write(&config, order(false)).unwrap_err();
    assert!(error.message().contains("latest.compatibility.strict=false"), "{error}");
    assert!(error.message().contains("field count of shop.Order has no default"), "{error}");
}

#[test]
fn a_registry_is_asked_once_a_schema() {
    host::reset();
    let records: Vec<Record<'_>> = (0..100).map(|_| Record::new("orders").with_value(order(true))).collect();
    let batch = encode_batch(&records).unwrap();
    let chain = [stage("from-connect", &[]), stage("to-connect", &[])];
    let outcome = Chain::open(Plugins::ENTRIES, &chain).unwrap().apply(&batch).unwrap();
    assert!(outcome.failed.is_empty(), "{:?}", outcome.failed);
    // Registered, read by id, looked up for its version.
    assert_eq!(with_host(|host| host.registry.requests), 3);
}

#[test]
fn bytes_of_another_format_are_told() {
    host::reset();
    for (bytes, why) in [
        (b"{\"a\":1}".as_slice(), "Unknown magic byte!"),
        (&[0, 0, 0, 0, 9], "Error retrieving Avro schema for id 9: Schema not found; error code: 40403"),
    ] {
        let error = read(&[], bytes).unwrap_err();
        assert_eq!(error.class(), "org.apache.kafka.connect.errors.DataException");
        assert_eq!(error.message(), format!("Failed to deserialize data for topic orders to Avro: {why}"));
    }
    let mut cut = write(&[], order(true)).unwrap();
    cut.truncate(8);
    assert!(read(&[], &cut).unwrap_err().message().contains("Error deserializing Avro message for id 1"));
}

#[test]
fn references_are_known() {
    host::reset();
    register("customer", r#"{"type":"record","name":"Customer","namespace":"shop","fields":[{"name":"name","type":"string"}]}"#);
    let reference =
        caisson_sdk::schema_registry::Reference { name: "shop.Customer".to_owned(), subject: "customer".to_owned(), version: 1 };
    let definition = Definition {
        type_: "AVRO".to_owned(),
        text: r#"{"type":"record","name":"Sale","namespace":"shop","fields":[{"name":"to","type":"Customer"}]}"#.to_owned(),
        references: vec![reference],
    };
    let id = with_host(|host| host.registry.register("orders-value", &definition)).unwrap().id;
    let back = read(&[], &[0, 0, 0, 0, id as u8, 6, b'a', b'n', b'n']).unwrap();
    let Value::Struct(sale) = &back.value else { panic!("{back:?}") };
    let Value::Struct(to) = sale.get("to").unwrap() else { panic!("{sale:?}") };
    assert_eq!(to.get("name").unwrap(), &Value::from("ann"));
}
