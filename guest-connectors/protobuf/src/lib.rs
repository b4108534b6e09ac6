//! Confluent's Protobuf converter as a component of its own: a schema compiler is in it, which other pipelines do without.

mod compatibility;
mod config;
mod converter;
mod definition;
mod definition_text;
mod logical;
mod message_index;
mod names;
mod options;
mod reader;
mod reading;
mod scalar;
mod transcode;
mod well_known;
mod writer;

#[cfg(test)]
mod tests;

pub use converter::ProtobufConverter;

caisson_sdk::export! { converters: [ProtobufConverter] }
