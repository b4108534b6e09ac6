//! Caisson.
pub mod broker;
pub mod config;
pub mod errors;
pub mod plugin;
pub mod record;
pub mod sandbox;
pub mod storage;
pub mod task;
pub mod worker;
