//! `wasi:sockets/ip-name-lookup` for granted hosts alone.

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{self, Host, HostResolveAddressStream, ResolveAddressStream};
use wasmtime_wasi::p2::bindings::sockets::network::{self, ErrorCode, HostNetwork, IpAddress, Network as Capability};
use wasmtime_wasi::p2::{DynPollable, SocketError};
use wasmtime_wasi::sockets::{WasiSocketsCtxView, WasiSocketsView};

use crate::sandbox::grant::network::Network;
use crate::sandbox::host_calls::{HostCall, Interface};
use crate::sandbox::state::State;

/// An instance's name lookups while a host call is under way.
pub struct NamesView<'a> {
    wasi: WasiSocketsCtxView<'a>,
    network: Network,
    _call: HostCall,
}

struct HasNames;

impl HasData for HasNames {
    type Data<'a> = NamesView<'a>;
}

/// Links name lookup over the grants.
///
/// # Errors
/// Only when the linker already has it and shadowing is off.
pub(in crate::sandbox) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    ip_name_lookup::add_to_linker::<State, HasNames>(linker, |state| NamesView {
        network: state.network.clone(),
        wasi: state.sockets(),
        _call: HostCall::begin(Interface::NameLookup),
    })
}

impl network::Host for NamesView<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        network::Host::convert_error_code(&mut self.wasi, error)
    }

    fn network_error_code(&mut self, error: Resource<wasmtime::Error>) -> wasmtime::Result<Option<ErrorCode>> {
        network::Host::network_error_code(&mut self.wasi, error)
    }
}

impl HostNetwork for NamesView<'_> {
    fn drop(&mut self, capability: Resource<Capability>) -> wasmtime::Result<()> {
        HostNetwork::drop(&mut self.wasi, capability)
    }
}

impl Host for NamesView<'_> {
    fn resolve_addresses(
        &mut self,
        capability: Resource<Capability>,
        name: String,
    ) -> Result<Resource<ResolveAddressStream>, SocketError> {
        match self.network.may_look_up(&name) {
            true => self.wasi.resolve_addresses(capability, name),
            false => Err(ErrorCode::AccessDenied.into()),
        }
    }
}

impl HostResolveAddressStream for NamesView<'_> {
    fn resolve_next_address(&mut self, stream: Resource<ResolveAddressStream>) -> Result<Option<IpAddress>, SocketError> {
        self.wasi.resolve_next_address(stream)
    }

    fn subscribe(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<Resource<DynPollable>> {
        self.wasi.subscribe(stream)
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        HostResolveAddressStream::drop(&mut self.wasi, stream)
    }
}
