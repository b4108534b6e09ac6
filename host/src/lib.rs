//! Caisson.
pub mod authoring;
pub mod broker;
pub mod cli;
pub mod config;
pub mod errors;
pub mod herder;
pub mod net;
pub mod plugin;
pub mod record;
pub mod registry;
pub mod rest;
pub mod sandbox;
pub mod storage;
pub mod task;
pub mod worker;
