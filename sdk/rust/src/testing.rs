//! Tests of plugins without a worker.
//!
//! [`native`] runs plugins in this process, against the host that [`host`] shows; [`contract`] holds what every plugin has to
//! keep. The suites ask for a [`driver`], so that the project runs the same ones over components in their sandbox.

pub mod contract;
pub mod driver;
pub mod host;
pub mod native;
pub mod registry;
mod samples;
pub mod sql;
