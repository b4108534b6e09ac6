//! The batches that cross between host and plugin (`wit/record.cddl`): written, read, split and checked. No I/O.
//!
//! The host decodes no values. It reads where records begin and end, their ids, and the topic, partition, timestamp and
//! bytes of records that are ready to be produced. Everything here takes bytes of a plugin and must bear any.

pub mod consumed;
pub mod index;
pub mod malformed;
pub mod merge;
pub mod origins;
pub mod outcome;
pub mod serialised;
mod skip;
pub mod split;

#[cfg(test)]
mod tests;
