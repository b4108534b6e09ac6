//! The contract as Rust types, generated from `wit/`.
//!
//! The world `plugin` has every interface; a component exports those it has, and each is looked up by itself
//! (`exports::…::GuestIndices`), so no component must have them all.
#![allow(
    missing_docs,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unused_qualifications
)]

wasmtime::component::bindgen!({
    path: "../wit",
    world: "plugin",
    imports: {
        "caisson:connect/offset-reader.offsets": async,
        "caisson:connect/errant-record-reporter.report": async,
    },
    exports: { default: async },
});
