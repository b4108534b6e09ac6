//! One target of many: `FUZZ_TARGET` names it. Under cargo-fuzz it is driven by libFuzzer; otherwise it is given the files that are
//! named as arguments, to see a crash again.
#![cfg_attr(fuzzing, no_main)]

use caisson_fuzz::{TARGETS, Target};

fn target() -> &'static Target {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    let found = TARGETS.iter().find(|target| target.name == name);
    found.unwrap_or_else(|| panic!("FUZZ_TARGET has to be one of {}", names.join(", ")))
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| (target().run)(data));

#[cfg(not(fuzzing))]
fn main() {
    for path in std::env::args().skip(1) {
        (target().run)(&std::fs::read(&path).unwrap());
        println!("{path}: nothing happened");
    }
}
