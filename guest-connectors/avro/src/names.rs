//! Properties and names by which Confluent's converter knows Connect schemas in Avro (`AvroData`).

use std::fmt::Write as _;

use caisson_sdk::Schema;

use crate::options::Options;
use crate::schema::anything::NAMESPACE;
use crate::schema::{Kind, Name, Node};

/// Properties of Avro types.
pub const CONNECT_NAME: &str = "connect.name";
/// See [`CONNECT_NAME`].
pub const CONNECT_DOC: &str = "connect.doc";
/// See [`CONNECT_NAME`].
pub const CONNECT_VERSION: &str = "connect.version";
/// See [`CONNECT_NAME`].
pub const CONNECT_DEFAULT: &str = "connect.default";
/// See [`CONNECT_NAME`].
pub const CONNECT_PARAMETERS: &str = "connect.parameters";
/// `int8` or `int16`.
pub const CONNECT_TYPE: &str = "connect.type";
/// On the record of a map's entries that has another name.
pub const CONNECT_INTERNAL_TYPE: &str = "connect.internal.type";
/// Avro's own.
pub const LOGICAL_TYPE: &str = "logicalType";
/// Avro's own.
pub const SCALE: &str = "scale";
/// Avro's own.
pub const PRECISION: &str = "precision";

/// Parameters of Connect schemas.
pub const PARAMETER_PRECISION: &str = "connect.decimal.precision";
/// See [`PARAMETER_PRECISION`].
pub const PARAMETER_FIXED_SIZE: &str = "connect.fixed.size";
/// See [`PARAMETER_PRECISION`].
pub const PARAMETER_RECORD_DOC: &str = "io.confluent.connect.avro.record.doc";
/// See [`PARAMETER_PRECISION`].
pub const PARAMETER_CONNECT_RECORD_DOC: &str = "connect.record.doc";
/// See [`PARAMETER_PRECISION`].
pub const PARAMETER_CONNECT_ENUM_DOC: &str = "connect.enum.doc";
/// The name of the field follows.
pub const PARAMETER_FIELD_DOC: &str = "io.confluent.connect.avro.field.doc.";
/// The name of the enum follows.
pub const PARAMETER_ENUM_DOC: &str = "io.confluent.connect.avro.enum.doc.";
/// The name of the enum follows.
pub const PARAMETER_ENUM_DEFAULT: &str = "io.confluent.connect.avro.enum.default.";
/// The default is that of an Avro field.
pub const PARAMETER_FIELD_DEFAULT: &str = "io.confluent.connect.avro.field.default";
/// Marks an enum; with a dot and a symbol behind it, one of its symbols.
pub const PARAMETER_ENUM: &str = "io.confluent.connect.avro.Enum";
/// The same in the generalized form.
const GENERALIZED_ENUM: &str = "org.apache.kafka.connect.data.Enum";
/// Marks a union in the generalized form.
pub const GENERALIZED_UNION: &str = "org.apache.kafka.connect.data.Union";

/// Name of structs that stand for unions.
pub const UNION: &str = "io.confluent.connect.avro.Union";
/// Name of records that are entries of a map.
pub const MAP_ENTRY: &str = "MapEntry";
/// Field of such a record.
pub const KEY: &str = "key";
/// Field of such a record.
pub const VALUE: &str = "value";
/// Name of records whose struct has none; the second has a 2 behind it.
const DEFAULT_NAME: &str = "ConnectDefault";
/// What generalized unions are called; a number follows.
pub const GENERALIZED_UNION_NAME: &str = "connect_union_";
/// The precision of decimals that say none.
pub const DEFAULT_PRECISION: i64 = 64;

