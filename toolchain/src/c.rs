//! C: zig's compiler, which PyPI has with the libraries of every target.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::component::componentise_wasip1;
use crate::environment::Environment;
use crate::project::Project;
use crate::{Missing, process};

/// clang, its linker, and the C library of WASI.
const ZIG: &str = "ziglang==0.17.1";
/// A stack of a quarter MiB: without a size it would take 16 MiB. Names and lines stay, so that a trap tells where it was.
const FLAGS: &str = "-target wasm32-wasi -mexec-model=reactor -Wl,-z,stack-size=262144 -std=gnu11 -O2 -g1 -Wall -Wextra";

/// Compiles the project's files with those of the SDK, and makes the component.
pub(crate) fn build(project: &Project) -> anyhow::Result<()> {
    let environment = Environment::find(&[ZIG])?;
    let sdk = sdk(project)?;
    let work = project.folder.join(".caisson");
    fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;
    let core = work.join("core.wasm");
    let mut zig = environment.program("python");
    zig.args(["-m", "ziglang", "cc"]).args(FLAGS.split_whitespace()).arg("-o").arg(&core);
    for headers in ["include", "src", "bindings"] {
        zig.arg("-I").arg(sdk.join(headers));
    }
    zig.args(project.settings.module.split_whitespace()).args(sources(&sdk)?);
    zig.current_dir(&project.folder);
    process::run(&mut zig)?;
    componentise_wasip1(&core, &work.join("wit"), &project.component_folder()?)
}

/// The SDK's folder: named by the project, or installed.
fn sdk(project: &Project) -> anyhow::Result<PathBuf> {
    if let Some(sdk) = &project.settings.sdk {
        return Ok(project.folder.join(sdk));
    }
    let installed = process::output(Command::new("pkg-config").args(["--variable=sdk", "caisson"]));
    installed.map(PathBuf::from).map_err(|error| {
        let remedy = "`make install` in the folder sdk/c of a checkout installs it, or `sdk` in caisson.json names that folder";
        error.context(Missing::new("Caisson's SDK for C (pkg-config caisson)", remedy))
    })
}

/// What of the SDK goes into a component: all but what unit tests have in place of a worker.
fn sources(sdk: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in ["src", "component", "bindings"].map(|folder| sdk.join(folder)) {
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot read the SDK at {}", folder.display()))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "c") && !path.ends_with("src/testing.c") {
                found.push(path);
            }
        }
    }
    if found.is_empty() {
        bail!("{} has no SDK for C", sdk.display());
    }
    found.sort();
    Ok(found)
}
