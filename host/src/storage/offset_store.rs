//! Source offsets: of a standalone worker in the file `offset.storage.file.filename`, of a cluster in its offset topic.
//!
//! File and topic have the Java worker's own form, so either worker can take over from the other
//! (Kafka: `FileOffsetBackingStore`, `KafkaOffsetBackingStore`).

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value as Json;

use super::topic_log::{Entry as LogEntry, TopicLog, TopicLogError, TopicSpec};
use super::{java_map, offset_json};
use crate::broker::Broker;

/// The offsets could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum OffsetStoreError {
    /// The file holds something else. It is left as it is.
    #[error(
        "offset.storage.file.filename: {path} is not an offset file of Kafka Connect ({why}). \
         It was left as it is: name another file, or move this one away"
    )]
    NotOffsets {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The disk refused.
    #[error("offset.storage.file.filename: cannot {action} {path}: {source}; name a file in a folder that the worker may write")]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The task that writes the file was aborted: the worker is shutting down.
    #[error("offset.storage.file.filename: the write of {0} did not end, for the worker is shutting down")]
    Aborted(PathBuf),
    /// The topic refused.
    #[error(transparent)]
    Topic(#[from] TopicLogError),
}

impl OffsetStoreError {
    /// Whether the same may succeed later, as while brokers start.
    pub fn retriable(&self) -> bool {
        matches!(self, Self::Topic(error) if error.retriable())
    }
}

/// One stored offset: the key as it stands in the file, and the value.
#[derive(Debug, Clone)]
struct Entry {
    key: Vec<u8>,
    value: Vec<u8>,
}

/// A key (`offset_json::key`) and what to store for it; none removes it.
pub type Change = (Vec<u8>, Option<Vec<u8>>);

/// The entries by their key in canonical form: the Java worker's maps are not sorted.
type Entries = BTreeMap<Vec<u8>, Entry>;

/// Offsets by key, both in the bytes that Kafka Connect stores (JSON, see `offset_json`).
pub struct OffsetStore {
    place: Place,
    entries: Arc<Mutex<Arc<Entries>>>,
    writing: tokio::sync::Mutex<()>,
}

/// Where offsets are kept.
enum Place {
    File(PathBuf),
    Topic(TopicLog),
}

impl OffsetStore {
    /// Reads the file; one that does not exist, or is empty, holds no offsets yet. A folder that cannot be written is refused now and
    /// not at the first flush, when records have gone out whose offsets are then lost.
    pub fn open(path: &Path) -> Result<Self, OffsetStoreError> {
        let refused = |action, source| OffsetStoreError::Io { action, path: path.to_owned(), source };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder(path).is_dir() => Vec::new(),
            Err(source) => return Err(refused("read", source)),
        };
        tempfile::NamedTempFile::new_in(folder(path)).map_err(|source| refused("write", source))?;
        let read = if bytes.is_empty() { Ok(Vec::new()) } else { java_map::read(&bytes) };
        // I12: a file that cannot be read is never overwritten, for there is no store that would write it.
        let entries = read.map_err(|why| OffsetStoreError::NotOffsets { path: path.to_owned(), why })?;
        let entries = entries.into_iter().map(|(key, value)| (offset_json::canonical(&key), Entry { key, value })).collect();
        let entries = Arc::new(Mutex::new(Arc::new(entries)));
        Ok(Self { place: Place::File(path.to_owned()), entries, writing: tokio::sync::Mutex::new(()) })
    }

    /// Reads the offset topic, which is made if it is missing.
    ///
    /// # Errors
    /// The topic cannot be made or read, or is not compacted.
    pub async fn open_topic(broker: &dyn Broker, spec: &TopicSpec) -> Result<Self, TopicLogError> {
        let entries: Arc<Mutex<Arc<Entries>>> = Arc::default();
        let read = Arc::clone(&entries);
        let apply = move |record: &LogEntry<'_>| {
            let mut entries = read.lock().unwrap_or_else(PoisonError::into_inner);
            let (entries, key) = (Arc::make_mut(&mut entries), offset_json::canonical(record.key));
            match record.value {
                Some(value) => drop(entries.insert(key, Entry { key: record.key.to_vec(), value: value.to_vec() })),
                None => drop(entries.remove(&key)),
            }
        };
        let log = TopicLog::open(broker, spec, Box::new(apply)).await?;
        Ok(Self { place: Place::Topic(log), entries, writing: tokio::sync::Mutex::new(()) })
    }

    /// Takes in what other workers have stored by now.
    pub async fn refresh(&self) -> Result<(), OffsetStoreError> {
        match &self.place {
            Place::File(_) => Ok(()),
            Place::Topic(log) => Ok(log.read_to_end().await?),
        }
    }

    /// The same, and what producers have stored in transactions that are not over yet: it waits for their end.
    pub async fn refresh_through_transactions(&self) -> Result<(), OffsetStoreError> {
        match &self.place {
            Place::File(_) => Ok(()),
            Place::Topic(log) => Ok(log.read_through_transactions().await?),
        }
    }

    /// The topic that it is kept in; none: it is a file.
    pub fn topic(&self) -> Option<&str> {
        match &self.place {
            Place::File(_) => None,
            Place::Topic(log) => Some(log.topic()),
        }
    }

    /// The value stored for a key (`offset_json::key`).
    pub fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.entries().get(key).map(|entry| entry.value.clone())
    }

    /// Stores values, or removes those given as none. When it returns without an error they are on disk, or acknowledged by the brokers;
    /// after an error nothing has changed in the file.
    pub async fn set(&self, changes: Vec<Change>) -> Result<(), OffsetStoreError> {
        let _one_at_a_time = self.writing.lock().await;
        match &self.place {
            Place::File(path) => self.replace_file(path, changes).await,
            Place::Topic(log) => {
                let records = self.records(changes);
                let acks = log.append_all(&records).await?;
                Ok(log.await_applied(&acks).await?)
            }
        }
    }

    /// The records by which these changes are made in the topic, for a producer that stores offsets in its own transaction.
    pub fn records(&self, changes: Vec<Change>) -> Vec<Change> {
        changes.into_iter().map(|(key, value)| (self.stored_key(key), value)).collect()
    }

    /// The key as it was stored before, whatever the order of its fields.
    fn stored_key(&self, key: Vec<u8>) -> Vec<u8> {
        self.entries().get(&key).map_or(key, |entry| entry.key.clone())
    }

    async fn replace_file(&self, path: &Path, changes: Vec<Change>) -> Result<(), OffsetStoreError> {
        let mut entries = Entries::clone(&self.entries());
        for (key, value) in changes {
            match value {
                Some(value) => {
                    let key_in_file = entries.get(&key).map_or_else(|| key.clone(), |entry| entry.key.clone());
                    entries.insert(key, Entry { key: key_in_file, value });
                }
                None => drop(entries.remove(&key)),
            }
        }
        let entries = Arc::new(entries);
        let (file, written) = (path.to_owned(), Arc::clone(&entries));
        tokio::task::spawn_blocking(move || write(&file, &written))
            .await
            .map_err(|_| OffsetStoreError::Aborted(path.to_owned()))?
            .map_err(|source| OffsetStoreError::Io { action: "write", path: path.to_owned(), source })?;
        *self.entries() = entries;
        Ok(())
    }

    /// All source partitions of a connector, each with its offset, as JSON objects.
    pub fn of_connector(&self, connector: &str) -> Vec<(Json, Json)> {
        let entries = Arc::clone(&self.entries());
        entries.values().filter_map(|entry| offset_json::entry(connector, &entry.key, &entry.value)).collect()
    }

    fn entries(&self) -> MutexGuard<'_, Arc<Entries>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The folder that holds the file.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Replaces the file as a whole: after a crash at any moment it holds the old offsets or the new ones.
