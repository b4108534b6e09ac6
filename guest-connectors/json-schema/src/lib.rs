//! Confluent's JSON Schema converter as a component of its own: a validator is in it, which other pipelines do without.

mod config;
mod connect_schema;
mod converter;
mod definition_text;
mod document;
mod from_connect;
mod keywords;
mod options;
#[cfg(target_arch = "wasm32")]
mod randomness;
mod to_connect;
mod transcode;
mod validator;

#[cfg(test)]
mod tests;

pub use converter::JsonSchemaConverter;

caisson_sdk::export! { converters: [JsonSchemaConverter] }
