//! Everything that reads bytes which somebody else wrote, and must bear any: no panic, no endless loop, no memory that the bytes do
//! not justify. Each target is tried for a bounded time by `cargo test --test fuzz_bounded`, and for as long as one likes by
//! `FUZZ_TARGET=json cargo fuzz run fuzz`.

pub mod targets {
    //! One file a reader.

    pub mod avro;
    pub mod batch_host;
    pub mod batch_sdk;
    pub mod date_format;
    pub mod json;
    pub mod json_schema;
    pub mod properties_file;
    pub mod protobuf;
    mod registry_payload;
    pub mod values;
}

use targets::{avro, batch_host, batch_sdk, date_format, json, json_schema, properties_file, protobuf, values};

/// A reader under test.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// What `FUZZ_TARGET` calls it.
    pub name: &'static str,
    /// Gives bytes to the reader. Panics when the reader does, or says what cannot be.
    pub run: fn(&[u8]),
    /// Well-formed inputs to start from.
    pub corpus: fn() -> Vec<Vec<u8>>,
}

/// All readers.
pub const TARGETS: [Target; 9] = [
    Target { name: "avro", run: avro::run, corpus: avro::corpus },
    Target { name: "batch_host", run: batch_host::run, corpus: batch_sdk::corpus },
    Target { name: "batch_sdk", run: batch_sdk::run, corpus: batch_sdk::corpus },
    Target { name: "date_format", run: date_format::run, corpus: date_format::corpus },
    Target { name: "json", run: json::run, corpus: json::corpus },
    Target { name: "json_schema", run: json_schema::run, corpus: json_schema::corpus },
    Target { name: "properties_file", run: properties_file::run, corpus: properties_file::corpus },
    Target { name: "protobuf", run: protobuf::run, corpus: protobuf::corpus },
    Target { name: "values", run: values::run, corpus: values::corpus },
];

/// Bytes of texts.
fn bytes_of(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
