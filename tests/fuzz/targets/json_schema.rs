//! JSON Schema, as its converter reads payloads and schemas, and writes what it read again.

use std::cell::RefCell;

use caisson_json_schema::Plugins;
use caisson_sdk::run::chain::Chain;
use caisson_sdk::run::registry::Registry;

use super::registry_payload;

const CLASS: &str = "io.confluent.connect.json.JsonSchemaConverter";
/// One of everything.
const SCHEMA: &str = r##"{"type":"object","title":"M","properties":{
    "i":{"type":"integer","connect.type":"int8"},"n":{"type":"number"},"t":{"type":["null","string"]},"b":{"type":"boolean"},
    "y":{"type":"string","connect.type":"bytes"},"e":{"enum":["A",null]},"l":{"type":"array","items":{"$ref":"#"}},
    "m":{"type":"object","connect.type":"map","additionalProperties":{"type":"integer"}},
    "p":{"type":"array","connect.type":"map","items":{"type":"object","properties":{"key":{"type":"integer"},"value":{"type":"string"}}}},
    "u":{"oneOf":[{"type":"string"},{"type":"integer"},{"type":"object","properties":{"x":{"type":"number"}}}]},
    "d":{"type":"number","title":"org.apache.kafka.connect.data.Decimal","connect.type":"bytes","connect.parameters":{"scale":"2"}},
    "s":{"$ref":"#"}}}"##;

thread_local! {
    static CHAIN: RefCell<Option<Chain>> = const { RefCell::new(None) };
}

/// The first byte says whether the rest is a payload or a schema.
pub fn run(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    if kind % 16 == 1 {
        let Ok(text) = std::str::from_utf8(rest) else { return };
        registry_payload::register("JSON", text);
        let mut chain = registry_payload::chain(Plugins::ENTRIES, CLASS);
        return registry_payload::apply(&mut chain, br#"{"i":1,"t":"x","u":{"x":1.5}}"#);
    }
    CHAIN.with_borrow_mut(|chain| {
        let chain = chain.get_or_insert_with(|| registry_payload::chain(Plugins::ENTRIES, CLASS));
        registry_payload::register("JSON", SCHEMA);
        registry_payload::apply(chain, rest);
    });
}

/// Payloads and schemas.
pub fn corpus() -> Vec<Vec<u8>> {
    let mut inputs: Vec<Vec<u8>> = [
        r#"{"i":1,"n":1.5,"t":null,"b":true,"y":"AA==","e":"A","l":[{"i":2}],"m":{"a":1},"p":[{"key":1,"value":"x"}]}"#,
        r#"{"u":{"x":1},"d":"AQ==","s":{"s":{"u":"text"}}}"#,
        "null",
        "[1,2]",
    ]
    .iter()
    .map(|text| [b"\0", text.as_bytes()].concat())
    .collect();
    inputs.push([b"\x01", SCHEMA.as_bytes()].concat());
    let other = r##"{"$schema":"http://json-schema.org/draft-04/schema#","id":"http://a/b","allOf":[{"$ref":"#/definitions/x"}],
        "definitions":{"x":{"type":"integer","default":3}}}"##;
    inputs.push([b"\x01", other.as_bytes()].concat());
    inputs
}
