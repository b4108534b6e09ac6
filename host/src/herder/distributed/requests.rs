//! What users ask of a worker of a cluster. Whatever is written about a connector the leader writes; a restart is its owner's.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::config::{Props, RawProps};
use crate::herder::entities::{ConnectorInfo, ConnectorStateInfo, TaskInfo};
use crate::herder::error::HerderError;
use crate::herder::herding::{Herding, Signed};
use crate::herder::offsets::Change;
use crate::herder::parts::{Parts, patched, task_infos};
use crate::storage::config_state::{
    Record, RestartRequest, commit_record, connector_record, logger_record, removal_records, restart_record, target_record,
};
use crate::storage::config_store::{ConnectorEntry, without_nulls};
use crate::storage::status_store::{TargetState, TaskId};

use super::{Herder, Inner, signature};

impl Herder {
    /// Runs a request that writes about a connector, after those that were made before.
    async fn writing<T, F>(&self, name: &str, work: impl FnOnce(Arc<Inner>, String) -> F) -> Result<T, HerderError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, HerderError>> + Send + 'static,
    {
        let inner = Arc::clone(&self.0);
        self.0.writes.in_time(name, work(inner, name.to_owned())).await
    }
}

impl Inner {
    /// Whether this worker may write about connectors.
    pub(super) async fn leads(&self) -> bool {
        self.configs.leads().await
    }

    pub(super) async fn write(&self, records: &[Record]) -> Result<(), HerderError> {
        self.configs.write_as_leader(records).await.map_err(|error| self.unwritten(&error))
    }

    async fn put(
        &self,
        name: &str,
        config: RawProps,
        initial: Option<TargetState>,
        replace: bool,
    ) -> Result<(bool, ConnectorInfo), HerderError> {
        if !self.leads().await {
            return Err(self.not_leader("Only the leader can set connector configs."));
        }
        let known = self.state().entry(name);
        if known.is_some() && !replace {
            return Err(HerderError::AlreadyExists(name.to_owned()));
        }
        // The state comes first, so that nobody starts what is to be stopped.
        let mut records: Vec<Record> = initial.map(|target| target_record(name, target)).into_iter().collect();
        records.push(connector_record(name, &config));
        self.write(&records).await?;
        let tasks = known.as_ref().map(|entry| entry.tasks.clone()).unwrap_or_default();
        let (config, nulls) = without_nulls(config);
        let entry = ConnectorEntry {
            config,
            nulls,
            tasks,
            target: initial.unwrap_or(TargetState::Started),
            applied: None,
            generation: 0,
        };
        Ok((known.is_none(), self.parts.info(name, entry)))
    }

    async fn stop(&self, name: &str) -> Result<(), HerderError> {
        if !self.leads().await {
            return Err(self.not_leader("Only the leader can transition connectors to the STOPPED state."));
        }
        if self.state().get(name).is_none() {
            return Err(HerderError::NotFound(format!("Unknown connector {name}")));
        }
        self.write(&[commit_record(name, 0), target_record(name, TargetState::Stopped)]).await
    }

    /// For a change of offsets: only the leader may do it, knowing everything that was written, and when no task can write them any more.
    async fn offsets_writer(&self, name: &str) -> Result<(), HerderError> {
        if !self.leads().await {
            return Err(self.not_leader("Only the leader can process external offsets modification requests"));
        }
        let read = self.configs.read_to_end().await;
        read.map_err(|error| {
            HerderError::Failed(format!("Failed to read to end of config topic before modifying connector offsets: {error}"))
        })?;
        let entry = self.entry(name)?;
        let stopped = entry.target == TargetState::Stopped && entry.tasks.is_empty();
        if stopped && self.parts.config.exactly_once().is_some() && self.parts.type_of(&entry.config) == "source" {
            let fenced = self.fence_as_leader(name).await;
            fenced.map_err(|error| {
                let why = "Failed to perform zombie fencing for source connector prior to modifying offsets";
                HerderError::Failed(format!("{why}: {error}"))
            })?;
        }
        Ok(())
    }

    /// Where a request for something that runs on another worker goes.
    async fn owner(&self, owner: Option<String>, message: &str) -> HerderError {
        if !self.leads().await {
            return self.not_leader(message);
        }
        HerderError::Elsewhere { message: message.to_owned(), url: owner.filter(|url| *url != self.me.url) }
    }
}

#[async_trait]
impl Herding for Herder {
    fn parts(&self) -> &Parts {
        &self.0.parts
    }

    fn connectors(&self) -> Vec<String> {
        self.0.state().connectors().map(|(name, _)| name.to_owned()).collect()
    }

    fn info(&self, name: &str) -> Result<ConnectorInfo, HerderError> {
        Ok(self.0.parts.info(name, self.0.entry(name)?))
    }

    fn config(&self, name: &str) -> Result<RawProps, HerderError> {
        Ok(self.0.entry(name)?.given())
    }

    fn tasks(&self, name: &str) -> Result<Vec<TaskInfo>, HerderError> {
        Ok(task_infos(name, self.0.entry(name)?))
    }

    fn status(&self, name: &str) -> Result<ConnectorStateInfo, HerderError> {
        let config = self.0.entry(name).map(|entry| entry.config).unwrap_or_default();
        self.0.parts.status(name, &config)
    }

