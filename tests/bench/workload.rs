//! The workloads, each on a worker started for it.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};
use caisson_harness::broker::fresh;
use caisson_harness::deadline::until;
use caisson_harness::worker::{START_LIMIT, Worker};
use caisson_tests::pipelines::{self, json_record, plain_sink, plain_source, write_lines};
use caisson_tests::topics::Topics;
use serde_json::{Value, json};

use crate::connectors;
use crate::jdbc;
use crate::report;
use crate::system::System;
use crate::usage::{cpu_seconds, resident};

/// How long a pass may take.
pub const PASS_LIMIT: Duration = Duration::from_secs(600);
const STARTS: usize = 3;
/// How long a worker is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(5);
const LATENCY_LINES: usize = 200;
const LATENCY_PAUSE: Duration = Duration::from_millis(50);

/// What all workloads stand on.
pub struct Ground {
    pub topics: Topics,
    pub bootstrap: String,
    pub folder: PathBuf,
    pub records: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Workload {
    /// From the process to a RUNNING connector given on its command line; memory when idle.
    Start,
    /// Lines of a hundred bytes into a topic, StringConverter.
    Source,
    /// The same through HoistField, InsertField and ReplaceField to JSON with schemas.
    SourceSmt,
    /// JSON without schemas into a file.
    Sink,
    /// The same through InsertField, MaskField and ReplaceField.
    SinkSmt,
    /// The rows of a table of PostgreSQL into a topic, as JSON with schemas.
    JdbcSource,
    /// JSON with schemas into a table of PostgreSQL.
    JdbcSink,
    /// A line appended every 50 ms, until it is read from the topic.
    Latency,
    /// A thousand connectors in one worker of a cluster.
    Connectors,
}

impl Workload {
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Source => "source",
            Self::SourceSmt => "source_smt",
            Self::Sink => "sink",
            Self::SinkSmt => "sink_smt",
            Self::JdbcSource => "jdbc_source",
            Self::JdbcSink => "jdbc_sink",
            Self::Latency => "latency",
            Self::Connectors => "connectors",
        }
    }

    /// Whether it takes seconds of CPU time, which are the more or the less at different times.
    pub fn is_throughput(self) -> bool {
        !matches!(self, Self::Start | Self::Latency | Self::Connectors)
    }

    /// The figures, or none where a system has nothing to compare.
    pub fn run(self, ground: &Ground, system: &System) -> anyhow::Result<Option<Value>> {
        match self {
            Self::Start | Self::Latency | Self::Connectors if matches!(system, System::Bare(_)) => Ok(None),
            Self::JdbcSource | Self::JdbcSink if !system.has_jdbc() => Ok(None),
            Self::JdbcSource => jdbc::source(ground, system).map(Some),
            Self::JdbcSink => jdbc::sink(ground, system).map(Some),
            Self::Connectors => connectors::run(ground, system).map(Some),
            Self::Start => start(ground, system).map(Some),
            Self::Latency => latency(ground, system).map(Some),
            Self::Source | Self::SourceSmt => source(ground, system, self == Self::SourceSmt),
            Self::Sink | Self::SinkSmt => sink(ground, system, self == Self::SinkSmt),
        }
    }
}

impl Ground {
    /// A folder of its own for one worker.
    pub fn room(&self) -> anyhow::Result<PathBuf> {
        let room = self.folder.join(fresh("worker"));
        fs::create_dir(&room)?;
        Ok(room)
    }

    fn topic(&self) -> anyhow::Result<String> {
        let topic = fresh("bench");
        self.topics.create(&topic, 1)?;
        Ok(topic)
    }

    fn lines(&self) -> anyhow::Result<PathBuf> {
        let path = self.folder.join("lines.txt");
        if !path.exists() {
            write_lines(&path, self.records)?;
        }
        Ok(path)
    }

    fn json_topic(&self) -> anyhow::Result<String> {
        let topic = self.topic()?;
        self.topics.produce(&topic, (0..self.records).map(json_record))?;
        Ok(topic)
    }
}

/// Times that end with RUNNING are of the process: the clock starts before it does.
fn start(ground: &Ground, system: &System) -> anyhow::Result<Value> {
    let mut running = Vec::new();
    let mut cpu = Vec::new();
    let mut idle = Vec::new();
    for _ in 0..STARTS {
        let room = ground.room()?;
        let file = room.join("empty.txt");
        File::create(&file)?;
        let topic = ground.topic()?;
        let worker = system.worker(&room, &ground.bootstrap, &[("idle", plain_source(&file, &topic))])?;
        worker.rest().await_running("idle", START_LIMIT).with_context(|| worker.log())?;
        running.push(worker.started().elapsed().as_secs_f64());
        cpu.push(cpu_seconds(worker.pid())?);
        std::thread::sleep(IDLE);
        idle.push(resident(worker.pid())?.0);
        worker.terminate()?;
        ground.topics.delete(&topic)?;
    }
    Ok(json!({ "running_s": median(running), "cpu_s": median(cpu), "idle_mib": median(idle) }))
}

