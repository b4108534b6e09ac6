//! Recurses until the stack is gone.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]

use probe_behaviour::{Behaviour, Component, Config, Error, Polled};

struct Misbehaviour;

impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.DeepRecursion";

    fn poll(_config: &Config) -> Result<Polled, Error> {
        let depth = recurse(u64::from(std::hint::black_box(u32::MAX)));
        Ok(Polled { batch: Vec::new(), origins: Vec::new(), wait_ms: u32::try_from(depth).unwrap_or(0) })
    }
}

#[inline(never)]
fn recurse(left: u64) -> u64 {
    if left == 0 { 0 } else { std::hint::black_box(recurse(std::hint::black_box(left - 1))) + 1 }
}

#[cfg(target_arch = "wasm32")]
type Probe = Component<Misbehaviour>;
#[cfg(target_arch = "wasm32")]
probe_behaviour::bindings::export!(Probe);
