//! What needs no Kafka: format, lints, licences where cargo-deny is installed, the rules of `tests/tidy.rs`.

use std::path::Path;
use std::process::Command;

use caisson_toolchain::process::{self, cargo};

/// All of them, the quick ones first.
pub fn all(root: &Path) -> anyhow::Result<()> {
    format(root)?;
    process::run(&mut lints(root)?)?;
    process::run(cargo().args(["test", "--release", "--workspace", "--test", "tidy"]).current_dir(root))
}

/// `cargo fmt --check`, and `cargo deny` where it is installed.
pub fn format(root: &Path) -> anyhow::Result<()> {
    component("rustfmt")?;
    process::run(cargo().args(["fmt", "--all", "--check"]).current_dir(root))?;
    if process::exists("cargo-deny") {
        process::run(cargo().args(["deny", "--offline", "check", "bans", "licenses", "sources"]).current_dir(root))?;
    }
    Ok(())
}

/// Clippy over everything, warnings denied. In the profile of all other builds, so that build scripts are not run twice.
pub fn lints(root: &Path) -> anyhow::Result<Command> {
    component("clippy")?;
    let mut command = cargo();
    command.args(["clippy", "--release", "--workspace", "--all-targets", "--", "--deny", "warnings"]).current_dir(root);
    Ok(command)
}

/// rustup's minimal profile lacks these.
fn component(name: &str) -> anyhow::Result<()> {
    let program = if name == "clippy" { "cargo-clippy" } else { name };
    if process::exists(program) && process::output(Command::new(program).arg("--version")).is_ok() {
        return Ok(());
    }
    process::run(Command::new("rustup").args(["component", "add", name]))
}
