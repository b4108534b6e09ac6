//! `plugin.path`: which files in it are components.

use std::path::{Path, PathBuf};

use tracing::{info, warn};

/// The components that a `plugin.path` names: every `.wasm` in its folders and in their child folders, sorted by path,
/// and every `.wasm` named itself.
///
/// As in Kafka a folder that does not exist is warned of and skipped. Java archives are skipped with a line that says so:
/// configs taken over from Apache Kafka Connect point at folders full of them.
pub fn components(plugin_path: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in plugin_path.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let path = Path::new(entry);
        if path.is_file() {
            visit_file(path, &mut found);
            continue;
        }
        match sorted(path) {
            Ok(children) => visit_folder(path, children, &mut found),
            Err(error) => warn!(path = entry, %error, "plugin.path: could not read the folder, it is skipped"),
        }
    }
    found.dedup();
    found
}

fn visit_folder(folder: &Path, children: Vec<PathBuf>, found: &mut Vec<PathBuf>) {
    let mut archives = 0usize;
    for child in children {
        if !child.is_dir() {
            archives += usize::from(is_archive(&child));
            visit_file(&child, found);
            continue;
        }
        let Ok(grandchildren) = sorted(&child) else {
            warn!(path = %child.display(), "plugin.path: could not read the folder, it is skipped");
            continue;
        };
        for grandchild in grandchildren {
            archives += usize::from(is_archive(&grandchild));
            visit_file(&grandchild, found);
        }
    }
    if archives > 0 {
        info!(path = %folder.display(), archives, "plugin.path: Java archives are skipped, plugins are WebAssembly components (.wasm)");
    }
}

fn visit_file(path: &Path, found: &mut Vec<PathBuf>) {
    if path.extension().is_some_and(|extension| extension == "wasm") {
        found.push(path.to_owned());
    }
}

fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jar" || extension == "zip")
}

fn sorted(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        children.push(entry?.path());
    }
    children.sort();
    Ok(children)
}
