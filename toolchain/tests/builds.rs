//! The templates whose component is made here of a core module: what comes of them is a component of the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use caisson_toolchain::project::{Language, Project};
use caisson_toolchain::template::NewProject;
use wit_component::DecodedWasm;

/// The names of what the component of a new transform exports and imports.
fn built(language: Language) -> (Vec<String>, Vec<String>) {
    let parent = tempfile::tempdir().unwrap();
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk");
    let new = NewProject { kind: "transform".to_owned(), name: "our-transform".to_owned(), language, sdk: Some(sdk) };
    let project = Project::open(&new.make(parent.path()).unwrap()).unwrap();
    caisson_toolchain::build(&project).unwrap();
    let bytes = fs::read(project.component()).unwrap();
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes).unwrap() else {
        panic!("what was built is no component");
    };
    let world = &resolve.worlds[world];
    let exports = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
    (exports, world.imports.keys().map(|key| resolve.name_world_key(key)).collect())
}

fn is_of_the_contract(language: Language) {
    let (exports, imports) = built(language);
    for interface in ["manifest", "stages", "source-task", "sink-task"] {
        assert!(exports.iter().any(|name| *name == format!("caisson:connect/{interface}@0.1.0")), "{interface}: {exports:?}");
    }
    let strange = imports.iter().find(|name| !name.starts_with("caisson:connect/") && !name.starts_with("wasi:"));
    assert_eq!(strange, None);
}

#[test]
fn a_project_in_go_is_a_component_of_the_contract() {
    is_of_the_contract(Language::Go);
}

#[test]
fn a_project_in_c_is_a_component_of_the_contract() {
    is_of_the_contract(Language::C);
}
