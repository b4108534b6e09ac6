//! A transformation that panics at the word `poison`.
#![cfg(target_arch = "wasm32")]

use probe_behaviour::{Behaviour, Component, Error, Outcome};

struct Misbehaviour;

impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.Poison";
    const KIND: &'static str = "transformation";

    #[allow(clippy::panic, reason = "what the probe is for")]
    fn apply(batch: Vec<u8>) -> Result<Outcome, Error> {
        if batch.windows(6).any(|bytes| bytes == b"poison") {
            panic!("poisoned");
        }
        Ok(Outcome { batch, dropped: Vec::new(), failed: Vec::new() })
    }
}

type Probe = Component<Misbehaviour>;
probe_behaviour::bindings::export!(Probe);
