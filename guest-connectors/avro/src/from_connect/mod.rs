//! Connect to Avro.

pub mod defaults;
pub mod plan;
pub mod schema;
pub mod write;
