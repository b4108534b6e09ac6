//! What every herder works with, and what it says of it.

use std::sync::Arc;

use crate::broker::Broker;
use crate::config::worker::WorkerConfig;
use crate::config::{Props, RawProps};
use crate::plugin::Kind;
use crate::plugin::catalogue::Catalogue;
use crate::sandbox::Sandbox;
use crate::storage::config_store::ConnectorEntry;
use crate::storage::offset_topics::OffsetTopics;
use crate::storage::status_store::{Status, StatusStore, TaskId};
use crate::worker::Worker;

use super::definition::{self, ConnectorError};
use super::entities::{ConfigInfos, ConnectorInfo, ConnectorState, ConnectorStateInfo, ConnectorTaskId, TaskInfo, TaskState};
use super::error::HerderError;
use super::loggers::Loggers;
use super::own_checks::OwnChecks;
use super::refused_classes::RefusedClasses;
use super::validation::Validation;

/// What a herder works with.
pub struct Parts {
    /// The worker's properties.
    pub config: Arc<WorkerConfig>,
    /// The plugins.
    pub catalogue: Arc<Catalogue>,
    /// Plugins' own checks of configurations.
    pub own_checks: OwnChecks,
    /// Runs connectors and tasks.
    pub worker: Arc<Worker>,
    /// Where connectors are asked about offsets.
    pub sandbox: Sandbox,
    /// Where topics are.
    pub broker: Arc<dyn Broker>,
    /// Where statuses go.
    pub statuses: Arc<StatusStore>,
    /// Source offsets.
    pub offsets: Arc<OffsetTopics>,
    /// Levels of the log.
    pub loggers: Loggers,
    /// Connector classes that were asked for in vain.
    pub refused_classes: RefusedClasses,
    /// The id of the Kafka cluster, for `GET /`.
    pub cluster_id: String,
}

impl Parts {
    /// A connector, its configuration and tasks.
    pub(super) fn info(&self, name: &str, entry: ConnectorEntry) -> ConnectorInfo {
        let tasks = task_ids(name, &entry).into_iter();
        ConnectorInfo {
            name: name.to_owned(),
            type_: self.type_of(&entry.config).to_owned(),
            tasks: tasks.map(|id| ConnectorTaskId { connector: id.connector, task: id.task }).collect(),
            config: entry.given(),
        }
    }

    /// Statuses of a connector and its tasks; `config` is empty for one that is gone.
    pub(super) fn status(&self, name: &str, config: &Props) -> Result<ConnectorStateInfo, HerderError> {
        let status = self.statuses.connector(name);
        let status = status.ok_or_else(|| HerderError::NotFound(format!("No status found for connector {name}")))?;
        let tasks = self.statuses.tasks(name).into_iter();
        Ok(ConnectorStateInfo {
            name: name.to_owned(),
            connector: connector_state(status),
            tasks: tasks.map(|(id, status)| task_state(id.task, status)).collect(),
            type_: self.type_of(config).to_owned(),
        })
    }

    /// The status of a task.
    pub(super) fn task_status(&self, id: &TaskId) -> Result<TaskState, HerderError> {
        let status = self.statuses.task(id);
        let status = status.ok_or_else(|| HerderError::NotFound(format!("No status found for task {id}")))?;
        Ok(task_state(id.task, status))
    }

    /// Validates a configuration.
    pub(super) async fn validate(&self, config: &RawProps) -> Result<ConfigInfos, HerderError> {
        let validation = Validation { catalogue: &self.catalogue, worker: &self.config, own: &self.own_checks };
        validation.connector(config).await.map_err(|error| match error {
            ConnectorError::Plugin(error) => HerderError::BadRequest(self.refused_classes.tell(&error)),
            other => other.into(),
        })
    }

    /// Starts a connector, or starts it again. One that cannot start whatever its plugin says is stopped and FAILED.
    pub(super) async fn start_connector(&self, name: &str, entry: ConnectorEntry) -> Result<(), HerderError> {
        if let Some(error) = entry.unfit() {
            self.worker.stop_connector(name).await;
            self.statuses.put_connector(name, Status::failed(error.clone(), None));
            return Err(HerderError::Failed(error));
        }
        let started = self.worker.start_connector(name, entry.config, entry.target).await;
        started.map_err(|error| HerderError::Failed(error.to_string()))
    }

    /// Topics that a connector has used (KIP-558).
    pub(super) fn topics(&self, name: &str) -> Result<Vec<String>, HerderError> {
        match self.config.topic_tracking() {
            true => Ok(self.statuses.topics(name)),
            false => Err(HerderError::Forbidden("Topic tracking is disabled.".to_owned())),
        }
    }

    /// Forgets the topics that a connector has used.
    pub(super) fn reset_topics(&self, name: &str) -> Result<(), HerderError> {
        if !self.config.topic_tracking() {
            return Err(HerderError::Forbidden("Topic tracking is disabled.".to_owned()));
        }
        if !self.config.topic_tracking_reset() {
            return Err(HerderError::Forbidden("Topic tracking reset is disabled.".to_owned()));
        }
        self.statuses.reset_topics(name);
        Ok(())
    }

    /// `source`, `sink` or `unknown`.
    pub(super) fn type_of(&self, config: &Props) -> &'static str {
        match definition::connector(&self.catalogue, config).map(|plugin| plugin.kind) {
            Ok(Kind::Source) => "source",
            Ok(Kind::Sink) => "sink",
            _ => "unknown",
        }
    }
}

/// A connector's tasks and their configurations.
pub(super) fn task_infos(name: &str, entry: ConnectorEntry) -> Vec<TaskInfo> {
    let tasks = task_ids(name, &entry).into_iter().zip(entry.tasks);
    tasks.map(|(id, config)| TaskInfo { id: ConnectorTaskId { connector: id.connector, task: id.task }, config }).collect()
}

/// A connector's tasks.
pub(super) fn task_ids(name: &str, entry: &ConnectorEntry) -> Vec<TaskId> {
    (0..).zip(&entry.tasks).map(|(task, _)| TaskId::new(name, task)).collect()
}

/// A configuration with some keys changed; null removes one (KIP-477).
pub(super) fn patched(mut config: RawProps, patch: RawProps) -> RawProps {
    for (key, value) in patch {
        match value {
            Some(value) => config.insert(key, Some(value)),
            None => config.remove(&key),
        };
    }
    config
}

fn connector_state(status: Status) -> ConnectorState {
    ConnectorState { state: status.state.name(), worker_id: status.worker_id, trace: status.trace, version: status.version }
}

fn task_state(id: u32, status: Status) -> TaskState {
    TaskState { id, state: status.state.name(), worker_id: status.worker_id, trace: status.trace, version: status.version }
}
