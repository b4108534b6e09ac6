//! Converters and transformations have short ways for values that stay encoded. Whatever way a record takes, the same comes out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::data::java_text::java_text;
use caisson_sdk::data::record::{Datum, Record};
use caisson_sdk::data::value::Value;
use caisson_sdk::run::chain::{Chain, Outcome, StageSpec};
use caisson_sdk::run::registry::Registry;
use caisson_stages::Plugins;

fn owned(config: &[(&str, &str)]) -> Vec<(String, String)> {
    config.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn json() -> StageSpec {
    StageSpec {
        kind: "to-connect".to_owned(),
        class: "org.apache.kafka.connect.json.JsonConverter".to_owned(),
        role: "value".to_owned(),
        config: owned(&[("schemas.enable", "false"), ("converter.type", "value")]),
        ..StageSpec::default()
    }
}

fn transform(name: &str, config: &[(&str, &str)]) -> StageSpec {
    let class = format!("org.apache.kafka.connect.transforms.{name}$Value");
    StageSpec { kind: "transform".to_owned(), class, config: owned(config), ..StageSpec::default() }
}

fn apply(stages: &[StageSpec], batch: &[u8]) -> Outcome {
    Chain::open(Plugins::ENTRIES, stages).unwrap().apply(batch).unwrap()
}

/// Ids and values of the records that passed, values as Java shows them.
fn shown(batch: &[u8]) -> Vec<(u32, String)> {
    with_records(batch, |record| (record.id, java_text(&record.value.value).unwrap())).unwrap()
}

const TEXTS: [&str; 34] = [
    "{\"id\":1,\"name\":\"user\",\"city\":\"Brno\",\"secret\":\"s-1\",\"active\":true,\"amount\":1.5,\"text\":\"some text of it\"}",
    "{}",
    " { \"a\" : [ ] , \"city\" : { } , \"n\" : null } trailing",
    "{\"a\":1,\"a\":2}",
    "{\"secret\":1,\"b\":2,\"secret\":\"x\",\"b\":{\"c\":1,\"c\":[2]}}",
    "{\"a\":{\"x\":1,\"y\":{\"x\":2,\"a\":3}},\"b\":{\"x\":4}}",
    "{\"a\\u0062\":1,\"ab\":2,\"c\":\"\\n\\u00e9\\ud83d\\ude00\"}",
    "{\"secret\":7,\"city\":8,\"origin\":\"there already\",\"old\":1,\"new\":2}",
    "{\"new\":{\"deep\":[1,2]},\"old\":[true,false,null]}",
    "{\"secret\":\"\",\"old\":\"é\u{1f600}\"}",
    "{\"secret\":1.25}",
    "{\"secret\":true}",
    "{\"secret\":null,\"old\":null}",
    "{\"secret\":[1,2,3]}",
    "{\"secret\":{\"a\":1}}",
    "[-0, -0.0, 0.0, 1e3, -1.5E-7, 007, 123456789012345678, -123456789012345678, 1234567890123456789012]",
    "[0.1, 123.456, 9007199254740993.0, 90071992547409.93, 1e400, -1e-400, 0.000000000000000001, 3.14159265358979312]",
    "[[[[[]]]], {\"a\":[{}]}]",
    "\"text\"",
    "\"a text of some more bytes than sixteen\"",
    "12",
    "null",
    "",
    "   ",
    "true",
    "nul",
    "{\"a\":1,}",
    "{\"a\"}",
    "[1,2",
    "{\"a\":1x}",
    "{'a':1}",
    "\"a\u{1}b\"",
    "{\"0123456789abcdef0123456789abcdef\":\"0123456789abcdef0\",\"0123456789abcdef\":\"0123456789abcdef\"}",
    "{\"a\":\"\",\"\":\"\"}",
];

fn batch() -> Vec<u8> {
    let wide = |count: usize, last: &str| {
        let members: Vec<String> = (0..count).map(|number| format!("\"field{number}\":{number}")).collect();
        format!("{{{},\"{last}\":0}}", members.join(","))
    };
    let mut texts: Vec<String> = TEXTS.iter().map(|text| (*text).to_owned()).collect();
    for count in [22, 23, 24, 63, 64, 65, 66, 300] {
        texts.extend([wide(count, "last"), wide(count, "field7")]);
    }
    texts.push(format!("{}1{}", "[".repeat(900), "]".repeat(900)));
    texts.push("[".repeat(1001));
    let mut records: Vec<Record<'_>> = Vec::new();
    for (id, text) in (0..).zip(&texts) {
        let value = Datum { schema: None, value: Value::bytes(text.as_bytes()) };
        records.push(Record { id, ..Record::new("t").with_value(value) });
    }
    let tombstone = Record { id: texts.len() as u32, ..Record::new("t") };
    records.push(tombstone);
    encode_batch(&records).unwrap()
}

/// `stages` behind the converter in one chain, and in a chain of their own, which is given a batch.
fn check(stages: &[StageSpec]) {
    let batch = batch();
    let together: Vec<StageSpec> = std::iter::once(json()).chain(stages.iter().cloned()).collect();
    let together = apply(&together, &batch);
    // A transformation that wants the value decoded, and changes it back: the long way.
    let hoisted = apply(&[json(), transform("HoistField", &[("field", "held")])], &batch);
    let first = apply(&[json()], &batch);
    assert_eq!(first.failed, hoisted.failed);
    let long: Vec<(u32, String)> =
        shown(&hoisted.batch).into_iter().map(|(id, text)| (id, text["{held=".len()..text.len() - 1].to_owned())).collect();
    assert_eq!(shown(&first.batch), long);
    let second = apply(stages, &first.batch);
    assert_eq!(shown(&together.batch), shown(&second.batch));
    let failed = |outcome: &Outcome| -> Vec<(u32, String)> {
        outcome.failed.iter().map(|failure| (failure.id, failure.error.to_string())).collect()
    };
    let mut one_by_one = [failed(&first), failed(&second)].concat();
    one_by_one.sort();
    assert_eq!(failed(&together), one_by_one);
    assert!(!together.failed.is_empty() && shown(&together.batch).len() > 10);
}

#[test]
fn a_value_nobody_looks_at_is_the_same() {
    check(&[]);
}

#[test]
fn fields_are_changed_alike_encoded_and_decoded() {
    let insert = || transform("InsertField", &[("static.field", "origin"), ("static.value", "bench"), ("topic.field", "id")]);
    let mask = || transform("MaskField", &[("fields", "secret,absent")]);
    let replace = || transform("ReplaceField", &[("exclude", "city,a"), ("renames", "old:new,id:text")]);
    let include = transform("ReplaceField", &[("include", "old,secret"), ("renames", "secret:old")]);
    check(&[insert()]);
    check(&[mask()]);
    check(&[transform("MaskField", &[("fields", "secret"), ("replacement", "7")])]);
    check(&[replace()]);
    check(&[include]);
    check(&[insert(), mask(), replace()]);
    // The last one wants it decoded.
    check(&[insert(), transform("HoistField", &[("field", "all")])]);
}
