//! Restarts in a cluster (KIP-745): the leader writes the request, and each worker restarts what it runs itself.

use std::sync::Arc;

use crate::herder::error::HerderError;
use crate::herder::restart::RestartPlan;
use crate::storage::config_state::RestartRequest;
use crate::storage::status_store::{State, Status, TaskId};

use super::Inner;

impl Inner {
    /// What a request would restart, by the statuses of now.
    pub(super) fn restart_plan(&self, request: &RestartRequest) -> Result<RestartPlan, HerderError> {
        let config = self.state().entry(&request.connector).map(|entry| entry.config).unwrap_or_default();
        let planned = self.parts.status(&request.connector, &config)?;
        Ok(RestartPlan::new(planned, request.include_tasks, request.only_failed))
    }

    /// Restarts what of the request runs here.
    pub(super) fn restart(self: &Arc<Self>, request: &RestartRequest) {
        let name = request.connector.clone();
        let plan = match self.restart_plan(request) {
            Ok(plan) => plan,
            Err(error) => {
                tracing::warn!(connector = name, "Skipping restart of connector since no status is available: {error}");
                return;
            }
        };
        let connector = plan.connector && self.ledger().has_connector(&name);
        let tasks: Vec<TaskId> = plan.tasks.into_iter().filter(|id| self.ledger().has_task(id)).collect();
        let inner = Arc::clone(self);
        let work = async move { inner.restart_here(&name, connector, tasks).await };
        drop(self.turns.spawn(&request.connector, work));
    }

    async fn restart_here(self: &Arc<Self>, name: &str, connector: bool, tasks: Vec<TaskId>) -> Result<(), HerderError> {
        let statuses = &self.parts.statuses;
        if connector {
            self.parts.worker.stop_connector(name).await;
            statuses.put_connector(name, Status::new(State::Restarting, None));
        }
        self.parts.worker.stop_tasks(&tasks).await;
        for id in &tasks {
            statuses.put_task(id, Status::new(State::Restarting, None));
        }
        let state = self.state();
        // A connector that does not start is FAILED; its tasks are restarted all the same.
        let started = match connector {
            true => self.start_connector(name, &state).await,
            false => Ok(()),
        };
        if let Some(entry) = state.entry(name) {
            for id in tasks.into_iter().filter(|id| self.ledger().has_task(id)) {
                self.start_task(id, &entry).await;
            }
        }
        started
    }

    /// Restarts a connector that runs here, not its tasks.
    pub(super) async fn restart_connector_here(self: &Arc<Self>, name: &str) -> Result<(), HerderError> {
        let (inner, connector) = (Arc::clone(self), name.to_owned());
        let work = async move {
            inner.parts.worker.stop_connector(&connector).await;
            let state = inner.state();
            inner.start_connector(&connector, &state).await
        };
        self.turns.in_time(name, work).await
    }

    /// Restarts a task that runs here.
    pub(super) async fn restart_task_here(self: &Arc<Self>, id: TaskId) -> Result<(), HerderError> {
        let (inner, name) = (Arc::clone(self), id.connector.clone());
        let work = async move {
            inner.parts.worker.stop_tasks(std::slice::from_ref(&id)).await;
            let entry = inner.entry(&id.connector)?;
            if inner.ledger().has_task(&id) {
                inner.start_task(id, &entry).await;
            }
            Ok(())
        };
        self.turns.in_time(&name, work).await
    }
}
