//! `wasi:http`: linked, so that components of every toolchain instantiate, and refused.

use std::future::{Future, ready};

use wasmtime::component::Linker;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView};

use crate::sandbox::grant::refusals::Refusals;
use crate::sandbox::state::State;

/// The HTTP of an instance: it can make requests, and none is sent.
pub(in crate::sandbox) struct Http {
    context: WasiHttpCtx,
    gate: Gate,
}

/// Where requests would leave.
struct Gate {
    refusals: Refusals,
}

impl Http {
    pub(in crate::sandbox) fn new(refusals: Refusals) -> Self {
        Self { context: WasiHttpCtx::new(), gate: Gate { refusals } }
    }
}

type Answer = Result<(http::Response<WasiBody>, Processing), Error>;
/// What is still to be done with a body while the guest reads or writes it.
type Processing = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Gate {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _processing: Processing,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        self.refusals.add(|| {
            let host = request.uri().authority().map_or_else(|| "an unnamed host".to_owned(), ToString::to_string);
            format!(
                "the sandbox refused the request to {host}: this worker sends nothing through wasi:http; connect by wasi:sockets to an \
                 address that a key of the plugin names or sandbox.grants adds (connect:<host>:<port>)"
            )
        });
        Box::new(ready(Err(Error::HttpRequestDenied)))
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http.context, table: &mut self.table, hooks: &mut self.http.gate }
    }
}

/// Links `wasi:http` over this gate.
///
/// # Errors
/// Only when the linker already has it and shadowing is off.
pub(in crate::sandbox) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)
}
