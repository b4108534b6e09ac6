//! Projects in JavaScript and TypeScript, through npm and the pinned tools.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;

use caisson_toolchain::project::{Language, Project};
use caisson_toolchain::template::NewProject;

fn made(parent: &Path, language: Language) -> Project {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk");
    let new = NewProject { kind: "source".to_owned(), name: format!("our-{language}"), language, sdk: Some(sdk) };
    Project::open(&new.make(parent).unwrap()).unwrap()
}

#[test]
fn a_project_becomes_a_component() {
    let parent = tempfile::tempdir().unwrap();
    let project = made(parent.path(), Language::JavaScript);
    caisson_toolchain::build(&project).unwrap();
    let component = fs::read(project.component()).unwrap();
    assert!(component.starts_with(b"\0asm"), "{}", component.len());
}

#[test]
fn what_types_forbid_is_told_with_file_and_line() {
    let parent = tempfile::tempdir().unwrap();
    let project = made(parent.path(), Language::TypeScript);
    let module = project.folder.join(&project.settings.module);
    let good = fs::read_to_string(&module).unwrap();
    fs::write(&module, format!("{good}const wrong: number = \"text\";\n")).unwrap();
    let told = format!("{:#}", caisson_toolchain::build(&project).unwrap_err());
    assert!(told.contains(&format!("our-typescript.ts({},", good.lines().count() + 1)), "{told}");
    assert!(!project.component().exists());
}
