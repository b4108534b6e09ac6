//! Sinks.

use std::fs;
use std::sync::Arc;

use super::{Checks, Desk, Kept, Violation, during, kept};
use crate::authoring::cases::Case;
use crate::authoring::guest::Guest;
use crate::authoring::json::JsonFormat;
use crate::authoring::samples::{self, FIRST_OFFSET, Samples, TOPIC};
use crate::authoring::stored_offsets::StoredOffsets;
use crate::config::Props;
use crate::plugin::Plugin;
use crate::sandbox::Spec;
use crate::sandbox::context::{PartitionOffset, TopicPartition};
use crate::sandbox::error::CallError;
use crate::sandbox::sink::SinkTask;

pub(super) async fn run(guest: &Guest, plugin: &Arc<Plugin>, case: &Case, checks: &mut Checks) -> anyhow::Result<()> {
    let mut format = JsonFormat::open(guest, case.schemas).await?;
    let given = format.batch(&case.records).await?;
    let records = case.records.len();
    let desk = || Desk::new(guest, case);
    for samples in Samples::ALL {
        checks.add(samples.name(), takes(&desk()?, plugin, samples).await);
    }
    checks.add("task configurations", task_configs(&desk()?, plugin).await);
    checks.add("a put without records", without_records(&desk()?, plugin).await);
    checks.add("no offset is declared safe that was not given", safe_offsets(&desk()?, plugin, &given, records).await);
    checks.add("what is declared safe is in its place", in_its_place(&desk()?, plugin, &given, records).await);
    checks.add("the same batch again, as after a retriable error", put_again(&desk()?, plugin, &given, records).await);
    checks.add("a restart", restart(&desk()?, plugin, &given, records).await);
    checks.add("a stop in the middle", stop_in_the_middle(&desk()?, plugin, &given, records).await);
    checks.add("two instances at once", beside_itself(&desk()?, plugin, &given, records).await);
    checks.add("unknown keys", unknown_keys(&desk()?, plugin, &given, records).await);
    checks.add("malformed batches crash nothing", malformed(&desk()?, plugin).await);
    Ok(())
}

fn partitions() -> Vec<TopicPartition> {
    vec![TopicPartition { topic: TOPIC.to_owned(), partition: 0 }]
}

fn consumed(records: usize) -> Vec<PartitionOffset> {
    let offset = FIRST_OFFSET + i64::try_from(records).unwrap_or(0);
    vec![PartitionOffset { topic: TOPIC.to_owned(), partition: 0, offset }]
}

/// A task with its partitions, started with the connector's configuration for it.
pub(crate) async fn start(guest: &Guest, plugin: &Arc<Plugin>, config: &Props) -> Result<SinkTask, CallError> {
    let spec = guest.spec(plugin, config, Arc::new(StoredOffsets::of_sink(partitions())));
    let mut connector = guest.sandbox.sink_connector(&spec).await?;
    let configs = connector.task_configs(1).await?;
    connector.stop().await?;
    let config = configs.into_iter().next().ok_or_else(|| CallError::Contract("it configures no task".to_owned()))?;
    let mut task = guest.sandbox.sink_task(&Spec { config, ..spec }).await?;
    task.open(&partitions()).await?;
    Ok(task)
}

/// Commits, closes and stops.
pub(crate) async fn finish(task: &mut SinkTask, records: usize) -> Result<(), CallError> {
    task.pre_commit(consumed(records)).await?;
    task.close(&partitions()).await?;
    task.stop().await
}

async fn started(desk: &Desk<'_>, plugin: &Arc<Plugin>) -> Result<SinkTask, Violation> {
    start(desk.guest, plugin, &desk.config()).await.map_err(during("start"))
}

async fn task_configs(desk: &Desk<'_>, plugin: &Arc<Plugin>) -> Kept {
    let spec = desk.guest.spec(plugin, &desk.config(), Arc::new(StoredOffsets::default()));
    let mut connector = desk.guest.sandbox.sink_connector(&spec).await.map_err(during("start of the connector"))?;
    for most in [1, 3] {
        let configs = connector.task_configs(most).await.map_err(during("task-configs"))?;
        kept(configs.len() <= most as usize, || format!("asked for at most {most} tasks, it configures {}", configs.len()))?;
        kept(!configs.is_empty(), || "it configures no task".to_owned())?;
    }
    connector.stop().await.map_err(during("stop of the connector"))
}

/// Every sample is taken, or refused as bad data: nothing makes the plugin crash.
async fn takes(desk: &Desk<'_>, plugin: &Arc<Plugin>, samples: Samples) -> Kept {
    let mut task = started(desk, plugin).await?;
    let (batch, records) = samples.batch();
    match task.put(&batch, records).await {
        Ok(()) => finish(&mut task, records).await.map_err(during("the end of the task")),
        Err(CallError::Plugin(failure)) if failure.kind == "data" => task.stop().await.map_err(during("stop after bad data")),
        Err(error) => Err(during("put")(error)),
    }
}

