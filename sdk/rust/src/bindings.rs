//! What `wit-bindgen` makes of the contract. One world each for the imports and for every group of exports, so that a component
//! exports only what its plugins need.
#![allow(unsafe_code, missing_docs, unused_qualifications, clippy::all)]
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

pub mod imports {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "host-imports",
        generate_all,
    });
}

pub mod manifest {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "with-manifest",
        pub_export_macro: true,
        export_macro_name: "export_manifest",
        default_bindings_module: "caisson_sdk::bindings::manifest",
        with: { "caisson:connect/types@0.1.0": crate::bindings::imports::caisson::connect::types },
    });
}

pub mod source {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "with-source",
        pub_export_macro: true,
        export_macro_name: "export_source",
        default_bindings_module: "caisson_sdk::bindings::source",
        with: { "caisson:connect/types@0.1.0": crate::bindings::imports::caisson::connect::types },
    });
}

pub mod sink {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "with-sink",
        pub_export_macro: true,
        export_macro_name: "export_sink",
        default_bindings_module: "caisson_sdk::bindings::sink",
        with: { "caisson:connect/types@0.1.0": crate::bindings::imports::caisson::connect::types },
    });
}

pub mod stages {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "with-stages",
        pub_export_macro: true,
        export_macro_name: "export_stages",
        default_bindings_module: "caisson_sdk::bindings::stages",
        with: { "caisson:connect/types@0.1.0": crate::bindings::imports::caisson::connect::types },
    });
}
