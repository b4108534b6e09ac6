//! Sources.

use std::sync::Arc;

use super::{Checks, Desk, Kept, Violation, broken, during, kept};
use crate::authoring::cases::Case;
use crate::authoring::guest::Guest;
use crate::authoring::json::{JsonFormat, JsonRecord};
use crate::authoring::stored_offsets::StoredOffsets;
use crate::config::Props;
use crate::plugin::Plugin;
use crate::record::index::Index;
use crate::record::origins::Origins;
use crate::sandbox::source::SourceTask;

/// How many polls without a record are enough to say that no more come.
const IDLE_POLLS: usize = 3;

/// A record as the suite compares it, with its encoded source partition and offset.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    /// The record, as JSON with or without its schemas.
    pub record: JsonRecord,
    partition: Vec<u8>,
    offset: Vec<u8>,
}

pub(super) async fn run(guest: &Guest, plugin: &Arc<Plugin>, case: &Case, checks: &mut Checks) -> anyhow::Result<()> {
    let desk = Desk::new(guest, case)?;
    let mut format = JsonFormat::open(guest, true).await?;
    let all = match read_all(&desk, plugin, &mut format, &desk.config(), &StoredOffsets::default().into()).await {
        Ok(all) => {
            let enough = kept(!all.is_empty(), || "no record came: give the case's source something to read".to_owned());
            checks.add("records, their ids and origins, and a wait when there are none", enough);
            all
        }
        Err(violation) => {
            checks.add("records, their ids and origins, and a wait when there are none", Err(violation));
            return Ok(());
        }
    };
    checks.add("task configurations", task_configs(&desk, plugin).await);
    checks.add("offsets after a restart", offsets(&desk, plugin, &mut format, &all).await);
    checks.add("a stop in the middle", stop_in_the_middle(&desk, plugin, &mut format, &all).await);
    checks.add("two instances at once", beside_itself(&desk, plugin, &mut format, &all).await);
    let strange = desk.config_with_strange_key();
    let again = read_all(&desk, plugin, &mut format, &strange, &StoredOffsets::default().into()).await;
    checks.add("unknown keys", again.and_then(|again| kept(again == all, || "an unknown key changes what is read".to_owned())));
    Ok(())
}

async fn task_configs(desk: &Desk<'_>, plugin: &Arc<Plugin>) -> Kept {
    let spec = desk.guest.spec(plugin, &desk.config(), Arc::new(StoredOffsets::default()));
    let mut connector = desk.guest.sandbox.source_connector(&spec).await.map_err(during("start of the connector"))?;
    for most in [1, 3] {
        let configs = connector.task_configs(most).await.map_err(during("task-configs"))?;
        kept(configs.len() <= most as usize, || format!("asked for at most {most} tasks, it configures {}", configs.len()))?;
        kept(!configs.is_empty(), || "it configures no task".to_owned())?;
    }
    connector.stop().await.map_err(during("stop of the connector"))
}

async fn start(
    desk: &Desk<'_>,
    plugin: &Arc<Plugin>,
    config: &Props,
    stored: &Arc<StoredOffsets>,
) -> Result<SourceTask, Violation> {
    let stored = Arc::clone(stored);
    let spec = desk.guest.spec(plugin, config, stored);
    let mut connector = desk.guest.sandbox.source_connector(&spec).await.map_err(during("start of the connector"))?;
    let configs = connector.task_configs(1).await.map_err(during("task-configs"))?;
    connector.stop().await.map_err(during("stop of the connector"))?;
    let Some(config) = configs.into_iter().next() else {
        return Err(Violation("it configures no task".to_owned()));
    };
    let spec = crate::sandbox::Spec { config, ..spec };
    desk.guest.sandbox.source_task(&spec).await.map_err(during("start of the task"))
}

/// Everything that a task gives until it has nothing more.
pub(crate) async fn read_all(
    desk: &Desk<'_>,
    plugin: &Arc<Plugin>,
    format: &mut JsonFormat,
    config: &Props,
    stored: &Arc<StoredOffsets>,
) -> Result<Vec<Seen>, Violation> {
    let mut task = start(desk, plugin, config, stored).await?;
    let mut all = Vec::new();
    let mut idle = 0;
    while idle < IDLE_POLLS {
        let (seen, waits) = poll(&mut task, format).await?;
        idle = if seen.is_empty() { idle + 1 } else { 0 };
        // One empty poll may have been spent on going over to another thing to read.
        kept(idle < 2 || waits, || "polls without records tell no wait: the worker would poll without a pause".to_owned())?;
        all.extend(seen);
    }
    task.commit().await.map_err(during("commit"))?;
    task.stop().await.map_err(during("stop"))?;
    Ok(all)
}

