//! Takes the contract and the templates of every SDK into the program: `wit/*.wit` and `sdk/<language>/template/<kind>/**`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("..");
    let mut source = String::new();
    list(&mut source, "WIT", &root.join("wit"), "wit")?;
    let mut languages: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(root.join("sdk"))? {
        languages.push(entry?.path());
    }
    // A watched path that does not exist makes every build run this again, and compile the host again.
    languages.retain(|language| language.join("template").is_dir());
    languages.sort();
    source.push_str("/// Language, path below its templates, text.\nstatic TEMPLATES: &[(&str, &str, &str)] = &[\n");
    for language in languages {
        let name = language.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for (path, file) in files(&language.join("template"), "")? {
            writeln!(source, "    ({name:?}, {path:?}, include_str!({:?})),", file.display().to_string())
                .map_err(io::Error::other)?;
        }
    }
    source.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("embedded.rs"), source)
}

fn list(source: &mut String, name: &str, folder: &Path, extension: &str) -> io::Result<()> {
    writeln!(source, "/// Name and text of each file.\nstatic {name}: &[(&str, &str)] = &[").map_err(io::Error::other)?;
    for (path, file) in files(folder, "")? {
        if path.ends_with(extension) {
            writeln!(source, "    ({path:?}, include_str!({:?})),", file.display().to_string()).map_err(io::Error::other)?;
        }
    }
    source.push_str("];\n");
    Ok(())
}

/// Every file below a folder, in order, without what building a template by hand leaves there.
fn files(folder: &Path, prefix: &str) -> io::Result<Vec<(String, PathBuf)>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            if !matches!(name.as_str(), "target" | "dist" | "build" | ".caisson" | "__pycache__" | "node_modules") {
                found.extend(files(&entry.path(), &format!("{path}/"))?);
            }
        } else if name != "Cargo.lock" {
            found.push((path, entry.path()));
        }
    }
    Ok(found)
}
