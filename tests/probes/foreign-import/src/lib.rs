//! Wants an import that no worker has.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]
#![allow(missing_docs, unsafe_code, unsafe_op_in_unsafe_fn, unused_qualifications, reason = "generated code")]

use probe_behaviour::{Behaviour, Component, Config, Error, Polled};

wit_bindgen::generate!({ path: "wit", world: "importer" });

struct Misbehaviour;

impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.ForeignImport";

    fn poll(_config: &Config) -> Result<Polled, Error> {
        Ok(Polled { batch: Vec::new(), origins: Vec::new(), wait_ms: probe::foreign::engine::launch() })
    }
}

#[cfg(target_arch = "wasm32")]
type Probe = Component<Misbehaviour>;
#[cfg(target_arch = "wasm32")]
probe_behaviour::bindings::export!(Probe);
