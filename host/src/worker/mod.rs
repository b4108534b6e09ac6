//! The connectors and tasks that run in this process, their life cycle and statuses (Kafka: `Worker`, `WorkerConnector`, `WorkerTask`).

mod connector;
pub mod metrics;
mod startups;
mod task;
mod task_configs;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::config::Props;
use crate::plugin::Plugin;
use crate::storage::status_store::{State, Status, TargetState, TaskId};
use crate::task::counters::Reading;
use crate::task::environment::{Environment, Fencing, TaskSpec};
use crate::task::failure::TaskFailure;

use self::connector::RunningConnector;
use self::startups::Startups;
use self::task::RunningTask;

/// Called with a connector's name when it wants its tasks configured anew.
pub type OnReconfigure = Arc<dyn Fn(&str) + Send + Sync>;

/// How long after a task was cancelled its end is awaited: it has nothing more to do than to let go of what it holds.
const CANCEL: Duration = Duration::from_secs(1);

/// Runs connectors and tasks.
pub struct Worker {
    environment: Environment,
    connectors: Mutex<HashMap<String, Arc<tokio::sync::Mutex<RunningConnector>>>>,
    tasks: Mutex<HashMap<TaskId, RunningTask>>,
    /// What the connectors are instances of, for metrics.
    plugins: Mutex<BTreeMap<String, Arc<Plugin>>>,
    startups: Arc<Startups>,
    on_reconfigure: Arc<OnceLock<OnReconfigure>>,
}

impl Worker {
    /// A worker without connectors.
    pub fn new(environment: Environment) -> Self {
        Self {
            environment,
            connectors: Mutex::default(),
            tasks: Mutex::default(),
            plugins: Mutex::default(),
            startups: Arc::default(),
            on_reconfigure: Arc::new(OnceLock::new()),
        }
    }

    /// Sets what is called when a connector wants its tasks configured anew; only the first callback counts.
    pub fn on_reconfigure(&self, callback: OnReconfigure) {
        let _ = self.on_reconfigure.set(callback);
    }

    /// Sets what source tasks that write exactly once need of the herder; only the first counts.
    pub fn on_exactly_once(&self, fencing: Fencing) {
        let _ = self.environment.fencing.set(fencing);
    }

    /// Makes a connector and, if `target` says so, starts it. Its status follows.
    ///
    /// # Errors
    /// The trace of a connector that cannot be made or started; its status is FAILED then.
    pub async fn start_connector(&self, name: &str, config: Props, target: TargetState) -> Result<(), TaskFailure> {
        self.stop_connector(name).await;
        let connector = RunningConnector::new(&self.environment, name, config, Arc::clone(&self.on_reconfigure));
        let mut connector = match connector {
            Ok(connector) => connector,
            Err(failure) => {
                self.startups.connector(false);
                self.environment.statuses.put_connector(name, Status::failed(failure.to_string(), None));
                return Err(failure);
            }
        };
        let started = connector.set_target(&self.environment, target).await;
        self.startups.connector(started.is_ok());
        self.lock_plugins().insert(name.to_owned(), Arc::clone(connector.plugin()));
        self.lock_connectors().insert(name.to_owned(), Arc::new(tokio::sync::Mutex::new(connector)));
        started
    }

    /// Stops a connector, not its tasks. One that is not there is passed over.
    pub async fn stop_connector(&self, name: &str) {
        let connector = self.lock_connectors().remove(name);
        self.lock_plugins().remove(name);
        if let Some(connector) = connector {
            connector.lock().await.stop().await;
            self.environment.statuses.put_connector(name, Status::new(State::Unassigned, None));
        }
    }

    /// The configurations of at most `max_tasks` tasks, as the connector divides its work, with the keys that the framework adds.
    ///
    /// # Errors
    /// The trace: the connector does not run, fails, or makes more tasks than `tasks.max`.
    pub async fn connector_task_configs(&self, name: &str, max_tasks: u32) -> Result<Vec<Props>, TaskFailure> {
        let connector = self.lock_connectors().get(name).cloned();
        let Some(connector) = connector else {
            return Err(TaskFailure::connect(format_args!("Connector {name} is not running")));
        };
        connector.lock().await.task_configs(max_tasks).await
    }

