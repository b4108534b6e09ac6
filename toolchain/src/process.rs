//! Running other programs, with errors that say which one and how it ended.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// Runs `command` with the terminal's own output; an exit code other than 0 is an error.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = show(command);
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot run `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// Runs `command` and returns what it printed, without the last line end; its complaints go into the error.
pub fn output(command: &mut Command) -> anyhow::Result<String> {
    let shown = show(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run `{shown}`"))?;
    if !output.status.success() {
        // Some tools, such as TypeScript's compiler, complain on standard output.
        let told = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
        bail!("`{shown}` ended with {}: {}", output.status, String::from_utf8_lossy(told).trim());
    }
    Ok(String::from_utf8(output.stdout)
        .with_context(|| format!("`{shown}` printed something that is not text"))?
        .trim_end()
        .to_owned())
}

/// Whether `program` can be started at all.
pub fn exists(program: &str) -> bool {
    Command::new(program).arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// The cargo that runs this program, or the one on the path. It is not told of this package: build scripts that ask for its name or
/// folder (ring's does) would run again whenever a developer calls cargo by hand in between.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// The same command, run when the machine has nothing else to do; where there is no `nice`, it just runs.
pub fn at_lowest_priority(command: &Command) -> Command {
    if !exists("nice") {
        return copied(command, Command::new(command.get_program()));
    }
    let mut nice = Command::new("nice");
    nice.args(["-n", "19"]).arg(command.get_program());
    copied(command, nice)
}

/// Gives `to` the arguments, folder and environment of `from`.
fn copied(from: &Command, mut to: Command) -> Command {
    to.args(from.get_args());
    if let Some(folder) = from.get_current_dir() {
        to.current_dir(folder);
    }
    for (name, value) in from.get_envs() {
        match value {
            Some(value) => to.env(name, value),
            None => to.env_remove(name),
        };
    }
    to
}

fn show(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}
