//! Feeds a plugin records, and shows what comes out and what it took.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};

use crate::authoring::guest::Guest;
use crate::authoring::json::{JsonFormat, JsonRecord};
use crate::authoring::stored_offsets::StoredOffsets;
use crate::authoring::suite::sink;
use crate::config::Props;
use crate::plugin::{Kind, Plugin};
use crate::record::index::Index;
use crate::sandbox::Spec;
use crate::sandbox::error::CallError;

/// What is fed to which plugin.
pub struct Feed<'a> {
    /// The component.
    pub guest: &'a Guest,
    /// The plugin.
    pub plugin: &'a Arc<Plugin>,
    /// Its configuration.
    pub config: &'a Props,
    /// Whether keys and values are `{"schema": …, "payload": …}`.
    pub schemas: bool,
    /// The records; a source needs none.
    pub records: &'a [JsonRecord],
    /// The most records that a source gives.
    pub most: usize,
}

/// What a plugin took, and what became of the records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Records given, or polled.
    pub records: usize,
    /// Records that a stage dropped.
    pub dropped: usize,
    /// Records that failed.
    pub failed: usize,
    /// Fuel of all calls.
    pub fuel: u64,
    /// Memory of the instance at the end, bytes.
    pub memory: u64,
    /// Time in the plugin's calls.
    pub time: Duration,
}

/// How many polls without a record end a source's run.
const IDLE_POLLS: usize = 3;

impl Feed<'_> {
    /// Runs it; records that come out go to `out`, one a line, and failures to `errors`.
    ///
    /// # Errors
    /// With the plugin's own words, and its stack where its toolchain keeps one.
    pub async fn run(&self, out: &mut impl Write, errors: &mut impl Write) -> anyhow::Result<Cost> {
        let mut format = JsonFormat::open(self.guest, self.schemas).await?;
        match self.plugin.kind {
            Kind::Source => self.source(&mut format, out).await,
            Kind::Sink => {
                let batch = format.batch(self.records).await?;
                self.sink(&batch).await
            }
            Kind::Predicate => {
                let batch = format.batch(self.records).await?;
                self.predicate(&batch, out).await
            }
            Kind::Transformation | Kind::Converter | Kind::HeaderConverter => {
                let batch = format.batch(self.records).await?;
                self.stage(&batch, &mut format, out, errors).await
            }
        }
    }

    async fn stage(
        &self,
        batch: &[u8],
        format: &mut JsonFormat,
        out: &mut impl Write,
        errors: &mut impl Write,
    ) -> anyhow::Result<Cost> {
        let mut chain = self.guest.chain(self.plugin, self.config).await.map_err(told)?;
        let started = Instant::now();
        let outcome = chain.apply(batch, self.records.len()).await.map_err(told)?;
        let time = started.elapsed();
        let (passed, unprintable) = format.records(&outcome.batch).await?;
        for (_, record) in &passed {
            print(out, record)?;
        }
        for failure in outcome.failed.iter().chain(&unprintable) {
            writeln!(errors, "record {} failed: {}: {}", failure.id, failure.failure.class, failure.failure.message)?;
        }
        Ok(Cost {
            records: self.records.len(),
            dropped: outcome.dropped.len(),
            failed: outcome.failed.len() + unprintable.len(),
            fuel: chain.fuel_used(),
            memory: chain.memory(),
            time,
        })
    }

    async fn predicate(&self, batch: &[u8], out: &mut impl Write) -> anyhow::Result<Cost> {
        let started = Instant::now();
        let admitted = self.guest.admits(self.plugin, self.config, batch, self.records.len()).await.map_err(told)?;
        let time = started.elapsed();
        for (record, _) in self.records.iter().zip(&admitted).filter(|(_, admitted)| **admitted) {
            print(out, record)?;
        }
        let dropped = admitted.iter().filter(|admitted| !**admitted).count();
        Ok(Cost { records: self.records.len(), dropped, time, ..Cost::default() })
    }

    async fn sink(&self, batch: &[u8]) -> anyhow::Result<Cost> {
        let mut task = sink::start(self.guest, self.plugin, self.config).await.map_err(told)?;
        let started = Instant::now();
        task.put(batch, self.records.len()).await.map_err(told)?;
        sink::finish(&mut task, self.records.len()).await.map_err(told)?;
        let time = started.elapsed();
        Ok(Cost { records: self.records.len(), fuel: task.fuel_used(), memory: task.memory(), time, ..Cost::default() })
    }

    async fn source(&self, format: &mut JsonFormat, out: &mut impl Write) -> anyhow::Result<Cost> {
        let spec = self.guest.spec(self.plugin, self.config, Arc::new(StoredOffsets::default()));
        let mut connector = self.guest.sandbox.source_connector(&spec).await.map_err(told)?;
        let configs = connector.task_configs(1).await.map_err(told)?;
        connector.stop().await.map_err(told)?;
        let config = configs.into_iter().next().context("the connector configures no task")?;
        let mut task = self.guest.sandbox.source_task(&Spec { config, ..spec }).await.map_err(told)?;
        let mut cost = Cost::default();
        let mut idle = 0;
        while idle < IDLE_POLLS && cost.records < self.most {
            let started = Instant::now();
            let polled = task.poll().await.map_err(told)?;
            cost.time += started.elapsed();
            let count = Index::of(&polled.batch)?.len();
            if count == 0 {
                idle += 1;
                tokio::time::sleep(polled.wait).await;
                continue;
            }
            idle = 0;
            let (records, failed) = format.records(&polled.batch).await?;
            for (_, record) in records.iter().take(self.most - cost.records) {
                print(out, record)?;
            }
            cost.failed += failed.len();
            cost.records += count;
        }
        task.stop().await.map_err(told)?;
        (cost.fuel, cost.memory) = (task.fuel_used(), task.memory());
        Ok(cost)
    }
}

/// With the class and the stack that a worker's status shows.
fn told(error: CallError) -> anyhow::Error {
    anyhow!("{}: {error}", error.class())
}

fn print(out: &mut impl Write, record: &JsonRecord) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record).map_err(io::Error::other)?;
    out.write_all(b"\n")
}
