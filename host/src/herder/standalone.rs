//! The herder of a standalone worker: configurations in memory, no cluster (Kafka: `StandaloneHerder`).
//!
//! Whatever calls into a plugin runs in a task of its own, one at a time for each connector. A request waits for its task
//! as long as [`START_PATIENCE`] or [`Turns`] says: a plugin that hangs delays neither other connectors nor REST.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::config::connector::{NAME, TASKS_MAX};
use crate::config::{Props, RawProps};
use crate::storage::config_store::{ConfigStore, ConnectorEntry};
use crate::storage::status_store::{State, Status, TargetState, TaskId};

use super::entities::{ConnectorInfo, ConnectorStateInfo, TaskInfo};
use super::error::HerderError;
use super::parts::{Parts, patched, task_ids, task_infos};
use super::turns::Turns;

/// How long a creation or change waits for the connector's start before it is answered; the start goes on.
const START_PATIENCE: Duration = Duration::from_secs(5);

/// The herder of a standalone worker.
pub struct Herder {
    pub(super) parts: Parts,
    configs: Mutex<ConfigStore>,
    turns: Turns,
}

impl Herder {
    /// A herder without connectors.
    pub fn new(parts: Parts) -> Arc<Self> {
        let herder = Arc::new(Self { parts, configs: Mutex::default(), turns: Turns::default() });
        let asked = Arc::downgrade(&herder);
        herder.parts.worker.on_reconfigure(Arc::new(move |name| {
            if let Some(herder) = asked.upgrade() {
                herder.reconfigure(name);
            }
        }));
        herder
    }

    /// Names of all connectors.
    pub fn connectors(&self) -> Vec<String> {
        self.configs().names().cloned().collect()
    }

    /// A connector, its configuration and tasks.
    pub fn info(&self, name: &str) -> Result<ConnectorInfo, HerderError> {
        Ok(self.parts.info(name, self.entry(name)?))
    }

    /// A connector's configuration.
    pub fn config(&self, name: &str) -> Result<RawProps, HerderError> {
        Ok(self.entry(name)?.given())
    }

    /// A connector's tasks and their configurations.
    pub fn tasks(&self, name: &str) -> Result<Vec<TaskInfo>, HerderError> {
        Ok(task_infos(name, self.entry(name)?))
    }

    /// Statuses of a connector and its tasks.
    pub fn status(&self, name: &str) -> Result<ConnectorStateInfo, HerderError> {
        let config = self.configs().get(name).map(|entry| entry.config.clone()).unwrap_or_default();
        self.parts.status(name, &config)
    }

    /// Creates a connector, or with `replace` changes it. Returns whether it is new, and what it is then.
    pub async fn put_connector(
        self: &Arc<Self>,
        name: &str,
        config: RawProps,
        initial: Option<TargetState>,
        replace: bool,
    ) -> Result<(bool, ConnectorInfo), HerderError> {
        if let Some(refusal) = self.parts.validate(&config).await?.refusal() {
            return Err(HerderError::BadRequest(refusal));
        }
        let exists = self.configs().get(name).is_some();
        if exists && !replace {
            return Err(HerderError::AlreadyExists(name.to_owned()));
        }
        let (herder, connector) = (Arc::clone(self), name.to_owned());
        let change = self.turns.run(name, async move { herder.start_with(&connector, config, initial).await });
        match tokio::time::timeout(START_PATIENCE, change).await {
            Ok(done) => done?,
            // It is stored, and its start goes on; the status tells how it ends.
            Err(_) => {
                tracing::warn!(connector = name, "the connector takes long to start; the request is answered before it has")
            }
        }
        Ok((!exists, self.info(name)?))
    }

    /// Changes some keys of a connector; null removes one (KIP-477).
    pub async fn patch_connector(self: &Arc<Self>, name: &str, patch: RawProps) -> Result<ConnectorInfo, HerderError> {
        let config = patched(self.config(name)?, patch);
        Ok(self.put_connector(name, config, None, true).await?.1)
    }

    /// Removes a connector. Its offsets are kept.
    pub async fn delete_connector(self: &Arc<Self>, name: &str) -> Result<(), HerderError> {
        self.entry(name)?;
        let (herder, connector) = (Arc::clone(self), name.to_owned());
        self.in_time(name, async move {
            herder.stop_tasks(&connector).await;
            herder.parts.worker.stop_connector(&connector).await;
            herder.configs().remove(&connector);
            herder.parts.statuses.remove_connector(&connector);
            Ok(())
        })
        .await
    }

    /// Pauses or resumes a connector. Returns at once; the state follows.
    pub fn set_target(self: &Arc<Self>, name: &str, target: TargetState) -> Result<(), HerderError> {
        let before = match self.configs().get(name) {
            Some(entry) => entry.target,
            None => return Err(HerderError::NotFound(format!("Unknown connector {name}"))),
        };
        self.configs().put_target(name, target);
        let (herder, connector) = (Arc::clone(self), name.to_owned());
        let _detached = self.spawn(name, async move {
            match (before, target) {
                (TargetState::Stopped, TargetState::Started) => herder.restart_instance(&connector).await?,
                _ => herder.parts.worker.set_target_state(&connector, target).await,
            }
            match target {
                TargetState::Started => herder.update_tasks(&connector).await,
                _ => Ok(()),
            }
        });
        Ok(())
    }

