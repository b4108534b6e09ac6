//! Panics.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]
#![allow(clippy::panic, reason = "it is what the probe is for")]

use probe_behaviour::{Behaviour, Component, Config, Error, Polled};

struct Misbehaviour;

impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.Panic";

    fn poll(_config: &Config) -> Result<Polled, Error> {
        panic!("this probe panics")
    }
}

#[cfg(target_arch = "wasm32")]
type Probe = Component<Misbehaviour>;
#[cfg(target_arch = "wasm32")]
probe_behaviour::bindings::export!(Probe);
