//! Write Kafka Connect plugins in Rust for Caisson.
//!
//! A plugin is a type with one of the traits [`SourceConnector`] (with [`SourceTask`]), [`SinkConnector`] (with [`SinkTask`]),
//! [`Transformation`], [`Predicate`], [`Converter`] and [`HeaderConverter`]. [`export!`] makes a component of any number of them.
//! What a plugin is called and how it is configured, it says in a [`PluginInfo`] with a [`ConfigDef`].
//!
//! Records come as [`Record`]s that borrow from the batch they came in. Scalars are decoded; an array, map or struct is a
//! [`Value::Encoded`] until somebody looks into it ([`Encoded::view`], [`Value::decoded`]), and is copied as bytes when nobody does.
//!
//! Components are built for wasm32-unknown-unknown and wasm32-wasip2; `template/` has projects to start from. Everything also runs
//! natively, and the module `testing` has the suites that every plugin has to pass.

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
// The host's side of the contract: imports in a component, a stand-in anywhere else.
#[cfg_attr(target_arch = "wasm32", path = "host/component.rs")]
#[cfg_attr(not(target_arch = "wasm32"), path = "host/stand_in.rs")]
mod host;
pub mod http;
pub mod log;
#[cfg(target_arch = "wasm32")]
mod output_stream;
pub mod plugin;
pub mod predicate;
#[doc(hidden)]
pub mod run;
pub mod schema_registry;
pub mod sink;
pub mod source;
pub mod sql;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;
pub mod topic_partition;
pub mod transformation;
pub mod values;

pub use codec::decode::{Records, Values};
pub use codec::origins::{OffsetChange, OffsetMap};
pub use config::{Config, ConfigValue};
pub use config_def::own_checks::{Recommend, Recommendation};
pub use config_def::validator::{Check, Validator};
pub use config_def::{ConfigDef, ConfigKey, Importance, KeyType, Width};
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
