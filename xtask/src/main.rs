//! The developer's commands: `cargo xtask <command>`. Each sets up what it misses, so that a clean clone needs nothing first.

mod guests;
mod process;
mod toolchain;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Caisson's developer commands", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build every guest crate into a component under target/components
    Guests,
}

fn main() -> anyhow::Result<()> {
    let root = root();
    match Cli::parse().command {
        Command::Guests => guests::build(&root).map(|_| ()),
    }
}

/// The repository: the folder above this crate.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
