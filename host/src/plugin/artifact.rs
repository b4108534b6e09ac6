//! A component as bytes: embedded in the binary or a file of `plugin.path`.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::plugin::error::PluginError;

/// One `.wasm`, known by the SHA-256 of its bytes.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// SHA-256 of the bytes, in lower-case hex.
    pub digest: String,
    /// File name without `.wasm`, for messages and listings.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    source: Source,
    /// What it says of its plugins, for one that travels inside the binary.
    manifest: Option<&'static str>,
}

#[derive(Clone, Debug)]
enum Source {
    Embedded(&'static [u8]),
    File(PathBuf),
}

impl Artifact {
    /// A component that travels inside the binary; `digest` was taken when the binary was built.
    pub fn embedded(name: &str, digest: &str, bytes: &'static [u8]) -> Self {
        let source = Source::Embedded(bytes);
        Self { digest: digest.to_owned(), name: name.to_owned(), size: bytes.len() as u64, source, manifest: None }
    }

    /// The same with its manifest, so that nobody has to compile it to know its plugins.
    pub fn described(self, manifest: Option<&'static str>) -> Self {
        Self { manifest, ..self }
    }

    /// Its manifest as it travels inside the binary.
    pub fn manifest(&self) -> Option<&'static str> {
        self.manifest
    }

    /// Reads the file once to take its digest.
    ///
    /// # Errors
    /// [`PluginError::Unreadable`] names the file.
    pub fn file(path: &Path) -> Result<Self, PluginError> {
        let bytes = std::fs::read(path).map_err(|error| PluginError::unreadable(path, &error))?;
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let (digest, size) = (digest_of(&bytes), bytes.len() as u64);
        Ok(Self { digest, name, size, source: Source::File(path.to_owned()), manifest: None })
    }

    /// The bytes. A file is read anew and must still be the one whose digest was taken: compiled code is kept by digest.
    ///
    /// # Errors
    /// [`PluginError::Unreadable`] or [`PluginError::Changed`], both naming the file.
    pub fn bytes(&self) -> Result<Cow<'static, [u8]>, PluginError> {
        match &self.source {
            Source::Embedded(bytes) => Ok(Cow::Borrowed(*bytes)),
            Source::File(path) => {
                let bytes = std::fs::read(path).map_err(|error| PluginError::unreadable(path, &error))?;
                if digest_of(&bytes) != self.digest {
                    return Err(PluginError::Changed { file: path.display().to_string() });
                }
                Ok(Cow::Owned(bytes))
            }
        }
    }

    /// Where it came from, for messages: a path, or `<name>.wasm (built in)`.
    pub fn location(&self) -> String {
        match &self.source {
            Source::Embedded(_) => format!("{}.wasm (built in)", self.name),
            Source::File(path) => path.display().to_string(),
        }
    }
}

fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
