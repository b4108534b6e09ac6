//! The log as a whole: its topics in memory, opening and recovery, and the wake-up of readers.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::watch;

use super::append::Queue;
use super::chunk::preamble;
use super::group::Groups;
use super::layout::{Mark, TopicId, chunk_key, chunk_offset, mark_key, offset_topic, read_mark};
use super::store::Store;
use super::topic::{Partition, Topic, TopicRecord, check_name, policy};
use crate::broker::error::{BrokerError, ErrorKind};
use crate::broker::topic::NewTopic;

/// Keys of the `topics` keyspace.
const CLUSTER: &[u8] = b"cluster";
const NEXT_ID: &[u8] = b"next-topic-id";
const TOPIC: &[u8] = b"topic/";
const DOOMED: &[u8] = b"doomed/";

/// The log, shared by all clients of this process and its threads.
pub struct Log {
    /// The folder, for messages.
    pub place: String,
    /// Its files.
    pub store: Store,
    /// What waits to be written.
    pub queue: Queue,
    /// Groups and their members.
    pub groups: Mutex<Groups>,
    /// Changes whenever there may be something new to read or a group has changed.
    pub changed: watch::Sender<u64>,
    /// Epochs of transactional ids: a newer producer fences the older one.
    pub epochs: Mutex<HashMap<String, u64>>,
    topics: RwLock<BTreeMap<Arc<str>, Arc<Topic>>>,
    /// One thread cleans at a time.
    pub tidying: Mutex<()>,
    /// One topic is created or deleted at a time.
    altering: Mutex<()>,
    failed: OnceLock<BrokerError>,
}

impl Log {
    /// Opens the files in this folder and reads what is there.
    pub fn open(folder: &Path) -> Result<Self, BrokerError> {
        let store = Store::open(folder)?;
        let mut topics = BTreeMap::new();
        for item in store.topics.prefix(TOPIC) {
            let (key, value) = item.into_inner().map_err(|error| store.failure(&error))?;
            let name = key.strip_prefix(TOPIC).and_then(|name| std::str::from_utf8(name).ok()).unwrap_or_default();
            let record: TopicRecord = serde_json::from_slice(&value).map_err(|error| {
                let place = folder.display();
                BrokerError::new(
                    ErrorKind::Disk,
                    format!("the local log in {place} holds a topic `{name}` that is not readable: {error}"),
                )
            })?;
            topics.insert(Arc::from(name), Arc::new(load_topic(&store, name, record)?));
        }
        Ok(Self {
            place: folder.display().to_string(),
            store,
            queue: Queue::default(),
            groups: Mutex::new(Groups::default()),
            changed: watch::Sender::new(0),
            epochs: Mutex::new(HashMap::new()),
            topics: RwLock::new(topics),
            tidying: Mutex::new(()),
            altering: Mutex::new(()),
            failed: OnceLock::new(),
        })
    }

    /// The cluster's id, made at the first call: 16 random bytes in base64, as Kafka's.
    pub fn cluster_id(&self) -> Result<String, BrokerError> {
        let _altering = lock(&self.altering);
        let fail = |error: fjall::Error| self.store.failure(&error);
        if let Some(id) = self.store.topics.get(CLUSTER).map_err(fail)? {
            return Ok(String::from_utf8_lossy(&id).into_owned());
        }
        let id = URL_SAFE_NO_PAD.encode(random_bytes());
        let mut batch = self.store.batch();
        batch.insert(&self.store.topics, CLUSTER, id.as_bytes());
        batch.commit().map_err(fail)?;
        Ok(id)
    }

