//! Files inside the sandbox: `wasi:filesystem` 0.2, whose preopened folders are the grants.

use std::io;

use wasip2::cli::{stdin, stdout};
use wasip2::filesystem::preopens;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, MetadataHashValue, OpenFlags, PathFlags};
use wasip2::io::streams::{OutputStream, StreamError};

use super::Identity;
use crate::output_stream::{begin_write, end_write, failed, write_all};

#[derive(Debug)]
pub struct Place {
    folder: Descriptor,
    path: String,
}

#[derive(Debug)]
pub struct File {
    // Dropped before the descriptor it came from.
    appending: Option<OutputStream>,
    descriptor: Descriptor,
}

fn error(code: ErrorCode) -> io::Error {
    let kind = match code {
        ErrorCode::NoEntry => io::ErrorKind::NotFound,
        ErrorCode::Access | ErrorCode::NotPermitted => io::ErrorKind::PermissionDenied,
        ErrorCode::ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
        ErrorCode::InsufficientSpace => io::ErrorKind::StorageFull,
        ErrorCode::Quota => io::ErrorKind::QuotaExceeded,
        ErrorCode::IsDirectory => io::ErrorKind::IsADirectory,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, code.message())
}

fn identity(hash: MetadataHashValue) -> Identity {
    Identity(u128::from(hash.upper) << 64 | u128::from(hash.lower))
}

impl Place {
    pub fn of(path: &str) -> io::Result<Self> {
        let mut nearest: Option<(Descriptor, usize)> = None;
        for (folder, name) in preopens::get_directories() {
            if let Some(prefix) = covered(&name, path)
                && nearest.as_ref().is_none_or(|(_, longest)| prefix > *longest)
            {
                nearest = Some((folder, prefix));
            }
        }
        let (folder, prefix) = nearest
            .ok_or_else(|| io::Error::new(io::ErrorKind::PermissionDenied, format!("{path} is not granted to this plugin")))?;
        let below = path.get(prefix..).unwrap_or_default().trim_start_matches('/');
        Ok(Self { folder, path: if below.is_empty() { ".".to_owned() } else { below.to_owned() } })
    }

    pub fn open(&self) -> io::Result<File> {
        let descriptor = self
            .folder
            .open_at(PathFlags::SYMLINK_FOLLOW, &self.path, OpenFlags::empty(), DescriptorFlags::READ)
            .map_err(error)?;
        Ok(File { appending: None, descriptor })
    }

    pub fn append(&self) -> io::Result<File> {
        let descriptor = self
            .folder
            .open_at(PathFlags::SYMLINK_FOLLOW, &self.path, OpenFlags::CREATE, DescriptorFlags::WRITE)
            .map_err(error)?;
        let appending = descriptor.append_via_stream().map_err(error)?;
        Ok(File { appending: Some(appending), descriptor })
    }

    pub fn identity(&self) -> io::Result<Identity> {
        self.folder.metadata_hash_at(PathFlags::SYMLINK_FOLLOW, &self.path).map(identity).map_err(error)
    }

    pub fn size(&self) -> io::Result<u64> {
        self.folder.stat_at(PathFlags::SYMLINK_FOLLOW, &self.path).map(|stat| stat.size).map_err(error)
    }
}

/// How many bytes of `path` the folder of that name stands for; none if the path is not below it.
fn covered(folder: &str, path: &str) -> Option<usize> {
    if folder == "." {
        return (!path.starts_with('/')).then_some(0);
    }
    let folder = folder.trim_end_matches('/');
    let rest = path.strip_prefix(folder)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(folder.len())
}

impl File {
    pub fn read_at(&self, length: usize, offset: u64) -> io::Result<Vec<u8>> {
        self.descriptor.read(length as u64, offset).map(|(bytes, _end)| bytes).map_err(error)
    }

    pub fn begin_append(&mut self, bytes: &[u8]) -> io::Result<()> {
        begin_write(self.appending()?, bytes)
    }

    pub fn end_append(&mut self) -> io::Result<()> {
        end_write(self.appending()?)
    }

    fn appending(&self) -> io::Result<&OutputStream> {
        self.appending.as_ref().ok_or_else(|| io::Error::from(io::ErrorKind::PermissionDenied))
    }

    pub fn size(&self) -> io::Result<u64> {
        self.descriptor.stat().map(|stat| stat.size).map_err(error)
    }

    pub fn identity(&self) -> io::Result<Identity> {
        self.descriptor.metadata_hash().map(identity).map_err(error)
    }
}

pub fn read_stdin(length: usize) -> io::Result<Option<Vec<u8>>> {
    match stdin::get_stdin().read(length as u64) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(StreamError::Closed) => Ok(None),
        Err(other) => Err(failed(other)),
    }
}

pub fn write_stdout(bytes: &[u8]) -> io::Result<()> {
    write_all(&stdout::get_stdout(), bytes)
}
