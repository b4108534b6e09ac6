//! Plugins as components, for the suites of the SDK.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use caisson::config::sandbox::Limits;
use caisson::plugin::{Kind, Plugin};
use caisson::sandbox::context::{NoContext, PartitionOffset, TaskContext};
use caisson::sandbox::error::CallError;
use caisson::sandbox::grant::ceiling::Ceiling;
use caisson::sandbox::sink::SinkTask;
use caisson::sandbox::source::SourceTask;
use caisson::sandbox::stages::Chain;
use caisson::sandbox::stages::{PredicateSpec, Role, StageSpec, Work};
use caisson::sandbox::state::Owner;
use caisson::sandbox::{Sandbox, Spec};
use caisson_sdk::run::chain::{Failure, Outcome, StageSpec as Stage};
use caisson_sdk::testing::driver::{Polled, Props, SinkDriver, SourceDriver, StagesDriver};
use caisson_sdk::testing::host;
use caisson_sdk::{Error, TopicPartition, TopicPartitionOffset};
use tokio::runtime::Runtime;

/// Runs the project's own plugins in a sandbox of its own.
pub struct Sandboxed {
    runtime: Runtime,
    sandbox: Sandbox,
    plugins: Vec<Arc<Plugin>>,
    connector: Option<Arc<Plugin>>,
}

/// Answers with the offsets of the SDK's host: the test's thread is the one that calls.
struct StoredOffsets;

#[async_trait]
impl TaskContext for StoredOffsets {
    async fn offsets(&self, partitions: Vec<u8>) -> Result<Vec<u8>, String> {
        host::offsets(&partitions)
    }
}

fn failed(error: CallError) -> Error {
    match error {
        CallError::Plugin(failure) => Error::data(failure.message).with_class(failure.class),
        other => Error::connect(other.to_string()),
    }
}

/// The component of the file connectors, built for wasm32-unknown-unknown.
pub const FILE_STREAM: &str = "file-stream";
/// The same, built for wasm32-wasip2: `std::fs` is there, and all of `wasi:cli` is imported.
pub const WASI_FILE_STREAM: &str = "wasip2/file-stream";
const STAGES: &str = "stages";

fn component(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../target/components/{name}.wasm"))
}

impl Sandboxed {
    fn new(component_name: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sandbox = Sandbox::new(None, Ceiling::default()).unwrap();
        let inspection = runtime.block_on(sandbox.inspect(&component(component_name))).unwrap();
        let artifact = &inspection.artifact;
        let plugins: Vec<Plugin> =
            inspection.plugins.iter().filter_map(|described| Plugin::new(described.clone(), Arc::clone(artifact))).collect();
        Self { runtime, sandbox, plugins: plugins.into_iter().map(Arc::new).collect(), connector: None }
    }

    fn connector(component: &str, kind: Kind, class: &str) -> Self {
        let mut sandboxed = Self::new(component);
        sandboxed.connector = Some(sandboxed.plugin(kind, class).unwrap());
        sandboxed
    }

    /// That source connector of that component.
    pub fn source(component: &str, class: &str) -> Self {
        Self::connector(component, Kind::Source, class)
    }

    /// That sink connector of that component.
    pub fn sink(component: &str, class: &str) -> Self {
        Self::connector(component, Kind::Sink, class)
    }

    /// All stages.
    pub fn stages() -> Self {
        Self::new(STAGES)
    }

    /// The interfaces that a component exports.
    pub fn exports(name: &str) -> Vec<String> {
        let sandboxed = Self::new(name);
        sandboxed.runtime.block_on(sandboxed.sandbox.inspect(&component(name))).unwrap().exports
    }

    fn plugin(&self, kind: Kind, class: &str) -> Result<Arc<Plugin>, Error> {
        let found = self.plugins.iter().find(|plugin| plugin.kind == kind && plugin.class() == class);
        found.cloned().ok_or_else(|| Error::config(format!("no {class}")))
    }

    fn spec(&self, config: &Props) -> Spec {
        Spec {
            plugin: self.connector.clone().unwrap(),
            config: config.clone(),
            connector: config.clone(),
            owner: Owner::task("contract", 0),
            limits: Limits::default(),
            grants: Vec::new(),
            context: if self.connector.as_ref().is_some_and(|plugin| plugin.kind == Kind::Source) {
                Arc::new(StoredOffsets)
            } else {
                Arc::new(NoContext)
            },
        }
    }

    fn stage(&self, stage: &Stage) -> Result<StageSpec, Error> {
        let role = match stage.role.as_str() {
            "key" => Role::Key,
            "value" => Role::Value,
            _ => Role::Header,
        };
        let (kind, work) = match (stage.kind.as_str(), role) {
            ("transform", _) => (Kind::Transformation, Work::Transform),
            ("to-connect", Role::Header) => (Kind::HeaderConverter, Work::ToConnect(role)),
            ("to-connect", _) => (Kind::Converter, Work::ToConnect(role)),
            (_, Role::Header) => (Kind::HeaderConverter, Work::FromConnect(role)),
            _ => (Kind::Converter, Work::FromConnect(role)),
        };
        let predicate = match &stage.predicate {
            None => None,
            Some(predicate) => Some(PredicateSpec {
                plugin: self.plugin(Kind::Predicate, &predicate.class)?,
                config: predicate.config.iter().cloned().collect(),
                negate: predicate.negate,
            }),
        };
        let plugin = self.plugin(kind, &stage.class)?;
        Ok(StageSpec { plugin, work, config: stage.config.iter().cloned().collect(), predicate })
    }
}

