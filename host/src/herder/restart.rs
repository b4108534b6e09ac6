//! Restarts of connectors and tasks (KIP-745; Kafka: `RestartPlan`).

use std::sync::Arc;

use crate::storage::status_store::{State, Status, TaskId};

use super::entities::ConnectorStateInfo;
use super::error::HerderError;
use super::parts::task_ids;
use super::standalone::Herder;

/// What a request for a restart means, by the statuses at that moment.
pub(super) struct RestartPlan {
    /// Whether the connector is restarted.
    pub(super) connector: bool,
    /// The tasks that are.
    pub(super) tasks: Vec<TaskId>,
    /// The statuses, with those to be restarted as RESTARTING.
    pub(super) planned: ConnectorStateInfo,
}

impl RestartPlan {
    /// What of the connector with these statuses is restarted.
    pub(super) fn new(mut planned: ConnectorStateInfo, include_tasks: bool, only_failed: bool) -> Self {
        let wanted = |state: &str| !only_failed || state == State::Failed.name();
        let connector = wanted(planned.connector.state);
        if connector {
            planned.connector.state = State::Restarting.name();
        }
        let mut tasks = Vec::new();
        for task in planned.tasks.iter_mut().filter(|task| include_tasks && wanted(task.state)) {
            task.state = State::Restarting.name();
            tasks.push(TaskId::new(&planned.name, task.id));
        }
        Self { connector, tasks, planned }
    }
}

impl Herder {
    /// Restarts the connector itself, not its tasks, and waits for it.
    pub async fn restart_connector(self: &Arc<Self>, name: &str) -> Result<(), HerderError> {
        if self.configs().get(name).is_none() {
            return Err(HerderError::NotFound(format!("Unknown connector: {name}")));
        }
        let (herder, connector) = (Arc::clone(self), name.to_owned());
        self.in_time(name, async move { herder.restart_instance(&connector).await }).await
    }

    /// Restarts the connector and, with `include_tasks`, its tasks; with `only_failed` only what has failed. Returns what will be
    /// restarted; that happens later.
    pub fn restart_connector_and_tasks(
        self: &Arc<Self>,
        name: &str,
        include_tasks: bool,
        only_failed: bool,
    ) -> Result<ConnectorStateInfo, HerderError> {
        if self.configs().get(name).is_none() {
            return Err(HerderError::NotFound(format!("Unknown connector: {name}")));
        }
        let plan = RestartPlan::new(self.status(name)?, include_tasks, only_failed);
        let planned = plan.planned.clone();
        let (herder, connector) = (Arc::clone(self), name.to_owned());
        let _detached = self.spawn(name, async move { herder.carry_out(&connector, plan).await });
        Ok(planned)
    }

    /// Restarts one task.
    pub async fn restart_task(self: &Arc<Self>, id: TaskId) -> Result<(), HerderError> {
        let Ok(entry) = self.entry(&id.connector) else {
            return Err(HerderError::Failed(format!(
                "Failed to start task {id} since it is not a recognizable type (source or sink)"
            )));
        };
        if !task_ids(&id.connector, &entry).contains(&id) {
            return Err(HerderError::NotFound(format!("Task {id} not found")));
        }
        let (herder, connector) = (Arc::clone(self), id.connector.clone());
        self.in_time(&connector, async move {
            herder.parts.worker.stop_tasks(std::slice::from_ref(&id)).await;
            let entry = herder.entry(&id.connector)?;
            herder.start_task(&id, &entry).await;
            Ok(())
        })
        .await
    }

    async fn carry_out(&self, name: &str, plan: RestartPlan) -> Result<(), HerderError> {
        self.parts.worker.stop_tasks(&plan.tasks).await;
        for id in &plan.tasks {
            self.parts.statuses.put_task(id, Status::new(State::Restarting, None));
        }
        if plan.connector {
            self.restart_instance(name).await?;
        }
        let entry = self.entry(name)?;
        for id in &plan.tasks {
            self.start_task(id, &entry).await;
        }
        Ok(())
    }
}
