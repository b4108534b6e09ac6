//! Other projects' clients of the REST API, from their registries: installed once, into the user's cache.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::distribution::{cache, copy_jars};

const REQUIREMENTS: &str = include_str!("../clients/requirements.txt");
const POM: &str = include_str!("../clients/pom.xml");
/// The oldest Python that kpops runs on is 3.11.
const PYTHONS: [&str; 5] = ["python3", "python3.14", "python3.13", "python3.12", "python3.11"];
const FIT: &str = "import ensurepip, sys; sys.exit(sys.version_info < (3, 11))";

/// A Python on the path that can hold the clients; none if there is none.
pub fn fit_python() -> Option<&'static str> {
    PYTHONS.into_iter().find(|python| {
        let fit =
            Command::new(python).args(["-c", FIT]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        fit.is_ok_and(|status| status.success())
    })
}

/// The Python of an environment that has `kafka-connect-py` and `kpops`.
pub fn python() -> anyhow::Result<PathBuf> {
    let made = made("python", REQUIREMENTS, |folder| {
        let python = fit_python().context("no Python 3.11 or newer with venv (packages python3 and python3-venv)")?;
        run(Command::new(python).args(["-m", "venv"]).arg(folder))?;
        let list = folder.join("requirements.txt");
        fs::write(&list, REQUIREMENTS)?;
        let mut pip = Command::new(folder.join("bin/python"));
        run(pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(list))
    });
    Ok(made?.join("bin/python"))
}

/// A folder with the jars of `org.sourcelab:kafka-connect-client` and of a compiler.
pub fn jars() -> anyhow::Result<PathBuf> {
    Ok(made("java", POM, |folder| copy_jars(POM, &[], &folder.join("libs")))?.join("libs"))
}

/// A folder of the cache for these contents, made once: aside, then moved to its place.
fn made(kind: &str, contents: &str, make: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    let cache = cache()?;
    let home = cache.join(format!("clients-{kind}-{:016x}", hasher.finish()));
    if home.is_dir() {
        return Ok(home);
    }
    fs::create_dir_all(&cache).with_context(|| format!("cannot create {}", cache.display()))?;
    let work = tempfile::tempdir_in(&cache)?;
    let folder = work.path().join("made");
    make(&folder).with_context(|| format!("cannot install the {kind} clients of the REST API"))?;
    match fs::rename(&folder, &home) {
        // Another process was quicker.
        Err(_) if home.is_dir() => {}
        other => other.with_context(|| format!("cannot create {}", home.display()))?,
    }
    Ok(home)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let what = format!("{command:?}");
    let status = command.stdin(Stdio::null()).status().with_context(|| what.clone())?;
    if !status.success() {
        bail!("{what} ended with {status}");
    }
    Ok(())
}
