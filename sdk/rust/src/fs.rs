//! Files that the connector's config grants.
//!
//! A plugin names in its manifest the keys that hold paths; exactly what those keys name is granted, by the path as the user
//! wrote it. Opening anything else ends in [`io::ErrorKind::PermissionDenied`]. Inside the sandbox this is `wasi:filesystem`,
//! in native tests the file system.

use std::io;

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod wasi;

#[cfg(not(target_arch = "wasm32"))]
use native as platform;
#[cfg(target_arch = "wasm32")]
use wasi as platform;

/// How many bytes the worker reads or takes to write at once.
pub const PIECE: usize = 64 * 1024;

/// A path's place: the granted folder it is reached through. It stays valid when the file is replaced.
#[derive(Debug)]
pub struct Place(platform::Place);

/// An open file.
#[derive(Debug)]
pub struct File(platform::File);

/// Tells one file from another, whatever their names. Two files that exist at the same time have different ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity(pub(crate) u128);

impl Place {
    /// Where `path`, absolute or relative to the worker's working directory, is reached.
    ///
    /// # Errors
    /// `PermissionDenied` when no grant covers it.
    pub fn of(path: &str) -> io::Result<Self> {
        platform::Place::of(path).map(Self)
    }

    /// Opens the file for reading.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, or what the system says.
    pub fn open(&self) -> io::Result<File> {
        self.0.open().map(File)
    }

    /// Opens the file for writing at its end; makes it if it is missing.
    ///
    /// # Errors
    /// `NotFound` for its folder, `PermissionDenied`, or what the system says.
    pub fn append(&self) -> io::Result<File> {
        self.0.append().map(File)
    }

    /// Which file the path names now.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, or what the system says.
    pub fn identity(&self) -> io::Result<Identity> {
        self.0.identity()
    }

    /// The size in bytes of the file that the path names now.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, or what the system says.
    pub fn size(&self) -> io::Result<u64> {
        self.0.size()
    }
}

impl File {
    /// At most `length` bytes from `offset` on; none at the end of the file.
    ///
    /// # Errors
    /// What the system says.
    pub fn read_at(&self, length: usize, offset: u64) -> io::Result<Vec<u8>> {
        self.0.read_at(length, offset)
    }

    /// Writes all of it at the end of the file, wherever that is by now. When this returns the system has it.
    ///
    /// # Errors
    /// What the system says, such as a full disk; part of it may have been written.
    pub fn append_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.begin_append(bytes)?;
        self.end_append()
    }

    /// Hands all of it over to be written at the end of the file. What was handed over before is waited for, this is not: the worker writes
    /// it while the plugin goes on. At most [`PIECE`] at a time, or the first of it is waited for too.
    ///
    /// # Errors
    /// What the system says of what was handed over before; part of it may have been written.
    pub fn begin_append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.begin_append(bytes)
    }

    /// Waits until the system has what was handed over.
    ///
    /// # Errors
    /// As [`Self::append_all`].
    pub fn end_append(&mut self) -> io::Result<()> {
        self.0.end_append()
    }

    /// Its size in bytes.
    ///
    /// # Errors
    /// What the system says.
    pub fn size(&self) -> io::Result<u64> {
        self.0.size()
    }

    /// Which file this is.
    ///
    /// # Errors
    /// What the system says.
    pub fn identity(&self) -> io::Result<Identity> {
        self.0.identity()
    }
}

/// What the worker's standard input has for now: none once it has ended, empty when nothing is there yet.
///
/// # Errors
/// What the system says.
pub fn read_stdin(length: usize) -> io::Result<Option<Vec<u8>>> {
    platform::read_stdin(length)
}

/// Writes all of it to the worker's standard output.
///
/// # Errors
/// What the system says.
pub fn write_stdout(bytes: &[u8]) -> io::Result<()> {
    platform::write_stdout(bytes)
}
