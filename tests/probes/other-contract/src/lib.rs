//! Speaks a version of the contract that no worker knows yet.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]
#![allow(missing_docs, unsafe_code, unsafe_op_in_unsafe_fn, clippy::all, unused_qualifications, reason = "generated code")]

wit_bindgen::generate!({ path: "wit", world: "plugin" });

struct Probe;

impl exports::caisson::connect::manifest::Guest for Probe {
    fn plugins() -> Vec<String> {
        vec!["probe.OtherContract".to_owned()]
    }
}

#[cfg(target_arch = "wasm32")]
export!(Probe);
