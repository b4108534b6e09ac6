//! A task whose batch is no CBOR.

#![cfg(target_arch = "wasm32")]
// The contract's exports are raw functions, made by wit-bindgen.
#![allow(unsafe_code)]

use probe_kit::{Misbehaviour, Outcome, Polled, Source};

struct MalformedBatch;

impl Misbehaviour for MalformedBatch {
    const CLASS: &'static str = "probe.MalformedBatch";
    const DOCUMENTATION: &'static str = "Returns bytes that are no batch.";

    fn poll(_: &Vec<(String, String)>) -> Outcome<Polled> {
        Ok(Polled { batch: vec![0xff; 64], origins: vec![0x82, 0x80, 0x80], wait_ms: 0 })
    }
}

type Probe = Source<MalformedBatch>;
probe_kit::bindings::export_source!(Probe with_types_in probe_kit::bindings);
