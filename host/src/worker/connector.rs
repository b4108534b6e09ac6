//! A connector that runs: it divides the work into tasks.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use tokio::task::JoinHandle;

use crate::config::Props;
use crate::config::connector::{CONNECTOR_CLASS, CONNECTOR_VERSION};
use crate::config::value::ConfigError;
use crate::plugin::{Kind, Plugin};
use crate::sandbox::Spec;
use crate::sandbox::connector::{SinkConnector, SourceConnector};
use crate::sandbox::context::TaskContext;
use crate::sandbox::error::CallError;
use crate::sandbox::grant::sql;
use crate::sandbox::state::Owner;
use crate::storage::status_store::{State, Status, StatusStore, TargetState};
use crate::task::environment::{Environment, config_failure, limits, wishes};
use crate::task::failure::TaskFailure;
use crate::task::source_offsets::SourceOffsets;

use super::OnReconfigure;
use super::task_configs;

/// A connector: its instance exists while it is started.
pub(super) struct RunningConnector {
    name: String,
    /// Its configuration with references as the user wrote them.
    raw: Props,
    spec: Spec,
    instance: Option<Instance>,
    on_reconfigure: Arc<OnceLock<OnReconfigure>>,
    /// While it is started, if its manifest wants that.
    asking: Option<Asking>,
}

/// What asks a connector again and again for the configurations of its tasks, until it is dropped.
struct Asking(JoinHandle<()>);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.abort();
    }
}

enum Instance {
    Source(SourceConnector),
    Sink(SinkConnector),
}

/// The plugin that a connector's configuration names.
pub(super) fn plugin(environment: &Environment, config: &Props) -> Result<Arc<Plugin>, TaskFailure> {
    let class = config.get(CONNECTOR_CLASS).ok_or_else(|| config_failure(&ConfigError::missing(CONNECTOR_CLASS)))?;
    let version = config.get(CONNECTOR_VERSION).map(String::as_str);
    environment.catalogue.find_connector(class.trim(), version).map_err(TaskFailure::connect)
}

/// A configuration with its references followed.
// I25: it goes to instances alone; the configurations of tasks that they make get their references back.
pub(super) fn resolved(environment: &Environment, config: &Props) -> Result<Props, TaskFailure> {
    environment.config.providers().resolve(config).map_err(|error| config_failure(&error))
}

impl RunningConnector {
    /// A connector that is not started yet.
    pub(super) fn new(
        environment: &Environment,
        name: &str,
        raw: Props,
        on_reconfigure: Arc<OnceLock<OnReconfigure>>,
    ) -> Result<Self, TaskFailure> {
        let config = resolved(environment, &raw)?;
        let plugin = plugin(environment, &config)?;
        let context = Context {
            name: name.to_owned(),
            version: plugin.version().to_owned(),
            offsets: (plugin.kind == Kind::Source).then(|| {
                let transactional = environment.config.exactly_once().is_some();
                SourceOffsets::new(&environment.offsets, name, &config, transactional)
            }),
            statuses: Arc::clone(&environment.statuses),
            on_reconfigure: Arc::clone(&on_reconfigure),
        };
        let spec = Spec {
            plugin,
            owner: Owner::connector(name),
            limits: limits(environment, &config).map_err(|error| config_failure(&error))?,
            grants: wishes(&config)?,
            context: Arc::new(context),
            connector: config.clone(),
            config,
        };
        Ok(Self { name: name.to_owned(), raw, spec, instance: None, on_reconfigure, asking: None })
    }

    /// What it is an instance of.
    pub(super) fn plugin(&self) -> &Arc<Plugin> {
        &self.spec.plugin
    }

    /// Starts or stops the instance as `target` says (a paused connector is stopped) and sets the status.
    pub(super) async fn set_target(&mut self, environment: &Environment, target: TargetState) -> Result<(), TaskFailure> {
        let version = Some(self.spec.plugin.version().to_owned());
        let state = match target {
            TargetState::Started => State::Running,
            TargetState::Paused => State::Paused,
            TargetState::Stopped => State::Stopped,
        };
        if target != TargetState::Started {
            self.stop().await;
        } else if self.instance.is_none()
            && let Err(failure) = self.start(environment).await
        {
            environment.statuses.put_connector(&self.name, Status::failed(failure.to_string(), version));
            return Err(failure);
        }
        environment.statuses.put_connector(&self.name, Status::new(state, version));
        Ok(())
    }

