//! The sandbox: every plugin runs in here, and this is the only place that knows the WebAssembly engine.
//!
//! One [`Sandbox`] per worker compiles components and holds what they may have. Each connector, task and stage chain is an instance
//! of its own with its own memory, limits and grants. Calls run on fibers: a plugin that spins or blocks holds no thread.

mod bindings;
mod code_cache;
mod compile;
pub mod connector;
pub mod context;
mod contract;
mod engine;
pub mod error;
pub mod grant;
pub mod host_calls;
mod imports;
pub mod inspect;
mod instance;
mod log;
mod manifest;
mod meter;
mod registry;
pub mod sink;
pub mod source;
mod sql;
pub mod stages;
pub mod state;
pub mod usage;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::{InstancePre, ResourceTable};
use wasmtime::{PoolConcurrencyLimitError, Store};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;

use crate::config::Props;
use crate::config::sandbox::Limits;
use crate::config::worker::WorkerConfig;
use crate::plugin::Plugin;
use crate::plugin::artifact::Artifact;
use crate::plugin::catalogue::Catalogue;
use crate::plugin::manifest::ManifestCache;
use crate::registry::Registries;
use crate::sandbox::compile::Compiler;
use crate::sandbox::context::TaskContext;
use crate::sandbox::engine::Placement;
use crate::sandbox::error::CallError;
use crate::sandbox::grant::ceiling::Ceiling;
use crate::sandbox::grant::http::Http;
use crate::sandbox::grant::network::Network;
use crate::sandbox::grant::refusals::Refusals;
use crate::sandbox::grant::sql::{Databases, Pools};
use crate::sandbox::grant::wish::Wish;
use crate::sandbox::grant::{Configured, Grants};
use crate::sandbox::instance::Instance;
use crate::sandbox::log::LineLog;
use crate::sandbox::meter::Meter;
use crate::sandbox::state::{Owner, State};
use crate::sandbox::usage::USAGE;

/// Compiled components and what this worker lets their instances have. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {
    compiler: Arc<Compiler>,
    ceiling: Arc<Ceiling>,
    registries: Arc<Registries>,
    pools: Arc<Pools>,
}

/// What a connector or task is made from. An instance that was lost is made anew from the same spec.
#[derive(Clone)]
pub struct Spec {
    /// The plugin.
    pub plugin: Arc<Plugin>,
    /// Its configuration.
    pub config: Props,
    /// The configuration of the connector, as its user wrote it; what that names is granted. A task's own is made by a plugin.
    pub connector: Props,
    /// Whom it works for.
    pub owner: Owner,
    /// What it may use.
    pub limits: Limits,
    /// The connector's `sandbox.grants`.
    pub grants: Vec<Wish>,
    /// What it may ask of the worker.
    pub context: Arc<dyn TaskContext>,
}

/// One instance of a component, before it is made.
struct Making {
    artifact: Arc<Artifact>,
    config: Props,
    owner: Owner,
    limits: Limits,
    grants: Grants,
    pools: Arc<Pools>,
    context: Arc<dyn TaskContext>,
}

impl Sandbox {
    /// The sandbox that a worker's properties describe.
    ///
    /// # Errors
    /// As [`Sandbox::new`].
    pub fn of_worker(worker: &WorkerConfig) -> Result<Self, CallError> {
        let ceiling = Ceiling {
            files_roots: worker.file_roots().map(|roots| roots.iter().map(PathBuf::from).collect()),
            hosts: worker.hosts().map(<[String]>::to_vec),
        };
        Self::new(Some(&worker.cache_dir().unwrap_or_else(cache_folder)), ceiling)
    }

    /// The plugins of a worker: those in the binary and those on its `plugin.path`, if its `plugin.allowlist` allows them. Compiles only
    /// components that it has not met before.
    pub async fn catalogue(&self, worker: &WorkerConfig) -> Catalogue {
        let all = self.catalogue_of(&worker.plugin_path(), &worker.cache_dir().unwrap_or_else(cache_folder)).await;
        match worker.plugin_allowlist() {
            Some(allowed) => all.only(allowed),
            None => all,
        }
    }

    /// As [`Sandbox::catalogue`], for a `plugin.path` and a folder for manifests.
    pub async fn catalogue_of(&self, plugin_path: &str, cache_folder: &Path) -> Catalogue {
        Catalogue::load(plugin_path, &ManifestCache::new(cache_folder), |artifact| self.manifest(artifact)).await
    }

    /// A sandbox whose compiled code is kept below `cache_folder` (see [`cache_folder`]), for this worker's user alone.
    ///
    /// # Errors
    /// [`CallError::Component`] when the engine does not run on this machine.
    pub fn new(cache_folder: Option<&Path>, ceiling: Ceiling) -> Result<Self, CallError> {
        Ok(Self {
            compiler: Arc::new(Compiler::new(cache_folder)?),
            ceiling: Arc::new(ceiling),
            registries: Arc::default(),
            pools: Arc::default(),
        })
    }

    /// Compiles a component ahead of its first use.
    ///
    /// # Errors
    /// [`CallError::Component`].
    pub async fn prepare(&self, artifact: &Artifact) -> Result<(), CallError> {
        self.compiler.code(artifact, Placement::Pool).await.map(|_| ())
    }

