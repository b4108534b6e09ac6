//! A task that calls itself until the stack ends.

#![cfg(target_arch = "wasm32")]
// The contract's exports are raw functions, made by wit-bindgen.
#![allow(unsafe_code)]

use std::hint::black_box;

use probe_kit::{Misbehaviour, Outcome, Polled, Source, nothing};

struct DeepRecursion;

impl Misbehaviour for DeepRecursion {
    const CLASS: &'static str = "probe.DeepRecursion";
    const DOCUMENTATION: &'static str = "Recurses without end.";

    fn poll(_: &Vec<(String, String)>) -> Outcome<Polled> {
        black_box(deeper(1));
        Ok(nothing())
    }
}

/// Adds after the call, so that no optimisation makes a loop of it. Its depth ends far beyond any stack.
fn deeper(depth: u64) -> u64 {
    if black_box(depth) == u64::MAX { depth } else { deeper(black_box(depth + 1)) + black_box(1) }
}

type Probe = Source<DeepRecursion>;
probe_kit::bindings::export_source!(Probe with_types_in probe_kit::bindings);