    /// Starts a task of the given generation of its connector's tasks. Its status follows; a task that cannot be made has the status FAILED.
    pub async fn start_task(&self, id: TaskId, connector: Props, task: Props, target: TargetState, generation: i64) {
        self.stop_tasks(std::slice::from_ref(&id)).await;
        match self.resolve_task(&connector, &task) {
            Ok((plugin, connector, config)) => {
                let spec = TaskSpec { id: id.clone(), plugin, connector, config, generation };
                let running = RunningTask::spawn(self.environment.clone(), spec, target, Arc::clone(&self.startups));
                self.lock_tasks().insert(id, running);
            }
            Err(failure) => {
                self.startups.task(false);
                self.environment.statuses.put_task(&id, Status::failed(failure.to_string(), None));
            }
        }
    }

    /// A task's plugin, and the configurations of its connector and its own with references followed.
    fn resolve_task(&self, connector: &Props, task: &Props) -> Result<(Arc<Plugin>, Props, Props), TaskFailure> {
        let connector = connector::resolved(&self.environment, connector)?;
        let task = connector::resolved(&self.environment, task)?;
        Ok((connector::plugin(&self.environment, &connector)?, connector, task))
    }

    /// Stops tasks and waits for their end. All of them together have `task.shutdown.graceful.timeout.ms`; those that need longer are
    /// cancelled: what they have not committed is processed again.
    // I6: stopping always returns within the budget: a task is a future that can be dropped, also while its plugin spins.
    pub async fn stop_tasks(&self, ids: &[TaskId]) {
        let mut stopping: Vec<(TaskId, RunningTask)> = Vec::new();
        {
            let mut tasks = self.lock_tasks();
            for id in ids {
                if let Some(task) = tasks.remove(id) {
                    task.stop();
                    stopping.push((id.clone(), task));
                }
            }
        }
        let budget = self.environment.config.graceful_shutdown_timeout();
        let deadline = tokio::time::Instant::now() + budget;
        for (id, task) in &mut stopping {
            if !task.ended_by(deadline).await {
                let (connector, task_number) = (&id.connector, id.task);
                tracing::warn!(
                    connector,
                    task = task_number,
                    "Graceful stop of task failed: it did not end within {} ms (task.shutdown.graceful.timeout.ms) and is cancelled",
                    budget.as_millis()
                );
                task.cancel();
            }
        }
        let end = tokio::time::Instant::now() + CANCEL;
        for (_, task) in &mut stopping {
            task.ended_by(end).await;
        }
    }

    /// Starts, pauses or stops a connector, and pauses or resumes its tasks. Returns when the connector itself has followed.
    pub async fn set_target_state(&self, name: &str, target: TargetState) {
        for (id, task) in self.lock_tasks().iter() {
            if id.connector == name {
                task.set_target(target);
            }
        }
        let connector = self.lock_connectors().get(name).cloned();
        if let Some(connector) = connector
            && let Err(failure) = connector.lock().await.set_target(&self.environment, target).await
        {
            tracing::error!(connector = name, "{failure}");
        }
    }

    /// What a task has done so far. None: it is not here.
    pub fn counters(&self, id: &TaskId) -> Option<Reading> {
        self.lock_tasks().get(id).map(RunningTask::read)
    }

    /// Stops all tasks, then all connectors.
    pub async fn shutdown(&self) {
        let ids: Vec<TaskId> = self.lock_tasks().keys().cloned().collect();
        self.stop_tasks(&ids).await;
        let names: Vec<String> = self.lock_connectors().keys().cloned().collect();
        let budget = self.environment.config.graceful_shutdown_timeout();
        for name in names {
            if tokio::time::timeout(budget, self.stop_connector(&name)).await.is_err() {
                tracing::warn!(connector = name, "the connector did not stop within {} ms", budget.as_millis());
            }
        }
    }

    fn lock_connectors(&self) -> MutexGuard<'_, HashMap<String, Arc<tokio::sync::Mutex<RunningConnector>>>> {
        self.connectors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_plugins(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Plugin>>> {
        self.plugins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_tasks(&self) -> MutexGuard<'_, HashMap<TaskId, RunningTask>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
