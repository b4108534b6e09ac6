//! Source offsets between a task and the store (Kafka: `OffsetStorageWriter`, `OffsetStorageReaderImpl`).

use std::sync::Arc;
use std::time::Duration;

use crate::storage::offset_json;
use crate::storage::offset_store::OffsetStore;

use super::submitted::Submitted;

/// Stores the offsets of one connector.
#[derive(Clone)]
pub struct SourceOffsets {
    store: Arc<OffsetStore>,
    connector: String,
}

impl SourceOffsets {
    /// The offsets of this connector.
    pub fn new(store: Arc<OffsetStore>, connector: &str) -> Self {
        Self { store, connector: connector.to_owned() }
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
        let entries: Result<Vec<_>, _> = taken
            .iter()
            .map(|one| Ok((offset_json::key(&self.connector, &one.key)?, offset_json::value(&one.offset)?)))
            .collect();
        let written = match entries {
            Err::<_, offset_json::OffsetError>(error) => Err(format!("org.apache.kafka.connect.errors.DataException: {error}")),
            Ok(entries) => match tokio::time::timeout(timeout, self.store.set(entries)).await {
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

    /// The stored offsets of these source partitions: CBOR `offset-maps` in and out.
    ///
    /// # Errors
    /// Partitions that are malformed or hold nested values.
    pub async fn read(&self, partitions: &[u8]) -> Result<Vec<u8>, String> {
        // Another worker may have run the task before.
        self.store.refresh().await.map_err(|error| error.to_string())?;
        let partitions = offset_json::read_maps(partitions).map_err(|error| error.to_string())?;
        let offsets: Vec<serde_json::Value> = partitions
            .into_iter()
            .map(|partition| {
                let key = serde_json::json!([self.connector, partition]).to_string();
                let stored = self.store.get(&offset_json::canonical(key.as_bytes()));
                stored.and_then(|value| serde_json::from_slice(&value).ok()).unwrap_or(serde_json::Value::Null)
            })
            .collect();
        Ok(offset_json::write_maps(&offsets))
    }
}
