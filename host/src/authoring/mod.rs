//! A plugin on its author's desk: one component run without a worker, in the sandbox that a worker runs it in.
//!
//! Records go in and out as JSON, through the project's own JsonConverter, so that the host still decodes no values (I10).

pub mod bench;
pub mod cases;
pub mod feed;
pub mod guest;
pub mod json;
pub mod samples;
pub mod stored_offsets;
pub mod suite;
