//! Protobuf, as its converter reads payloads and schemas, and writes what it read again.

use std::cell::RefCell;

use caisson_protobuf::Plugins;
use caisson_sdk::run::chain::Chain;
use caisson_sdk::run::registry::Registry;

use super::registry_payload;

const CLASS: &str = "io.confluent.connect.protobuf.ProtobufConverter";
/// One of everything.
const SCHEMA: &str = r#"
syntax = "proto3";
package a;
import "google/protobuf/timestamp.proto";
import "confluent/type/decimal.proto";
import "google/type/date.proto";
import "google/type/timeofday.proto";
message M {
  int32 i = 1; sint64 s = 2; fixed32 f = 3; double d = 4; bool b = 5; string t = 6; bytes y = 7;
  repeated int32 packed = 8; repeated string texts = 9; map<string, M> map = 10; M self = 11;
  oneof u { string left = 12; M right = 13; E symbol = 14; }
  enum E { NONE = 0; SOME = 1; }
  google.protobuf.Timestamp at = 15; confluent.type.Decimal decimal = 16; google.type.Date day = 17; google.type.TimeOfDay time = 18;
  optional int32 maybe = 19;
}
"#;

thread_local! {
    static CHAIN: RefCell<Option<Chain>> = const { RefCell::new(None) };
}

/// The first byte says whether the rest is a payload or a schema.
pub fn run(data: &[u8]) {
    let Some((kind, rest)) = data.split_first() else { return };
    if kind % 16 == 1 {
        let Ok(text) = std::str::from_utf8(rest) else { return };
        registry_payload::register("PROTOBUF", text);
        let mut chain = registry_payload::chain(Plugins::ENTRIES, CLASS);
        return registry_payload::apply(&mut chain, b"\0\x08\x01\x12\x01a");
    }
    CHAIN.with_borrow_mut(|chain| {
        let chain = chain.get_or_insert_with(|| registry_payload::chain(Plugins::ENTRIES, CLASS));
        registry_payload::register("PROTOBUF", SCHEMA);
        registry_payload::apply(chain, rest);
    });
}

/// Payloads and schemas.
pub fn corpus() -> Vec<Vec<u8>> {
    let mut inputs: Vec<Vec<u8>> = vec![
        b"\0\0\x08\x05\x10\x03\x1d\x01\0\0\0\x21\0\0\0\0\0\0\xf0\x3f\x28\x01\x32\x01a\x3a\x02\0\xff".to_vec(),
        b"\0\0\x42\x03\x01\x02\x03\x40\x04\x4a\0\x4a\x01b\x52\x07\x0a\x01k\x12\x02\x08\x01\x5a\x02\x08\x07".to_vec(),
        b"\0\x02\0\x62\x01l\x6a\x02\x08\x01\x70\x01\x7a\x04\x08\x01\x10\x02".to_vec(),
        b"\0\0\x82\x01\x05\x0a\x01\x05\x18\x02\x8a\x01\x07\x08\xe4\x0f\x10\x02\x18\x01\x92\x01\x02\x08\x03\x98\x01\0".to_vec(),
    ];
    inputs.push([b"\x01", SCHEMA.as_bytes()].concat());
    inputs.push(b"\x01message A { required group G = 1 { optional A a = 2; } extensions 4 to max; reserved 3; }".to_vec());
    inputs
}
