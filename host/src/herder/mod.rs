//! The herder: creates, changes and removes connectors as the REST API and the command line ask, and has the worker run them.

mod chain_keys;
pub mod connector_file;
pub mod definition;
pub mod distributed;
pub mod entities;
pub mod error;
mod exactly_once_checks;
pub mod herding;
mod java_map;
pub mod loggers;
mod offset_transaction;
pub mod offsets;
pub mod own_checks;
pub mod parts;
pub mod peer;
mod plugins;
pub mod refused_classes;
mod restart;
mod sink_group;
mod sink_offsets;
pub mod standalone;
mod turns;
pub mod validation;
