//! A task that opens a file which its configuration does not name.

#![cfg(target_arch = "wasm32")]
// The contract's exports are raw functions, made by wit-bindgen.
#![allow(unsafe_code)]

use caisson_sdk::fs::Place;
use probe_kit::{Misbehaviour, Outcome, Polled, Source, failure, nothing};

struct FileWithoutGrant;

impl Misbehaviour for FileWithoutGrant {
    const CLASS: &'static str = "probe.FileWithoutGrant";
    const DOCUMENTATION: &'static str = "Opens /etc/passwd.";

    fn poll(_: &Vec<(String, String)>) -> Outcome<Polled> {
        Place::of("/etc/passwd").and_then(|place| place.open()).map_err(|error| failure(error.to_string()))?;
        Ok(nothing())
    }
}

type Probe = Source<FileWithoutGrant>;
probe_kit::bindings::export_source!(Probe with_types_in probe_kit::bindings);
