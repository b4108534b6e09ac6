//! Caisson.
pub mod broker;

pub mod config;
pub mod storage;
pub mod plugin;
pub mod sandbox;
