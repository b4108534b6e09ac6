//! Write Kafka Connect plugins in Rust for Caisson.

pub mod batches;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod bindings;
pub mod clock;
mod codec;
pub mod config;
pub mod config_def;
pub mod connector_context;
pub mod converter;
pub mod data;
pub mod error;
pub mod export;
pub mod fs;
pub mod header_converter;
mod host;
pub mod log;
pub mod plugin;
pub mod predicate;
#[doc(hidden)]
pub mod run;
pub mod sink;
pub mod source;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod topic_partition;
pub mod transformation;

pub use codec::decode::Records;
pub use codec::origins::{OffsetChange, OffsetMap};
pub use config::{Config, ConfigValue};
pub use config_def::{ConfigDef, ConfigKey, Importance, KeyType, Validator, Width};
pub use converter::Converter;
pub use data::decimal::Decimal;
pub use data::encoded::{Encoded, Entries, Items, View};
pub use data::record::{Coordinates, Datum, Header, Record, TimestampType};
pub use data::schema::{Field, Schema, Type};
pub use data::schema_builder::SchemaBuilder;
pub use data::struct_::Struct;
pub use data::value::Value;
pub use error::{Error, ErrorKind};
pub use header_converter::HeaderConverter;
pub use plugin::{Access, Kind, PluginInfo};
pub use predicate::Predicate;
pub use sink::{ErrantRecordReporter, SinkConnector, SinkContext, SinkTask};
pub use source::{
    ExactlyOnceSupport, SettledRecord, SourceBatch, SourceConnector, SourceContext, SourcePartition, SourceTask, Transactions,
    WrittenRecord,
};
pub use topic_partition::{TopicPartition, TopicPartitionOffset};
pub use transformation::Transformation;
