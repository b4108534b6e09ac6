//! A transformation that answers for a record that it was not given.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]

use probe_behaviour::{Behaviour, Component, Error, Outcome};

struct Misbehaviour;

impl Behaviour for Misbehaviour {
    const CLASS: &'static str = "probe.WrongId";
    const KIND: &'static str = "transformation";

    fn apply(batch: Vec<u8>) -> Result<Outcome, Error> {
        Ok(Outcome { batch, dropped: vec![4_000_000_000], failed: Vec::new() })
    }
}

#[cfg(target_arch = "wasm32")]
type Probe = Component<Misbehaviour>;
#[cfg(target_arch = "wasm32")]
probe_behaviour::bindings::export!(Probe);
