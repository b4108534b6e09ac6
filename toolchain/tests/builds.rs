//! The templates whose component is made here of a core module: what comes of them is a component of the contract.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use caisson_toolchain::project::{Language, Project};
use caisson_toolchain::template::NewProject;
use wit_component::DecodedWasm;

/// The names of what the component of a new transform exports and imports; of that module, if it has one.
fn built(language: Language, module: Option<&str>) -> (Vec<String>, Vec<String>) {
    let parent = tempfile::tempdir().unwrap();
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk");
    let new = NewProject { kind: "transform".to_owned(), name: "our-transform".to_owned(), language, sdk: Some(sdk.clone()) };
    let project = Project::open(&new.make(parent.path()).unwrap()).unwrap();
    if let Some(module) = module {
        let file = if language == Language::Go { "main.go" } else { "our_transform.c" };
        fs::copy(sdk.join(module), project.folder.join(file)).unwrap();
    }
    caisson_toolchain::build(&project).unwrap();
    let bytes = fs::read(project.component()).unwrap();
    let DecodedWasm::Component(resolve, world) = wit_component::decode(&bytes).unwrap() else {
        panic!("what was built is no component");
    };
    let world = &resolve.worlds[world];
    let exports = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
    (exports, world.imports.keys().map(|key| resolve.name_world_key(key)).collect())
}

/// `asking` are an example that sends requests, and one that connects.
fn is_of_the_contract(language: Language, asking: [&str; 2]) {
    let (exports, imports) = built(language, None);
    for interface in ["manifest", "stages", "source-task", "sink-task"] {
        assert!(exports.iter().any(|name| *name == format!("caisson:connect/{interface}@0.1.0")), "{interface}: {exports:?}");
    }
    let strange = imports.iter().find(|name| !name.starts_with("caisson:connect/") && !name.starts_with("wasi:"));
    assert_eq!(strange, None);
    // Only a plugin that reaches servers asks for the way in which it does.
    let asks = |imports: &[String]| ["wasi:http/", "wasi:sockets/"].map(|of| imports.iter().any(|name| name.starts_with(of)));
    assert_eq!(asks(&imports), [false, false], "{imports:?}");
    for (asking, ways) in asking.into_iter().zip([[true, false], [false, true]]) {
        let (_, imports) = built(language, Some(asking));
        assert_eq!(asks(&imports), ways, "{imports:?}");
    }
}

#[test]
fn a_project_in_go_is_a_component_of_the_contract() {
    is_of_the_contract(Language::Go, ["go/examples/look-up/main.go", "go/examples/ask-line/main.go"]);
}

#[test]
fn a_project_in_c_is_a_component_of_the_contract() {
    is_of_the_contract(Language::C, ["c/examples/look_up.c", "c/examples/ask_line.c"]);
}
