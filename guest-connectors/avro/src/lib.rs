//! Confluent's `AvroConverter`: Avro whose schemas are in a schema registry.

pub mod avro_data;
pub mod compatibility;
mod converter;
pub mod from_connect;
mod names;
pub mod options;
pub mod schema;
pub mod to_connect;

pub use converter::AvroConverter;

caisson_sdk::export! {
    converters: [AvroConverter],
}
