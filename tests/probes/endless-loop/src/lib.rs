//! Never comes back from a poll.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]

use probe_behaviour::{Behaviour, Component, Config, Error, Polled};

struct Misbehaviour;

impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.EndlessLoop";

    fn poll(_config: &Config) -> Result<Polled, Error> {
        let mut count = 0u64;
        loop {
            count = std::hint::black_box(count.wrapping_add(1));
        }
    }
}

#[cfg(target_arch = "wasm32")]
type Probe = Component<Misbehaviour>;
#[cfg(target_arch = "wasm32")]
probe_behaviour::bindings::export!(Probe);
