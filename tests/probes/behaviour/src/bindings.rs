//! The contract as generated.
#![allow(missing_docs, unsafe_code, unsafe_op_in_unsafe_fn, clippy::all, clippy::indexing_slicing, unused_qualifications)]

wit_bindgen::generate!({
    inline: "
        package caisson:probe;

        world probe {
            export caisson:connect/manifest@0.1.0;
            export caisson:connect/source-connector@0.1.0;
            export caisson:connect/source-task@0.1.0;
            export caisson:connect/stages@0.1.0;
        }
    ",
    path: "../../../wit",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "probe_behaviour::bindings",
});