    /// Stops a connector: it has no tasks then (KIP-875).
    pub async fn stop_connector(self: &Arc<Self>, name: &str) -> Result<(), HerderError> {
        if self.configs().get(name).is_none() {
            return Err(HerderError::Failed(format!("No connector `{name}` configured")));
        }
        self.configs().put_target(name, TargetState::Stopped);
        let (herder, connector) = (Arc::clone(self), name.to_owned());
        self.in_time(name, async move {
            herder.stop_tasks(&connector).await;
            herder.configs().put_tasks(&connector, Vec::new());
            herder.parts.worker.set_target_state(&connector, TargetState::Stopped).await;
            Ok(())
        })
        .await
    }

    /// The connector asks for its tasks to be configured anew.
    pub fn reconfigure(self: &Arc<Self>, name: &str) {
        let (herder, connector) = (Arc::clone(self), name.to_owned());
        let _detached = self.spawn(name, async move { herder.update_tasks(&connector).await });
    }

    /// Stops all tasks and connectors, within the worker's `task.shutdown.graceful.timeout.ms`.
    pub async fn stop(&self) {
        self.parts.worker.shutdown().await;
    }

    /// Stores a configuration, and starts the connector and its tasks.
    async fn start_with(&self, name: &str, config: RawProps, initial: Option<TargetState>) -> Result<(), HerderError> {
        if self.configs().get(name).is_some() {
            self.parts.worker.stop_connector(name).await;
        }
        self.configs().put_config(name, config, initial);
        self.start_instance(name).await?;
        self.update_tasks(name).await
    }

    pub(super) async fn restart_instance(&self, name: &str) -> Result<(), HerderError> {
        self.parts.worker.stop_connector(name).await;
        self.start_instance(name).await
    }

    async fn start_instance(&self, name: &str) -> Result<(), HerderError> {
        self.parts.start_connector(name, self.entry(name)?).await
    }

    /// Asks the connector for its task configurations; if they or the connector's own have changed, its tasks are replaced.
    pub(super) async fn update_tasks(&self, name: &str) -> Result<(), HerderError> {
        let entry = self.entry(name)?;
        let running = self.parts.statuses.connector(name).is_some_and(|status| status.state == State::Running);
        if entry.target != TargetState::Started || !running {
            return Ok(());
        }
        let max = self.resolved(&entry.config)?.get(TASKS_MAX).and_then(|max| max.trim().parse().ok()).unwrap_or(1);
        let configs = self.parts.worker.connector_task_configs(name, max).await;
        let configs = configs.map_err(|error| {
            let version = self.parts.statuses.connector(name).and_then(|status| status.version);
            self.parts.statuses.put_connector(name, Status::failed(error.to_string(), version));
            HerderError::Failed(error.to_string())
        })?;
        if entry.applied.as_ref() == Some(&entry.config) && entry.tasks == configs {
            return Ok(());
        }
        self.stop_tasks(name).await;
        self.configs().put_tasks(name, configs);
        let entry = self.entry(name)?;
        for id in task_ids(name, &entry) {
            self.start_task(&id, &entry).await;
        }
        Ok(())
    }

    pub(super) async fn start_task(&self, id: &TaskId, entry: &ConnectorEntry) {
        let Some(task) = usize::try_from(id.task).ok().and_then(|index| entry.tasks.get(index)) else { return };
        self.parts.worker.start_task(id.clone(), entry.config.clone(), task.clone(), entry.target, entry.generation).await;
    }

    /// Stops a connector's tasks and forgets their statuses.
    async fn stop_tasks(&self, name: &str) {
        let Ok(entry) = self.entry(name) else { return };
        let ids = task_ids(name, &entry);
        self.parts.worker.stop_tasks(&ids).await;
        for (id, _) in self.parts.statuses.tasks(name) {
            self.parts.statuses.remove_task(&id);
        }
    }

    /// Runs work on a connector, after all work on it that was begun before.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, HerderError>> + Send + 'static,
    ) -> tokio::task::JoinHandle<Result<T, HerderError>> {
        self.turns.spawn(name, work)
    }

    pub(super) async fn in_time<T: Send + 'static>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, HerderError>> + Send + 'static,
    ) -> Result<T, HerderError> {
        self.turns.in_time(name, work).await
    }

    pub(super) fn entry(&self, name: &str) -> Result<ConnectorEntry, HerderError> {
        self.configs().get(name).cloned().ok_or_else(|| HerderError::no_connector(name))
    }

    /// A configuration with its references followed, as plugins get it and nobody else.
    fn resolved(&self, config: &Props) -> Result<Props, HerderError> {
        self.parts.config.providers().resolve(config).map_err(HerderError::Config)
    }

    pub(super) fn configs(&self) -> MutexGuard<'_, ConfigStore> {
        self.configs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The configuration with its name in it. A name in the configuration must be that of the request.
pub fn named(name: &str, mut config: RawProps) -> Result<RawProps, HerderError> {
    match config.get(NAME) {
        Some(Some(other)) if other != name => Err(HerderError::BadRequest(format!(
            "Connector name configuration ({other}) doesn't match connector name in the URL ({name})"
        ))),
        Some(_) => Ok(config),
        None => {
            config.insert(NAME.to_owned(), Some(name.to_owned()));
            Ok(config)
        }
    }
}
