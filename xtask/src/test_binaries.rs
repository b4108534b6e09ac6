//! The workspace's tests as programs: compiled once, then run one by one without cargo, whose lock would keep lints from running beside
//! them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use caisson_toolchain::process::cargo;
use serde_json::Value;

/// A test program.
pub struct TestBinary {
    /// Of its target, such as `chaos`; of a library or program, that one's name.
    pub name: String,
    program: PathBuf,
    /// The package's folder, where cargo too starts its tests.
    folder: PathBuf,
}

impl TestBinary {
    /// The command that runs all its tests.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(&self.folder);
        command
    }
}

/// Compiles all tests. Those of one package stay together.
pub fn compile(root: &Path) -> anyhow::Result<Vec<TestBinary>> {
    let mut command = cargo();
    command.args(["test", "--release", "--workspace", "--no-run", "--message-format", "json-render-diagnostics"]);
    let output = command.current_dir(root).stdin(Stdio::null()).stderr(Stdio::inherit()).output().context("cannot run cargo")?;
    let told = String::from_utf8(output.stdout).context("cargo printed something that is not text")?;
    if !output.status.success() {
        bail!("the tests do not compile: cargo ended with {}", output.status);
    }
    let mut binaries = told.lines().filter_map(|line| binary(line).transpose()).collect::<anyhow::Result<Vec<_>>>()?;
    binaries.sort_by(|one, other| (&one.folder, &one.name).cmp(&(&other.folder, &other.name)));
    Ok(binaries)
}

/// The test program that a message of cargo's speaks of, if it speaks of one.
fn binary(line: &str) -> anyhow::Result<Option<TestBinary>> {
    let message: Value = serde_json::from_str(line).with_context(|| format!("cargo's message is no JSON: {line}"))?;
    let text = |path: &str| message.pointer(path).and_then(Value::as_str);
    if text("/reason") != Some("compiler-artifact") || message.pointer("/profile/test") != Some(&Value::Bool(true)) {
        return Ok(None);
    }
    let Some(program) = text("/executable") else { return Ok(None) };
    let name = text("/target/name").context("an artifact of cargo's has no name")?;
    let manifest = Path::new(text("/manifest_path").context("an artifact of cargo's has no manifest")?);
    let folder = manifest.parent().context("a manifest is in no folder")?;
    Ok(Some(TestBinary { name: name.to_owned(), program: program.into(), folder: folder.to_owned() }))
}
