//! Offsets of connectors, as users read and change them (KIP-875).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::broker::topic::TopicPartition;
use crate::broker::{Admin, ClientSpec};
use crate::config::Props;
use crate::config::sandbox::Limits;
use crate::plugin::{Kind, Plugin};
use crate::sandbox::Spec;
use crate::sandbox::context::NoContext;
use crate::sandbox::grant::wish::Wish;
use crate::sandbox::state::Owner;
use crate::storage::config_store::ConnectorEntry;
use crate::storage::offset_json;
use crate::storage::offset_store::OffsetStoreError;
use crate::storage::status_store::TargetState;

use super::definition;
use super::error::HerderError;
use super::offset_transaction;
use super::parts::Parts;
use super::sink_offsets;
use super::standalone::Herder;

/// A partition of the source or sink, and its offset; null resets it.
pub type Change = (Json, Json);

/// What a change of offsets did, for its message.
enum Deed {
    Altered,
    Reset,
}

impl Herder {
    /// A connector's partitions and offsets, as committed.
    pub async fn offsets(&self, name: &str) -> Result<Json, HerderError> {
        self.parts.offsets(name, &self.entry(name)?).await
    }

    /// Sets the offsets of some partitions of a stopped connector. Returns the message for the user.
    pub async fn alter_offsets(self: &Arc<Self>, name: &str, changes: Vec<Change>) -> Result<String, HerderError> {
        let (herder, connector) = (Arc::clone(self), name.to_owned());
        self.in_time(name, async move { herder.parts.alter(&connector, herder.entry(&connector)?, changes).await }).await
    }

    /// Forgets all offsets of a stopped connector. Returns the message for the user.
    pub async fn reset_offsets(self: &Arc<Self>, name: &str) -> Result<String, HerderError> {
        let (herder, connector) = (Arc::clone(self), name.to_owned());
        self.in_time(name, async move { herder.parts.reset(&connector, herder.entry(&connector)?).await }).await
    }
}

impl Parts {
    /// A connector's partitions and offsets, as committed.
    pub(super) async fn offsets(&self, name: &str, entry: &ConnectorEntry) -> Result<Json, HerderError> {
        let entry = self.resolved(entry.clone())?;
        let plugin = definition::connector(&self.catalogue, &entry.config)?;
        let offsets: Vec<Json> = self.committed(name, &entry, plugin.kind).await?.into_iter().map(shown).collect();
        Ok(json!({ "offsets": offsets }))
    }

    /// Sets offsets of a stopped connector.
    pub(super) async fn alter(&self, name: &str, entry: ConnectorEntry, changes: Vec<Change>) -> Result<String, HerderError> {
        let entry = self.resolved(entry)?;
        let plugin = self.stopped(name, &entry)?;
        if plugin.kind == Kind::Sink {
            let offsets = sink_offsets::parse(name, &changes)?;
            let handled = self.ask_connector(name, &entry, &plugin, &changes).await?;
            let admin = self.admin(name).await?;
            let altered = admin.alter_group_offsets(&group(name, &entry.config), &offsets).await;
            altered.map_err(|error| {
                tracing::error!(connector = name, "the offsets of its consumer group could not be altered: {error}");
                HerderError::Failed(format!("Failed to alter consumer group offsets for connector {name}"))
            })?;
            return Ok(message(&Deed::Altered, handled));
        }
        if changes.iter().any(|(partition, _)| partition.is_null()) {
            return Err(HerderError::Failed("Partition objects cannot be null".to_owned()));
        }
        let handled = self.ask_connector(name, &entry, &plugin, &changes).await?;
        self.store(name, &entry.config, &changes).await?;
        Ok(message(&Deed::Altered, handled))
    }

    /// Forgets the offsets of a stopped connector.
    pub(super) async fn reset(&self, name: &str, entry: ConnectorEntry) -> Result<String, HerderError> {
        let entry = self.resolved(entry)?;
        let plugin = self.stopped(name, &entry)?;
        let committed = self.committed(name, &entry, plugin.kind).await?;
        let changes: Vec<Change> = committed.into_iter().map(|(partition, _)| (partition, Json::Null)).collect();
        let handled = self.ask_connector(name, &entry, &plugin, &changes).await?;
        if plugin.kind == Kind::Sink {
            let deleted = self.admin(name).await?.delete_group(&group(name, &entry.config)).await;
            deleted.map_err(|error| {
                HerderError::Failed(format!("Failed to reset consumer group offsets for connector {name}: {error}"))
            })?;
        } else {
            self.store(name, &entry.config, &changes).await?;
        }
        Ok(message(&Deed::Reset, handled))
    }

