//! What Confluent's converters have in common, whatever the language of their schemas: keys, wire format, names of subjects, and
//! which schema a value is written and read under.

pub mod by_schema;
pub mod failure;
pub mod keys;
pub mod reader_schemas;
pub mod readings;
pub mod subject_name;
pub mod wire_format;
pub mod writer_schemas;