    async fn start(&mut self, environment: &Environment) -> Result<(), TaskFailure> {
        let instance = match self.spec.plugin.kind {
            Kind::Sink => environment.sandbox.sink_connector(&self.spec).await.map(Instance::Sink),
            _ => environment.sandbox.source_connector(&self.spec).await.map(Instance::Source),
        };
        self.instance = Some(instance.map_err(|error| self.died("Failed to start connector", &error))?);
        self.asking = self.asking();
        Ok(())
    }

    fn asking(&self) -> Option<Asking> {
        let every = self.spec.plugin.reconfigured_every(&self.spec.config)?;
        let (name, on_reconfigure) = (self.name.clone(), Arc::clone(&self.on_reconfigure));
        Some(Asking(tokio::spawn(async move {
            loop {
                tokio::time::sleep(every).await;
                if let Some(callback) = on_reconfigure.get() {
                    callback(&name);
                }
            }
        })))
    }

    /// Stops the instance; its error is logged.
    pub(super) async fn stop(&mut self) {
        self.asking = None;
        let stopped = match self.instance.take() {
            Some(Instance::Source(connector)) => connector.stop().await,
            Some(Instance::Sink(connector)) => connector.stop().await,
            None => Ok(()),
        };
        if let Err(error) = stopped {
            tracing::warn!(connector = self.name, "Error while shutting down connector: {error}");
        }
    }

    /// The configurations of its tasks, with the connector's own references in them.
    pub(super) async fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<Props>, TaskFailure> {
        let configs = match &mut self.instance {
            Some(Instance::Source(connector)) => connector.task_configs(max_tasks).await,
            Some(Instance::Sink(connector)) => connector.task_configs(max_tasks).await,
            None => return Err(TaskFailure::connect(format_args!("Connector {} is not running", self.name))),
        };
        if configs.as_ref().is_err_and(CallError::is_fatal_to_instance) {
            self.instance = None;
        }
        let configs = configs.map_err(|error| self.died("Failed to generate task configurations", &error))?;
        task_configs::check(&self.name, &self.spec.config, configs.len(), max_tasks)?;
        let class = self.spec.plugin.class();
        let complete = |mut own| {
            sql::put_back(&mut own, &self.raw);
            let config = task_configs::with_references(task_configs::complete(own, &self.spec.config, class), &self.raw);
            task_configs::check_references(&self.name, &config, &self.raw)?;
            Ok(config)
        };
        configs.into_iter().map(complete).collect()
    }

    fn died(&self, what: &str, error: &CallError) -> TaskFailure {
        TaskFailure::call(what, self.spec.plugin.class(), error)
    }
}

/// What a connector may ask of the worker.
struct Context {
    name: String,
    version: String,
    offsets: Option<SourceOffsets>,
    statuses: Arc<StatusStore>,
    on_reconfigure: Arc<OnceLock<OnReconfigure>>,
}

#[async_trait]
impl TaskContext for Context {
    fn request_task_reconfiguration(&self) {
        if let Some(callback) = self.on_reconfigure.get() {
            callback(&self.name);
        }
    }

    fn raise_error(&self, message: String) {
        let trace = format!("org.apache.kafka.connect.errors.ConnectException: {message}");
        tracing::error!(connector = self.name, "Connector raised an error: {message}");
        self.statuses.put_connector(&self.name, Status::failed(trace, Some(self.version.clone())));
    }

    async fn offsets(&self, partitions: Vec<u8>) -> Result<Vec<u8>, String> {
        match &self.offsets {
            Some(offsets) => offsets.read(&partitions).await,
            None => Err("only a source connector has stored offsets".to_owned()),
        }
    }
}
