//! `cargo xtask test`: everything that must hold, on a machine that may have nothing yet.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context;
use caisson_harness::broker::{BOOTSTRAP, Kafka};

use crate::process::{self, cargo};
use crate::{check, guests, host, setup};

/// Vectors that travel with the project.
const VECTORS: &str = "tests/vectors";

/// Sets up, checks, builds and tests. Cheap steps come first; all tests run even if some fail.
pub fn all(root: &Path) -> anyhow::Result<()> {
    step("set up", || setup::build().and_then(|()| setup::kafka()).map(|_| ()))?;
    step("format", || check::format(root))?;
    step("build", || host::build(root))?;
    step("a guest for wasm32-wasip2", || guests::build_for_wasi(root))?;
    step("lints", || check::lints(root))?;
    let kafka = step("start Kafka", || Kafka::start(&["-Xms256m", "-Xmx768m"]))?;
    step("tests", || tests(root, kafka.bootstrap()))?;
    step("vectors", || vectors(root, &root.join(VECTORS)))
}

/// `cargo test` over the workspace with the run's broker.
fn tests(root: &Path, bootstrap: &str) -> anyhow::Result<()> {
    let mut command = cargo();
    command.args(["test", "--release", "--workspace", "--no-fail-fast"]);
    process::run(command.env(BOOTSTRAP, bootstrap).current_dir(root))
}

/// Runs every vector of a folder through the plugins.
pub fn vectors(root: &Path, folder: &Path) -> anyhow::Result<()> {
    let folder = folder.canonicalize().with_context(|| format!("no folder {}", folder.display()))?;
    let program = host::program(root, "vectors")?;
    process::run(Command::new(program).arg(folder).current_dir(root))
}

fn step<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let started = Instant::now();
    println!("== {name}");
    let result = work().with_context(|| format!("step `{name}` failed"));
    println!("== {name}: {:.0} s", started.elapsed().as_secs_f64());
    result
}
