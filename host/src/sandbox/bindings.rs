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
        "caisson:connect/schema-registry.[static]registry.open": trappable,
        "caisson:connect/schema-registry.[method]registry.by-id": async | trappable,
        "caisson:connect/schema-registry.[method]registry.by-version": async | trappable,
        "caisson:connect/schema-registry.[method]registry.by-metadata": async | trappable,
        "caisson:connect/schema-registry.[method]registry.register": async | trappable,
        "caisson:connect/schema-registry.[method]registry.look-up": async | trappable,
        "caisson:connect/schema-registry.[drop]registry": async,
        "caisson:connect/sql.[static]connection.open": async | trappable,
        "caisson:connect/sql.[method]connection.about": trappable,
        "caisson:connect/sql.[method]connection.is-valid": async | trappable,
        "caisson:connect/sql.[method]connection.catalogs": async | trappable,
        "caisson:connect/sql.[method]connection.schemas": async | trappable,
        "caisson:connect/sql.[method]connection.tables": async | trappable,
        "caisson:connect/sql.[method]connection.columns": async | trappable,
        "caisson:connect/sql.[method]connection.primary-keys": async | trappable,
        "caisson:connect/sql.[method]connection.query": async | trappable,
        "caisson:connect/sql.[method]connection.execute": async | trappable,
        "caisson:connect/sql.[method]connection.execute-batch": async | trappable,
        "caisson:connect/sql.[method]connection.begin": async | trappable,
        "caisson:connect/sql.[method]connection.commit": async | trappable,
        "caisson:connect/sql.[method]connection.rollback": async | trappable,
        "caisson:connect/sql.[drop]connection": async,
        "caisson:connect/sql.[method]cursor.columns": trappable,
        "caisson:connect/sql.[method]cursor.read-as": trappable,
        "caisson:connect/sql.[method]cursor.fetch": async | trappable,
        "caisson:connect/sql.[method]cursor.cancel": trappable,
        "caisson:connect/sql.[drop]cursor": async,
    },
    with: {
        "caisson:connect/schema-registry.registry": crate::sandbox::grant::registry::Opened,
        "caisson:connect/sql.connection": crate::sandbox::sql::OpenConnection,
        "caisson:connect/sql.cursor": crate::sandbox::sql::OpenCursor,
    },
    exports: { default: async },
});
