//! What becomes of a record that fails: retried, tolerated or fatal, and reported (`errors.*`, KIP-298).

pub mod failure;
pub mod handler;
pub mod policy;
pub mod retry;
