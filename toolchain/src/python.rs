//! Python: componentize-py, in a virtual environment that all projects share.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::environment::Environment;
use crate::project::Project;
use crate::{embedded, process};

/// Makes components of Python.
const COMPONENTIZE: &str = "componentize-py==0.25.1";
/// Builds the wheels of projects, without fetching itself anew for each.
const SETUPTOOLS: &str = "setuptools==80.9.0";
const APP: &str = "caisson_component";
/// The world of `wit/` with everything in it, and HTTP: see `wit/python.wit` of the SDK.
const WORLD: &str = "python";

/// Installs what the project depends on, and makes the component.
pub(crate) fn build(project: &Project) -> anyhow::Result<()> {
    let environment = Environment::find(&[COMPONENTIZE, SETUPTOOLS])?;
    let work = project.folder.join(".caisson");
    let contract = work.join("wit");
    embedded::write_contract(&contract).with_context(|| format!("cannot write {}", contract.display()))?;
    let packages = work.join("python");
    install(&environment, project, &packages)?;
    let own = packages.join("caisson_sdk/wit");
    copy(&own, &contract).with_context(|| format!("cannot copy {}", own.display()))?;
    let entry = work.join("entry");
    let module = &project.settings.module;
    let importing = format!("import {module}  # noqa: F401\n");
    fs::create_dir_all(&entry)
        .and_then(|()| fs::write(entry.join("caisson_plugins.py"), importing))
        .with_context(|| format!("cannot write {}", entry.display()))?;
    let component = project.component_folder()?;
    let mut command = environment.program("componentize-py");
    command.arg("--quiet").arg("-d").arg(&contract).args(["-w", WORLD, "componentize", APP, "-o"]).arg(&component);
    for path in [&project.folder, &entry, &packages, &packages.join("caisson_sdk/component")] {
        command.arg("-p").arg(path);
    }
    // The author's module is imported during this, so its mistakes show here, with file and line.
    command.env_remove("VIRTUAL_ENV").env("RUST_BACKTRACE", "0").current_dir(&project.folder);
    process::output(&mut command).map(|_| ())
}

/// Puts the project's dependencies, the SDK among them, into a folder, unless they are there already.
fn install(environment: &Environment, project: &Project, packages: &Path) -> anyhow::Result<()> {
    let manifest = project.folder.join("pyproject.toml");
    let mut hasher = DefaultHasher::new();
    fs::read(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?.hash(&mut hasher);
    let sdk = project.settings.sdk.as_deref();
    if let Some(sdk) = sdk {
        hash_folder(&sdk.join("src"), &mut hasher).with_context(|| format!("cannot read the SDK at {}", sdk.display()))?;
    }
    let stamp = packages.join("complete");
    let now = format!("{:x}", hasher.finish());
    if fs::read_to_string(&stamp).is_ok_and(|then| then == now) {
        return Ok(());
    }
    if packages.exists() {
        fs::remove_dir_all(packages).with_context(|| format!("cannot replace {}", packages.display()))?;
    }
    let mut pip = environment.pip();
    pip.args(["install", "--no-build-isolation", "--no-compile", "--target"]).arg(packages);
    if let Some(sdk) = sdk {
        pip.arg("--find-links").arg(wheel(environment, sdk, project)?);
    }
    // pip leaves what it builds beside the project's own files: it gets a copy.
    let copy = project.folder.join(".caisson/package");
    copy_package(&project.folder, &copy)?;
    let hint = if sdk.is_none() { "; an SDK that is no package of PyPI is named under `sdk` in caisson.json" } else { "" };
    process::output(pip.arg(&copy))
        .with_context(|| format!("cannot install the dependencies of {}{hint}", manifest.display()))?;
    fs::remove_dir_all(&copy).with_context(|| format!("cannot remove {}", copy.display()))?;
    fs::write(&stamp, now).with_context(|| format!("cannot write {}", stamp.display()))
}

/// A wheel of an SDK that is a folder, in a folder of its own.
fn wheel(environment: &Environment, sdk: &Path, project: &Project) -> anyhow::Result<PathBuf> {
    let copy = project.folder.join(".caisson/sdk");
    let wheels = project.folder.join(".caisson/wheels");
    copy_package(sdk, &copy)?;
    let mut pip = environment.pip();
    pip.args(["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir"]).arg(&wheels).arg(&copy);
    process::output(&mut pip).with_context(|| format!("cannot make a package of the SDK at {}", sdk.display()))?;
    fs::remove_dir_all(&copy).with_context(|| format!("cannot remove {}", copy.display()))?;
    Ok(wheels)
}

/// Copies the sources of a Python package: neither hidden folders nor what was built.
fn copy_package(from: &Path, to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("cannot replace {}", to.display()))?;
    }
    copy(from, to).with_context(|| format!("cannot copy {}", from.display()))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let left_out = name.to_string_lossy();
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(&name))?;
        } else if !left_out.starts_with('.') && !matches!(&*left_out, "build" | "dist" | "__pycache__" | "template") {
            copy(&entry.path(), &to.join(&name))?;
        }
    }
    Ok(())
}

fn hash_folder(folder: &Path, hasher: &mut DefaultHasher) -> anyhow::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    if entries.is_empty() {
        bail!("{} is empty", folder.display());
    }
    for entry in entries {
        let name = entry.file_name();
        if entry.path().is_dir() {
            if name != "__pycache__" {
                hash_folder(&entry.path(), hasher)?;
            }
        } else {
            name.hash(hasher);
            fs::read(entry.path())?.hash(hasher);
        }
    }
    Ok(())
}
