//! A task that panics.

#![cfg(target_arch = "wasm32")]
// The contract's exports are raw functions, made by wit-bindgen.
#![allow(unsafe_code)]

use probe_kit::{Misbehaviour, Outcome, Polled, Source};

struct Panic;

impl Misbehaviour for Panic {
    const CLASS: &'static str = "probe.Panic";
    const DOCUMENTATION: &'static str = "Panics.";

    #[allow(clippy::panic)]
    fn poll(_: &Vec<(String, String)>) -> Outcome<Polled> {
        panic!("the probe panics on purpose")
    }
}

type Probe = Source<Panic>;
probe_kit::bindings::export_source!(Probe with_types_in probe_kit::bindings);
