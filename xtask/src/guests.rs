//! `cargo xtask guests`: every guest crate of the workspace, as a component under `target/components`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use caisson_toolchain::rust::{TARGET, Toolchain, WASI_TARGET};
use caisson_toolchain::{componentise, process};

use crate::apt;

/// The guest that the tests run in both targets: it reaches files, clocks and the standard streams.
const WASI_GUEST: &str = "caisson-file-stream";

/// A crate of the workspace that is built for WebAssembly: those with a `cdylib`.
struct Guest {
    package: String,
    /// Name of the library, which is the file name of the core module.
    library: String,
}

impl Guest {
    /// `caisson-file-stream` becomes `file-stream.wasm`.
    fn component(&self, folder: &Path) -> PathBuf {
        let name = self.package.strip_prefix("caisson-").unwrap_or(&self.package);
        folder.join(format!("{name}.wasm"))
    }
}

/// Builds [`WASI_GUEST`] for `wasm32-wasip2` too, under `target/components/wasip2`. There the linker makes the component.
pub fn build_for_wasi(root: &Path) -> anyhow::Result<()> {
    let folder = root.join("target/components/wasip2");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let guests: Vec<Guest> = list(root)?.into_iter().filter(|guest| guest.package == WASI_GUEST).collect();
    compile(root, &guests, WASI_TARGET)?;
    for guest in &guests {
        let linked = built(root, WASI_TARGET, guest);
        let component = guest.component(&folder);
        let bytes = fs::read(&linked).with_context(|| format!("cannot read {}", linked.display()))?;
        // The host's build script watches the folder: a file that is written is a host that is compiled again.
        if fs::read(&component).ok().is_none_or(|kept| kept != bytes) {
            fs::write(&component, bytes).with_context(|| format!("cannot write {}", component.display()))?;
        }
    }
    Ok(())
}

/// Builds all guests and returns the folder that holds their components. Does next to nothing when no source has changed.
pub fn build(root: &Path) -> anyhow::Result<PathBuf> {
    let folder = root.join("target/components");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let guests = list(root)?;
    if guests.is_empty() {
        return Ok(folder);
    }
    compile(root, &guests, TARGET)?;
    for guest in &guests {
        let component = guest.component(&folder);
        if let Some(size) = componentise(&built(root, TARGET, guest), &component)? {
            println!("{} ({} KiB)", component.display(), size / 1024);
        }
    }
    Ok(folder)
}

/// What cargo makes of a guest.
fn built(root: &Path, target: &str, guest: &Guest) -> PathBuf {
    root.join("target/guests").join(target).join("guest").join(format!("{}.wasm", guest.library))
}

/// The workspace's packages whose library is a `cdylib`.
fn list(root: &Path) -> anyhow::Result<Vec<Guest>> {
    let json = process::output(process::cargo().args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root))?;
    let metadata: serde_json::Value = serde_json::from_str(&json).context("`cargo metadata` printed bad JSON")?;
    let mut guests = Vec::new();
    for package in metadata.get("packages").and_then(serde_json::Value::as_array).into_iter().flatten() {
        for target in package["targets"].as_array().into_iter().flatten() {
            let is_guest = target["crate_types"].as_array().is_some_and(|types| types.iter().any(|kind| kind == "cdylib"));
            if let (true, Some(package), Some(library)) = (is_guest, package["name"].as_str(), target["name"].as_str()) {
                guests.push(Guest { package: package.to_owned(), library: library.replace('-', "_") });
            }
        }
    }
    Ok(guests)
}

/// One cargo call for all, so that what they share is compiled once.
fn compile(root: &Path, guests: &[Guest], target: &'static str) -> anyhow::Result<()> {
    let mut cargo = process::cargo();
    cargo.args(["build", "--profile", "guest", "--target-dir"]).arg(root.join("target/guests"));
    for guest in guests {
        cargo.args(["--package", &guest.package]);
    }
    Toolchain::find_or_install(target, apt::install)?.apply(&mut cargo)?;
    process::run(cargo.current_dir(root))
}
