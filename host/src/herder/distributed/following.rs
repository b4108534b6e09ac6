//! Every worker's loop: it runs what the newest assignment gives it, and says when it has let go of the rest.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::storage::assignment::{NOTHING, release_record};
use crate::storage::config_state::{ConfigState, Notice};
use crate::storage::status_store::TargetState;

use super::Inner;
use super::ledger::{Step, share_of};
use crate::herder::error::HerderError;

/// Follows assignments and notices until it is dropped.
pub(super) async fn follow(inner: Arc<Inner>, mut notices: mpsc::UnboundedReceiver<Notice>) {
    let mut membership = inner.group.watch();
    let mut applied = inner.configs.applied();
    let mut releases = Releases::default();
    let mut caught_up = false;
    loop {
        membership.mark_unchanged();
        applied.mark_unchanged();
        let present = membership.borrow().present;
        // I22: who was no member knows old assignments only.
        if present && !caught_up {
            match inner.configs.read_to_end().await {
                Ok(()) => caught_up = true,
                Err(error) => tracing::warn!("catching up with the config topic: {error}"),
            }
        }
        caught_up &= present;
        turn(&inner, caught_up, &mut releases);
        tokio::select! {
            changed = membership.changed() => if changed.is_err() { return },
            changed = applied.changed() => if changed.is_err() { return },
            notice = notices.recv() => match notice {
                Some(Notice::Restart(request)) => inner.restart(&request),
                Some(Notice::Logger { name, level }) => drop(inner.parts.loggers.set(&name, &level)),
                None => return,
            },
        }
    }
}

/// What is being let go of.
#[derive(Default)]
struct Releases {
    /// The newest assignment that this worker has answered, or is about to.
    generation: i32,
    stopping: Vec<JoinHandle<Result<(), HerderError>>>,
    /// The answer before: answers go out in order.
    last: Option<JoinHandle<()>>,
}

fn turn(inner: &Arc<Inner>, present: bool, releases: &mut Releases) {
    let state = inner.state();
    let share = match present {
        true => share_of(&inner.me, state.assignment.as_deref()),
        // Not a member any more: others will be given what it had.
        false => &NOTHING,
    };
    if let Some(assignment) = &state.assignment {
        inner.parts.statuses.set_generation(assignment.generation);
    }
    let steps = inner.ledger().reconcile(share, &state);
    for step in steps {
        let stops = matches!(step, Step::StopTasks(..) | Step::StopConnector(_));
        tracing::debug!(?step, "following the assignment");
        let (name, work) = (step.connector().to_owned(), carry_out(Arc::clone(inner), step, Arc::clone(&state)));
        let handle = inner.turns.spawn(&name, work);
        if stops {
            releases.stopping.push(handle);
        }
    }
    let generation = state.assignment.as_ref().map_or(0, |assignment| assignment.generation);
    let revokes = state.assignment.as_ref().is_some_and(|assignment| assignment.revoked.contains_key(&inner.me));
    if generation != releases.generation && revokes && present {
        releases.generation = generation;
        releases.last = Some(tokio::spawn(release(
            Arc::clone(inner),
            generation,
            std::mem::take(&mut releases.stopping),
            releases.last.take(),
        )));
    }
    releases.stopping.retain(|handle| !handle.is_finished());
}

/// Waits for what is being stopped, then tells the leader.
// I23: a worker says that it has let go only when that is so.
async fn release(
    inner: Arc<Inner>,
    generation: i32,
    stopping: Vec<JoinHandle<Result<(), HerderError>>>,
    before: Option<JoinHandle<()>>,
) {
    if let Some(before) = before {
        let _ = before.await;
    }
    for handle in stopping {
        let _ = handle.await;
    }
    while let Err(error) = inner.configs.write(&release_record(&inner.me, generation)).await {
        tracing::warn!(generation, "telling the leader what was let go of: {error}");
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
}

async fn carry_out(inner: Arc<Inner>, step: Step, state: Arc<ConfigState>) -> Result<(), HerderError> {
    let worker = &inner.parts.worker;
    match step {
        Step::StopTasks(_, ids) => worker.stop_tasks(&ids).await,
        Step::StopConnector(name) => worker.stop_connector(&name).await,
        Step::StartConnector(name) => inner.start_connector(&name, &state).await?,
        Step::StartTasks(name, ids) => {
            let Some(entry) = state.entry(&name) else { return Ok(()) };
            for id in ids {
                inner.start_task(id, &entry).await;
            }
        }
        Step::SetTarget(name, target) => {
            worker.set_target_state(&name, target).await;
            if target == TargetState::Started && inner.ledger().has_connector(&name) {
                inner.update_tasks(&name).await?;
            }
        }
    }
    Ok(())
}
