//! Task configurations on their way from the connector's worker to the config topic, which the leader writes.

use std::sync::Arc;
use std::time::Duration;

use crate::config::Props;
use crate::config::connector::TASKS_MAX;
use crate::herder::error::HerderError;
use crate::storage::config_state::{ConfigState, commit_record, task_records};
use crate::storage::config_store::ConnectorEntry;
use crate::storage::config_topic::ConfigWriteError;
use crate::storage::status_store::{Status, TargetState, TaskId};

use super::{Inner, signature};

/// First and longest pause between attempts (Kafka: `RECONFIGURE_CONNECTOR_TASKS_BACKOFF_INITIAL_MS`, `…_MAX_MS`).
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(60));

impl Inner {
    /// Starts a connector, or starts it again, and has its tasks made.
    pub(super) async fn start_connector(self: &Arc<Self>, name: &str, state: &ConfigState) -> Result<(), HerderError> {
        let Some(entry) = state.entry(name) else { return Ok(()) };
        let target = entry.target;
        self.parts.start_connector(name, entry).await?;
        match target {
            TargetState::Started => self.update_tasks(name).await,
            TargetState::Paused | TargetState::Stopped => Ok(()),
        }
    }

    pub(super) async fn start_task(&self, id: TaskId, entry: &ConnectorEntry) {
        let Some(task) = usize::try_from(id.task).ok().and_then(|index| entry.tasks.get(index)) else { return };
        self.parts.worker.start_task(id, entry.config.clone(), task.clone(), entry.target, entry.generation).await;
    }

    /// The connector asks for its tasks to be made anew.
    pub(super) fn reconfigure(self: &Arc<Self>, name: &str) {
        let (inner, connector) = (Arc::clone(self), name.to_owned());
        drop(self.turns.spawn(name, async move { inner.update_tasks(&connector).await }));
    }

    /// Asks the connector, which runs here, for its task configurations; if they or its own have changed, they are published.
    pub(super) async fn update_tasks(self: &Arc<Self>, name: &str) -> Result<(), HerderError> {
        let Ok(entry) = self.entry(name) else { return Ok(()) };
        if entry.target != TargetState::Started || !self.ledger().has_connector(name) {
            return Ok(());
        }
        let max = entry.config.get(TASKS_MAX).and_then(|max| max.trim().parse().ok()).unwrap_or(1);
        let tasks = self.parts.worker.connector_task_configs(name, max).await;
        let tasks = tasks.map_err(|error| {
            let version = self.parts.statuses.connector(name).and_then(|status| status.version);
            self.parts.statuses.put_connector(name, Status::failed(error.to_string(), version));
            HerderError::Failed(error.to_string())
        })?;
        if unchanged(&entry, &tasks) {
            return Ok(());
        }
        // Not in the connector's turn: the leader may be away for a while.
        let (inner, connector, version) = (Arc::clone(self), name.to_owned(), self.version(name));
        drop(tokio::spawn(async move { inner.publish(&connector, tasks, version).await }));
        Ok(())
    }

    fn version(&self, name: &str) -> Option<i64> {
        self.state().get(name).map(|connector| connector.config_version)
    }

    /// Publishes tasks, until it is done or they are out of date.
    async fn publish(self: Arc<Self>, name: &str, tasks: Vec<Props>, version: Option<i64>) {
        let mut pause = BACKOFF.0;
        while self.version(name) == version && self.ledger().has_connector(name) {
            match self.publish_once(name, &tasks).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(connector = name, "Failed to reconfigure connector's tasks, retrying after backoff: {error}")
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(BACKOFF.1);
        }
    }

    async fn publish_once(self: &Arc<Self>, name: &str, tasks: &[Props]) -> Result<(), HerderError> {
        // In the turn of what is written about the connector: a fencing of its tasks must not be under way.
        let (inner, connector, written) = (Arc::clone(self), name.to_owned(), tasks.to_vec());
        let work = async move { inner.write_tasks(&connector, &written).await };
        match self.writes.run(name, work).await {
            Err(HerderError::Elsewhere { url: Some(url), .. }) => self.send_tasks(&url, name, tasks).await,
            other => other,
        }
    }

    /// Sends tasks to the leader.
    async fn send_tasks(&self, leader: &str, name: &str, tasks: &[Props]) -> Result<(), HerderError> {
        let body = serde_json::to_vec(tasks).map_err(|error| HerderError::Failed(error.to_string()))?;
        self.ask_leader("POST", leader, &["connectors", name, "tasks"], body).await
    }

    /// Sends the leader a request, signed as one of another worker.
    pub(super) async fn ask_leader(&self, method: &str, leader: &str, path: &[&str], body: Vec<u8>) -> Result<(), HerderError> {
        let Some(key) = self.state().session_key.clone() else {
            return Err(HerderError::Failed("no session key has been read from the config topic yet".to_owned()));
        };
        let signature = signature::sign(&key, &body).map_err(HerderError::Failed)?;
        let headers = vec![
            ("X-Connect-Authorization".to_owned(), signature),
            ("X-Connect-Request-Signature-Algorithm".to_owned(), key.algorithm),
        ];
        self.peers.send(method, leader, path, headers, body).await.map_err(HerderError::Failed)
    }

    /// Writes tasks as the leader, if they are others than those there are.
    pub(super) async fn write_tasks(&self, name: &str, tasks: &[Props]) -> Result<(), HerderError> {
        let entry = self.entry(name)?;
        if entry.target == TargetState::Stopped && !tasks.is_empty() {
            return Err(HerderError::BadRequest(format!(
                "Cannot submit non-empty set of task configs for stopped connector {name}"
            )));
        }
        if unchanged(&entry, tasks) {
            return Ok(());
        }
        let mut records = task_records(name, tasks);
        records.push(commit_record(name, tasks.len()));
        let written = self.configs.write_as_leader(&records).await;
        written.map_err(|error| match error {
            ConfigWriteError::NotLeader(_) => self.not_leader("Only the leader may write task configurations."),
            ConfigWriteError::Failed(_) => HerderError::Failed(error.to_string()),
        })
    }
}

/// Whether these tasks are those there are, made from the configuration there is.
fn unchanged(entry: &ConnectorEntry, tasks: &[Props]) -> bool {
    entry.applied.as_ref() == Some(&entry.config) && entry.tasks == tasks
}