async fn without_records(desk: &Desk<'_>, plugin: &Arc<Plugin>) -> Kept {
    let mut task = started(desk, plugin).await?;
    task.put(&samples::empty(), 0).await.map_err(during("put of a batch without records"))?;
    task.put(&[], 0).await.map_err(during("put of nothing"))?;
    finish(&mut task, 0).await.map_err(during("the end of the task"))
}

async fn safe_offsets(desk: &Desk<'_>, plugin: &Arc<Plugin>, batch: &[u8], records: usize) -> Kept {
    let mut task = started(desk, plugin).await?;
    task.put(batch, records).await.map_err(during("put"))?;
    let given = consumed(records);
    for safe in task.pre_commit(given.clone()).await.map_err(during("pre-commit"))? {
        let known = given
            .iter()
            .any(|given| given.topic == safe.topic && given.partition == safe.partition && safe.offset <= given.offset);
        kept(known, || {
            format!("offset {} of {}-{} is declared safe, and was not given", safe.offset, safe.topic, safe.partition)
        })?;
    }
    task.stop().await.map_err(during("stop"))
}

/// What the case says of files after its records holds when offsets are declared safe, before anything is stopped.
async fn in_its_place(desk: &Desk<'_>, plugin: &Arc<Plugin>, batch: &[u8], records: usize) -> Kept {
    let mut task = started(desk, plugin).await?;
    task.put(batch, records).await.map_err(during("put"))?;
    task.pre_commit(consumed(records)).await.map_err(during("pre-commit"))?;
    let found = files_are(desk, 1);
    task.stop().await.map_err(during("stop"))?;
    found
}

/// Whether the case's files hold what it says, so many times over.
pub(crate) fn files_are(desk: &Desk<'_>, times: usize) -> Kept {
    for (name, text) in &desk.case.files_after {
        let path = desk.folder().join(name);
        let found = fs::read_to_string(&path).unwrap_or_default();
        let expected = text.repeat(times);
        kept(found == expected, || format!("{name} has to hold {expected:?} and holds {found:?}"))?;
    }
    Ok(())
}

async fn put_again(desk: &Desk<'_>, plugin: &Arc<Plugin>, batch: &[u8], records: usize) -> Kept {
    let mut task = started(desk, plugin).await?;
    for _ in 0..2 {
        task.put(batch, records).await.map_err(during("put"))?;
    }
    finish(&mut task, records).await.map_err(during("the end of the task"))
}

/// Records that were committed are there, and a task that starts anew takes more.
async fn restart(desk: &Desk<'_>, plugin: &Arc<Plugin>, batch: &[u8], records: usize) -> Kept {
    for times in 1..=2 {
        let mut task = started(desk, plugin).await?;
        task.put(batch, records).await.map_err(during("put"))?;
        finish(&mut task, records).await.map_err(during("the end of the task"))?;
        files_are(desk, times)?;
    }
    Ok(())
}

async fn stop_in_the_middle(desk: &Desk<'_>, plugin: &Arc<Plugin>, batch: &[u8], records: usize) -> Kept {
    let mut task = started(desk, plugin).await?;
    task.put(batch, records).await.map_err(during("put"))?;
    task.stop().await.map_err(during("stop without a commit"))?;
    let mut task = started(desk, plugin).await?;
    task.put(batch, records).await.map_err(during("put after a stop without a commit"))?;
    finish(&mut task, records).await.map_err(during("the end of the task"))
}

async fn beside_itself(desk: &Desk<'_>, plugin: &Arc<Plugin>, batch: &[u8], records: usize) -> Kept {
    let mut tasks = [started(desk, plugin).await?, started(desk, plugin).await?];
    for task in &mut tasks {
        task.put(batch, records).await.map_err(during("put"))?;
    }
    for task in &mut tasks {
        finish(task, records).await.map_err(during("the end of the task"))?;
    }
    files_are(desk, 2)
}

async fn unknown_keys(desk: &Desk<'_>, plugin: &Arc<Plugin>, batch: &[u8], records: usize) -> Kept {
    let config = desk.config_with_strange_key();
    let mut task = start(desk.guest, plugin, &config).await.map_err(during("start with an unknown key"))?;
    task.put(batch, records).await.map_err(during("put"))?;
    finish(&mut task, records).await.map_err(during("the end of the task"))?;
    files_are(desk, 1)
}

/// The worker never gives a sink a malformed batch, so taking a part of one is no mistake; crashing is.
async fn malformed(desk: &Desk<'_>, plugin: &Arc<Plugin>) -> Kept {
    let mut task = started(desk, plugin).await?;
    let (batch, records) = Samples::Headers.batch();
    for length in 1..batch.len() {
        if let Err(error) = task.put(batch.get(..length).unwrap_or_default(), records).await {
            kept(!error.is_fatal_to_instance(), || {
                format!("a batch cut off after {length} bytes of {} crashes the plugin: {error}", batch.len())
            })?;
        }
    }
    task.stop().await.map_err(during("stop"))
}
