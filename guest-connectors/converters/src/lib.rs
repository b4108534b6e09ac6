//! Kafka Connect's own converters, under their Java class names.

pub mod byte_array;
mod charset;
pub mod converter_type;
pub mod json;
pub mod simple_header;
pub mod string;
mod values;

pub use byte_array::ByteArrayConverter;
pub use json::JsonConverter;
pub use simple_header::SimpleHeaderConverter;
pub use string::StringConverter;
