//! What becomes of a record that fails: retried, tolerated or fatal, and reported (`errors.*`, KIP-298, KIP-610).

mod context_headers;
pub mod counts;
pub mod dead_letter_queue;
pub mod failure;
pub mod handler;
pub mod policy;
pub mod retry;
