//! The files of the local log: four keyspaces of one fjall database, and its errors with the folder's name.

use std::io::ErrorKind as Io;
use std::path::{Path, PathBuf};

use fjall::config::BlockSizePolicy;
use fjall::{Database, Error, Keyspace, KeyspaceCreateOptions, OwnedWriteBatch, PersistMode};

use crate::broker::error::{BrokerError, ErrorKind};

/// Block cache: most reads are of what was just written, which the write buffer or the page cache holds.
const CACHE_BYTES: u64 = 4 << 20;
/// Write buffer of the records; it is also the size of the files that they are flushed to.
const RECORD_BUFFER_BYTES: u64 = 8 << 20;
/// Write buffer of each of the small keyspaces.
const SMALL_BUFFER_BYTES: u64 = 1 << 20;
/// The journal is cut after so much; the least that fjall allows.
const JOURNAL_BYTES: u64 = 64 << 20;
/// A chunk is about as large, so a block holds one.
const BLOCK_BYTES: u32 = 64 << 10;

/// The opened files.
pub struct Store {
    folder: PathBuf,
    database: Database,
    /// Topics by name, as JSON; the cluster's id; topics being deleted.
    pub topics: Keyspace,
    /// Chunks of records.
    pub records: Keyspace,
    /// How far each partition reaches.
    pub marks: Keyspace,
    /// Committed offsets of groups.
    pub offsets: Keyspace,
}

impl Store {
    /// Opens the log in this folder, or makes it.
    pub fn open(folder: &Path) -> Result<Self, BrokerError> {
        let open = || -> Result<Self, Error> {
            std::fs::create_dir_all(folder)?;
            let builder = Database::builder(folder).cache_size(CACHE_BYTES).worker_threads(1);
            let database = builder.max_journaling_size(JOURNAL_BYTES).max_cached_files(Some(64)).open()?;
            let small = || KeyspaceCreateOptions::default().max_memtable_size(SMALL_BUFFER_BYTES);
            let large = || {
                let options = KeyspaceCreateOptions::default().max_memtable_size(RECORD_BUFFER_BYTES);
                options.data_block_size_policy(BlockSizePolicy::all(BLOCK_BYTES))
            };
            Ok(Self {
                folder: folder.to_owned(),
                topics: database.keyspace("topics", small)?,
                records: database.keyspace("records", large)?,
                marks: database.keyspace("marks", small)?,
                offsets: database.keyspace("offsets", small)?,
                database,
            })
        };
        open().map_err(|error| failure(folder, &error))
    }

    /// A batch that is written as a whole or not at all, and is on the disk when its commit returns.
    pub fn batch(&self) -> OwnedWriteBatch {
        self.database.batch().durability(Some(PersistMode::SyncData))
    }

    /// An error of fjall, with the folder and what to do.
    pub fn failure(&self, error: &Error) -> BrokerError {
        failure(&self.folder, error)
    }

    /// Bytes on the disk.
    pub fn disk_space(&self) -> Result<u64, BrokerError> {
        self.database.disk_space().map_err(|error| self.failure(&error))
    }
}

fn failure(folder: &Path, error: &Error) -> BrokerError {
    let place = folder.display();
    let probed = matches!(error, Error::Poisoned).then(|| probe(folder)).flatten();
    let io = match error {
        _ if probed.is_some() => probed.as_ref(),
        Error::Locked => {
            let text = format!(
                "the local log in {place} (local.log.dir) is in use by another process; stop that worker first, or give this one a \
                 folder of its own"
            );
            return BrokerError::new(ErrorKind::InUse, text);
        }
        Error::Io(io) => Some(io),
        Error::Storage(fjall::LsmError::Io(io)) => Some(io),
        _ => None,
    };
    let (why, remedy) = match io.map(std::io::Error::kind) {
        Some(Io::StorageFull | Io::QuotaExceeded) => ("the disk is full".to_owned(), "free some space, then restart the worker"),
        Some(Io::ReadOnlyFilesystem) => ("the file system is read-only".to_owned(), "make it writable, or set local.log.dir"),
        Some(Io::PermissionDenied) => {
            ("no permission to write there".to_owned(), "let the worker's user write it, or set local.log.dir")
        }
        Some(Io::NotADirectory | Io::AlreadyExists) => ("it is not a folder".to_owned(), "set local.log.dir to a folder"),
        _ => match error {
            Error::Poisoned => {
                ("an earlier write failed, for example on a full disk".to_owned(), "see the log, then restart the worker")
            }
            _ => (error.to_string(), "see the log, then restart the worker"),
        },
    };
    BrokerError::new(ErrorKind::Disk, format!("the local log in {place} (local.log.dir) cannot be used: {why}; {remedy}"))
}

/// fjall does not say why an earlier write failed; trying one more tells whether the disk is the reason.
fn probe(folder: &Path) -> Option<std::io::Error> {
    let file = folder.join("probe");
    let written = std::fs::write(&file, [0; 1 << 16]);
    // It may not be there at all.
    let _ = std::fs::remove_file(&file);
    written.err()
}
