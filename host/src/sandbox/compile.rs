//! From bytes to code: each component is compiled once, kept on disk, and pre-instantiated once a worker.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use tokio::sync::OnceCell;
use tracing::{Level, debug, enabled, info, warn};
use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::plugin::artifact::Artifact;
use crate::sandbox::engine::{Linked, Placement, linked};
use crate::sandbox::error::CallError;
use crate::sandbox::state::State;
use crate::sandbox::usage::USAGE;
use crate::sandbox::{code_cache::CodeCache, contract};

const PROGRESS_TICK: Duration = Duration::from_millis(100);

/// Compiles components and keeps them by digest.
pub(super) struct Compiler {
    pool: Linked,
    on_demand: Linked,
    cache: Option<CodeCache>,
    codes: Mutex<HashMap<String, Arc<Code>>>,
}

/// The code of one component. Each placement is made when first asked for; whoever asks meanwhile waits for it.
#[derive(Default)]
pub(super) struct Code {
    pooled: OnceCell<InstancePre<State>>,
    on_demand: OnceCell<InstancePre<State>>,
}

impl Compiler {
    /// Keeps compiled code below `cache_folder`; without one, or when it is not safe to use, components are compiled at every start.
    ///
    /// # Errors
    /// [`CallError::Component`] when no engine can be made.
    pub(super) fn new(cache_folder: Option<&Path>) -> Result<Self, CallError> {
        let on_demand = linked(Placement::OnDemand)?;
        let pool = match linked(Placement::Pool) {
            Ok(pool) => pool,
            Err(error) => {
                warn!(%error, "no address space for a pool of instances, each is allocated by itself");
                linked(Placement::OnDemand)?
            }
        };
        let cache = cache_folder.and_then(|folder| open_cache(folder, &pool.engine));
        Ok(Self { pool, on_demand, cache, codes: Mutex::default() })
    }

    /// The component's code for that placement, compiled if need be: off the async threads, and once for all who ask.
    ///
    /// # Errors
    /// [`CallError::Component`] names the file, what was found in it and what to do.
    pub(super) async fn code(
        self: &Arc<Self>,
        artifact: &Artifact,
        placement: Placement,
    ) -> Result<InstancePre<State>, CallError> {
        let code = {
            let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(codes.entry(artifact.digest.clone()).or_default())
        };
        let cell = match placement {
            Placement::Pool => &code.pooled,
            Placement::OnDemand => &code.on_demand,
        };
        let compiled = cell.get_or_try_init(|| self.load(artifact.clone(), placement)).await?;
        Ok(compiled.clone())
    }

    async fn load(self: &Arc<Self>, artifact: Artifact, placement: Placement) -> Result<InstancePre<State>, CallError> {
        let compiler = Arc::clone(self);
        let loading = tokio::task::spawn_blocking(move || compiler.load_blocking(&artifact, placement));
        loading.await.map_err(|error| CallError::Component(format!("compiling was interrupted: {error}")))?
    }

    fn load_blocking(&self, artifact: &Artifact, placement: Placement) -> Result<InstancePre<State>, CallError> {
        let linked = match placement {
            Placement::Pool => &self.pool,
            Placement::OnDemand => &self.on_demand,
        };
        let started = Instant::now();
        if let Some(component) = self.cache.as_ref().and_then(|cache| cache.get(&linked.engine, &artifact.digest)) {
            USAGE.cache_hits.add(started.elapsed());
            debug!(component = artifact.name, "compiled code taken from the cache");
            return link(&linked.linker, &component, artifact);
        }
        let bytes = artifact.bytes().map_err(|error| CallError::Component(error.to_string()))?;
        contract::check_bytes(&bytes, &artifact.location())?;
        info!(component = artifact.name, bytes = artifact.size, "compiling plugin, once");
        let started = Instant::now();
        let progress = progress(artifact);
        let component = self.compile(&linked.engine, &bytes, artifact)?;
        progress.finish_and_clear();
        USAGE.compilations.add(started.elapsed());
        info!(component = artifact.name, ms = started.elapsed().as_millis(), "plugin compiled");
        link(&linked.linker, &component, artifact)
    }

    fn compile(&self, engine: &Engine, bytes: &[u8], artifact: &Artifact) -> Result<Component, CallError> {
        let refused = |error: wasmtime::Error| {
            CallError::Component(format!("{} is no valid WebAssembly component: {error:#}; build it anew", artifact.location()))
        };
        let Some(cache) = &self.cache else {
            return Component::from_binary(engine, bytes).map_err(refused);
        };
        let code = engine.precompile_component(bytes).map_err(refused)?;
        match cache.put(engine, &artifact.digest, &code) {
            Ok(component) => Ok(component),
            Err(error) => {
                warn!(component = artifact.name, %error, "compiled code could not be cached, it is compiled anew at the next start; see sandbox.cache.dir");
                Component::from_binary(engine, bytes).map_err(refused)
            }
        }
    }
}

/// A spinner for commands that log nothing, on a terminal alone. A worker's log tells the same.
fn progress(artifact: &Artifact) -> ProgressBar {
    if enabled!(Level::INFO) {
        return ProgressBar::hidden();
    }
    let progress = ProgressBar::new_spinner().with_message(format!("compiling {}, once", artifact.name));
    progress.enable_steady_tick(PROGRESS_TICK);
    progress
}

fn open_cache(folder: &Path, engine: &Engine) -> Option<CodeCache> {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let folder: PathBuf = folder.join("code").join(format!("{:016x}", hasher.finish()));
    match CodeCache::open(&folder) {
        Ok(cache) => Some(cache),
        Err(error) => {
            warn!(folder = %folder.display(), %error, "compiled code is not kept on disk; set sandbox.cache.dir to a folder that only this worker's user can write");
            None
        }
    }
}

fn link(linker: &Linker<State>, component: &Component, artifact: &Artifact) -> Result<InstancePre<State>, CallError> {
    contract::check_type(component, &artifact.location())?;
    linker.instantiate_pre(component).map_err(|error| contract::unlinked(&error, &artifact.location()))
}
