//! JSON, as the converter reads it with schemas and without, and writes it again.

use caisson_sdk::batches::encode_batch;
use caisson_sdk::run::chain::{Chain, StageSpec};
use caisson_sdk::run::registry::Registry;
use caisson_sdk::{Datum, Record, Value};
use caisson_stages::Plugins;

/// Reads a value, and writes what was read.
pub fn run(data: &[u8]) {
    let record = Record::new("t").with_value(Datum::schemaless(Value::bytes(data)));
    let Ok(batch) = encode_batch(&[record]) else { return };
    for schemas in ["true", "false"] {
        let stage = |kind: &str| StageSpec {
            kind: kind.to_owned(),
            class: "org.apache.kafka.connect.json.JsonConverter".to_owned(),
            role: "value".to_owned(),
            config: vec![("schemas.enable".to_owned(), schemas.to_owned()), ("converter.type".to_owned(), "value".to_owned())],
            ..StageSpec::default()
        };
        match Chain::open(Plugins::ENTRIES, &[stage("to-connect"), stage("from-connect")]) {
            Ok(mut chain) => drop(chain.apply(&batch)),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Values with schemas and without.
pub fn corpus() -> Vec<Vec<u8>> {
    super::super::bytes_of(&[
        r#"{"a": [1, -2.5e3, null, true, "\u00e9\n"], "b": {}}"#,
        r#"{"schema": {"type": "string", "optional": true}, "payload": null}"#,
        r#"{"schema": {"type": "struct", "name": "n", "version": 1, "fields": [
            {"field": "a", "type": "int32", "default": 1}, {"field": "b", "type": "array", "items": {"type": "float"}},
            {"field": "c", "type": "map", "keys": {"type": "int8"}, "values": {"type": "bytes"}}]},
            "payload": {"a": 5, "b": [1.5], "c": [[1, "AA=="]]}}"#,
        r#"{"schema": {"type": "bytes", "name": "org.apache.kafka.connect.data.Decimal", "parameters": {"scale": "2"}}, "payload": "AQ=="}"#,
        "[[[[[[[[[[]]]]]]]]]]",
        "123456789012345678901234567890",
    ])
}
