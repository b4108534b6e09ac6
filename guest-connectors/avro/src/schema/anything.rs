//! The record that holds values without a schema.

use super::{AvroSchema, Kind};

/// Where Confluent's converter has its own types.
pub const NAMESPACE: &str = "io.confluent.connect.avro";
/// The record's full name.
pub const NAME: &str = "io.confluent.connect.avro.Anything";

/// One of the record's fields: all but one are null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// `boolean`.
    Boolean,
    /// `bytes`.
    Bytes,
    /// `double`.
    Double,
    /// `float`.
    Float,
    /// `int`.
    Int,
    /// `long`.
    Long,
    /// `string`.
    String,
    /// `array` of this record.
    Array,
    /// `map`: an array of records with `key` and `value`, which are this record.
    Map,
}

/// In the order of the fields.
pub const MEMBERS: [Member; 9] = [
    Member::Boolean,
    Member::Bytes,
    Member::Double,
    Member::Float,
    Member::Int,
    Member::Long,
    Member::String,
    Member::Array,
    Member::Map,
];

/// Its definition.
pub const TEXT: &str = r#"{"type":"record","name":"Anything","namespace":"io.confluent.connect.avro","fields":[{"name":"boolean","type":["null","boolean"],"default":null},{"name":"bytes","type":["null","bytes"],"default":null},{"name":"double","type":["null","double"],"default":null},{"name":"float","type":["null","float"],"default":null},{"name":"int","type":["null","int"],"default":null},{"name":"long","type":["null","long"],"default":null},{"name":"string","type":["null","string"],"default":null},{"name":"array","type":["null",{"type":"array","items":"Anything"}],"default":null},{"name":"map","type":["null",{"type":"array","items":{"type":"record","name":"MapEntry","fields":[{"name":"key","type":"Anything"},{"name":"value","type":"Anything"}]}}],"default":null}]}"#;

/// Whether a type is that record.
pub fn is_anything(schema: &AvroSchema, id: usize) -> bool {
    match &schema.node(id).kind {
        Kind::Record(record) => record.fields.len() == MEMBERS.len() && record.name.full() == NAME,
        _ => false,
    }
}
