//! Confluent's client for Python: a foreign reader and writer of what is in a registry's formats.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::distribution::cache;

/// The client with what its serializers need.
const PACKAGES: [&str; 1] = ["confluent-kafka[avro,json,protobuf,schemaregistry]==2.16.1"];

/// The interpreter of an environment of the user's cache that has the client; it is made on first use.
pub fn interpreter() -> anyhow::Result<PathBuf> {
    let home = cache()?.join("python-confluent-kafka-2.16.1");
    let python = home.join("bin/python");
    if python.exists() && home.join("complete").exists() {
        return Ok(python);
    }
    fs::create_dir_all(home.parent().context("no folder for the environment")?)?;
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home)).context("cannot make a Python environment")?;
    run(Command::new(&python).args(["-m", "pip", "install", "-q", "--disable-pip-version-check"]).args(PACKAGES))
        .context("cannot install the Python client")?;
    fs::write(home.join("complete"), "")?;
    Ok(python)
}

/// Runs a script with these arguments, and gives what it prints. Its error output is that of the test.
pub fn run_script(script: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(interpreter()?).arg(script).args(arguments).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{} ended with {}", script.display(), output.status);
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.stdin(Stdio::null()).status()?;
    if !status.success() {
        bail!("it ended with {status}");
    }
    Ok(())
}