    /// The topic of this name.
    pub fn topic(&self, name: &str) -> Option<Arc<Topic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// All topics, by name.
    pub fn topics(&self) -> Vec<Arc<Topic>> {
        self.topics.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The topic of this name, made with defaults if it is not there.
    pub fn topic_or_create(&self, name: &str) -> Result<Arc<Topic>, BrokerError> {
        if let Some(topic) = self.topic(name) {
            return Ok(topic);
        }
        self.create_topic(&NewTopic::new(name))?;
        self.topic(name).ok_or_else(|| BrokerError::retry(ErrorKind::UnknownTopic, format!("topic {name} has just been deleted")))
    }

    /// Tells the groups of the topics that were there at opening.
    pub fn topics_loaded(&self) {
        lock(&self.groups).topics_changed(&self.topics());
    }

    /// Creates a topic; false if it is there already.
    pub fn create_topic(&self, new: &NewTopic) -> Result<bool, BrokerError> {
        check_name(&new.name)?;
        let partitions = if new.partitions == -1 { 1 } else { new.partitions };
        if !(1..=10_000).contains(&partitions) {
            let text = format!("topic {} cannot have {partitions} partitions: 1 to 10000", new.name);
            return Err(BrokerError::new(ErrorKind::Config, text));
        }
        if new.replication_factor > 1 {
            let text = format!(
                "topic {} cannot have {} replicas: the local log has one; set a replication factor of 1 or -1",
                new.name, new.replication_factor
            );
            return Err(BrokerError::new(ErrorKind::Replication, text));
        }
        policy(&new.config).map_err(|error| error.context(&format!("topic {}", new.name)))?;
        let _altering = lock(&self.altering);
        if self.topic(&new.name).is_some() {
            return Ok(false);
        }
        self.check()?;
        let id = self.next_id()?;
        let record = TopicRecord { id, partitions, config: new.config.clone() };
        let text = serde_json::to_vec(&record).map_err(|error| BrokerError::new(ErrorKind::Other, error.to_string()))?;
        let mut batch = self.store.batch();
        batch.insert(&self.store.topics, topic_key(&new.name), text);
        batch.insert(&self.store.topics, NEXT_ID, (id + 1).to_be_bytes());
        batch.commit().map_err(|error| self.fail(&error))?;
        let topic = Arc::new(load_topic(&self.store, &new.name, record)?);
        self.topics.write().unwrap_or_else(PoisonError::into_inner).insert(Arc::from(new.name.as_str()), topic);
        self.topics_changed();
        Ok(true)
    }

    /// Deletes a topic, and later its records; false if there is none.
    pub fn delete_topic(&self, name: &str) -> Result<bool, BrokerError> {
        let _altering = lock(&self.altering);
        let Some(topic) = self.topic(name) else { return Ok(false) };
        let mut batch = self.store.batch();
        batch.remove(&self.store.topics, topic_key(name));
        batch.insert(&self.store.topics, doomed_key(topic.record.id), topic.record.partitions.to_be_bytes());
        for item in self.store.offsets.iter() {
            let key = item.key().map_err(|error| self.fail(&error))?;
            if offset_topic(&key) == Some(name) {
                batch.remove(&self.store.offsets, key);
            }
        }
        batch.commit().map_err(|error| self.fail(&error))?;
        topic.deleted.store(true, Ordering::Release);
        self.topics.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        self.topics_changed();
        Ok(true)
    }

    /// Topics whose records are still to be removed: number and partitions.
    pub fn doomed(&self) -> Result<Vec<(TopicId, i32)>, BrokerError> {
        let mut doomed = Vec::new();
        for item in self.store.topics.prefix(DOOMED) {
            let (key, value) = item.into_inner().map_err(|error| self.fail(&error))?;
            if let (Some(id), Some(partitions)) = (key.last_chunk(), value.first_chunk()) {
                doomed.push((TopicId::from_be_bytes(*id), i32::from_be_bytes(*partitions)));
            }
        }
        Ok(doomed)
    }

    /// Key under which a deleted topic is remembered until its records are gone.
    pub fn doomed_key(id: TopicId) -> Vec<u8> {
        doomed_key(id)
    }

    /// Wakes whoever waits for records or for its group.
    pub fn wake(&self) {
        self.changed.send_modify(|version| *version = version.wrapping_add(1));
    }

    /// Fails if a write has failed before: nothing more is taken then.
    pub fn check(&self) -> Result<(), BrokerError> {
        self.failed.get().map_or(Ok(()), |error| Err(error.clone()))
    }

    /// Notes that a write failed.
    pub fn fail(&self, error: &fjall::Error) -> BrokerError {
        let failure = self.store.failure(error);
        tracing::error!("{failure}");
        self.failed.get_or_init(|| failure).clone()
    }

    /// The error for a chunk that cannot be read.
    pub fn damaged(&self, partition: &Partition, base: i64, error: &minicbor::decode::Error) -> BrokerError {
        let text = format!(
            "the local log in {} is damaged: topic number {}, partition {}, chunk at offset {base}: {error}",
            self.place, partition.topic_id, partition.index
        );
        BrokerError::new(ErrorKind::Disk, text)
    }

    fn topics_changed(&self) {
        lock(&self.groups).topics_changed(&self.topics());
        self.wake();
    }

    fn next_id(&self) -> Result<TopicId, BrokerError> {
        let stored = self.store.topics.get(NEXT_ID).map_err(|error| self.fail(&error))?;
        Ok(stored.and_then(|bytes| bytes.first_chunk().map(|bytes| TopicId::from_be_bytes(*bytes))).unwrap_or(1))
    }
}

/// Locks; a thread that panicked while it held the lock left nothing half done that matters more than going on.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Milliseconds since the epoch.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn topic_key(name: &str) -> Vec<u8> {
    [TOPIC, name.as_bytes()].concat()
}