impl Options {
    /// The parameter that marks an enum.
    pub fn enum_parameter(self) -> &'static str {
        if self.generalized_sum_types { GENERALIZED_ENUM } else { PARAMETER_ENUM }
    }

    /// A name as Avro allows it.
    pub fn scrubbed(self, name: &str) -> String {
        if self.scrub_invalid_names { scrub(name) } else { name.to_owned() }
    }

    /// A full name with its last part as Avro allows it.
    pub fn scrubbed_name(self, full: &str) -> Name {
        let name = Name::of(full);
        Name { simple: self.scrubbed(&name.simple), ..name }
    }

    /// The field that stands for a type in the struct of its union. `index` counts all of the union's types.
    pub fn member_of_type(self, node: &Node, index: usize) -> String {
        if self.generalized_sum_types {
            return generalized_member(index);
        }
        match node.kind.name() {
            Some(name) if self.enhanced => name.full(),
            Some(name) => self.scrubbed(&name.simple),
            None => node.kind.type_name().to_owned(),
        }
    }

    /// The field that stands for a Connect schema in the struct of a union; none: Java has no name for it.
    pub fn member_of_schema(self, schema: &Schema, index: usize) -> Option<String> {
        use caisson_sdk::Type;
        if self.generalized_sum_types {
            return Some(generalized_member(index));
        }
        if schema.type_() == Type::Struct || is_enum(schema) || is_fixed(schema) {
            let name = self.scrubbed_name(schema.name()?);
            return Some(if self.enhanced { name.full() } else { name.simple });
        }
        Some(match schema.type_() {
            Type::Int32 => "int".to_owned(),
            Type::Int64 => "long".to_owned(),
            Type::Float32 => "float".to_owned(),
            Type::Float64 => "double".to_owned(),
            Type::Int8 | Type::Int16 => return None,
            other => other.lower_name().to_owned(),
        })
    }
}

fn generalized_member(index: usize) -> String {
    format!("{GENERALIZED_UNION_NAME}field_{index}")
}

/// Whether a struct stands for a union.
pub fn is_union(schema: &Schema) -> bool {
    schema.name() == Some(UNION) || schema.parameter(GENERALIZED_UNION).is_some()
}

/// Whether a text is one of an enum's symbols.
pub fn is_enum(schema: &Schema) -> bool {
    let marked = schema.parameter(PARAMETER_ENUM).is_some() || schema.parameter(GENERALIZED_ENUM).is_some();
    marked && schema.type_() == caisson_sdk::Type::String
}

/// Whether bytes have a fixed length.
pub fn is_fixed(schema: &Schema) -> bool {
    schema.type_() == caisson_sdk::Type::Bytes && schema.name().is_some() && schema.parameter(PARAMETER_FIXED_SIZE).is_some()
}

/// Whether a type's record is an entry of a map.
pub fn is_map_entry(node: &Node) -> bool {
    let Kind::Record(record) = &node.kind else { return false };
    let named = record.name.namespace.as_deref() == Some(NAMESPACE) && record.name.simple == MAP_ENTRY;
    named || node.text(CONNECT_INTERNAL_TYPE) == Some(MAP_ENTRY)
}

/// The name of the `count`-th struct without one, from 1.
pub fn default_name(count: usize) -> Name {
    let number = if count > 1 { count.to_string() } else { String::new() };
    Name { namespace: Some(NAMESPACE.to_owned()), simple: format!("{DEFAULT_NAME}{number}") }
}

/// Whether a name was given by [`default_name`].
pub fn is_default_name(full: &str) -> bool {
    full.strip_prefix(NAMESPACE).and_then(|rest| rest.strip_prefix('.')).is_some_and(|rest| rest.starts_with(DEFAULT_NAME))
}

/// Encoded as in a form's data, with `_` for all that Avro does not allow, and an x before what may not be first.
fn scrub(name: &str) -> String {
    let mut encoded = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => encoded.push(char::from(byte)),
            b'.' | b'*' | b'-' | b' ' => encoded.push('_'),
            // Writing to a string does not fail.
            _ => _ = write!(encoded, "_{byte:02X}"),
        }
    }
    // The first of what is changed was none that may be first.
    let may_be_first = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if may_be_first { encoded } else { format!("x{encoded}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_scrubbed() {
        assert_eq!(scrub("a b.c-d"), "a_b_c_d");
        assert_eq!(scrub("1a"), "x1a");
        assert_eq!(scrub("ü"), "x_C3_BC");
        assert_eq!(scrub("_ok9"), "_ok9");
    }

    #[test]
    fn unnamed_structs_are_numbered() {
        assert_eq!(default_name(1).full(), "io.confluent.connect.avro.ConnectDefault");
        assert_eq!(default_name(3).full(), "io.confluent.connect.avro.ConnectDefault3");
        assert!(is_default_name("io.confluent.connect.avro.ConnectDefault3") && !is_default_name("ns.ConnectDefault"));
    }
}
