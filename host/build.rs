//! Embeds the project's own components: every `*.wasm` of the folder that `CAISSON_COMPONENTS` names (by default
//! `target/components` of the workspace), save the tests' probes, each with the manifest that its crate keeps. None there: a binary that
//! has only what `plugin.path` gives.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=CAISSON_COMPONENTS");
    let folder = components_folder();
    // A watched path that does not exist makes every build run this again.
    fs::create_dir_all(&folder)?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut source = String::from(
        "/// Name, SHA-256, bytes and manifest of each component.\nstatic EMBEDDED: &[(&str, &str, &[u8], Option<&str>)] = &[\n",
    );
    for path in components(&folder)? {
        println!("cargo::rerun-if-changed={}", path.display());
        let bytes = fs::read(&path)?;
        let mut digest = String::new();
        for byte in Sha256::digest(&bytes) {
            write!(digest, "{byte:02x}").map_err(io::Error::other)?;
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let manifest = manifest(&name).map_or("None".to_owned(), |path| format!("Some(include_str!({path:?}))"));
        writeln!(source, "    ({name:?}, {digest:?}, include_bytes!({:?}), {manifest}),", path.display().to_string())
            .map_err(io::Error::other)?;
    }
    source.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("embedded.rs"), source)
}

fn components_folder() -> PathBuf {
    if let Some(folder) = env::var_os("CAISSON_COMPONENTS") {
        return PathBuf::from(folder);
    }
    let host = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    host.parent().unwrap_or(&host).join("target").join("components")
}

/// Where the manifest of a component is kept, if it is; `cargo xtask manifests` writes it.
fn manifest(component: &str) -> Option<String> {
    let host = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let path = host.parent().unwrap_or(&host).join("guest-connectors").join(component).join("manifest.json");
    println!("cargo::rerun-if-changed={}", path.display());
    path.is_file().then(|| path.display().to_string())
}

fn components(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".wasm") && !name.starts_with("probe-") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
