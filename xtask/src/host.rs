//! `cargo xtask build`: the one binary.

use std::path::Path;

use crate::{guests, process, setup};

/// Builds guests and host; the host's build script takes the components from `target/components`.
pub fn build(root: &Path) -> anyhow::Result<()> {
    setup::build()?;
    guests::build(root)?;
    process::run(process::cargo().args(["build", "--release", "--package", "caisson"]).current_dir(root))
}
