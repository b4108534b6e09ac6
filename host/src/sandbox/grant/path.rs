//! Paths that a config names, turned into grants.

use std::fs::File;
use std::path::{Component, Path, PathBuf};

use crate::sandbox::error::CallError;
use crate::sandbox::grant::ceiling::Ceiling;
use crate::sandbox::grant::files::{GrantedFile, GrantedFolder, dir, for_looks};

/// As many as Linux follows.
const MOST_LINKS: usize = 40;

/// The worker's working directory: relative paths of a config start there, as in Java.
pub(super) fn working_directory() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"))
}

/// Grants the one file that `value` names. It need not exist, since a source waits for its file and a sink makes it; its folder must.
/// Links in the path are followed here and now, for the user named them, and never again.
///
/// # Errors
/// [`CallError::Denied`].
pub(super) fn file(key: &str, value: &str, write: bool, ceiling: &Ceiling) -> Result<GrantedFile, CallError> {
    let path = lexical(&working_directory().join(value));
    if path.is_dir() {
        return Err(CallError::Denied(format!(
            "Invalid value {value} for configuration {key}: it is a folder; name a file in it"
        )));
    }
    let real = real_path(key, value, &path)?;
    ceiling.check_path(key, value, &real)?;
    let (Some(parent), Some(name)) = (real.parent(), real.file_name()) else {
        return Err(CallError::Denied(format!("Invalid value {value} for configuration {key}: it names no file")));
    };
    let folder = File::open(parent).map_err(|error| unusable(key, value, parent, &error))?;
    let looks = folder.try_clone().map_err(|error| unusable(key, value, parent, &error))?;
    Ok(GrantedFile { path, folder: dir(folder, write), looks: for_looks(looks), name: name.to_owned(), write })
}

/// The file of a database that `value` names, links resolved here and now. It need not exist; its folder must.
///
/// # Errors
/// [`CallError::Denied`].
pub(super) fn database(key: &str, value: &str, ceiling: &Ceiling) -> Result<PathBuf, CallError> {
    let granted = lexical(&working_directory().join(value));
    let real = real_path(key, value, &granted)?;
    ceiling.check_path(key, value, &real)?;
    Ok(real)
}

/// Grants a folder and all below it.
///
/// # Errors
/// [`CallError::Denied`].
pub(super) fn folder(key: &str, value: &str, write: bool, ceiling: &Ceiling) -> Result<GrantedFolder, CallError> {
    let path = lexical(&working_directory().join(value));
    let real = path.canonicalize().map_err(|error| unusable(key, value, &path, &error))?;
    if !real.is_dir() {
        return Err(CallError::Denied(format!("Invalid value {value} for configuration {key}: it is no folder")));
    }
    ceiling.check_path(key, value, &real)?;
    let folder = File::open(&real).map_err(|error| unusable(key, value, &real, &error))?;
    Ok(GrantedFolder { path, folder: dir(folder, write) })
}

/// Where the path leads, links resolved; for a file that does not exist yet, where its folder leads.
fn real_path(key: &str, value: &str, path: &Path) -> Result<PathBuf, CallError> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if let Ok(real) = path.canonicalize() {
            return Ok(real);
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(CallError::Denied(format!("Invalid value {value} for configuration {key}: it names no file")));
        };
        let parent = parent.canonicalize().map_err(|error| unusable(key, value, parent, &error))?;
        let real = parent.join(name);
        // A link to a file that does not exist yet would be followed when that is made.
        match real.read_link() {
            Ok(target) => path = parent.join(target),
            Err(_no_link) => return Ok(real),
        }
    }
    Err(CallError::Denied(format!("Invalid value {value} for configuration {key}: its links lead in a circle")))
}

fn unusable(key: &str, value: &str, folder: &Path, error: &std::io::Error) -> CallError {
    CallError::Denied(format!(
        "Invalid value {value} for configuration {key}: the folder {} cannot be used ({error}); create it or correct {key}",
        folder.display()
    ))
}

/// The path without `.` and `..`, by its text: what a guest that names the same file is compared with.
fn lexical(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                cleaned.pop();
            }
            other => cleaned.push(other),
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// I17
    #[test]
    fn a_link_to_a_file_that_is_not_there_yet_counts_as_that_file() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().canonicalize().unwrap();
        let granted = here.join("granted");
        std::fs::create_dir(&granted).unwrap();
        symlink("../outside", granted.join("link")).unwrap();
        symlink("link", granted.join("twice")).unwrap();
        symlink("round", granted.join("round")).unwrap();
        let ceiling = Ceiling { files_roots: Some(vec![granted.clone()]), hosts: None };
        let real = |name: &str| database("k", &granted.join(name).display().to_string(), &ceiling);
        assert_eq!(real("new").unwrap(), granted.join("new"));
        for name in ["link", "twice"] {
            let told = real(name).unwrap_err().to_string();
            assert!(told.contains("outside the folders this worker grants"), "{told}");
        }
        assert!(real("round").unwrap_err().to_string().contains("in a circle"));
    }
}
