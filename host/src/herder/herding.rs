//! What the REST API asks of a herder, standalone or of a cluster (Kafka: `Herder`).

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::config::RawProps;
use crate::config::definition::ConfigKey;
use crate::storage::status_store::{TargetState, TaskId};
use crate::worker::metrics::Sample;

use super::entities::{ConfigInfos, ConnectorInfo, ConnectorStateInfo, PluginInfo, TaskInfo, TaskState};
use super::error::HerderError;
use super::loggers::Loggers;
use super::offsets::Change;
use super::parts::Parts;
use super::standalone;

/// A herder.
#[async_trait]
pub trait Herding: Send + Sync {
    /// What it works with.
    fn parts(&self) -> &Parts;
    /// Names of all connectors.
    fn connectors(&self) -> Vec<String>;
    /// A connector, its configuration and tasks.
    fn info(&self, name: &str) -> Result<ConnectorInfo, HerderError>;
    /// A connector's configuration.
    fn config(&self, name: &str) -> Result<RawProps, HerderError>;
    /// A connector's tasks and their configurations.
    fn tasks(&self, name: &str) -> Result<Vec<TaskInfo>, HerderError>;
    /// Statuses of a connector and its tasks.
    fn status(&self, name: &str) -> Result<ConnectorStateInfo, HerderError>;
    /// Creates a connector, or with `replace` changes it. Returns whether it is new, and what it is then.
    async fn put_connector(
        &self,
        name: &str,
        config: RawProps,
        initial: Option<TargetState>,
        replace: bool,
    ) -> Result<(bool, ConnectorInfo), HerderError>;
    /// Changes some keys of a connector; null removes one (KIP-477).
    async fn patch_connector(&self, name: &str, patch: RawProps) -> Result<ConnectorInfo, HerderError>;
    /// Removes a connector. Its offsets are kept.
    async fn delete_connector(&self, name: &str) -> Result<(), HerderError>;
    /// Pauses or resumes a connector. The state follows.
    async fn set_target(&self, name: &str, target: TargetState) -> Result<(), HerderError>;
    /// Stops a connector: it has no tasks then (KIP-875).
    async fn stop_connector(&self, name: &str) -> Result<(), HerderError>;
    /// Restarts the connector itself, not its tasks, and waits for it.
    async fn restart_connector(&self, name: &str) -> Result<(), HerderError>;
    /// Restarts the connector and, with `include_tasks`, its tasks; with `only_failed` only what has failed (KIP-745). Returns what
    /// will be restarted.
    async fn restart_connector_and_tasks(
        &self,
        name: &str,
        include_tasks: bool,
        only_failed: bool,
    ) -> Result<ConnectorStateInfo, HerderError>;
    /// Restarts one task.
    async fn restart_task(&self, id: TaskId) -> Result<(), HerderError>;
    /// A connector's offsets, as committed.
    async fn offsets(&self, name: &str) -> Result<Json, HerderError>;
    /// Sets offsets of a stopped connector. Returns the message for the user.
    async fn alter_offsets(&self, name: &str, changes: Vec<Change>) -> Result<String, HerderError>;
    /// Forgets the offsets of a stopped connector. Returns the message for the user.
    async fn reset_offsets(&self, name: &str) -> Result<String, HerderError>;
    /// Sets the level of a logger on all workers (KIP-976).
    async fn set_cluster_logger(&self, name: &str, level: &str) -> Result<(), HerderError>;
    /// Another worker has made these tasks for a connector. `signed` is what proves that it was a worker.
    async fn put_tasks(&self, name: &str, body: &[u8], signed: Signed<'_>) -> Result<(), HerderError>;
    /// Another worker is about to start tasks that write exactly once (KIP-618).
    async fn fence(&self, name: &str, body: &[u8], signed: Signed<'_>) -> Result<(), HerderError>;

    /// The id of the Kafka cluster or of the local log.
    fn cluster_id(&self) -> &str {
        &self.parts().cluster_id
    }

    /// Everything that the worker measures.
    fn metrics(&self) -> Vec<Sample> {
        self.parts().worker.metrics()
    }

    /// Levels of the log.
    fn loggers(&self) -> &Loggers {
        &self.parts().loggers
    }

    /// All plugins, or the connectors only.
    fn plugins(&self, connectors_only: bool) -> Vec<PluginInfo> {
        self.parts().plugins(connectors_only)
    }

    /// The keys of a plugin.
    fn plugin_config(&self, name: &str, version: Option<&str>) -> Result<Vec<ConfigKey>, HerderError> {
        self.parts().plugin_config(name, version)
    }

    /// Validates a configuration.
    async fn validate(&self, config: &RawProps) -> Result<ConfigInfos, HerderError> {
        self.parts().validate(config).await
    }

    /// The status of a task.
    fn task_status(&self, id: &TaskId) -> Result<TaskState, HerderError> {
        self.parts().task_status(id)
    }

    /// Topics that a connector has used (KIP-558).
    fn topics(&self, name: &str) -> Result<Vec<String>, HerderError> {
        self.parts().topics(name)
    }

    /// Forgets the topics that a connector has used.
    fn reset_topics(&self, name: &str) -> Result<(), HerderError> {
        self.parts().reset_topics(name)
    }
}

/// The headers with which workers sign requests to each other (KIP-507).
#[derive(Debug, Clone, Copy, Default)]
pub struct Signed<'r> {
    /// `X-Connect-Authorization`: base64 of the MAC of the body.
    pub signature: Option<&'r str>,
    /// `X-Connect-Request-Signature-Algorithm`.
    pub algorithm: Option<&'r str>,
}

#[async_trait]
impl Herding for Arc<standalone::Herder> {
    fn parts(&self) -> &Parts {
        &self.parts
    }