fn source(ground: &Ground, system: &System, smt: bool) -> anyhow::Result<Option<Value>> {
    let lines = ground.lines()?;
    if matches!(system, System::Bare(_)) {
        let topic = ground.topic()?;
        let figures = system.bare(&["produce", &ground.bootstrap, &topic, &lines.display().to_string()])?;
        ground.topics.delete(&topic)?;
        return Ok(figures);
    }
    twice(ground, system, |worker| {
        let topic = ground.topic()?;
        let config = if smt { pipelines::source(&lines, &topic) } else { plain_source(&lines, &topic) };
        let pass = Pass::begin(worker, &topic, &config)?;
        until("the first record is in the topic", PASS_LIMIT, || Ok((ground.topics.end(&topic)? > 0).then_some(())))?;
        let first = Instant::now();
        until("all records are in the topic", PASS_LIMIT, || Ok((ground.topics.end(&topic)? >= ground.records).then_some(())))?;
        let figures = pass.end(worker, first, ground.records)?;
        worker.rest().delete(&topic)?;
        ground.topics.delete(&topic)?;
        Ok(figures)
    })
    .map(Some)
}

fn sink(ground: &Ground, system: &System, smt: bool) -> anyhow::Result<Option<Value>> {
    let topic = ground.json_topic()?;
    let figures = if matches!(system, System::Bare(_)) {
        let output = ground.room()?.join("out.txt").display().to_string();
        system.bare(&["consume", &ground.bootstrap, &topic, &output, &ground.records.to_string()])
    } else {
        twice(ground, system, |worker| {
            let name = fresh("sink");
            let output = ground.folder.join(&name);
            let config = if smt { pipelines::sink(&topic, &output) } else { plain_sink(&topic, &output) };
            let pass = Pass::begin(worker, &name, &config)?;
            let (first, lines) = await_lines(&output, ground.records)?;
            let figures = pass.end(worker, first, lines)?;
            worker.rest().delete(&name)?;
            fs::remove_file(&output)?;
            Ok(figures)
        })
        .map(Some)
    };
    ground.topics.delete(&topic)?;
    figures
}

/// Waits for 99 % of the lines, since a FileStreamSink of the JVM keeps the rest back until a flush.
fn await_lines(path: &Path, records: u64) -> anyhow::Result<(Instant, u64)> {
    until("the sink has written", PASS_LIMIT, || Ok((fs::metadata(path)?.len() > 0).then_some(())))?;
    let first = Instant::now();
    let mut file = File::open(path)?;
    let mut chunk = Vec::new();
    let mut lines = 0;
    until("the lines are in the file", PASS_LIMIT, || {
        chunk.clear();
        file.read_to_end(&mut chunk)?;
        lines += chunk.iter().filter(|byte| **byte == b'\n').count() as u64;
        Ok((lines * 100 >= records * 99).then_some(()))
    })?;
    Ok((first, lines))
}

/// One connector's life, and what the worker used for it.
pub struct Pass {
    posted: Instant,
    cpu: f64,
}

impl Pass {
    pub fn begin(worker: &Worker, name: &str, config: &Value) -> anyhow::Result<Self> {
        let cpu = cpu_seconds(worker.pid())?;
        let posted = Instant::now();
        worker.rest().create(name, config)?;
        Ok(Self { posted, cpu })
    }

    pub fn end(&self, worker: &Worker, first: Instant, records: u64) -> anyhow::Result<Value> {
        let seconds = first.elapsed().as_secs_f64();
        let cpu = cpu_seconds(worker.pid())? - self.cpu;
        let count = records as f64;
        Ok(json!({
            "records": records,
            "seconds_to_first": first.duration_since(self.posted).as_secs_f64(),
            "records_per_second": (count / seconds).round(),
            "cpu_us_per_record": (cpu * 1e8 / count).round() / 100.0,
            "peak_mib": resident(worker.pid())?.1.round(),
        }))
    }
}

/// The same pass on a worker just started, and again.
pub fn twice(ground: &Ground, system: &System, pass: impl Fn(&Worker) -> anyhow::Result<Value>) -> anyhow::Result<Value> {
    let worker = system.worker(&ground.room()?, &ground.bootstrap, &[])?;
    worker.await_health()?;
    let cold = pass(&worker).with_context(|| worker.log())?;
    let warm = pass(&worker)?;
    worker.terminate()?;
    Ok(json!({ "cold": cold, "warm": warm }))
}

fn latency(ground: &Ground, system: &System) -> anyhow::Result<Value> {
    let room = ground.room()?;
    let file = room.join("latency.txt");
    File::create(&file)?;
    let topic = ground.topic()?;
    let worker = system.worker(&room, &ground.bootstrap, &[("latency", plain_source(&file, &topic))])?;
    worker.rest().await_running("latency", START_LIMIT)?;
    let writer = std::thread::spawn(move || append_times(&file));
    let mut times = Vec::new();
    ground.topics.read(&topic, PASS_LIMIT, |record| {
        let sent: f64 =
            std::str::from_utf8(record.value.unwrap_or_default()).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0);
        times.push((now() - sent) * 1000.0);
        times.len() >= LATENCY_LINES
    })?;
    match writer.join() {
        Ok(written) => written?,
        Err(_) => bail!("the writer panicked"),
    }
    worker.terminate()?;
    ground.topics.delete(&topic)?;
    times.sort_by(f64::total_cmp);
    let at = |part: usize| times.get(times.len() * part / 100).copied().map(|ms| (ms * 10.0).round() / 10.0);
    Ok(json!({ "p50_ms": at(50), "p90_ms": at(90), "p99_ms": at(99) }))
}

fn append_times(path: &Path) -> anyhow::Result<()> {
    let mut file = OpenOptions::new().append(true).open(path)?;
    for _ in 0..LATENCY_LINES {
        std::thread::sleep(LATENCY_PAUSE);
        writeln!(file, "{:.6}", now())?;
    }
    Ok(())
}

fn now() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64()
}

fn median(values: Vec<f64>) -> f64 {
    report::median(values).map_or(0.0, |value| (value * 1000.0).round() / 1000.0)
}
