//! The sink: from topics into tables.

pub mod buffer;
pub mod connector;
pub mod failure;
pub mod fields;
pub mod keys;
pub mod modes;
pub mod settings;
pub mod statement;
pub mod structure;
pub mod task;
pub mod transaction;
pub mod writer;
