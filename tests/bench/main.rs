//! `cargo xtask bench`: the same workloads on Caisson, on the JVM worker, and on a loop of librdkafka without worker or sandbox, in
//! turn on the same broker; then the ratios.
//!
//! Settings are Kafka's defaults but `offset.flush.interval.ms=1000`. Throughput is measured twice on one worker, the second
//! time warm, and compared by CPU seconds, which other load on the machine disturbs least; then all of it again, and the median counts.

mod connectors;
mod jdbc;
mod report;
mod system;
mod usage;
mod workload;

use std::path::PathBuf;

use anyhow::Context;
use caisson_harness::broker::Kafka;
use caisson_harness::distribution::Distribution;
use caisson_tests::topics::Topics;
use clap::Parser;

use report::Report;
use system::System;
use workload::{Ground, Workload};

#[derive(Parser)]
struct Arguments {
    /// Records of each throughput workload
    #[arg(long, default_value_t = 1_000_000)]
    records: u64,
    /// Workloads to run: start, source, source_smt, sink, sink_smt, latency, connectors, jdbc_source, jdbc_sink
    #[arg(long, value_delimiter = ',', default_value = "start,source,source_smt,sink,sink_smt,latency,connectors")]
    only: Vec<Workload>,
    /// How often throughput is measured on each system, in turn; the median counts, since machines are quicker at times
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Leave the JVM worker out
    #[arg(long)]
    no_jvm: bool,
    /// The JVM's JDBC connectors: a folder of their jars, drivers included, which the JVM's plugin.path is to name
    #[arg(long)]
    jdbc: Option<PathBuf>,
    /// The loop without a worker: target/release/examples/bare_librdkafka
    #[arg(long)]
    bare: Option<PathBuf>,
    /// Write every figure to this file, as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let kafka = Kafka::start(&["-Xms1g", "-Xmx1g"]).context("starting the broker")?;
    let folder = tempfile::Builder::new().prefix("caisson-bench-").tempdir()?;
    let ground = Ground {
        topics: Topics::of(kafka.bootstrap())?,
        bootstrap: kafka.bootstrap().to_owned(),
        folder: folder.path().to_path_buf(),
        records: arguments.records,
    };
    let mut systems = vec![System::Caisson];
    if !arguments.no_jvm {
        systems.push(System::Jvm(Distribution::find()?, arguments.jdbc));
    }
    systems.extend(arguments.bare.map(System::Bare));
    let mut report = Report::new(arguments.records);
    for workload in arguments.only {
        let rounds = if workload.is_throughput() { arguments.rounds } else { 1 };
        for system in (0..rounds).flat_map(|_| &systems) {
            eprintln!("{} on {} …", workload.name(), system.name());
            if let Some(figures) =
                workload.run(&ground, system).with_context(|| format!("{} on {}", workload.name(), system.name()))?
            {
                eprintln!("    {figures}");
                report.add(workload, system.name(), figures);
            }
        }
    }
    print!("{}", report.table());
    if let Some(path) = arguments.json {
        std::fs::write(&path, report.json()).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
