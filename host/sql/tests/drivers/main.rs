//! The drivers against real servers and files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod batches;
mod database;
mod limits;
mod loss;
mod metadata;
mod security;
mod types;