    /// Checks that everything a plugin's config and `sandbox.grants` name can be granted, without an instance.
    ///
    /// # Errors
    /// [`CallError::Denied`] names key, value and remedy.
    pub fn check_grants(&self, plugin: &Plugin, config: &Props, wishes: &[Wish]) -> Result<(), CallError> {
        self.grants(&[Configured::by_user(plugin, config)], wishes).map(|_| ())
    }

    fn grants(&self, plugins: &[Configured<'_>], wishes: &[Wish]) -> Result<Grants, CallError> {
        let mut grants = Grants::default();
        for plugin in plugins {
            grants.add_plugin(plugin, &self.ceiling, &self.registries)?;
        }
        grants.add_wishes(wishes, &self.ceiling)?;
        Ok(grants)
    }

    fn making(&self, spec: &Spec) -> Result<Making, CallError> {
        Ok(Making {
            artifact: Arc::clone(&spec.plugin.artifact),
            config: given(&spec.plugin, &spec.config),
            owner: spec.owner.clone(),
            limits: spec.limits.clone(),
            grants: self
                .grants(&[Configured { plugin: &spec.plugin, config: &spec.config, written: &spec.connector }], &spec.grants)?,
            pools: Arc::clone(&self.pools),
            context: Arc::clone(&spec.context),
        })
    }

    /// Makes an instance: in the pool if it has room for one of that shape, else by itself.
    async fn instance(&self, making: &Making) -> Result<(Instance, InstancePre<State>), CallError> {
        let code = self.compiler.code(&making.artifact, Placement::Pool).await?;
        match instantiate(&code, making).await? {
            Some(instance) => Ok((instance, code)),
            None => {
                let code = self.compiler.code(&making.artifact, Placement::OnDemand).await?;
                let instance = instantiate(&code, making).await?;
                let instance = instance.ok_or_else(|| CallError::Component("no room for another instance".to_owned()))?;
                Ok((instance, code))
            }
        }
    }
}

/// None: the pool is full.
async fn instantiate(code: &InstancePre<State>, making: &Making) -> Result<Option<Instance>, CallError> {
    let limits = &making.limits;
    let mut store = Store::new(code.engine(), state(making)?);
    let broken = |error: wasmtime::Error| CallError::Contract(error.to_string());
    Instance::prepare(&mut store, limits).map_err(broken)?;
    let made = tokio::time::timeout(limits.call_timeout, code.instantiate_async(&mut store)).await;
    let failed = match made {
        Ok(Ok(instance)) => return Ok(Some(Instance::new(store, instance, limits.clone()))),
        Ok(Err(error)) if error.is::<PoolConcurrencyLimitError>() => return Ok(None),
        Ok(Err(error)) => instance::failure("instantiation", &error, store.data(), limits),
        Err(_elapsed) => CallError::Limit(error::LimitHit::timeout(limits.call_timeout, "instantiation")),
    };
    USAGE.failed(&failed);
    Err(failed)
}

fn state(making: &Making) -> Result<State, CallError> {
    let owner = making.owner.clone();
    let mut wasi = WasiCtx::builder();
    wasi.stderr(LineLog::new(owner.clone(), "warn", "stderr"));
    match making.grants.stdout() {
        true => wasi.inherit_stdout(),
        false => wasi.stdout(LineLog::new(owner.clone(), "info", "stdout")),
    };
    if making.grants.stdin() {
        wasi.inherit_stdin();
    }
    wasi.initial_cwd(".");
    let refusals = Refusals::default();
    let network = Network::new(making.grants.addresses(), refusals.clone());
    network.allow(&mut wasi);
    let mut table = ResourceTable::new();
    table.set_max_capacity(making.limits.handles as usize);
    Ok(State {
        wasi: wasi.build(),
        table,
        filesystem: WasiFilesystemCtx::default(),
        files: making.grants.files(refusals.clone())?,
        network,
        http: Http::new(making.grants.addresses(), making.grants.tls(), refusals.clone()),
        refusals,
        meter: Meter::new(&making.limits),
        owner,
        config: pairs(&making.config),
        registries: making.grants.registries(),
        databases: Databases::new(
            making.grants.databases(),
            making.pools.of(&making.owner.connector, making.limits.sql_connections),
        ),
        call_timeout: making.limits.call_timeout,
        call_began: Instant::now(),
        context: Arc::clone(&making.context),
    })
}

/// A configuration as its plugin is given it: without the credentials of what the worker speaks to for it.
fn given(plugin: &Plugin, config: &Props) -> Props {
    grant::sql::given(plugin, grant::registry::given(plugin, config))
}

/// A configuration as it crosses to its plugin.
fn as_given(plugin: &Plugin, config: &Props) -> Vec<(String, String)> {
    pairs(&given(plugin, config))
}

/// Keys and values.
fn pairs(config: &Props) -> Vec<(String, String)> {
    config.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Where manifests and compiled code are kept unless `sandbox.cache.dir` says otherwise: `$XDG_CACHE_HOME/caisson`, else
/// `~/.cache/caisson`, else a folder of the system's for temporary files.
pub fn cache_folder() -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(cache) = absolute("XDG_CACHE_HOME") {
        return cache.join("caisson");
    }
    match absolute("HOME") {
        Some(home) => home.join(".cache").join("caisson"),
        None => std::env::temp_dir().join("caisson-cache"),
    }
}
