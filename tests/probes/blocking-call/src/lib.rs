//! A task that waits in a call of the host for a day.

#![cfg(target_arch = "wasm32")]
// The contract's exports are raw functions, made by wit-bindgen.
#![allow(unsafe_code)]

use probe_kit::{Misbehaviour, Outcome, Polled, Source, nothing};

struct BlockingCall;

impl Misbehaviour for BlockingCall {
    const CLASS: &'static str = "probe.BlockingCall";
    const DOCUMENTATION: &'static str = "Blocks in the host, which costs no fuel.";

    fn poll(_: &Vec<(String, String)>) -> Outcome<Polled> {
        wasip2::clocks::monotonic_clock::subscribe_duration(86_400_000_000_000).block();
        Ok(nothing())
    }
}

type Probe = Source<BlockingCall>;
probe_kit::bindings::export_source!(Probe with_types_in probe_kit::bindings);
