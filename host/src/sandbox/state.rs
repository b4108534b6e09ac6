//! What the host keeps with each instance.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::ResourceTable;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::sandbox::context::TaskContext;
use crate::sandbox::grant::files::Files;
use crate::sandbox::grant::http::Http;
use crate::sandbox::grant::network::Network;
use crate::sandbox::grant::refusals::Refusals;
use crate::sandbox::grant::registry::Named;
use crate::sandbox::grant::sql::Databases;
use crate::sandbox::meter::Meter;

/// Whom an instance works for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The connector's name.
    pub connector: String,
    /// The task's number; none for the connector itself.
    pub task: Option<u32>,
}

impl Owner {
    /// The connector itself.
    pub fn connector(name: &str) -> Self {
        Self { connector: name.to_owned(), task: None }
    }

    /// A task of it.
    pub fn task(connector: &str, task: u32) -> Self {
        Self { connector: connector.to_owned(), task: Some(task) }
    }
}

/// The data of a store.
pub(super) struct State {
    pub(super) wasi: WasiCtx,
    pub(super) table: ResourceTable,
    /// wasmtime-wasi's own list of granted folders: always empty, `files` is ours.
    pub(super) filesystem: WasiFilesystemCtx,
    pub(super) files: Files,
    pub(super) network: Network,
    pub(super) http: Http,
    pub(super) refusals: Refusals,
    pub(super) meter: Meter,
    pub(super) owner: Owner,
    pub(super) config: Vec<(String, String)>,
    pub(super) registries: Vec<Named>,
    pub(super) databases: Databases,
    pub(super) call_timeout: Duration,
    pub(super) call_began: Instant,
    pub(super) context: Arc<dyn TaskContext>,
}

impl State {
    /// How long an import may take that is under way: most of what is left of the plugin's call.
    pub(super) fn time_left(&self) -> Duration {
        self.call_timeout.saturating_sub(self.call_began.elapsed()).mul_f32(0.8)
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
