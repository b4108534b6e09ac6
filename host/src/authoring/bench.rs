//! What a transformation costs: records of eight fields, in batches, in the sandbox that a worker runs it in.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::authoring::guest::Guest;
use crate::authoring::samples;
use crate::config::Props;
use crate::plugin::Plugin;

/// Records of one batch.
const BATCH: usize = 500;
/// How often an instance is made, to say how long that takes.
const INSTANCES: u32 = 5;

/// What was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Records a CPU second.
    pub records_per_second: f64,
    /// Fuel a record.
    pub fuel_per_record: u64,
    /// Memory of the instance at the end, bytes.
    pub memory: u64,
    /// From nothing to an open chain, the code being compiled.
    pub instantiation: Duration,
    /// Size of the component, bytes.
    pub size: u64,
}

/// Takes `records` records through the plugin, after one batch that is not counted.
///
/// # Errors
/// When the plugin fails, or this system tells no CPU time.
pub async fn run(guest: &Guest, plugin: &Arc<Plugin>, config: &Props, records: usize) -> anyhow::Result<Figures> {
    let started = Instant::now();
    for _ in 0..INSTANCES {
        guest.chain(plugin, config).await?;
    }
    let instantiation = started.elapsed() / INSTANCES;
    let mut chain = guest.chain(plugin, config).await?;
    let batch = samples::eight_fields(BATCH);
    let first = chain.apply(&batch, BATCH).await?;
    if let Some(failure) = first.failed.first() {
        bail!("record {} fails: {}", failure.id, failure.failure.message);
    }
    let (fuel, cpu) = (chain.fuel_used(), cpu_time()?);
    let batches = records.div_ceil(BATCH).max(1);
    for _ in 0..batches {
        chain.apply(&batch, BATCH).await?;
    }
    let (fuel, cpu) = (chain.fuel_used() - fuel, cpu_time()?.saturating_sub(cpu));
    let count = batches * BATCH;
    Ok(Figures {
        records_per_second: count as f64 / cpu.as_secs_f64(),
        fuel_per_record: fuel / count as u64,
        memory: chain.memory(),
        instantiation,
        size: guest.inspection.artifact.size,
    })
}

/// CPU time of this thread, which is the one that the plugin runs on.
fn cpu_time() -> anyhow::Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").context("this system tells no CPU time of a thread")?;
    let nanos = text.split_whitespace().next().and_then(|nanos| nanos.parse().ok());
    nanos.map(Duration::from_nanos).context("the system's figure for CPU time is no number")
}