impl SourceDriver for Sandboxed {
    type Task = SourceTask;

    fn task_configs(&mut self, config: &Props, max_tasks: u32) -> Result<Vec<Props>, Error> {
        let spec = self.spec(config);
        let configured = async {
            let mut connector = self.sandbox.source_connector(&spec).await?;
            let configs = connector.task_configs(max_tasks).await?;
            connector.stop().await?;
            Ok(configs)
        };
        self.runtime.block_on(configured).map_err(failed)
    }

    fn start(&mut self, config: &Props) -> Result<SourceTask, Error> {
        self.runtime.block_on(self.sandbox.source_task(&self.spec(config))).map_err(failed)
    }

    fn poll(&mut self, task: &mut SourceTask) -> Result<Polled, Error> {
        let polled = self.runtime.block_on(task.poll()).map_err(failed)?;
        Ok(Polled { batch: polled.batch.to_vec(), origins: polled.origins.to_vec(), wait: polled.wait })
    }

    fn stop(&mut self, mut task: SourceTask) -> Result<(), Error> {
        self.runtime.block_on(task.stop()).map_err(failed)
    }

    fn store_offset(&mut self, partition: &[u8], offset: &[u8]) {
        host::store_encoded_offset(partition, offset);
    }

    fn forget_offsets(&mut self) {
        host::reset();
    }
}

fn position(offset: TopicPartitionOffset) -> PartitionOffset {
    let TopicPartitionOffset { partition: TopicPartition { topic, partition }, offset } = offset;
    PartitionOffset { topic, partition, offset }
}

fn partitions(partitions: &[TopicPartition]) -> Vec<caisson::sandbox::context::TopicPartition> {
    let one =
        |of: &TopicPartition| caisson::sandbox::context::TopicPartition { topic: of.topic.clone(), partition: of.partition };
    partitions.iter().map(one).collect()
}

impl SinkDriver for Sandboxed {
    type Task = SinkTask;

    fn task_configs(&mut self, config: &Props, max_tasks: u32) -> Result<Vec<Props>, Error> {
        let spec = self.spec(config);
        let configured = async {
            let mut connector = self.sandbox.sink_connector(&spec).await?;
            let configs = connector.task_configs(max_tasks).await?;
            connector.stop().await?;
            Ok(configs)
        };
        self.runtime.block_on(configured).map_err(failed)
    }

    fn start(&mut self, config: &Props) -> Result<SinkTask, Error> {
        self.runtime.block_on(self.sandbox.sink_task(&self.spec(config))).map_err(failed)
    }

    fn open(&mut self, task: &mut SinkTask, opened: &[TopicPartition]) -> Result<(), Error> {
        self.runtime.block_on(task.open(&partitions(opened))).map_err(failed)
    }

    fn put(&mut self, task: &mut SinkTask, batch: &[u8]) -> Result<(), Error> {
        self.runtime.block_on(task.put(batch, 100)).map_err(failed)
    }

    fn pre_commit(
        &mut self,
        task: &mut SinkTask,
        offsets: Vec<TopicPartitionOffset>,
    ) -> Result<Vec<TopicPartitionOffset>, Error> {
        let offsets = offsets.into_iter().map(position).collect();
        let safe = self.runtime.block_on(task.pre_commit(offsets)).map_err(failed)?;
        let back = |safe: PartitionOffset| TopicPartitionOffset {
            partition: TopicPartition { topic: safe.topic, partition: safe.partition },
            offset: safe.offset,
        };
        Ok(safe.into_iter().map(back).collect())
    }

    fn close(&mut self, task: &mut SinkTask, closed: &[TopicPartition]) -> Result<(), Error> {
        self.runtime.block_on(task.close(&partitions(closed))).map_err(failed)
    }

    fn stop(&mut self, mut task: SinkTask) -> Result<(), Error> {
        self.runtime.block_on(task.stop()).map_err(failed)
    }
}

impl StagesDriver for Sandboxed {
    type Chain = Chain;

    fn open(&mut self, stages: &[Stage]) -> Result<Chain, Error> {
        let specs = stages.iter().map(|stage| self.stage(stage)).collect::<Result<Vec<_>, _>>()?;
        let opened = self.sandbox.chain(&specs, Owner::task("contract", 0), Limits::default(), &[]);
        self.runtime.block_on(opened).map_err(failed)
    }

    fn apply(&mut self, chain: &mut Chain, batch: &[u8]) -> Result<Outcome, Error> {
        let outcome = self.runtime.block_on(chain.apply(batch, 100)).map_err(failed)?;
        let failure = |failure: caisson::sandbox::stages::Failure| Failure {
            id: failure.id,
            stage: failure.stage,
            error: Error::data(failure.failure.message).with_class(failure.failure.class),
        };
        let failed = outcome.failed.into_iter().map(failure).collect();
        Ok(Outcome { batch: outcome.batch.to_vec(), dropped: outcome.dropped, failed })
    }
}
