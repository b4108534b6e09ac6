//! The source: from tables into topics.

pub mod connector;
pub mod criteria;
pub mod keys;
pub mod mode;
pub mod numeric_mapping;
pub mod offset;
pub mod querier;
pub mod query;
pub mod settings;
pub mod shape;
pub mod tables;
pub mod task;
pub mod timestamp_granularity;
