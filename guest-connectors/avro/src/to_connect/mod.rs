//! Avro to Connect.

pub mod defaults;
pub mod payload;
pub mod plan;
pub mod read;
pub mod schema;
pub mod transcode;
