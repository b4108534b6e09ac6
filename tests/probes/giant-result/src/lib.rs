//! Claims to give a gibibyte, more than its memory can hold.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]
#![allow(unsafe_code, reason = "only unsafe code can claim what it does not have")]

use probe_behaviour::{Behaviour, Component, Config, Error, Polled, value};

struct Misbehaviour;

const GIBIBYTE: usize = 1 << 30;

impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.GiantResult";

    /// With `claim` set it hands out a length that nothing is behind, else it makes the bytes.
    fn poll(config: &Config) -> Result<Polled, Error> {
        let batch = match value(config, "claim") {
            "" => vec![1u8; GIBIBYTE],
            // SAFETY: none. The vector is wrong on purpose; it is read by the host alone, whose checks are what is probed.
            _ => unsafe { Vec::from_raw_parts(std::ptr::NonNull::<u8>::dangling().as_ptr(), GIBIBYTE, GIBIBYTE) },
        };
        Ok(Polled { batch, origins: Vec::new(), wait_ms: 0 })
    }
}

#[cfg(target_arch = "wasm32")]
type Probe = Component<Misbehaviour>;
#[cfg(target_arch = "wasm32")]
probe_behaviour::bindings::export!(Probe);
