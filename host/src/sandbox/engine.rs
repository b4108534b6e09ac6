//! The engines: how WebAssembly is compiled and where instances live.

use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::sandbox::bindings::caisson::connect;
use crate::sandbox::error::CallError;
use crate::sandbox::grant::{files, http, names};
use crate::sandbox::host_calls::{Calling, HasCalling, Interface};
use crate::sandbox::state::State;

/// Stack of a guest in bytes. Recursion beyond it traps.
pub(super) const STACK: usize = 1 << 20;
/// Stack of a fiber: the guest's and what host calls need on top.
const FIBER_STACK: usize = STACK + (1 << 20);
/// Instances that find a place in the pool at once; more are allocated one by one.
const POOLED_INSTANCES: u32 = 256;
/// Elements a pooled table has room for. Address space, not memory: 8 bytes each, touched when used.
const POOLED_TABLE_ELEMENTS: usize = 20_000;

/// An engine and everything that is linked for its instances.
pub(super) struct Linked {
    pub(super) engine: Engine,
    pub(super) linker: Linker<State>,
}

/// Where an engine's instances live. Both compile to the same code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placement {
    /// Slots reserved once: an instance takes microseconds.
    Pool,
    /// Memory mapped for each: any number, any size.
    OnDemand,
}

/// Makes an engine and links WASI 0.2 and the contract's imports for it.
///
/// # Errors
/// [`CallError::Component`] when the system refuses the pool's address space or the processor is not supported.
pub(super) fn linked(placement: Placement) -> Result<Linked, CallError> {
    let refused = |error: wasmtime::Error| CallError::Component(format!("the sandbox cannot start: {error:#}"));
    let engine = Engine::new(&config(placement)).map_err(refused)?;
    let mut linker = Linker::new(&engine);
    link(&mut linker).map_err(refused)?;
    Ok(Linked { engine, linker })
}

fn config(placement: Placement) -> Config {
    let mut config = Config::new();
    config.consume_fuel(true);
    config.max_wasm_stack(STACK);
    config.async_stack_size(FIBER_STACK);
    // Calls are synchronous for the guest: the machinery of component-model async is not needed.
    config.concurrency_support(false);
    // Traces are made from wasmtime's own tables; nothing unwinds through guest code.
    config.native_unwind_info(false);
    match placement {
        Placement::Pool => config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool())),
        Placement::OnDemand => config.allocation_strategy(InstanceAllocationStrategy::OnDemand),
    };
    config
}

/// Address space is reserved, nothing is kept resident: an idle worker pays for no slot.
fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(POOLED_INSTANCES);
    pool.total_core_instances(POOLED_INSTANCES * 4);
    pool.total_memories(POOLED_INSTANCES);
    pool.total_tables(POOLED_INSTANCES * 2);
    pool.total_stacks(POOLED_INSTANCES);
    pool.table_elements(POOLED_TABLE_ELEMENTS);
    pool.max_unused_warm_slots(8);
    pool
}

fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    // Files and names go through the grants instead.
    linker.allow_shadowing(true);
    files::add_to_linker(linker)?;
    names::add_to_linker(linker)?;
    linker.allow_shadowing(false);
    http::add_to_linker(linker)?;
    connect::types::add_to_linker::<State, HasSelf<State>>(linker, |state| state)?;
    connect::log::add_to_linker::<State, HasCalling>(linker, |state| Calling::new(state, Interface::Log))?;
    connect::task_context::add_to_linker::<State, HasCalling>(linker, |state| Calling::new(state, Interface::TaskContext))?;
    connect::offset_reader::add_to_linker::<State, HasCalling>(linker, |state| Calling::new(state, Interface::OffsetReader))?;
    connect::errant_record_reporter::add_to_linker::<State, HasCalling>(linker, |state| {
        Calling::new(state, Interface::ErrantRecordReporter)
    })?;
    connect::schema_registry::add_to_linker::<State, HasCalling>(linker, |state| Calling::new(state, Interface::SchemaRegistry))?;
    connect::sql::add_to_linker::<State, HasCalling>(linker, |state| Calling::new(state, Interface::Sql))?;
    connect::transaction_context::add_to_linker::<State, HasCalling>(linker, |state| {
        Calling::new(state, Interface::TransactionContext)
    })
}
