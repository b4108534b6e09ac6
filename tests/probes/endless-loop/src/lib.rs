//! A task that never comes back from poll.

#![cfg(target_arch = "wasm32")]
// The contract's exports are raw functions, made by wit-bindgen.
#![allow(unsafe_code)]

use std::hint::black_box;

use probe_kit::{Misbehaviour, Outcome, Polled, Source};

struct EndlessLoop;

impl Misbehaviour for EndlessLoop {
    const CLASS: &'static str = "probe.EndlessLoop";
    const DOCUMENTATION: &'static str = "Loops for ever.";

    fn poll(_: &Vec<(String, String)>) -> Outcome<Polled> {
        let mut count: u64 = 0;
        loop {
            count = black_box(count.wrapping_add(1));
        }
    }
}

type Probe = Source<EndlessLoop>;
probe_kit::bindings::export_source!(Probe with_types_in probe_kit::bindings);
