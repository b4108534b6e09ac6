//! What is written as Avro is read again, with its schema.

use caisson_avro::Plugins;
use caisson_avro::avro_data::{Reading, Writing};
use caisson_avro::options::Options;
use caisson_avro::schema::AvroSchema;
use caisson_registry_serde::wire_format;
use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::run::chain::{Chain, StageSpec};
use caisson_sdk::run::registry::Registry;
use caisson_sdk::schema_registry::Definition;
use caisson_sdk::testing::host;
use caisson_sdk::{Datum, Error, Record, Schema, Type, Value};
use proptest::prelude::*;

use crate::arbitrary;
use crate::holds;

fn there_and_back(datum: &Datum<'static>, options: Options) -> Result<Datum<'static>, Error> {
    let writing = Writing::new(datum.schema.as_ref(), options)?;
    let mut payload = Vec::new();
    writing.write(&mut payload, &datum.value, options)?;
    // The text is what a registry hands to readers.
    let avro = AvroSchema::parse(&writing.text, &[])?;
    let mut unions = 0;
    let read = Reading::new(&avro, None, options, &mut unions)?.read(&payload)?;
    Ok(Datum { schema: read.schema, value: read.value.into_owned()? })
}

/// A map with optional text keys comes back with required ones, if it is a map in Avro; unnamed structs and their kin keep none of
/// what has no name. Names that Avro does not allow are refused.
fn avro_tells(schema: &Schema) -> bool {
    let name_is_kept = |name: &str| !name.ends_with('.');
    schema.name().is_none_or(name_is_kept)
        && schema.key_schema().is_none_or(avro_tells)
        && schema.value_schema().is_none_or(avro_tells)
        && schema.fields().iter().all(|field| avro_tells(&field.schema))
}

#[test]
fn avro_keeps_schema_and_value() {
    let typed = arbitrary::schema().prop_flat_map(|schema| {
        let value = arbitrary::value_of(&schema);
        value.prop_map(move |value| Datum { schema: Some(schema.clone()), value })
    });
    holds(&typed, |datum| {
        prop_assume!(datum.schema.as_ref().is_some_and(avro_tells));
        // Null as a whole is no payload.
        prop_assume!(!datum.value.is_null());
        if let Ok(back) = there_and_back(&datum, Options { scrub_invalid_names: false, ..Options::default() }) {
            prop_assert_eq!(back, datum);
        }
        Ok(())
    });
}

/// A value without a schema keeps its types, but for int8 and int16, which come back as int32.
#[test]
fn avro_keeps_values_without_schema() {
    let wide = |schema: &Schema| !matches!(schema.type_(), Type::Int8 | Type::Int16 | Type::Bytes);
    let scalars = arbitrary::schema().prop_filter("scalars", move |schema| {
        schema.type_().is_primitive() && schema.name().is_none() && wide(schema) && !schema.is_optional()
    });
    let loose = scalars.prop_flat_map(|schema| prop::collection::vec(arbitrary::value_of(&schema), 0..5));
    holds(&loose, |items| {
        let datum = Datum { schema: None, value: Value::Array(items) };
        prop_assert_eq!(there_and_back(&datum, Options::default()), Ok(datum));
        Ok(())
    });
}

/// What a converter writes straight into the batch is what it makes of the payload otherwise.
#[test]
fn the_short_way_to_a_batch_gives_the_same() {
    let typed = arbitrary::schema().prop_flat_map(|schema| {
        let value = arbitrary::value_of(&schema);
        value.prop_map(move |value| Datum { schema: Some(schema.clone()), value })
    });
    let stage = StageSpec {
        kind: "to-connect".to_owned(),
        class: "io.confluent.connect.avro.AvroConverter".to_owned(),
        role: "value".to_owned(),
        config: vec![("schema.registry.url".to_owned(), "http://registry".to_owned())],
        ..StageSpec::default()
    };
    holds(&typed, |datum| {
        host::reset();
        let Ok(writing) = Writing::new(datum.schema.as_ref(), Options::default()) else { return Ok(()) };
        let mut payload = Vec::new();
        if writing.write(&mut payload, &datum.value, Options::default()).is_err() {
            return Ok(());
        }
        let definition = Definition { type_: "AVRO".to_owned(), text: writing.text.clone(), references: Vec::new() };
        let id = host::with_host(|host| host.registry.register("t-value", &definition)).unwrap().id;
        let mut unions = 0;
        let reading = Reading::new(&writing.avro, Some(1), Options::default(), &mut unions).unwrap();
        let mut bytes = Vec::new();
        wire_format::write_head(&mut bytes, id);
        bytes.extend_from_slice(&payload);
        // The short way is taken by the second: a schema is asked for on the long one.
        let records =
            [0, 1].map(|id| Record { id, ..Record::new("t").with_value(Datum::schemaless(Value::bytes(bytes.clone()))) });
        let batch = encode_batch(&records).unwrap();
        let outcome = Chain::open(Plugins::ENTRIES, std::slice::from_ref(&stage)).unwrap().apply(&batch).unwrap();
        let expected = reading.read(&payload);
        let owned = |record: Record<'_>| Datum { schema: record.value.schema, value: record.value.value.into_owned().unwrap() };
        match (outcome.failed.first(), expected) {
            (Some(_), Err(_)) => {}
            (None, Ok(expected)) => prop_assert_eq!(with_records(&outcome.batch, owned).unwrap().pop(), Some(expected)),
            (failed, expected) => prop_assert!(false, "{failed:?}, {expected:?}"),
        }
        Ok(())
    });
}
