//! The bytes that cross between host and plugin: `record.cddl` of the contract.

pub mod decode;
pub mod encode;
pub mod origins;
#[cfg(test)]
mod round_trip;
pub(crate) mod schemas;
pub(crate) mod skip;
pub(crate) mod values;
pub(crate) mod write;
