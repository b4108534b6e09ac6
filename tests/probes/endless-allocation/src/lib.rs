//! A task that takes memory until there is none.

#![cfg(target_arch = "wasm32")]
// The contract's exports are raw functions, made by wit-bindgen.
#![allow(unsafe_code)]

use std::hint::black_box;

use probe_kit::{Misbehaviour, Outcome, Polled, Source};

struct EndlessAllocation;

impl Misbehaviour for EndlessAllocation {
    const CLASS: &'static str = "probe.EndlessAllocation";
    const DOCUMENTATION: &'static str = "Allocates without end.";

    fn poll(_: &Vec<(String, String)>) -> Outcome<Polled> {
        let mut kept = Vec::new();
        loop {
            kept.push(black_box(vec![1_u8; 1 << 20]));
        }
    }
}

type Probe = Source<EndlessAllocation>;
probe_kit::bindings::export_source!(Probe with_types_in probe_kit::bindings);
