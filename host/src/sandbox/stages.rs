//! Chains of transformations, predicates and converters, and predicates by themselves.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime::component::ResourceAny;

use crate::config::Props;
use crate::config::sandbox::Limits;
use crate::plugin::Plugin;
use crate::sandbox::bindings::exports::caisson::connect::stages;
use crate::sandbox::context::NoContext;
use crate::sandbox::error::{CallError, PluginFailure};
use crate::sandbox::grant::Configured;
use crate::sandbox::grant::wish::Wish;
use crate::sandbox::instance::Instance;
use crate::sandbox::state::Owner;
use crate::sandbox::{Making, Sandbox, as_given};

/// What a stage does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A transformation.
    Transform,
    /// A converter: bytes to data.
    ToConnect(Role),
    /// A converter: data to bytes.
    FromConnect(Role),
}

/// What a converter converts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The record's key.
    Key,
    /// Its value.
    Value,
    /// Its headers.
    Header,
}

/// One stage of a chain.
#[derive(Clone)]
pub struct StageSpec {
    /// The plugin. All plugins of a chain are of one component.
    pub plugin: Arc<Plugin>,
    /// What it does.
    pub work: Work,
    /// Its configuration without the alias's prefix.
    pub config: Props,
    /// A transform is applied to what this admits; of the same component.
    pub predicate: Option<PredicateSpec>,
}

/// A predicate.
#[derive(Clone)]
pub struct PredicateSpec {
    /// The plugin.
    pub plugin: Arc<Plugin>,
    /// Its configuration without the alias's prefix.
    pub config: Props,
    /// Admit what it would not.
    pub negate: bool,
}

/// Consecutive stages of one component in one instance.
pub struct Chain {
    instance: Instance,
    guest: stages::Guest,
    chain: ResourceAny,
}

/// A predicate that guards a stage of another component.
pub struct Test {
    instance: Instance,
    guest: stages::Guest,
    test: ResourceAny,
}

/// What a chain made of a batch. Every record given is in exactly one of the three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// CBOR `batch` of the records that passed.
    pub batch: Bytes,
    /// Ids of those that a stage dropped.
    pub dropped: Vec<u32>,
    /// Those that failed.
    pub failed: Vec<Failure>,
}

/// A record that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its id in the batch.
    pub id: u32,
    /// Index of the stage in the chain.
    pub stage: u32,
    /// What the stage said.
    pub failure: PluginFailure,
}

impl Sandbox {
    /// Opens a chain of stages of one component. `wishes` is the connector's `sandbox.grants`.
    ///
    /// # Errors
    /// Any [`CallError`]; a plugin's has the stage's index in its option `stage`.
    pub async fn chain(&self, specs: &[StageSpec], owner: Owner, limits: Limits, wishes: &[Wish]) -> Result<Chain, CallError> {
        let mut plugins = Vec::new();
        for spec in specs {
            plugins.push(Configured::by_user(&spec.plugin, &spec.config));
            if let Some(predicate) = &spec.predicate {
                plugins.push(Configured::by_user(&predicate.plugin, &predicate.config));
            }
        }
        let (mut instance, guest) = self.stages_guest(&plugins, owner, limits, wishes).await?;
        let stages: Vec<stages::Stage> = specs.iter().map(crossing).collect();
        let chain = instance.call("chain.open", 0, async |store| guest.chain().call_open(store, &stages).await).await?;
        Ok(Chain { instance, guest, chain })
    }