/// The records of one poll, and whether it tells a wait.
async fn poll(task: &mut SourceTask, format: &mut JsonFormat) -> Result<(Vec<Seen>, bool), Violation> {
    let polled = task.poll().await.map_err(during("poll"))?;
    let told = |error: &dyn std::fmt::Display| broken("the batch polled", error);
    let index = Index::of(&polled.batch).map_err(|error| told(&error))?;
    index.counts_from_zero().map_err(|error| told(&error))?;
    let mut origins = Origins::default();
    origins.read(&polled.origins, index.len()).map_err(|error| broken("the origins polled", error))?;
    if index.is_empty() {
        return Ok((Vec::new(), !polled.wait.is_zero()));
    }
    let (records, failed) = format.records(&polled.batch).await.map_err(|error| told(&error))?;
    if let Some(failure) = failed.first() {
        return Err(Violation(format!("record {} of a poll has no form as JSON: {}", failure.id, failure.failure.message)));
    }
    let bytes = |range: &std::ops::Range<usize>| polled.origins.get(range.clone()).unwrap_or_default().to_vec();
    let seen = records.into_iter().zip(origins.positions()).map(|((_, record), position)| Seen {
        record,
        partition: origins.partitions().get(position.partition as usize).map(bytes).unwrap_or_default(),
        offset: bytes(&position.offset),
    });
    Ok((seen.collect(), true))
}

/// With the offset of each record stored, the rest comes and nothing else.
async fn offsets(desk: &Desk<'_>, plugin: &Arc<Plugin>, format: &mut JsonFormat, all: &[Seen]) -> Kept {
    for (place, seen) in all.iter().enumerate() {
        let stored = Arc::new(StoredOffsets::default());
        store_until(&stored, all, place);
        let rest = read_all(desk, plugin, format, &desk.config(), &stored).await?;
        kept(Some(rest.as_slice()) == all.get(place + 1..), || {
            format!(
                "with the offset of record {place} ({}) stored, {} records came and not the {} behind it",
                serde_json::to_string(&seen.record).unwrap_or_default(),
                rest.len(),
                all.len() - place - 1
            )
        })?;
    }
    Ok(())
}

/// As a worker does: of each source partition the last offset.
fn store_until(stored: &StoredOffsets, all: &[Seen], place: usize) {
    for seen in all.iter().take(place + 1) {
        stored.store(&seen.partition, &seen.offset);
    }
}

async fn stop_in_the_middle(desk: &Desk<'_>, plugin: &Arc<Plugin>, format: &mut JsonFormat, all: &[Seen]) -> Kept {
    let stored = Arc::new(StoredOffsets::default());
    let mut task = start(desk, plugin, &desk.config(), &stored).await?;
    let mut first = Vec::new();
    for _ in 0..IDLE_POLLS {
        if first.is_empty() {
            first = poll(&mut task, format).await?.0;
        }
    }
    task.stop().await.map_err(during("stop in the middle"))?;
    store_until(&stored, &first, first.len());
    let rest = read_all(desk, plugin, format, &desk.config(), &stored).await?;
    let together = [first, rest].concat();
    kept(together == all, || format!("after a stop behind the first poll {} of {} records came", together.len(), all.len()))
}

async fn beside_itself(desk: &Desk<'_>, plugin: &Arc<Plugin>, format: &mut JsonFormat, all: &[Seen]) -> Kept {
    let stored = Arc::new(StoredOffsets::default());
    let mut tasks = [start(desk, plugin, &desk.config(), &stored).await?, start(desk, plugin, &desk.config(), &stored).await?];
    let mut seen = [Vec::new(), Vec::new()];
    for _ in 0..all.len() + IDLE_POLLS {
        for (task, seen) in tasks.iter_mut().zip(&mut seen) {
            seen.extend(poll(task, format).await?.0);
        }
    }
    for mut task in tasks {
        task.stop().await.map_err(during("stop"))?;
    }
    kept(seen.iter().all(|seen| seen == all), || "two tasks at once disturb each other".to_owned())
}