    /// The connector with the references of its configuration followed, as plugins get it and nobody else.
    fn resolved(&self, entry: ConnectorEntry) -> Result<ConnectorEntry, HerderError> {
        let config = self.config.providers().resolve(&entry.config).map_err(HerderError::Config)?;
        Ok(ConnectorEntry { config, ..entry })
    }

    /// The connector, if it is stopped.
    fn stopped(&self, name: &str, entry: &ConnectorEntry) -> Result<Arc<Plugin>, HerderError> {
        if entry.target != TargetState::Stopped || !entry.tasks.is_empty() {
            return Err(HerderError::BadRequest(format!(
                "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified \
                 connector by issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint"
            )));
        }
        Ok(definition::connector(&self.catalogue, &entry.config)?)
    }

    async fn committed(&self, name: &str, entry: &ConnectorEntry, kind: Kind) -> Result<Vec<Change>, HerderError> {
        if kind != Kind::Sink {
            let failed = |error: OffsetStoreError| HerderError::Failed(error.to_string());
            let offsets = self.offsets.of_connector(name, &entry.config).await.map_err(failed)?;
            offsets.refresh(self.config.exactly_once().is_some()).await.map_err(failed)?;
            return Ok(offsets.all());
        }
        let offsets = self.admin(name).await?.group_offsets(&group(name, &entry.config)).await;
        let offsets = offsets.map_err(|error| HerderError::Failed(error.to_string()))?;
        Ok(offsets.into_iter().map(sink_offsets::change).collect())
    }

    async fn store(&self, name: &str, config: &Props, changes: &[Change]) -> Result<(), HerderError> {
        let entries = changes.iter().map(|(partition, offset)| {
            let key = offset_json::canonical(&Json::Array(vec![Json::from(name), partition.clone()]).to_string().into_bytes());
            let value = (!offset.is_null()).then(|| offset.to_string().into_bytes());
            (key, value)
        });
        let stored = match self.config.exactly_once() {
            None => {
                let offsets = self.offsets.of_connector(name, config).await;
                let offsets = offsets.map_err(|error| HerderError::Failed(error.to_string()))?;
                offsets.set(entries.collect()).await
            }
            Some(group) => offset_transaction::store(self, group, name, config, entries.collect()).await,
        };
        stored.map_err(|error| HerderError::Failed(error.to_string()))
    }

    /// Asks the connector whether the offsets are good. False: it does not manage offsets itself.
    async fn ask_connector(
        &self,
        name: &str,
        entry: &ConnectorEntry,
        plugin: &Arc<Plugin>,
        changes: &[Change],
    ) -> Result<bool, HerderError> {
        let limits = Limits::of_connector(self.config.all(), &entry.config)?;
        let grants = Wish::of_connector(&entry.config).map_err(|error| HerderError::Failed(error.to_string()))?;
        let spec = Spec {
            plugin: Arc::clone(plugin),
            config: entry.config.clone(),
            connector: entry.config.clone(),
            owner: Owner::connector(name),
            limits,
            grants,
            context: Arc::new(NoContext),
        };
        let offsets = offset_json::write_changes(changes);
        let answer = match plugin.kind {
            Kind::Sink => self.sandbox.alter_sink_offsets(&spec, &offsets).await,
            _ => self.sandbox.alter_source_offsets(&spec, &offsets).await,
        };
        answer.map_err(|error| HerderError::Failed(error.to_string()))
    }

    async fn admin(&self, name: &str) -> Result<Box<dyn Admin>, HerderError> {
        let mut spec = ClientSpec::named(format!("connector-adminclient-{name}"));
        spec.worker = self.config.all().clone();
        spec.worker.extend(self.config.with_prefix("admin."));
        self.broker.admin(spec).await.map_err(|error| HerderError::Failed(error.to_string()))
    }
}

/// The consumer group of a sink connector.
fn group(name: &str, config: &Props) -> String {
    config.get("consumer.override.group.id").cloned().unwrap_or_else(|| format!("connect-{name}"))
}

fn shown((partition, offset): Change) -> Json {
    json!({"partition": partition, "offset": offset})
}

fn message(deed: &Deed, handled: bool) -> String {
    let done = match deed {
        Deed::Altered => "altered",
        Deed::Reset => "reset",
    };
    if handled {
        return format!("The offsets for this connector have been {done} successfully");
    }
    format!(
        "The Connect framework-managed offsets for this connector have been {done} successfully. However, if this connector \
         manages offsets externally, they will need to be manually {done} in the system that the connector uses."
    )
}

/// Offsets by partition of a consumer group; none removes one.
pub(super) type GroupOffsets = BTreeMap<TopicPartition, Option<i64>>;