    /// Opens a predicate that guards a stage of another component.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn test(&self, spec: &PredicateSpec, owner: Owner, limits: Limits, wishes: &[Wish]) -> Result<Test, CallError> {
        let (mut instance, guest) =
            self.stages_guest(&[Configured::by_user(&spec.plugin, &spec.config)], owner, limits, wishes).await?;
        let predicate = crossing_predicate(spec);
        let test = instance.call("test.open", 0, async |store| guest.test().call_open(store, &predicate).await).await?;
        Ok(Test { instance, guest, test })
    }

    async fn stages_guest(
        &self,
        plugins: &[Configured<'_>],
        owner: Owner,
        limits: Limits,
        wishes: &[Wish],
    ) -> Result<(Instance, stages::Guest), CallError> {
        let Some(Configured { plugin: first, .. }) = plugins.first() else {
            return Err(CallError::Contract("a chain needs a stage".to_owned()));
        };
        if let Some(other) = plugins.iter().find(|other| other.plugin.artifact.digest != first.artifact.digest) {
            return Err(CallError::Contract(format!(
                "{} and {} are of different components and cannot be one chain",
                first.class(),
                other.plugin.class()
            )));
        }
        let making = Making {
            artifact: Arc::clone(&first.artifact),
            config: Props::new(),
            owner,
            limits,
            grants: self.grants(plugins, wishes)?,
            pools: Arc::clone(&self.pools),
            context: Arc::new(NoContext),
        };
        let (mut instance, code) = self.instance(&making).await?;
        let missing = |error: wasmtime::Error| {
            CallError::Component(format!(
                "{} lists {} as {} but does not export stages as this worker knows it: {}",
                first.artifact.location(),
                first.class(),
                first.kind,
                error.root_cause()
            ))
        };
        let indices = stages::GuestIndices::new(&code).map_err(missing)?;
        let guest = indices.load(&mut instance.store, &instance.instance).map_err(missing)?;
        Ok((instance, guest))
    }
}

impl Chain {
    /// Takes a CBOR `batch` of `records` records through all stages.
    ///
    /// # Errors
    /// Any [`CallError`]; a record's own failure is in the outcome instead.
    pub async fn apply(&mut self, batch: &[u8], records: usize) -> Result<Outcome, CallError> {
        let (guest, resource) = (&self.guest, self.chain);
        let outcome = self
            .instance
            .call("chain.apply", records, async |store| guest.chain().call_apply(store, resource, batch).await)
            .await?;
        let failed =
            outcome.failed.into_iter().map(|from| Failure { id: from.id, stage: from.stage, failure: from.error.into() });
        Ok(Outcome { batch: outcome.batch.into(), dropped: outcome.dropped, failed: failed.collect() })
    }

    /// Fuel used since the chain was made.
    pub fn fuel_used(&self) -> u64 {
        self.instance.fuel_used()
    }

    /// Memory of its instance, bytes.
    pub fn memory(&self) -> u64 {
        self.instance.memory()
    }
}

impl Test {
    /// For each record of a CBOR `batch`, in order, whether it is admitted.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub async fn apply(&mut self, batch: &[u8], records: usize) -> Result<Vec<bool>, CallError> {
        let (guest, resource) = (&self.guest, self.test);
        self.instance.call("test.apply", records, async |store| guest.test().call_apply(store, resource, batch).await).await
    }
}

impl Work {
    fn kind(self) -> &'static str {
        match self {
            Self::Transform => "transform",
            Self::ToConnect(_) => "to-connect",
            Self::FromConnect(_) => "from-connect",
        }
    }

    fn role(self) -> &'static str {
        match self {
            Self::Transform => "",
            Self::ToConnect(Role::Key) | Self::FromConnect(Role::Key) => "key",
            Self::ToConnect(Role::Value) | Self::FromConnect(Role::Value) => "value",
            Self::ToConnect(Role::Header) | Self::FromConnect(Role::Header) => "header",
        }
    }
}

fn crossing(spec: &StageSpec) -> stages::Stage {
    stages::Stage {
        kind: spec.work.kind().to_owned(),
        class: spec.plugin.class().to_owned(),
        role: spec.work.role().to_owned(),
        config: as_given(&spec.plugin, &spec.config),
        predicate: spec.predicate.as_ref().map(crossing_predicate),
        options: Vec::new(),
    }
}

fn crossing_predicate(spec: &PredicateSpec) -> stages::Predicate {
    let config = as_given(&spec.plugin, &spec.config);
    stages::Predicate { class: spec.plugin.class().to_owned(), config, negate: spec.negate }
}
