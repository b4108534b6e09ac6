//! Files without a sandbox, for a plugin's native tests.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;

use super::Identity;

#[derive(Debug)]
pub struct Place(PathBuf);

#[derive(Debug)]
pub struct File(fs::File);

fn identity(metadata: &fs::Metadata) -> Identity {
    Identity(u128::from(metadata.dev()) << 64 | u128::from(metadata.ino()))
}

impl Place {
    pub fn of(path: &str) -> io::Result<Self> {
        Ok(Self(PathBuf::from(path)))
    }

    pub fn open(&self) -> io::Result<File> {
        fs::File::open(&self.0).map(File)
    }

    pub fn append(&self) -> io::Result<File> {
        fs::OpenOptions::new().create(true).append(true).open(&self.0).map(File)
    }

    pub fn identity(&self) -> io::Result<Identity> {
        Ok(identity(&fs::metadata(&self.0)?))
    }

    pub fn size(&self) -> io::Result<u64> {
        Ok(fs::metadata(&self.0)?.len())
    }
}

impl File {
    pub fn read_at(&self, length: usize, offset: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let read = self.0.read_at(&mut bytes, offset)?;
        bytes.truncate(read);
        Ok(bytes)
    }

    pub fn begin_append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    pub fn end_append(&mut self) -> io::Result<()> {
        self.0.flush()
    }

    pub fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    pub fn identity(&self) -> io::Result<Identity> {
        Ok(identity(&self.0.metadata()?))
    }
}

pub fn read_stdin(length: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = vec![0; length];
    let read = io::stdin().read(&mut bytes)?;
    bytes.truncate(read);
    Ok((read > 0).then_some(bytes))
}

pub fn write_stdout(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}
