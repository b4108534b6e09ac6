//! `cargo xtask bench`: builds what is compared and runs the harness in `tests/bench`.

use std::path::Path;
use std::process::Command;

use caisson_toolchain::process;

use crate::{host, setup};

/// Everything in `arguments` goes to the harness.
pub fn run(root: &Path, arguments: &[String]) -> anyhow::Result<()> {
    setup::kafka()?;
    host::build(root)?;
    let example = ["build", "--release", "--workspace", "--example", "bare_librdkafka"];
    process::run(process::cargo().args(example).current_dir(root))?;
    let mut bench = Command::new(host::program(root, "bench")?);
    bench.arg("--bare").arg(root.join("target/release/examples/bare_librdkafka")).args(arguments);
    process::run(bench.current_dir(root))
}
