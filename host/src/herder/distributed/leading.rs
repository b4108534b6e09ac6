//! The leader's loop: who runs what, and what is left behind by what is gone.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use crate::storage::assignment;
use crate::storage::config_state::session_key_record;
use crate::storage::config_topic::ConfigWriteError;

use super::Inner;
use super::assignor::{self, Assignor, View};
use super::membership::Membership;
use super::{signature, tidying};

/// The loop looks around this often though nothing happens.
const LOOK: Duration = Duration::from_secs(5);
/// Pause after something failed.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// Leads whenever this worker is the leader.
pub(super) async fn lead(inner: Arc<Inner>) {
    let mut membership = inner.group.watch();
    let mut applied = inner.configs.applied();
    let mut reign = None;
    let start = Instant::now();
    loop {
        membership.mark_unchanged();
        applied.mark_unchanged();
        let known = membership.borrow().clone();
        let began = Instant::now();
        let pause = match turn(&inner, &known, &mut reign, start).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::warn!("leading the cluster: {error}");
                // Whether something was written is not known: it begins anew, by reading everything there is.
                reign = None;
                AFTER_ERROR
            }
        };
        // What a thousand connectors are assigned takes a while: what has changed meanwhile is looked at together.
        tokio::time::sleep(began.elapsed().min(LOOK)).await;
        tokio::select! {
            changed = membership.changed() => if changed.is_err() { return },
            changed = applied.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One look around. Returns how long nothing need be done if nothing happens.
async fn turn(
    inner: &Inner,
    known: &Membership,
    reign: &mut Option<Assignor>,
    start: Instant,
) -> Result<Duration, ConfigWriteError> {
    if !known.leads {
        if reign.take().is_some() {
            tracing::info!("this worker leads no more");
            inner.configs.relinquish().await;
        }
        return Ok(LOOK);
    }
    if !known.members.contains(&inner.me) {
        return Ok(AFTER_ERROR);
    }
    let assignor = match reign {
        Some(assignor) => assignor,
        None => {
            inner.configs.claim().await?;
            tracing::info!(members = known.members.len(), "this worker leads the cluster");
            let delay = inner.parts.config.duration("scheduled.rebalance.max.delay.ms");
            reign.insert(Assignor::new(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)))
        }
    };
    keep_session_key(inner).await?;
    let state = inner.state();
    let now = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let plan = assignor.plan(&View {
        now,
        leader: &inner.me,
        members: &known.members,
        current: &state.assignment.clone().unwrap_or_default(),
        released: &state.released,
        work: &assignor::work(&state),
    });
    if let Some(publish) = plan.publish {
        let (generation, members) = (publish.generation, publish.shares.len());
        inner.configs.write_as_leader(&[(assignment::KEY.to_owned(), Some(publish.to_json()))]).await?;
        tracing::info!(generation, members, departed = publish.departed.len(), "assigned connectors and tasks");
    }
    tidying::tidy(&inner.parts.statuses, &inner.state());
    Ok(plan.wake.map_or(LOOK, |wake| LOOK.min(Duration::from_millis(wake.saturating_sub(now).max(1)))))
}

/// Writes a new key for requests between workers when there is none or it is too old (KIP-507).
async fn keep_session_key(inner: &Inner) -> Result<(), ConfigWriteError> {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let now = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    let lives = inner.parts.config.int("inter.worker.key.ttl.ms").unwrap_or_default();
    let fresh = |created: i64| lives == 0 || now.saturating_sub(created) < lives;
    if inner.state().session_key.as_ref().is_some_and(|key| key.algorithm == signature::ALGORITHM && fresh(key.created)) {
        return Ok(());
    }
    match signature::new_key(now) {
        Ok(key) => inner.configs.write_as_leader(&[session_key_record(&key)]).await,
        Err(error) => {
            tracing::error!("{error}");
            Ok(())
        }
    }
}
