//! `cargo xtask build`: the one binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use caisson_toolchain::process;

use crate::{guests, setup};

/// Builds guests and host; the host's build script takes the components from `target/components`.
pub fn build(root: &Path) -> anyhow::Result<()> {
    setup::build()?;
    guests::build(root)?;
    program(root, "caisson").map(|_| ())
}

/// Asks every component of the project for its manifest and keeps the answer in its crate, from where the next build takes it: a worker that
/// starts for the first time need not compile a component to know its plugins.
pub fn manifests(root: &Path) -> anyhow::Result<()> {
    build(root)?;
    let components = root.join("target/components");
    for entry in fs::read_dir(&components).with_context(|| format!("cannot read {}", components.display()))? {
        let component = entry?.path();
        let name = component.file_stem().unwrap_or_default().to_owned();
        let folder = root.join("guest-connectors").join(&name);
        if component.extension().is_none_or(|extension| extension != "wasm") || !folder.is_dir() {
            continue;
        }
        let mut inspect = Command::new(root.join("target/release/caisson"));
        let manifest = process::output(inspect.arg("inspect").arg("--manifest").arg(&component))?;
        let (kept, manifest) = (folder.join("manifest.json"), format!("{}\n", manifest.trim_end()));
        // A manifest that is written is a host that is compiled again.
        if fs::read_to_string(&kept).ok().is_none_or(|before| before != manifest) {
            fs::write(&kept, manifest).with_context(|| format!("cannot write {}", kept.display()))?;
            println!("{}", kept.display());
        }
    }
    Ok(())
}

/// Builds one program of the workspace and returns its path. Cargo resolves features for the packages it is asked for: asked for the
/// whole workspace, as the tests and lints are, it builds no dependency a second time.
pub fn program(root: &Path, name: &str) -> anyhow::Result<PathBuf> {
    process::run(process::cargo().args(["build", "--release", "--workspace", "--bin", name]).current_dir(root))?;
    Ok(root.join("target/release").join(name))
}
