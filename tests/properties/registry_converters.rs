//! What a converter over a registry writes it reads back.

use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::run::chain::{Chain, StageSpec};
use caisson_sdk::run::registry::{Entry, Registry};
use caisson_sdk::testing::host::reset;
use caisson_sdk::{Converter, Datum, Error, Record, Schema, SchemaBuilder, Struct, Type, Value};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::arbitrary;
use crate::holds;

fn typed() -> impl Strategy<Value = Datum<'static>> {
    arbitrary::schema().prop_flat_map(|schema| {
        let value = arbitrary::value_of(&schema);
        value.prop_map(move |value| Datum { schema: Some(schema.clone()), value })
    })
}

fn spec(kind: &str, class: &str, config: &[(&str, &str)]) -> StageSpec {
    StageSpec {
        kind: kind.to_owned(),
        class: class.to_owned(),
        role: "value".to_owned(),
        config: config.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..StageSpec::default()
    }
}

/// What becomes of a value in a chain that has had it before: the stage at which it fails, or another value.
fn passed(entries: &'static [Entry], stages: &[StageSpec], datum: Datum<'static>) -> Result<Datum<'static>, (u32, Error)> {
    let records = [0, 1].map(|id| Record { id, ..Record::new("t").with_value(datum.clone()) });
    let outcome = Chain::open(entries, stages).unwrap().apply(&encode_batch(&records).unwrap()).unwrap();
    if let Some(failure) = outcome.failed.into_iter().next_back() {
        return Err((failure.stage, failure.error));
    }
    let owned = |record: Record<'_>| Datum { schema: record.value.schema, value: record.value.value.into_owned().unwrap() };
    Ok(with_records(&outcome.batch, owned).unwrap().remove(1))
}

/// The value written by a converter and read by it again; none where it cannot be written, or is a tombstone.
fn there_and_back(
    entries: &'static [Entry],
    class: &str,
    config: &[(&str, &str)],
    datum: Datum<'static>,
) -> Option<Datum<'static>> {
    match passed(entries, &[spec("from-connect", class, config), spec("to-connect", class, config)], datum) {
        Ok(datum) => Some(datum).filter(|datum| datum.schema.is_some()),
        Err((stage, error)) => {
            assert_eq!(stage, 0, "{error}");
            None
        }
    }
}

/// What a payload of a schema that was seen before is made into straight in the batch is what [`Converter::to_connect`] makes of it, and
/// so are errors.
fn short_way_is_the_long_way<C: Converter>(
    entries: &'static [Entry],
    class: &str,
    config: &[(&str, &str)],
    bytes: Vec<u8>,
) -> Result<(), TestCaseError> {
    let parsed = C::plugin().config().parse(config.iter().copied()).unwrap();
    let long = C::configure(&parsed, false).unwrap().to_connect("t", Some(&bytes)).and_then(|datum| {
        let value = datum.value.into_owned()?;
        Ok(Datum { schema: datum.schema, value })
    });
    let short = passed(entries, &[spec("to-connect", class, config)], Datum::schemaless(Value::bytes(bytes)));
    prop_assert_eq!(short.map_err(|(_, error)| error), long);
    Ok(())
}

/// Protobuf has no null beside an empty array or map, and a map with arrays or maps in it is an array of its entries.
fn same(one: &Value<'_>, other: &Value<'_>) -> bool {
    match (one, other) {
        (Value::Null, Value::Array(items)) => items.is_empty(),
        (Value::Null, Value::Map(entries)) => entries.is_empty(),
        (Value::Struct(one), Value::Struct(other)) => {
            one.values().len() == other.values().len()
                && one.values().iter().zip(other.values()).all(|(one, other)| same(one, other))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            let has = |key: &Value<'_>, value: &Value<'_>| other.iter().any(|(own, held)| same(key, own) && same(value, held));
            one.len() == other.len() && one.iter().all(|(key, value)| has(key, value))
        }
        (Value::Map(entries), Value::Array(items)) => {
            let is = |item: &Value<'_>, key: &Value<'_>, value: &Value<'_>| match item {
                Value::Struct(entry) => matches!(entry.values(), [own, held] if same(key, own) && same(value, held)),
                _ => false,
            };
            entries.len() == items.len() && entries.iter().all(|(key, value)| items.iter().any(|item| is(item, key, value)))
        }
        (one, other) => one == other,
    }
}

