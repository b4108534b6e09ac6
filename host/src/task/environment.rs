//! What a task finds around it, and what it is made from.

use std::sync::{Arc, OnceLock};

use futures::future::BoxFuture;

use crate::broker::{Broker, ClientSpec};
use crate::config::Props;
use crate::config::sandbox::Limits;
use crate::config::value::ConfigError;
use crate::config::worker::WorkerConfig;
use crate::plugin::Plugin;
use crate::plugin::catalogue::Catalogue;
use crate::sandbox::context::TaskContext;
use crate::sandbox::grant::sql;
use crate::sandbox::grant::wish::Wish;
use crate::sandbox::state::Owner;
use crate::sandbox::{Sandbox, Spec};
use crate::storage::offset_topics::OffsetTopics;
use crate::storage::status_store::{State, Status, StatusStore, TaskId};

use super::chain::Opening;
use super::failure::TaskFailure;
use super::orders::{Order, Orders};
use super::plan::with_prefix;

/// Kafka Connect's own settings of a task's producers (`Worker.baseProducerConfigs`).
const PRODUCER_DEFAULTS: [(&str, &str); 4] = [
    ("acks", "all"),
    ("enable.idempotence", "false"),
    ("max.in.flight.requests.per.connection", "1"),
    ("delivery.timeout.ms", "2147483647"),
];

/// What all tasks of a worker share.
#[derive(Clone)]
pub struct Environment {
    /// The worker's settings.
    pub config: Arc<WorkerConfig>,
    /// Where plugins run.
    pub sandbox: Sandbox,
    /// The plugins.
    pub catalogue: Arc<Catalogue>,
    /// The topics.
    pub broker: Arc<dyn Broker>,
    /// Stored source offsets.
    pub offsets: Arc<OffsetTopics>,
    /// Statuses.
    pub statuses: Arc<StatusStore>,
    /// The herder's part in writing exactly once; only the first that is set counts.
    pub fencing: Arc<OnceLock<Fencing>>,
}

/// Asks the herder to fence for a connector.
pub type Fence = Box<dyn Fn(&str) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;
/// Asks the herder whether a task is still to run here, in that generation.
pub type IsCurrent = Box<dyn Fn(&TaskId, i64) -> BoxFuture<'static, Result<bool, String>> + Send + Sync>;

/// What the herder of a cluster does for source tasks that write exactly once (KIP-618).
pub struct Fencing {
    /// Returns when no task of an earlier generation of the connector can write any more. An error: it never will.
    pub fence: Fence,
    /// Whether this worker is to run the task, in that generation of the connector's tasks, by the newest that is known anywhere.
    pub is_current: IsCurrent,
}

/// The `transactional.id` of a source task that writes exactly once: whoever has it last fences the others.
pub fn transactional_id(group: &str, id: &TaskId) -> String {
    format!("{group}-{id}")
}

/// What one task is made from.
#[derive(Clone)]
pub struct TaskSpec {
    /// Which task it is.
    pub id: TaskId,
    /// The connector's plugin.
    pub plugin: Arc<Plugin>,
    /// The connector's configuration, references to secrets resolved.
    pub connector: Props,
    /// The task's own configuration.
    pub config: Props,
    /// Which of the connector's sets of tasks it belongs to.
    pub generation: i64,
}

impl TaskSpec {
    /// A task that is made while its connector is paused starts when that is resumed. False: it is told to stop before it starts.
    pub async fn may_start(&self, environment: &Environment, orders: &mut Orders) -> bool {
        if orders.current() == Order::Pause {
            self.report(environment, State::Paused);
            orders.changed_from(Order::Pause).await;
        }
        orders.current() != Order::Stop
    }

    /// Sets the task's status.
    pub fn report(&self, environment: &Environment, state: State) {
        let version = Some(self.plugin.version().to_owned());
        environment.statuses.put_task(&self.id, Status::new(state, version));
    }

    /// Whom its instances work for.
    pub fn owner(&self) -> Owner {
        Owner::task(&self.id.connector, self.id.task)
    }

    /// What the sandbox makes the task from.
    ///
    /// # Errors
    /// A wrong `sandbox.*` key; a database that is not the connector's.
    pub fn sandbox(&self, environment: &Environment, context: Arc<dyn TaskContext>) -> Result<Spec, TaskFailure> {
        sql::check_task(&self.plugin, &self.connector, &self.config).map_err(TaskFailure::connect)?;
        Ok(Spec {
            plugin: Arc::clone(&self.plugin),
            config: self.config.clone(),
            connector: self.connector.clone(),
            owner: self.owner(),
            limits: limits(environment, &self.connector).map_err(|error| config_failure(&error))?,
            grants: wishes(&self.connector)?,
            context,
        })
    }

    /// How its stages are opened.
    ///
    /// # Errors
    /// A wrong `sandbox.*` key.
    pub fn opening(&self, environment: &Environment) -> Result<Opening, TaskFailure> {
        Ok(Opening {
            sandbox: environment.sandbox.clone(),
            owner: self.owner(),
            limits: limits(environment, &self.connector).map_err(|error| config_failure(&error))?,
            wishes: wishes(&self.connector)?,
        })
    }

    /// A producer of this task, named `connector-<name>-<connector>-<task>`.
    pub fn producer(&self, environment: &Environment, name: &str) -> ClientSpec {
        self.client(environment, "producer", name, &PRODUCER_DEFAULTS)
    }

    /// A client of this task: `kind` is `producer`, `consumer` or `admin`, `defaults` are Kafka Connect's own.
    pub fn client(&self, environment: &Environment, kind: &str, name: &str, defaults: &[(&str, &str)]) -> ClientSpec {
        let mut worker: Props = defaults.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        worker.extend(environment.config.with_prefix(&format!("{kind}.")));
        let overrides = with_prefix(&self.connector, &format!("{kind}.override."));
        ClientSpec { client_id: format!("connector-{name}-{}", self.id), worker, overrides }
    }
}

/// A connector's limits: its own, else the worker's.
///
/// # Errors
/// A wrong `sandbox.*` key.
pub fn limits(environment: &Environment, connector: &Props) -> Result<Limits, ConfigError> {
    Limits::of_connector(environment.config.all(), connector)
}

/// A connector's `sandbox.grants`.
///
/// # Errors
/// One that cannot be read.
pub fn wishes(connector: &Props) -> Result<Vec<Wish>, TaskFailure> {
    let Some(text) = connector.get("sandbox.grants") else { return Ok(Vec::new()) };
    Wish::parse_all(text).map_err(TaskFailure::connect)
}

/// A setting that is wrong, as Java prints it.
pub fn config_failure(error: &ConfigError) -> TaskFailure {
    TaskFailure::new(format!("org.apache.kafka.common.config.ConfigException: {error}"))
}
