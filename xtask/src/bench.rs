//! `cargo xtask bench`: builds what is compared and runs the harness in `tests/bench`.

use std::path::Path;

use crate::process::{self, cargo};
use crate::{host, setup};

/// Everything in `arguments` goes to the harness.
pub fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    setup::kafka()?;
    host::build(root)?;
    process::run(cargo().args(["build", "--release", "--package", "caisson", "--example", "bare_librdkafka"]).current_dir(root))?;
    let mut bench = cargo();
    bench.args(["run", "--quiet", "--release", "--package", "caisson-tests", "--bin", "bench", "--"]);
    bench.arg("--bare").arg(root.join("target/release/examples/bare_librdkafka")).args(arguments);
    process::run(bench.current_dir(root))
}
