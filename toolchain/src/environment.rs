//! Tools from PyPI: a virtual environment of Python for each set of them.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;

use crate::project::toolchains;
use crate::{Missing, process};

/// Oldest Python that they run on.
const OLDEST: (u32, u32) = (3, 10);

/// The virtual environment that has some packages, for all projects.
pub(crate) struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// Finds the one with these packages, each `name==version`, and makes it if there is none.
    ///
    /// # Errors
    /// [`Missing`] when there is no Python to make it with.
    pub(crate) fn find(packages: &[&str]) -> anyhow::Result<Self> {
        let root = toolchains()?;
        let made = Self { folder: root.join(packages.join("-")) };
        let complete = made.folder.join("complete");
        if complete.is_file() {
            return Ok(made);
        }
        fs::create_dir_all(&root).with_context(|| format!("cannot create {}", root.display()))?;
        let lock = File::create(root.join("python.lock")).context("cannot lock the toolchains")?;
        lock.lock().context("cannot lock the toolchains")?;
        if !complete.is_file() {
            made.make(packages)?;
            fs::write(&complete, "").with_context(|| format!("cannot write {}", complete.display()))?;
        }
        Ok(made)
    }

    fn make(&self, packages: &[&str]) -> anyhow::Result<()> {
        check_python()?;
        let folder = &self.folder;
        process::output(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder)).map_err(|error| {
            error.context(Missing::new("Python's module venv", "on Debian and Ubuntu: apt-get install python3-venv"))
        })?;
        let mut pip = self.pip();
        process::output(pip.arg("install").args(packages))
            .map(|_| ())
            .with_context(|| format!("cannot install {} from PyPI into {}", packages.join(" and "), folder.display()))
    }

    /// A program that the packages brought.
    pub(crate) fn program(&self, name: &str) -> Command {
        Command::new(self.programs().join(name))
    }

    /// The folder of such programs.
    pub(crate) fn programs(&self) -> PathBuf {
        self.folder.join("bin")
    }

    /// A program that lies among the packages' own files.
    pub(crate) fn packaged(&self, path: &str) -> anyhow::Result<Command> {
        let mut python = self.program("python");
        let packages = process::output(python.args(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]))?;
        Ok(Command::new(PathBuf::from(packages).join(path)))
    }

    /// Its pip.
    pub(crate) fn pip(&self) -> Command {
        let mut pip = self.program("python");
        pip.args(["-m", "pip", "--disable-pip-version-check", "--quiet"]);
        pip
    }
}

fn check_python() -> anyhow::Result<()> {
    let remedy = "on Debian and Ubuntu: apt-get install python3 python3-venv; on macOS: brew install python";
    let wanted = format!("Python {}.{} or newer (python3)", OLDEST.0, OLDEST.1);
    let Ok(told) = process::output(Command::new("python3").arg("--version")) else {
        return Err(Missing::new(wanted, remedy).into());
    };
    let mut numbers = told.trim_start_matches("Python ").split('.').map_while(|part| part.parse::<u32>().ok());
    let version = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    if version < OLDEST {
        return Err(Missing::new(wanted, format!("python3 is {told}: {remedy}")).into());
    }
    Ok(())
}
