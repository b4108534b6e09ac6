//! A transformation that answers with a record it was never given.

#![cfg(target_arch = "wasm32")]
// The contract's exports are raw functions, made by wit-bindgen.
#![allow(unsafe_code)]

#[allow(
    missing_docs,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unused_qualifications,
    unsafe_code
)]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        inline: "
            package caisson:probe;
            world probe {
                include caisson:connect/host-imports@0.1.0;
                include caisson:connect/with-manifest@0.1.0;
                include caisson:connect/with-stages@0.1.0;
            }
        ",
        world: "caisson:probe/probe",
        generate_all,
    });
}

use bindings::caisson::connect::types::{Config, Error};
use bindings::exports::caisson::connect::{manifest, stages};

struct Probe;

impl manifest::Guest for Probe {
    fn plugins() -> Vec<manifest::Plugin> {
        vec![manifest::Plugin {
            class: "probe.WrongId".to_owned(),
            aliases: Vec::new(),
            kind: "transformation".to_owned(),
            version: "1".to_owned(),
            documentation: "Says that it dropped a record it was not given.".to_owned(),
            config: Vec::new(),
            resources: Vec::new(),
            capabilities: Vec::new(),
        }]
    }

    fn validate(_: String, _: String, _: Config) -> Vec<manifest::ConfigValue> {
        Vec::new()
    }
}

struct Chain;
struct Test;

impl stages::Guest for Probe {
    type Chain = Chain;
    type Test = Test;
}

impl stages::GuestChain for Chain {
    fn open(_: Vec<stages::Stage>) -> Result<stages::Chain, Error> {
        Ok(stages::Chain::new(Self))
    }

    fn apply(&self, batch: Vec<u8>) -> Result<stages::Outcome, Error> {
        Ok(stages::Outcome { batch, dropped: vec![4_000_000_000], failed: Vec::new() })
    }
}

impl stages::GuestTest for Test {
    fn open(_: stages::Predicate) -> Result<stages::Test, Error> {
        Ok(stages::Test::new(Self))
    }

    fn apply(&self, _: Vec<u8>) -> Result<Vec<bool>, Error> {
        Ok(Vec::new())
    }
}

bindings::export!(Probe with_types_in bindings);