    async fn put_connector(
        &self,
        name: &str,
        config: RawProps,
        initial: Option<TargetState>,
        replace: bool,
    ) -> Result<(bool, ConnectorInfo), HerderError> {
        if let Some(refusal) = self.0.parts.validate(&config).await?.refusal() {
            return Err(HerderError::BadRequest(refusal));
        }
        self.writing(name, |inner, name| async move { inner.put(&name, config, initial, replace).await }).await
    }

    async fn patch_connector(&self, name: &str, patch: RawProps) -> Result<ConnectorInfo, HerderError> {
        if !self.0.leads().await {
            self.0.entry(name)?;
            return Err(self.0.not_leader("Only the leader can set connector configs."));
        }
        let config = patched(self.config(name)?, patch);
        Ok(self.put_connector(name, config, None, true).await?.1)
    }

    async fn delete_connector(&self, name: &str) -> Result<(), HerderError> {
        let work = |inner: Arc<Inner>, name: String| async move {
            if !inner.leads().await {
                return Err(inner.not_leader("Only the leader can delete connector configs."));
            }
            inner.entry(&name)?;
            inner.write(&removal_records(&name)).await
        };
        self.writing(name, work).await
    }

    async fn set_target(&self, name: &str, target: TargetState) -> Result<(), HerderError> {
        if self.0.state().get(name).is_none() {
            return Err(HerderError::NotFound(format!("Unknown connector {name}")));
        }
        let written = self.0.configs.write(&target_record(name, target)).await;
        written.map_err(|error| HerderError::Failed(error.to_string()))
    }

    async fn stop_connector(&self, name: &str) -> Result<(), HerderError> {
        self.writing(name, |inner, name| async move { inner.stop(&name).await }).await
    }

    async fn restart_connector(&self, name: &str) -> Result<(), HerderError> {
        if self.0.state().get(name).is_none() {
            return Err(HerderError::NotFound(format!("Unknown connector: {name}")));
        }
        if self.0.ledger().has_connector(name) {
            self.0.restart_connector_here(name).await?;
            self.0.show_statuses().await;
            return Ok(());
        }
        let owner = self.0.assignment().owner_of_connector(name).map(|member| member.url.clone());
        Err(self.0.owner(owner, "Cannot restart connector since it is not assigned to this member").await)
    }

    async fn restart_connector_and_tasks(
        &self,
        name: &str,
        include_tasks: bool,
        only_failed: bool,
    ) -> Result<ConnectorStateInfo, HerderError> {
        if self.0.state().get(name).is_none() {
            return Err(HerderError::NotFound(format!("Unknown connector: {name}")));
        }
        if !self.0.leads().await {
            return Err(self.0.not_leader("Only the leader can process restart requests."));
        }
        let request = RestartRequest { connector: name.to_owned(), include_tasks, only_failed };
        let plan = self.0.restart_plan(&request)?;
        self.0.write(&[restart_record(&request)]).await?;
        Ok(plan.planned)
    }

    async fn restart_task(&self, id: TaskId) -> Result<(), HerderError> {
        let known = self.0.state().get(&id.connector).map(|connector| connector.tasks.len());
        match known {
            None => return Err(HerderError::NotFound(format!("Unknown connector: {}", id.connector))),
            Some(count) if id.task as usize >= count => return Err(HerderError::NotFound(format!("Unknown task: {id}"))),
            Some(_) => {}
        }
        if self.0.ledger().has_task(&id) {
            self.0.restart_task_here(id).await?;
            self.0.show_statuses().await;
            return Ok(());
        }
        let owner = self.0.assignment().owner_of_task(&id).map(|member| member.url.clone());
        Err(self.0.owner(owner, "Cannot restart task since it is not assigned to this member").await)
    }

    async fn offsets(&self, name: &str) -> Result<Json, HerderError> {
        self.0.parts.offsets(name, &self.0.entry(name)?).await
    }

    async fn alter_offsets(&self, name: &str, changes: Vec<Change>) -> Result<String, HerderError> {
        let work = |inner: Arc<Inner>, name: String| async move {
            inner.offsets_writer(&name).await?;
            inner.parts.alter(&name, inner.entry(&name)?, changes).await
        };
        self.writing(name, work).await
    }

    async fn reset_offsets(&self, name: &str) -> Result<String, HerderError> {
        let work = |inner: Arc<Inner>, name: String| async move {
            inner.offsets_writer(&name).await?;
            inner.parts.reset(&name, inner.entry(&name)?).await
        };
        self.writing(name, work).await
    }

    async fn set_cluster_logger(&self, name: &str, level: &str) -> Result<(), HerderError> {
        let written = self.0.configs.write(&logger_record(name, level)).await;
        written.map_err(|error| HerderError::Failed(error.to_string()))
    }

    async fn put_tasks(&self, name: &str, body: &[u8], signed: Signed<'_>) -> Result<(), HerderError> {
        let tasks: Vec<Props> = serde_json::from_slice(body).map_err(|error| HerderError::Failed(error.to_string()))?;
        signature::verify(self.0.state().session_key.as_ref(), body, signed)?;
        self.writing(name, |inner, name| async move { inner.write_tasks(&name, &tasks).await }).await
    }

    async fn fence(&self, name: &str, body: &[u8], signed: Signed<'_>) -> Result<(), HerderError> {
        signature::verify(self.0.state().session_key.as_ref(), body, signed)?;
        self.0.fence(name).await
    }
}
