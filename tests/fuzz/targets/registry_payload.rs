//! Payloads of converters over a registry.

use caisson_sdk::batches::encode_batch;
use caisson_sdk::run::chain::{Chain, StageSpec};
use caisson_sdk::run::registry::Entry;
use caisson_sdk::schema_registry::Definition;
use caisson_sdk::testing::host::{reset, with_host};
use caisson_sdk::{Datum, Record, Value};

/// Makes the schema the registry's only one.
pub fn register(type_: &str, text: &str) {
    reset();
    let definition = Definition { type_: type_.to_owned(), text: text.to_owned(), references: Vec::new() };
    if let Err(error) = with_host(|host| host.registry.register("t-value", &definition)) {
        panic!("{error}");
    }
}

/// Reads, and writes again.
pub fn chain(entries: &'static [Entry], class: &str) -> Chain {
    let config = [("schema.registry.url", "http://registry"), ("json.fail.invalid.schema", "true")];
    let stage = |kind: &str| StageSpec {
        kind: kind.to_owned(),
        class: class.to_owned(),
        role: "value".to_owned(),
        config: config.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        ..StageSpec::default()
    };
    match Chain::open(entries, &[stage("to-connect"), stage("from-connect")]) {
        Ok(chain) => chain,
        Err(error) => panic!("{error}"),
    }
}

/// Gives the payload of a schema to a chain.
pub fn apply(chain: &mut Chain, payload: &[u8]) {
    let bytes = [b"\0\0\0\0\x01", payload].concat();
    let record = Record::new("t").with_value(Datum::schemaless(Value::bytes(bytes)));
    let Ok(batch) = encode_batch(&[record]) else { return };
    if let Err(error) = chain.apply(&batch) {
        panic!("{error}");
    }
}