fn doomed_key(id: TopicId) -> Vec<u8> {
    [DOOMED, &id.to_be_bytes()].concat()
}

/// Randomness from the standard library's hasher keys, which come from the system; enough for a name.
fn random_bytes() -> [u8; 16] {
    use std::hash::{BuildHasher, RandomState};
    let half = || RandomState::new().hash_one(now()).to_be_bytes();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&half());
    bytes[8..].copy_from_slice(&half());
    bytes
}

fn load_topic(store: &Store, name: &str, record: TopicRecord) -> Result<Topic, BrokerError> {
    let mut partitions = Vec::new();
    for index in 0..record.partitions {
        partitions.push(Arc::new(load_partition(store, record.id, index)?));
    }
    let policy = policy(&record.config).map_err(|error| error.context(&format!("topic {name}")))?;
    Ok(Topic { name: Arc::from(name), record, policy, partitions, deleted: AtomicBool::new(false) })
}

fn load_partition(store: &Store, topic_id: TopicId, index: i32) -> Result<Partition, BrokerError> {
    let mark = |mark: Mark| {
        let value = store.marks.get(mark_key(mark, topic_id, index)).map_err(|error| store.failure(&error))?;
        Ok(read_mark(value.as_deref()))
    };
    let (end, appended) = mark(Mark::End)?;
    let (start, removed) = mark(Mark::Start)?;
    Ok(Partition {
        topic_id,
        index,
        start: AtomicI64::new(start),
        end: AtomicI64::new(end),
        appended: AtomicI64::new(appended),
        removed: AtomicI64::new(removed),
        // What was new before the restart is not known, so all of it is.
        dirty: AtomicI64::new(appended - removed),
    })
}

/// Chunks of a partition from the one that holds `offset` (or the next one), up to about `bytes`: base offset and bytes each.
pub fn chunks(log: &Log, partition: &Partition, offset: i64, bytes: usize) -> Result<Vec<(i64, fjall::Slice)>, BrokerError> {
    let fail = |error: fjall::Error| log.store.failure(&error);
    let (topic, index) = (partition.topic_id, partition.index);
    let first = chunk_key(topic, index, 0);
    // The chunk that begins at or before the offset may still reach it; reading decides.
    let before = log.store.records.range(first..=chunk_key(topic, index, offset)).next_back();
    let from = match before {
        Some(guard) => chunk_offset(&guard.key().map_err(fail)?),
        None => offset,
    };
    let mut found = Vec::new();
    let mut size = 0;
    for item in log.store.records.range(chunk_key(topic, index, from)..=chunk_key(topic, index, i64::MAX)) {
        let (key, value) = item.into_inner().map_err(fail)?;
        let base = chunk_offset(&key);
        let (about, _) = preamble(&value).map_err(|error| log.damaged(partition, base, &error))?;
        if base + (about.last_delta as i64) < offset {
            continue;
        }
        size += value.len();
        found.push((base, value));
        if size >= bytes {
            break;
        }
    }
    Ok(found)
}
