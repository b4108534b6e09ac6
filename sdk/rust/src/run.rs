//! Running plugins: what the export macro puts behind a component's exports.

pub mod chain;
#[cfg(target_arch = "wasm32")]
pub mod component;
#[cfg(target_arch = "wasm32")]
pub(crate) mod convert;
#[cfg(target_arch = "wasm32")]
pub(crate) mod manifest;
pub mod registry;
