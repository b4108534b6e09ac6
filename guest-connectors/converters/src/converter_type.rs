//! The key `converter.type` that every configurable converter has (Kafka's `ConverterConfig`).

use caisson_sdk::{ConfigKey, Importance, KeyType, Validator};

/// Its name.
pub const CONVERTER_TYPE: &str = "converter.type";

/// Its definition.
pub fn key() -> ConfigKey {
    ConfigKey::new(CONVERTER_TYPE, KeyType::String, Importance::Low, "How this converter will be used.")
        .validator(Validator::OneOf(vec!["key", "value", "header"]))
}
