//! What is compared.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use caisson_harness::distribution::Distribution;
use caisson_harness::worker::{Plan, Worker, binary};
use serde_json::Value;

/// One of the programs that do the work.
pub enum System {
    /// `target/release/caisson standalone`.
    Caisson,
    /// Kafka's `ConnectStandalone`, heap as in its scripts.
    Jvm(Distribution),
    /// A loop of librdkafka: the floor.
    Bare(PathBuf),
}

impl System {
    /// Its name in the report.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Caisson => "caisson",
            Self::Jvm(_) => "jvm",
            Self::Bare(_) => "bare",
        }
    }

    /// Starts a worker with these connectors, without waiting for it.
    pub fn worker(&self, folder: &Path, bootstrap: &str, connectors: &[(&str, Value)]) -> anyhow::Result<Worker> {
        let mut plan = Plan::on_kafka(folder, bootstrap)?;
        plan.set("offset.flush.interval.ms", "1000");
        for (name, config) in connectors {
            plan.connector(name, config);
        }
        let mut command = match self {
            Self::Caisson => Command::new(binary()),
            Self::Jvm(distribution) => {
                plan.set("plugin.path", &distribution.plugin_path().display().to_string());
                distribution.java(&["-Xms256M", "-Xmx2G"], folder)?
            }
            Self::Bare(_) => bail!("the bare loop is no worker"),
        };
        command.arg(if matches!(self, Self::Caisson) { "standalone" } else { "org.apache.kafka.connect.cli.ConnectStandalone" });
        command.args(plan.arguments()?);
        plan.spawn(&command)
    }

    /// Runs the bare loop and returns what it printed; none for a worker.
    pub fn bare(&self, arguments: &[&str]) -> anyhow::Result<Option<Value>> {
        let Self::Bare(program) = self else { return Ok(None) };
        let output =
            Command::new(program).args(arguments).output().with_context(|| format!("cannot run {}", program.display()))?;
        if !output.status.success() {
            bail!("{} ended with {}: {}", program.display(), output.status, String::from_utf8_lossy(&output.stderr));
        }
        Ok(Some(serde_json::from_slice(&output.stdout)?))
    }
}
