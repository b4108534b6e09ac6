//! One instance of a component, and what happens around each call into it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::time::error::Elapsed;
use wasmtime::component::Instance as WasmInstance;
use wasmtime::{Store, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::config::sandbox::Limits;
use crate::sandbox::bindings::caisson::connect::types;
use crate::sandbox::engine::STACK;
use crate::sandbox::error::{CallError, Limit, LimitHit, PluginFailure};
use crate::sandbox::state::State;
use crate::sandbox::usage::USAGE;

/// A running guest gives way to others on its thread after this much fuel: about three milliseconds. What a batch takes is less as a rule,
/// so that a batch stays on its core.
const YIELD_INTERVAL: u64 = 20_000_000;

/// What a call gave, seen from outside: in time or not, trapped or not, and then the plugin's own answer.
type Answer<T> = Result<wasmtime::Result<Result<T, types::Error>>, Elapsed>;

/// One instance. Calls go one at a time, each bounded; after a failure that is not the plugin's own answer it is lost.
pub(super) struct Instance {
    pub(super) store: Store<State>,
    pub(super) instance: WasmInstance,
    limits: Limits,
    condition: Condition,
    given: u64,
    used: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    Ready,
    /// A call is under way, or its future was dropped before it ended.
    Called,
    Lost,
}

impl Instance {
    /// Takes over an instance just made in `store`.
    pub(super) fn new(store: Store<State>, instance: WasmInstance, limits: Limits) -> Self {
        let mut made = Self { store, instance, limits, condition: Condition::Ready, given: 0, used: 0 };
        made.given = made.limits.fuel(0);
        made.count_fuel();
        made
    }

    /// Sets a new store's limits, its fuel included.
    pub(super) fn prepare(store: &mut Store<State>, limits: &Limits) -> wasmtime::Result<()> {
        store.limiter(|state| &mut state.meter);
        store.set_max_component_handles(limits.handles as usize);
        // What is copied out of a guest can be no more than it may have.
        store.set_hostcall_fuel(usize::try_from(limits.memory).unwrap_or(usize::MAX));
        store.set_fuel(limits.fuel(0))?;
        store.fuel_async_yield_interval(Some(YIELD_INTERVAL))
    }

    /// Calls `function`, which is given `records` records, and makes of what happened what the plugin or the sandbox says.
    ///
    /// # Errors
    /// Any [`CallError`].
    pub(super) async fn call<T>(
        &mut self,
        function: &str,
        records: usize,
        call: impl AsyncFnOnce(&mut Store<State>) -> wasmtime::Result<Result<T, types::Error>>,
    ) -> Result<T, CallError> {
        let time = self.begin(records)?;
        let answer = tokio::time::timeout(time, call(&mut self.store)).await;
        self.end(function, answer)
    }

    /// Before a call: its fuel, and how long it may take.
    // I15: fuel and memory are set here, the time returned is waited for at most. I16: a lost instance is never called.
    fn begin(&mut self, records: usize) -> Result<Duration, CallError> {
        if self.condition != Condition::Ready {
            return Err(CallError::Lost);
        }
        self.given = self.limits.fuel(records);
        self.store.set_fuel(self.given).map_err(|error| CallError::Contract(error.to_string()))?;
        let state = self.store.data_mut();
        state.meter.start_call();
        state.refusals.start_call();
        state.call_began = Instant::now();
        self.condition = Condition::Called;
        Ok(self.limits.call_timeout)
    }

    /// After it.
    fn end<T>(&mut self, function: &str, answer: Answer<T>) -> Result<T, CallError> {
        self.count_fuel();
        self.condition = Condition::Lost;
        let ended = self.judge(function, answer);
        USAGE.calls.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = &ended {
            USAGE.failed(error);
        }
        ended
    }

    fn judge<T>(&mut self, function: &str, answer: Answer<T>) -> Result<T, CallError> {
        match answer {
            Ok(Ok(Ok(value))) => {
                self.condition = Condition::Ready;
                Ok(value)
            }
            Ok(Ok(Err(error))) => {
                self.condition = Condition::Ready;
                Err(CallError::Plugin(self.with_refusals(PluginFailure::from(error))))
            }
            Ok(Err(error)) => Err(self.trapped(function, &error)),
            Err(_elapsed) => Err(CallError::Limit(LimitHit::timeout(self.limits.call_timeout, function))),
        }
    }

    /// Fuel used since the instance was made.
    pub(super) fn fuel_used(&self) -> u64 {
        self.used
    }

    /// Memory of the instance now, bytes.
    pub(super) fn memory(&self) -> u64 {
        self.store.data().meter.memory()
    }

    fn count_fuel(&mut self) {
        let left = self.store.get_fuel().unwrap_or(0);
        self.used = self.used.saturating_add(self.given.saturating_sub(left));
        self.given = left;
    }

    fn with_refusals(&self, mut failure: PluginFailure) -> PluginFailure {
        if let Some(refused) = self.store.data().refusals.first() {
            failure.message = format!("{} ({refused})", failure.message);
        }
        failure
    }

    fn trapped(&self, function: &str, error: &wasmtime::Error) -> CallError {
        failure(function, error, self.store.data(), &self.limits)
    }
}

/// What a trap, or an error on the way in or out, means.
pub(super) fn failure(function: &str, error: &wasmtime::Error, state: &State, limits: &Limits) -> CallError {
    let hit = |limit, configured| CallError::Limit(LimitHit { limit, configured, function: function.to_owned() });
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => {
            let configured = format!("{} a call and {} a record", limits.fuel_per_call, limits.fuel_per_record);
            return hit(Limit::Fuel, configured);
        }
        Some(Trap::StackOverflow) => return hit(Limit::Stack, format!("{STACK} bytes")),
        _ => {}
    }
    if let Some(refused) = state.meter.refused(function) {
        return CallError::Limit(refused);
    }
    let message = error.root_cause().to_string();
    if message.contains("fuel allocated for hostcalls") {
        return hit(Limit::Data, format!("{} bytes", limits.memory));
    }
    if message.contains("resource table") && message.contains("full") || message.contains("too many live component-model handles")
    {
        return hit(Limit::Handles, limits.handles.to_string());
    }
    let message = match state.refusals.first() {
        Some(refused) => format!("{message} ({refused})"),
        None => message,
    };
    // Without frames no guest code was running: it was its answer that could not be taken.
    let running = error.is::<Trap>() || error.is::<I32Exit>() || error.is::<WasmBacktrace>();
    match running {
        true => CallError::Trap { function: function.to_owned(), message, backtrace: backtrace(error) },
        false => CallError::Contract(format!("the answer of {function} breaks the contract: {message}")),
    }
}

/// The plugin's frames, innermost first. Offsets and files of the compiler's are left out: names are what an author can use.
fn backtrace(error: &wasmtime::Error) -> String {
    let mut lines = Vec::new();
    if let Some(trace) = error.downcast_ref::<WasmBacktrace>() {
        for frame in trace.frames() {
            lines.push(format!("\tat {}", frame.func_name().unwrap_or("<unnamed function>")));
        }
    }
    lines.join("\n")
}
