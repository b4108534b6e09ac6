//! Waits an hour in a host call.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]

use probe_behaviour::{Behaviour, Component, Config, Error, Polled};

struct Misbehaviour;

#[cfg(target_arch = "wasm32")]
impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.BlockingCall";

    fn poll(_config: &Config) -> Result<Polled, Error> {
        let hour = 3_600_000_000_000;
        wasip2::clocks::monotonic_clock::subscribe_duration(hour).block();
        Ok(Polled { batch: Vec::new(), origins: Vec::new(), wait_ms: 0 })
    }
}

#[cfg(target_arch = "wasm32")]
type Probe = Component<Misbehaviour>;
#[cfg(target_arch = "wasm32")]
probe_behaviour::bindings::export!(Probe);
