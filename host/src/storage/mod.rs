//! What a worker remembers: source offsets, statuses and configurations, standalone in a file and in memory, in a cluster in topics.

pub mod assignment;
pub mod config_state;
pub mod config_store;
pub mod config_topic;
mod java_map;
pub mod offset_json;
pub mod offset_store;
pub mod offset_topics;
pub mod status_store;
pub mod status_topic;
pub mod topic_log;
