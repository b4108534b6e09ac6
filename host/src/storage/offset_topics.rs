//! Where each connector's offsets are: in the worker's store, or in a topic of the connector's own beside it (KIP-618; Kafka:
//! `ConnectorOffsetBackingStore`).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};

use serde_json::Value as Json;

use super::offset_json;
use super::offset_store::{Change, OffsetStore, OffsetStoreError};
use super::topic_log::{ClientKinds, TopicSpec};
use crate::broker::{Broker, ClientSpec};
use crate::config::connector::client_keys::Client;
use crate::config::connector::source::OFFSETS_TOPIC;
use crate::config::worker::WorkerConfig;
use crate::config::{Props, with_prefix};

/// The stores of offsets that a worker has open.
pub struct OffsetTopics {
    worker: Arc<OffsetStore>,
    cluster: Option<Cluster>,
}

/// What a worker of a cluster makes topics of connectors with.
struct Cluster {
    broker: Arc<dyn Broker>,
    config: Arc<WorkerConfig>,
    /// The worker's own topic: those of connectors are made in the same way.
    like: TopicSpec,
    /// By connector and topic; one whose last user is gone is closed.
    open: tokio::sync::Mutex<HashMap<(String, String), Weak<OffsetStore>>>,
}

impl OffsetTopics {
    /// All connectors in one store, as in a standalone worker, which passes `offsets.storage.topic` over.
    pub fn single(worker: Arc<OffsetStore>) -> Self {
        Self { worker, cluster: None }
    }

    /// Connectors may have topics of their own, made like the worker's.
    pub fn of_cluster(worker: Arc<OffsetStore>, broker: Arc<dyn Broker>, config: Arc<WorkerConfig>, like: TopicSpec) -> Self {
        Self { worker, cluster: Some(Cluster { broker, config, like, open: tokio::sync::Mutex::default() }) }
    }

    /// The offsets of a connector, given its configuration with references followed.
    ///
    /// # Errors
    /// Its own topic cannot be made or read, or is not fit.
    pub async fn of_connector(&self, name: &str, connector: &Props) -> Result<ConnectorOffsets, OffsetStoreError> {
        let own = match (&self.cluster, connector.get(OFFSETS_TOPIC).map(|topic| topic.trim())) {
            (Some(cluster), Some(topic)) if !topic.is_empty() && self.worker.topic() != Some(topic) => {
                Some(cluster.open(name, topic, connector).await?)
            }
            _ => None,
        };
        Ok(ConnectorOffsets { name: name.to_owned(), own, worker: Arc::clone(&self.worker) })
    }
}

impl Cluster {
    async fn open(&self, name: &str, topic: &str, connector: &Props) -> Result<Arc<OffsetStore>, OffsetStoreError> {
        let mut open = self.open.lock().await;
        open.retain(|_, store| store.strong_count() > 0);
        let key = (name.to_owned(), topic.to_owned());
        if let Some(store) = open.get(&key).and_then(Weak::upgrade) {
            return Ok(store);
        }
        let kind = |client| of_connector(&self.config, client, connector);
        let spec = TopicSpec {
            topic: topic.to_owned(),
            key: OFFSETS_TOPIC,
            client: ClientSpec { client_id: format!("connector-{name}-offsets"), ..self.like.client.clone() },
            kinds: ClientKinds { producer: kind(Client::Producer), consumer: kind(Client::Consumer), admin: kind(Client::Admin) },
            ..self.like.clone()
        };
        let store = Arc::new(OffsetStore::open_topic(self.broker.as_ref(), &spec).await?);
        open.insert(key, Arc::downgrade(&store));
        Ok(store)
    }
}

/// Settings of a connector's client: the worker's for such clients, and the connector's overrides.
fn of_connector(config: &WorkerConfig, client: Client, connector: &Props) -> ClientSpec {
    let worker = config.with_prefix(client.worker_prefix());
    ClientSpec { client_id: String::new(), worker, overrides: with_prefix(connector, client.prefix()) }
}

/// The offsets of one connector.
pub struct ConnectorOffsets {
    name: String,
    own: Option<Arc<OffsetStore>>,
    worker: Arc<OffsetStore>,
}

impl ConnectorOffsets {
    /// The store that counts; what the worker's has besides is a copy, or from before the connector had a topic of its own.
    fn first(&self) -> &OffsetStore {
        self.own.as_deref().unwrap_or(&self.worker)
    }

    /// The topic that the connector's tasks store offsets in; none: it is a file.
    pub fn topic(&self) -> Option<&str> {
        self.first().topic()
    }

    /// Takes in what other workers have stored by now; with `transactions`, after the end of those that are open.
    pub async fn refresh(&self, transactions: bool) -> Result<(), OffsetStoreError> {
        match transactions {
            true => self.first().refresh_through_transactions().await?,
            false => self.first().refresh().await?,
        }
        match &self.own {
            Some(_) => self.worker.refresh().await,
            None => Ok(()),
        }
    }

    /// The value stored for a key.
    pub fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.first().get(key).or_else(|| self.worker.get(key))
    }

    /// All source partitions, each with its offset, as JSON objects.
    pub fn all(&self) -> Vec<(Json, Json)> {
        let mut all: BTreeMap<Vec<u8>, (Json, Json)> = BTreeMap::new();
        for store in [Some(&self.worker), self.own.as_ref()].into_iter().flatten() {
            let found = store.of_connector(&self.name).into_iter();
            all.extend(
                found.map(|(partition, offset)| (offset_json::canonical(partition.to_string().as_bytes()), (partition, offset))),
            );
        }
        all.into_values().collect()
    }

    /// Stores values, or removes those given as none.
    pub async fn set(&self, changes: Vec<Change>) -> Result<(), OffsetStoreError> {
        self.remove_copies(&changes).await?;
        self.first().set(changes.clone()).await?;
        self.copy(changes).await;
        Ok(())
    }

    /// What a producer has to write to [`ConnectorOffsets::topic`] to make these changes. Before it does, the copies are removed
    /// ([`ConnectorOffsets::remove_copies`]), and made when it has ([`ConnectorOffsets::copy`]).
    pub fn records(&self, changes: Vec<Change>) -> Vec<Change> {
        self.first().records(changes)
    }

    /// Removes from the worker's store what these changes remove: it must go there first, or it would be found again there.
    pub async fn remove_copies(&self, changes: &[Change]) -> Result<(), OffsetStoreError> {
        let removed: Vec<Change> = changes.iter().filter(|(_, value)| value.is_none()).cloned().collect();
        match (&self.own, removed.is_empty()) {
            (Some(_), false) => self.worker.set(removed).await,
            _ => Ok(()),
        }
    }

    /// Copies to the worker's store what was stored in the connector's own: that may be gone some day. It is no error if that fails.
    pub async fn copy(&self, changes: Vec<Change>) {
        if self.own.is_some()
            && let Err(error) = self.worker.set(changes).await
        {
            tracing::warn!(connector = self.name, "offsets were not copied to the worker's own store: {error}");
        }
    }
}