fn has_null_in_map(value: &Value<'_>) -> bool {
    match value {
        Value::Map(entries) => {
            entries.iter().any(|(key, value)| [key, value].iter().any(|part| part.is_null() || has_null_in_map(part)))
        }
        Value::Array(items) => items.iter().any(has_null_in_map),
        Value::Struct(structure) => structure.values().iter().any(has_null_in_map),
        _ => false,
    }
}

/// Whether structs of one name have as many fields. Two that stand side by side or in each other are one message, with the fields of the
/// first.
fn is_one_struct_by_name<'s>(schema: &'s Schema, seen: &mut Vec<(&'s str, usize)>) -> bool {
    if schema.type_() == Type::Struct
        && let Some(name) = schema.name().and_then(|name| name.rsplit('.').next())
    {
        let known = seen.iter().find(|(known, _)| *known == name);
        if known.is_some_and(|(_, fields)| *fields != schema.fields().len()) {
            return false;
        }
        seen.push((name, schema.fields().len()));
    }
    let mut inside = [schema.key_schema(), schema.value_schema()].into_iter().flatten();
    inside.all(|part| is_one_struct_by_name(part, seen))
        && schema.fields().iter().all(|field| is_one_struct_by_name(&field.schema, seen))
}

/// A number that stands alone travels as one of Protobuf's wrappers, of which there is none for the narrow ones.
fn alone(value: &Value<'static>) -> Value<'static> {
    match value {
        Value::Int8(number) => Value::Int32((*number).into()),
        Value::Int16(number) => Value::Int32((*number).into()),
        other => other.clone(),
    }
}

/// What was read may be another version of its subject, which the schema of the whole is told.
fn unversioned(datum: &Datum<'static>) -> (Schema, Value<'static>) {
    let schema = datum.schema.as_ref().unwrap();
    let mut plain = SchemaBuilder::new(schema.type_()).with_optional(schema.is_optional());
    if let Some(name) = schema.name() {
        plain = plain.name(name);
    }
    for (name, value) in schema.parameters() {
        plain = plain.parameter(name, value);
    }
    for field in schema.fields() {
        plain = plain.field(&field.name, field.schema.clone());
    }
    let plain = plain.build().unwrap();
    let value = match &datum.value {
        Value::Struct(held) => Value::Struct(Struct::from_values(plain.clone(), held.values().to_vec()).unwrap()),
        other => other.clone(),
    };
    (plain, value)
}

/// A schema's types, what may be null, and parameters, but for names and versions.
fn shape(schema: &Schema) -> String {
    let parts = [schema.key_schema(), schema.value_schema()].into_iter().flatten();
    let parts: Vec<String> = parts.chain(schema.fields().iter().map(|field| &field.schema)).map(shape).collect();
    format!("{:?} {} {:?} {parts:?}", schema.type_(), schema.is_optional(), schema.parameters())
}

#[test]
fn protobuf_keeps_values() {
    let config = [
        ("schema.registry.url", "http://registry"),
        ("scrub.invalid.names", "true"),
        ("optional.for.nullables", "true"),
        ("enhanced.protobuf.schema.support", "true"),
    ];
    holds(&typed(), |datum| {
        // A map's entry without a value is read as one of its type's default.
        prop_assume!(!has_null_in_map(&datum.value));
        prop_assume!(datum.schema.as_ref().is_some_and(|schema| is_one_struct_by_name(schema, &mut Vec::new())));
        reset();
        let there_and_back = |datum| {
            there_and_back(caisson_protobuf::Plugins::ENTRIES, "io.confluent.connect.protobuf.ProtobufConverter", &config, datum)
        };
        if let Some(back) = there_and_back(datum.clone()) {
            prop_assert!(same(&alone(&datum.value), &back.value), "{:?}", back.value);
            let once_more = |datum: &Datum<'static>| {
                there_and_back(datum.clone()).ok_or_else(|| TestCaseError::fail(format!("{datum:?} cannot be written")))
            };
            // By Confluent's rules two kinds of names change once more: those that scrubbing made begin with an underscore, and what is in
            // the entry of a map whose name has a digit behind an underscore.
            let again = once_more(&back)?;
            prop_assert!(same(&back.value, &again.value), "{back:?} {again:?}");
            let schema = |datum: &Datum<'static>| shape(datum.schema.as_ref().unwrap());
            prop_assert_eq!(schema(&again), schema(&back));
            prop_assert_eq!(unversioned(&once_more(&again)?), unversioned(&again));
        }
        Ok(())
    });
}

