//! A task that answers with a gigabyte.

#![cfg(target_arch = "wasm32")]
// The contract's exports are raw functions, made by wit-bindgen.
#![allow(unsafe_code)]

use probe_kit::{Misbehaviour, Outcome, Polled, Source};

struct HugeResult;

impl Misbehaviour for HugeResult {
    const CLASS: &'static str = "probe.HugeResult";
    const DOCUMENTATION: &'static str = "Returns a batch of 1 GB.";

    fn poll(_: &Vec<(String, String)>) -> Outcome<Polled> {
        Ok(Polled { batch: vec![0x80; 1 << 30], origins: vec![0x80], wait_ms: 0 })
    }
}

type Probe = Source<HugeResult>;
probe_kit::bindings::export_source!(Probe with_types_in probe_kit::bindings);
