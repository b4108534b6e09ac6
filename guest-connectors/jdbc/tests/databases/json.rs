//! Records as JSON, by the project's own converters: what is in a topic.

use std::collections::BTreeMap;

use caisson_converters::{JsonConverter, StringConverter};
use caisson_sdk::batches::{encode_batch, with_records};
use caisson_sdk::run::chain::{Chain, StageSpec};
use caisson_sdk::run::registry::Entry;
use caisson_sdk::{Coordinates, Datum, Record, TimestampType, Value};

static CONVERTERS: &[Entry] = &[Entry::converter::<JsonConverter>(), Entry::converter::<StringConverter>()];

fn stage(kind: &str, role: &str, class: &str, schemas: bool) -> StageSpec {
    let config = [("schemas.enable", schemas.to_string()), ("converter.type", role.to_owned())];
    StageSpec {
        kind: kind.to_owned(),
        class: class.to_owned(),
        role: role.to_owned(),
        config: config.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        ..StageSpec::default()
    }
}

const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";

/// Topic and value of each record, up to the first that the converter refuses; that is an error, as it is a task's end.
pub fn written(batch: &[u8]) -> (Vec<(String, serde_json::Value)>, Option<String>) {
    let stages = [stage("from-connect", "value", JSON, true)];
    let outcome = Chain::open(CONVERTERS, &stages).unwrap().apply(batch).unwrap();
    let first = outcome.failed.iter().map(|failure| failure.id).min();
    let values = with_records(&outcome.batch, |record| {
        let value = record.value.value.as_bytes().map_or(serde_json::Value::Null, |bytes| serde_json::from_slice(bytes).unwrap());
        (record.id, record.topic.into_owned(), value)
    });
    let values = values.unwrap().into_iter().filter(|(id, ..)| first.is_none_or(|first| *id < first));
    let error = outcome.failed.iter().min_by_key(|failure| failure.id).map(|failure| failure.error.message().to_owned());
    (values.map(|(_, topic, value)| (topic, value)).collect(), error)
}

/// The batch that a sink is put, of records as they are in topics: topic, key and value. An error: a converter refuses one of them.
pub fn consumed(
    records: &[(String, Option<String>, Option<String>)],
    config: &BTreeMap<String, String>,
    first: i64,
) -> Result<Vec<u8>, String> {
    let schemas = |role: &str| config.get(&format!("{role}.converter.schemas.enable")).is_none_or(|value| value == "true");
    let key = if config.contains_key("key.converter.schemas.enable") { JSON } else { STRING };
    let stages = [stage("to-connect", "key", key, schemas("key")), stage("to-connect", "value", JSON, schemas("value"))];
    let bytes = |text: &Option<String>| text.clone().map_or(Value::Null, |text| Value::bytes(text.into_bytes()));
    let record = |(index, (topic, key, value)): (usize, &(String, Option<String>, Option<String>))| {
        let mut record = Record::new(topic.clone());
        record.id = index as u32;
        record.key = Datum { schema: None, value: bytes(key) };
        record.value = Datum { schema: None, value: bytes(value) };
        record
    };
    let mut made: Vec<Record<'_>> = records.iter().enumerate().map(record).collect();
    for (index, (topic, ..)) in records.iter().enumerate() {
        made[index].coordinates = Some(Coordinates::new(topic, 0, first + index as i64, TimestampType::CreateTime));
    }
    let outcome = Chain::open(CONVERTERS, &stages).unwrap().apply(&encode_batch(&made).unwrap()).unwrap();
    match outcome.failed.first() {
        None => Ok(outcome.batch),
        Some(failure) => Err(failure.error.message().to_owned()),
    }
}