    fn connectors(&self) -> Vec<String> {
        standalone::Herder::connectors(self)
    }

    fn info(&self, name: &str) -> Result<ConnectorInfo, HerderError> {
        standalone::Herder::info(self, name)
    }

    fn config(&self, name: &str) -> Result<RawProps, HerderError> {
        standalone::Herder::config(self, name)
    }

    fn tasks(&self, name: &str) -> Result<Vec<TaskInfo>, HerderError> {
        standalone::Herder::tasks(self, name)
    }

    fn status(&self, name: &str) -> Result<ConnectorStateInfo, HerderError> {
        standalone::Herder::status(self, name)
    }

    async fn put_connector(
        &self,
        name: &str,
        config: RawProps,
        initial: Option<TargetState>,
        replace: bool,
    ) -> Result<(bool, ConnectorInfo), HerderError> {
        standalone::Herder::put_connector(self, name, config, initial, replace).await
    }

    async fn patch_connector(&self, name: &str, patch: RawProps) -> Result<ConnectorInfo, HerderError> {
        standalone::Herder::patch_connector(self, name, patch).await
    }

    async fn delete_connector(&self, name: &str) -> Result<(), HerderError> {
        standalone::Herder::delete_connector(self, name).await
    }

    async fn set_target(&self, name: &str, target: TargetState) -> Result<(), HerderError> {
        standalone::Herder::set_target(self, name, target)
    }

    async fn stop_connector(&self, name: &str) -> Result<(), HerderError> {
        standalone::Herder::stop_connector(self, name).await
    }

    async fn restart_connector(&self, name: &str) -> Result<(), HerderError> {
        standalone::Herder::restart_connector(self, name).await
    }

    async fn restart_connector_and_tasks(
        &self,
        name: &str,
        include_tasks: bool,
        only_failed: bool,
    ) -> Result<ConnectorStateInfo, HerderError> {
        standalone::Herder::restart_connector_and_tasks(self, name, include_tasks, only_failed)
    }

    async fn restart_task(&self, id: TaskId) -> Result<(), HerderError> {
        standalone::Herder::restart_task(self, id).await
    }

    async fn offsets(&self, name: &str) -> Result<Json, HerderError> {
        standalone::Herder::offsets(self, name).await
    }

    async fn alter_offsets(&self, name: &str, changes: Vec<Change>) -> Result<String, HerderError> {
        standalone::Herder::alter_offsets(self, name, changes).await
    }

    async fn reset_offsets(&self, name: &str) -> Result<String, HerderError> {
        standalone::Herder::reset_offsets(self, name).await
    }

    /// A standalone worker is its whole cluster.
    async fn set_cluster_logger(&self, name: &str, level: &str) -> Result<(), HerderError> {
        self.parts.loggers.set(name, level);
        Ok(())
    }

    async fn put_tasks(&self, _name: &str, _body: &[u8], _signed: Signed<'_>) -> Result<(), HerderError> {
        let message = "Kafka Connect in standalone mode does not support externally setting task configurations.";
        Err(HerderError::Failed(message.to_owned()))
    }

    async fn fence(&self, _name: &str, _body: &[u8], _signed: Signed<'_>) -> Result<(), HerderError> {
        let message = "Kafka Connect in standalone mode does not support exactly-once source connectors.";
        Err(HerderError::Failed(message.to_owned()))
    }
}
