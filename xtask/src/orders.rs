//! `cargo xtask orders`: the example of `examples/orders`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::{host, setup};

/// Sets up, builds and runs it. Everything in `arguments` goes to the example.
pub fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    setup::build()?;
    setup::kafka()?;
    setup::databases()?;
    setup::search()?;
    host::build(root)?;
    let example = host::program(root, "orders")?;
    // With the terminal's input: `--keep` waits for it.
    let status = Command::new(&example).args(arguments).current_dir(root).status().context("cannot run the example")?;
    ensure!(status.success(), "{} ended with {status}", example.display());
    Ok(())
}
