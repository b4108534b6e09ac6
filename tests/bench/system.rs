//! What is compared.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use caisson_harness::distribution::Distribution;
use caisson_harness::worker::{Plan, Worker, binary};
use serde_json::Value;

/// One of the programs that do the work.
pub enum System {
    /// `target/release/caisson`.
    Caisson,
    /// Kafka's workers, heap as in its scripts; with the folder of a JDBC connector's jars, if there is one.
    Jvm(Distribution, Option<PathBuf>),
    /// A loop of librdkafka: the floor.
    Bare(PathBuf),
}

impl System {
    /// Its name in the report.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Caisson => "caisson",
            Self::Jvm(..) => "jvm",
            Self::Bare(_) => "bare",
        }
    }

    /// Whether it can be compared by tables of a database.
    pub fn has_jdbc(&self) -> bool {
        matches!(self, Self::Caisson | Self::Jvm(_, Some(_)))
    }

    /// Starts a worker with these connectors, without waiting for it.
    pub fn worker(&self, folder: &Path, bootstrap: &str, connectors: &[(&str, Value)]) -> anyhow::Result<Worker> {
        let mut plan = Plan::on_kafka(folder, bootstrap)?;
        plan.set("offset.flush.interval.ms", "1000");
        for (name, config) in connectors {
            plan.connector(name, config);
        }
        self.spawn(plan, folder, ["standalone", "org.apache.kafka.connect.cli.ConnectStandalone"])
    }

    /// Starts the only worker of a cluster, without waiting for it.
    pub fn cluster(&self, folder: &Path, bootstrap: &str, group: &str) -> anyhow::Result<Worker> {
        let plan = Plan::in_cluster(folder, bootstrap, group)?;
        self.spawn(plan, folder, ["distributed", "org.apache.kafka.connect.cli.ConnectDistributed"])
    }

    /// Starts Caisson with the first command, or the JVM's worker with the second.
    fn spawn(&self, mut plan: Plan, folder: &Path, [ours, jvm]: [&str; 2]) -> anyhow::Result<Worker> {
        let (mut command, name) = match self {
            Self::Caisson => (Command::new(binary()), ours),
            Self::Jvm(distribution, jdbc) => {
                let folders = [Some(distribution.plugin_path()), jdbc.as_deref()].into_iter().flatten();
                plan.set("plugin.path", &folders.map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(","));
                (distribution.java(&["-Xms256M", "-Xmx2G"], folder)?, jvm)
            }
            Self::Bare(_) => bail!("the bare loop is no worker"),
        };
        command.arg(name).args(plan.arguments()?);
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
