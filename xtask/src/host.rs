//! `cargo xtask build`: the one binary.

use std::path::{Path, PathBuf};

use crate::{guests, process, setup};

/// Builds guests and host; the host's build script takes the components from `target/components`.
pub fn build(root: &Path) -> anyhow::Result<()> {
    setup::build()?;
    guests::build(root)?;
    program(root, "caisson").map(|_| ())
}

/// Builds one program of the workspace and returns its path. Cargo resolves features for the packages it is asked for: asked for the
/// whole workspace, as the tests and lints are, it builds no dependency a second time.
pub fn program(root: &Path, name: &str) -> anyhow::Result<PathBuf> {
    process::run(process::cargo().args(["build", "--release", "--workspace", "--bin", name]).current_dir(root))?;
    Ok(root.join("target/release").join(name))
}
