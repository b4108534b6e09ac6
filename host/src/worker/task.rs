//! A task that runs.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::Instrument;

use crate::config::task_restarts::{MAX_ATTEMPTS, TaskRestarts};
use crate::plugin::Kind;
use crate::storage::status_store::{State, Status, TargetState};
use crate::task::counters::{Counters, Reading};
use crate::task::environment::{Environment, TaskSpec};
use crate::task::failure::TaskFailure;
use crate::task::orders::{Order, Orders};
use crate::task::{sink, source};

use super::startups::Startups;

/// A task's future and what steers it. Dropping it cancels the task.
pub(super) struct RunningTask {
    orders: watch::Sender<Order>,
    future: JoinHandle<()>,
    counters: Arc<Counters>,
    kind: Kind,
}

impl RunningTask {
    /// Starts a task: one future from poll to producer, or from consumer to put.
    pub(super) fn spawn(environment: Environment, spec: TaskSpec, target: TargetState, startups: Arc<Startups>) -> Self {
        let (orders, receiver) = watch::channel(order(target));
        let counters = Arc::new(Counters::default());
        let span = tracing::info_span!("task", connector = spec.id.connector, task = spec.id.task);
        let kind = spec.plugin.kind;
        let future = run(environment, spec, Orders::new(receiver), Arc::clone(&counters), startups);
        Self { orders, future: tokio::spawn(future.instrument(span)), counters, kind }
    }

    pub(super) fn stop(&self) {
        self.orders.send_replace(Order::Stop);
    }

    pub(super) fn set_target(&self, target: TargetState) {
        self.orders.send_if_modified(|current| {
            let changes = *current != Order::Stop && *current != order(target);
            if changes {
                *current = order(target);
            }
            changes
        });
    }

    /// Waits until the task has ended. False: it has not by then.
    pub(super) async fn ended_by(&mut self, deadline: Instant) -> bool {
        self.future.is_finished() || tokio::time::timeout_at(deadline, &mut self.future).await.is_ok()
    }

    pub(super) fn cancel(&self) {
        self.future.abort();
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether it has all that it needs, and has not ended.
    pub(super) fn has_started(&self) -> bool {
        self.counters.has_run() && !self.future.is_finished()
    }

    /// Source or sink.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn read(&self) -> Reading {
        self.counters.read()
    }
}

impl Drop for RunningTask {
    fn drop(&mut self) {
        self.future.abort();
    }
}

fn order(target: TargetState) -> Order {
    match target {
        TargetState::Started => Order::Run,
        TargetState::Paused => Order::Pause,
        TargetState::Stopped => Order::Stop,
    }
}

/// Runs a task, and after a failure again, as often as its configuration says.
async fn run(environment: Environment, spec: TaskSpec, mut orders: Orders, counters: Arc<Counters>, startups: Arc<Startups>) {
    let mut attempt = 0;
    loop {
        let began = Instant::now();
        let end = once(&environment, &spec, orders.clone(), &counters, &startups).await;
        let version = Some(spec.plugin.version().to_owned());
        let failure = match end {
            Ok(()) => {
                environment.statuses.put_task(&spec.id, Status::new(State::Unassigned, version));
                break;
            }
            Err(failure) => failure,
        };
        // A wrong key was refused with the configuration; one that the worker's properties have wrong stops no task.
        let restarts = TaskRestarts::of_connector(environment.config.all(), &spec.connector).unwrap_or_default();
        attempt = if restarts.recovered(began.elapsed()) { 1 } else { attempt + 1 };
        let (wait, most) = (restarts.backoff(attempt), restarts.max_attempts);
        let trace = match (wait, attempt) {
            (Some(wait), _) => {
                format!("{failure}\nRestart {attempt} of {most} follows after {} ms ({MAX_ATTEMPTS}).", wait.as_millis())
            }
            (None, 1) => failure.to_string(),
            (None, _) => format!("{failure}\nRestarted {} times in a row without success ({MAX_ATTEMPTS}).", attempt - 1),
        };
        let Some(wait) = wait else {
            tracing::error!(
                "Task threw an uncaught and unrecoverable exception. Task is being killed and will not recover until manually restarted: {trace}"
            );
            environment.statuses.put_task(&spec.id, Status::failed(trace, version));
            break;
        };
        tracing::error!("Task threw an uncaught exception: {trace}");
        environment.statuses.put_task(&spec.id, Status::failed(trace, version));
        counters.mark_ended();
        if !orders.sleep(wait).await {
            break;
        }
        tracing::info!(attempt, "restarting the failed task");
    }
    tracing::info!("task ended: {}", counters.read());
}

// I7: whatever ends a task, a panic of the worker's own included, ends that task alone and is its status.
async fn once(
    environment: &Environment,
    spec: &TaskSpec,
    orders: Orders,
    counters: &Arc<Counters>,
    startups: &Startups,
) -> Result<(), TaskFailure> {
    let work = async {
        match spec.plugin.kind {
            Kind::Sink => sink::run(environment, spec, orders, Arc::clone(counters)).await,
            _ => source::run(environment, spec, orders, Arc::clone(counters)).await,
        }
    };
    let end = AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|_panic| Err(TaskFailure::connect("the worker failed while it ran this task; its log has the reason")));
    // A task that fails later has started all the same.
    startups.task(end.is_ok() || counters.has_run());
    end
}
