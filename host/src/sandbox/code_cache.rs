//! Compiled code on disk, in a folder that only the worker writes.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tracing::warn;
use wasmtime::Engine;
use wasmtime::component::Component;

/// Machine code by component digest. One folder holds the code of one engine configuration.
pub(super) struct CodeCache {
    folder: PathBuf,
}

impl CodeCache {
    /// Makes the folder, for its owner alone (mode 0700), or takes one that is so.
    ///
    /// # Errors
    /// When it cannot be made, or when others than this process's user could write in it: what lies there is run.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        make_private(folder)?;
        check_private(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{digest}.cwasm"))
    }

    /// The code of that component, mapped from disk; none when there is none or it is of no use.
    // I18: by the digest, in the folder of this engine configuration, which only the worker writes.
    pub(super) fn get(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(digest);
        if !path.is_file() {
            return None;
        }
        match self.load(engine, &path) {
            Ok(component) => Some(component),
            Err(error) => {
                warn!(file = %path.display(), %error, "cached code is of no use, the plugin is compiled anew");
                None
            }
        }
    }

    /// Keeps code just compiled and maps it: pages of the file cost memory only when run. Written to a temporary file, synced
    /// and renamed, so that neither a crash nor another worker leaves half a file under that name.
    ///
    /// # Errors
    /// The system's, or wasmtime's when it does not take the code.
    pub(super) fn put(&self, engine: &Engine, digest: &str, code: &[u8]) -> wasmtime::Result<Component> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(code)?;
        file.as_file().sync_all()?;
        let path = self.path(digest);
        file.persist(&path)?;
        self.load(engine, &path)
    }

    /// Maps a file of this folder.
    #[allow(unsafe_code, reason = "wasmtime runs the file's machine code as it is")]
    fn load(&self, engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
        // SAFETY: the file must be what `Engine::precompile_component` gave. Only `put` writes in this folder: `open` made sure that
        // it belongs to this process's user and that nobody else may write in it; files appear under their name whole; the
        // name is the digest of the component compiled; and wasmtime itself refuses code of another version or configuration.
        unsafe { Component::deserialize_file(engine, path) }
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(unix)]
fn check_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    // A file made here tells which user we are.
    let ours = tempfile::tempfile_in(folder)?.metadata()?.uid();
    let found = std::fs::symlink_metadata(folder)?;
    if !found.is_dir() || found.uid() != ours || found.mode() & 0o077 != 0 {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "the folder can be written or read by others (it must be this user's, mode 0700)",
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Elsewhere a folder below the user's own is private by the system's rules.
#[cfg(not(unix))]
fn check_private(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component that exports nothing.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn what_was_put_is_mapped_again() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let cache = CodeCache::open(&folder.path().join("code")).unwrap();
        assert!(cache.get(&engine, "d1").is_none());
        let code = engine.precompile_component(EMPTY).unwrap();
        cache.put(&engine, "d1", &code).unwrap();
        assert!(cache.get(&engine, "d1").is_some());
        assert!(cache.get(&engine, "d2").is_none());
    }

    // I18
    #[test]
    fn what_is_no_code_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::default();
        let cache = CodeCache::open(&folder.path().join("code")).unwrap();
        let code = engine.precompile_component(EMPTY).unwrap();
        std::fs::write(cache.path("half"), &code[..code.len() / 2]).unwrap();
        std::fs::write(cache.path("none"), b"nothing of the kind").unwrap();
        assert!(cache.get(&engine, "half").is_none());
        assert!(cache.get(&engine, "none").is_none());
    }

    /// I18
    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_can_write_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let shared = folder.path().join("shared");
        std::fs::create_dir(&shared).unwrap();
        std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(CodeCache::open(&shared).is_err());
    }
}
