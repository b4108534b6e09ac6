//! Takes memory until there is none.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]

use probe_behaviour::{Behaviour, Component, Config, Error, Polled};

struct Misbehaviour;

impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.EndlessAllocation";

    fn poll(_config: &Config) -> Result<Polled, Error> {
        let mut hoard = Vec::new();
        loop {
            hoard.push(std::hint::black_box(vec![1u8; 1 << 20]));
        }
    }
}

#[cfg(target_arch = "wasm32")]
type Probe = Component<Misbehaviour>;
#[cfg(target_arch = "wasm32")]
probe_behaviour::bindings::export!(Probe);
