//! Caisson.
pub mod broker;