/// As fields are written, with fields that are there twice, and with a byte that was not meant.
#[test]
fn the_short_way_from_protobuf_to_a_batch_gives_the_same() {
    const CLASS: &str = "io.confluent.connect.protobuf.ProtobufConverter";
    let entries = caisson_protobuf::Plugins::ENTRIES;
    let config =
        [("schema.registry.url", "http://registry"), ("scrub.invalid.names", "true"), ("optional.for.nullables", "true")];
    holds(&(typed(), any::<prop::sample::Index>(), any::<u8>()), |(datum, place, byte)| {
        reset();
        let Ok(written) = passed(entries, &[spec("from-connect", CLASS, &config)], datum) else { return Ok(()) };
        let Some(bytes) = written.value.as_bytes().map(<[u8]>::to_vec) else { return Ok(()) };
        // Magic byte and schema id; the message is one of the first in its file.
        let (_, message) = bytes.split_at(6);
        let twice = [&bytes, message].concat();
        let mut changed = bytes.clone();
        if !message.is_empty() {
            changed[6 + place.index(message.len())] = byte;
        }
        for bytes in [bytes.clone(), twice, changed] {
            short_way_is_the_long_way::<caisson_protobuf::ProtobufConverter>(entries, CLASS, &config, bytes)?;
        }
        Ok(())
    });
}

/// JSON has no words for NaN and infinity, and reads -0.0 as 0.0.
fn json_tells(value: &Value<'_>) -> bool {
    let tells = |number: f64| number.is_finite() && (number != 0.0 || number.is_sign_positive());
    match value {
        Value::Float32(number) => tells((*number).into()),
        Value::Float64(number) => tells(*number),
        Value::Array(items) => items.iter().all(json_tells),
        Value::Map(entries) => entries.iter().all(|(key, value)| json_tells(key) && json_tells(value)),
        Value::Struct(structure) => structure.values().iter().all(json_tells),
        _ => true,
    }
}

#[test]
fn json_schema_keeps_values() {
    let config = [("schema.registry.url", "http://registry")];
    holds(&typed(), |datum| {
        prop_assume!(json_tells(&datum.value));
        reset();
        let there_and_back = |datum| {
            there_and_back(caisson_json_schema::Plugins::ENTRIES, "io.confluent.connect.json.JsonSchemaConverter", &config, datum)
        };
        if let Some(back) = there_and_back(datum.clone()) {
            prop_assert!(same(&datum.value, &back.value), "{:?}", back.value);
            prop_assert_eq!(there_and_back(back.clone()), Some(back));
        }
        Ok(())
    });
}

/// As objects are written, and with a byte that was not meant.
#[test]
fn the_short_way_from_json_with_a_schema_to_a_batch_gives_the_same() {
    const CLASS: &str = "io.confluent.connect.json.JsonSchemaConverter";
    let entries = caisson_json_schema::Plugins::ENTRIES;
    let config = [("schema.registry.url", "http://registry"), ("use.optional.for.nonrequired", "true")];
    let byte = prop::sample::select(b"{}[]\",:0a \\".to_vec());
    holds(&(typed(), any::<prop::sample::Index>(), byte), |(datum, place, byte)| {
        reset();
        let Ok(written) = passed(entries, &[spec("from-connect", CLASS, &config)], datum) else { return Ok(()) };
        let Some(bytes) = written.value.as_bytes().map(<[u8]>::to_vec) else { return Ok(()) };
        let mut changed = bytes.clone();
        let (_, text) = changed.split_at_mut(5);
        let place = place.index(text.len());
        text[place] = byte;
        for bytes in [bytes, changed] {
            short_way_is_the_long_way::<caisson_json_schema::JsonSchemaConverter>(entries, CLASS, &config, bytes)?;
        }
        Ok(())
    });
}
