//! Gives bytes that are no batch, or, as a transformation would, half of one.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]

use probe_behaviour::{Behaviour, Component, Config, Error, Polled};

struct Misbehaviour;

impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.MalformedBatch";

    fn poll(_config: &Config) -> Result<Polled, Error> {
        // An array of two that ends after the first.
        Ok(Polled { batch: vec![0x82, 0x80], origins: vec![0x82, 0x80, 0x80], wait_ms: 0 })
    }
}

#[cfg(target_arch = "wasm32")]
type Probe = Component<Misbehaviour>;
#[cfg(target_arch = "wasm32")]
probe_behaviour::bindings::export!(Probe);
