//! What a worker remembers: source offsets in a file, statuses and configurations in memory.

pub mod config_store;
mod java_map;
pub mod offset_json;
pub mod offset_store;
pub mod status_store;
