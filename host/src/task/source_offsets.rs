//! Source offsets between a task and the store (Kafka: `OffsetStorageWriter`, `OffsetStorageReaderImpl`).

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::config::Props;
use crate::storage::offset_json;
use crate::storage::offset_store::{Change, OffsetStoreError};
use crate::storage::offset_topics::{ConnectorOffsets, OffsetTopics};

use super::submitted::{Committable, Submitted};

/// The offsets of one connector, opened when they are first asked for. Cheap to clone.
#[derive(Clone)]
pub struct SourceOffsets(Arc<Inner>);

struct Inner {
    topics: Arc<OffsetTopics>,
    connector: String,
    config: Props,
    opened: OnceCell<ConnectorOffsets>,
    /// Whether they are stored in transactions.
    transactional: bool,
}

impl SourceOffsets {
    /// The offsets of this connector, given its configuration with references followed.
    pub fn new(topics: &Arc<OffsetTopics>, connector: &str, config: &Props, transactional: bool) -> Self {
        let (topics, connector, config) = (Arc::clone(topics), connector.to_owned(), config.clone());
        Self(Arc::new(Inner { topics, connector, config, opened: OnceCell::new(), transactional }))
    }

    /// The store of the connector.
    ///
    /// # Errors
    /// Its own topic cannot be opened.
    pub async fn open(&self) -> Result<&ConnectorOffsets, OffsetStoreError> {
        let Inner { topics, connector, config, opened, .. } = &*self.0;
        opened.get_or_try_init(|| topics.of_connector(connector, config)).await
    }

    /// Takes in what other workers have stored by now.
    ///
    /// # Errors
    /// What the store said.
    pub async fn refresh(&self) -> Result<(), OffsetStoreError> {
        self.open().await?.refresh(self.0.transactional).await
    }

    /// Stores what may be stored. After an error nothing is lost: the same offsets, or newer ones, are stored next time.
    ///
    /// # Errors
    /// What the store said, or that it took longer than `timeout`.
    pub async fn flush(&self, submitted: &mut Submitted, timeout: Duration) -> Result<usize, String> {
        let taken = submitted.take_committable();
        if taken.is_empty() {
            return Ok(0);
        }
        let written = match self.changes(&taken) {
            Err(error) => Err(error),
            Ok(changes) => match tokio::time::timeout(timeout, self.store(changes)).await {
                Ok(Ok(())) => Ok(taken.len()),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_elapsed) => {
                    Err(format!("storing offsets took longer than {} ms (offset.flush.timeout.ms)", timeout.as_millis()))
                }
            },
        };
        if written.is_err() {
            submitted.put_back(&taken);
        }
        written
    }

    async fn store(&self, changes: Vec<Change>) -> Result<(), OffsetStoreError> {
        self.open().await?.set(changes).await
    }

    /// Offsets as they are stored.
    ///
    /// # Errors
    /// Offsets that are malformed or hold nested values.
    pub fn changes(&self, taken: &[Committable]) -> Result<Vec<Change>, String> {
        let entries =
            taken.iter().map(|one| Ok((offset_json::key(&self.0.connector, &one.key)?, offset_json::value(&one.offset)?)));
        entries
            .collect::<Result<_, offset_json::OffsetError>>()
            .map_err(|error| format!("org.apache.kafka.connect.errors.DataException: {error}"))
    }

    /// Copies offsets that a transaction has stored to the worker's own store, while the task goes on.
    pub fn copy(&self, changes: Vec<Change>) {
        let offsets = self.clone();
        drop(tokio::spawn(async move {
            if let Ok(opened) = offsets.open().await {
                opened.copy(changes).await;
            }
        }));
    }

    /// The stored offsets of these source partitions: CBOR `offset-maps` in and out.
    ///
    /// # Errors
    /// Partitions that are malformed or hold nested values.
    pub async fn read(&self, partitions: &[u8]) -> Result<Vec<u8>, String> {
        // Another worker may have run the task before.
        self.refresh().await.map_err(|error| error.to_string())?;
        let opened = self.open().await.map_err(|error| error.to_string())?;
        let partitions = offset_json::read_maps(partitions).map_err(|error| error.to_string())?;
        let offsets: Vec<serde_json::Value> = partitions
            .into_iter()
            .map(|partition| {
                let key = serde_json::json!([self.0.connector, partition]).to_string();
                let stored = opened.get(&offset_json::canonical(key.as_bytes()));
                stored.and_then(|value| serde_json::from_slice(&value).ok()).unwrap_or(serde_json::Value::Null)
            })
            .collect();
        Ok(offset_json::write_maps(&offsets))
    }
}