// I12: written aside, synced, renamed.
fn write(path: &Path, entries: &Entries) -> io::Result<()> {
    let bytes = java_map::write(entries.values().map(|entry| (entry.key.as_slice(), entry.value.as_slice())));
    let mut file = tempfile::NamedTempFile::new_in(folder(path))?;
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    std::fs::File::open(folder(path))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = br#"["c",{"filename":"in.txt"}]"#;

    #[tokio::test]
    async fn offsets_survive_the_store() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("offsets");
        let store = OffsetStore::open(&path).unwrap();
        store.set(vec![(KEY.to_vec(), Some(b"{\"position\":3}".to_vec()))]).await.unwrap();
        store.set(vec![(b"[\"d\",{}]".to_vec(), Some(b"{}".to_vec()))]).await.unwrap();
        store.set(vec![(b"[\"d\",{}]".to_vec(), None)]).await.unwrap();
        let again = OffsetStore::open(&path).unwrap();
        assert_eq!(again.get(KEY), Some(b"{\"position\":3}".to_vec()));
        let stored = again.of_connector("c");
        assert_eq!(stored, [(serde_json::json!({"filename": "in.txt"}), serde_json::json!({"position": 3}))]);
        assert!(again.of_connector("d").is_empty());
    }

    #[tokio::test]
    async fn a_key_is_found_whatever_the_order_of_its_fields() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("offsets");
        let javas = br#"["c",{"topic":"t","partition":0}]"#;
        let bytes = java_map::write([(javas.as_slice(), b"{\"offset\":1}".as_slice())].into_iter());
        std::fs::write(&path, bytes).unwrap();
        let store = OffsetStore::open(&path).unwrap();
        let ours = br#"["c",{"partition":0,"topic":"t"}]"#;
        assert_eq!(store.get(ours), Some(b"{\"offset\":1}".to_vec()));
        store.set(vec![(ours.to_vec(), Some(b"{\"offset\":2}".to_vec()))]).await.unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(java_map::read(&bytes), Ok(vec![(javas.to_vec(), b"{\"offset\":2}".to_vec())]));
    }

    /// I12
    #[tokio::test]
    async fn a_strange_file_is_refused_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("offsets");
        std::fs::write(&path, "not offsets").unwrap();
        let error = OffsetStore::open(&path).err().unwrap().to_string();
        assert!(error.contains("is not an offset file") && error.contains("offset.storage.file.filename"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "not offsets");
    }

    #[test]
    fn a_missing_folder_is_told() {
        let error = OffsetStore::open(Path::new("/nowhere/at/all/offsets")).err().unwrap().to_string();
        assert!(error.contains("/nowhere/at/all/offsets"), "{error}");
    }
}
