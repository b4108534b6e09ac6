//! A worker as a process of its own, standalone or of a cluster: the real binary, with real files.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::broker::free_ports;
use crate::deadline;
use crate::guarded::Guarded;
use crate::rest::Rest;

/// Far more than a worker takes on a busy machine.
pub const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// A broker that cannot be reached is given this long by the worker, and something on top.
const REFUSAL_LIMIT: Duration = Duration::from_secs(120);

/// What a worker is started with. Starting it twice gives the same worker again: same files, same port.
#[derive(Clone)]
pub struct Plan {
    folder: PathBuf,
    port: u16,
    command: &'static str,
    properties: Vec<(String, String)>,
    connectors: Vec<(String, Value)>,
}

impl Plan {
    /// A worker whose files (properties, offsets, log) are in `folder`, with JsonConverter for keys and values.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let [port] = free_ports()?;
        Ok(Self::at(folder, port))
    }

    /// The same with its REST API on this port.
    pub fn at(folder: &Path, port: u16) -> Self {
        let mut plan =
            Self { folder: folder.to_path_buf(), port, command: "standalone", properties: Vec::new(), connectors: Vec::new() };
        plan.set("listeners", &format!("http://127.0.0.1:{port}"));
        for side in ["key", "value"] {
            plan.set(&format!("{side}.converter"), "org.apache.kafka.connect.json.JsonConverter");
        }
        plan.set("offset.storage.file.filename", &folder.join("offsets").display().to_string());
        plan
    }

    /// The same on Kafka at `bootstrap`; without it the worker uses its local log in `folder`.
    pub fn on_kafka(folder: &Path, bootstrap: &str) -> anyhow::Result<Self> {
        let mut plan = Self::new(folder)?;
        plan.set("bootstrap.servers", bootstrap);
        Ok(plan)
    }

    /// The same with its local log in `folder`.
    pub fn on_local_log(folder: &Path) -> anyhow::Result<Self> {
        let mut plan = Self::new(folder)?;
        plan.set("local.log.dir", &folder.join("log").display().to_string());
        Ok(plan)
    }

    /// A worker of the cluster `group` on Kafka at `bootstrap`; the group's name begins those of its topics.
    pub fn in_cluster(folder: &Path, bootstrap: &str, group: &str) -> anyhow::Result<Self> {
        let mut plan = Self::on_kafka(folder, bootstrap)?;
        plan.command = "distributed";
        plan.properties.retain(|(key, _)| key != "offset.storage.file.filename");
        plan.set("group.id", group);
        for topic in ["config", "offset", "status"] {
            plan.set(&format!("{topic}.storage.topic"), &format!("{group}-{topic}"));
            plan.set(&format!("{topic}.storage.replication.factor"), "1");
        }
        plan.set("offset.storage.partitions", "5");
        plan.set("status.storage.partitions", "2");
        // The shortest that brokers allow by default.
        plan.set("session.timeout.ms", "6000");
        plan.set("heartbeat.interval.ms", "1000");
        Ok(plan)
    }

    /// Adds a worker property, or replaces it.
    pub fn set(&mut self, key: &str, value: &str) {
        self.properties.retain(|(name, _)| name != key);
        self.properties.push((key.to_owned(), value.to_owned()));
    }

    /// Adds a connector that the worker is given on its command line.
    pub fn connector(&mut self, name: &str, config: &Value) {
        self.connectors.push((name.to_owned(), config.clone()));
    }

    /// Address of the REST API.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Port of the REST API.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Writes the files and returns the arguments that follow `standalone` or `distributed`.
    pub fn arguments(&self) -> anyhow::Result<Vec<PathBuf>> {
        let worker = self.folder.join("worker.properties");
        let lines: String = self.properties.iter().map(|(key, value)| format!("{key}={value}\n")).collect();
        fs::write(&worker, lines).with_context(|| format!("cannot write {}", worker.display()))?;
        let mut arguments = vec![worker];
        for (name, config) in &self.connectors {
            let file = self.folder.join(format!("{name}.json"));
            fs::write(&file, json!({ "name": name, "config": config }).to_string())?;
            arguments.push(file);
        }
        Ok(arguments)
    }

    /// Starts Caisson and waits until `/health` is 200.
    pub fn start(&self) -> anyhow::Result<Worker> {
        let mut command = Command::new(binary());
        command.arg(self.command).args(self.arguments()?);
        self.start_as(&command)
    }

    /// Starts another worker, given its whole command, and waits for it in the same way.
    pub fn start_as(&self, command: &Command) -> anyhow::Result<Worker> {
        let worker = self.spawn(command)?;
        worker.await_health()?;
        Ok(worker)
    }

    /// Starts Caisson, which must refuse to run: waits until it has ended, and returns what it printed. Exit code 0 is an error.
    pub fn refusal(&self) -> anyhow::Result<String> {
        let mut command = Command::new(binary());
        command.arg(self.command).args(self.arguments()?);
        refusal(&mut command)
    }

    /// As [`Plan::start_as`], without waiting.
    pub fn spawn(&self, command: &Command) -> anyhow::Result<Worker> {
        let started = Instant::now();
        let process = Guarded::start(command, &self.folder.join("worker.log"), None)?;
        Ok(Worker { process, rest: Rest::new(&self.url()), started })
    }
}

/// Runs a program that must fail, and returns what it printed.
pub fn refusal(command: &mut Command) -> anyhow::Result<String> {
    let printed = tempfile::NamedTempFile::new()?;
    command.stdin(Stdio::null()).stdout(printed.reopen()?).stderr(printed.reopen()?);
    let mut process = command.spawn().context("cannot run the worker")?;
    let ended = deadline::until("the worker refuses to run", REFUSAL_LIMIT, || Ok(process.try_wait()?));
    let text = fs::read_to_string(printed.path())?;
    match ended {
        Ok(status) if !status.success() => Ok(text),
        Ok(_) => bail!("it ended well: {text}"),
        Err(error) => {
            process.kill()?;
            process.wait()?;
            Err(error.context(text))
        }
    }
}

/// The worker's program: `CAISSON_BIN`, or the one that `cargo xtask build` makes.
pub fn binary() -> PathBuf {
    if let Some(path) = env::var_os("CAISSON_BIN") {
        return path.into();
    }
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    target.join("release/caisson")
}

/// A worker that runs. Dropping it kills it.
pub struct Worker {
    process: Guarded,
    rest: Rest,
    started: Instant,
}

impl Worker {
    /// Its REST API.
    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// When its process was started.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// What it has logged so far, earlier runs in the same folder included.
    pub fn log(&self) -> String {
        self.process.printed()
    }

    /// Waits until `/health` is 200; a worker that ends before is an error with its log.
    pub fn await_health(&self) -> anyhow::Result<()> {
        let ended = deadline::until("the worker is healthy", START_LIMIT, || {
            if !self.process.alive() {
                return Ok(Some(true));
            }
            let answer = self.rest.call("GET", "/health", None)?;
            Ok((answer.status == 200).then_some(false))
        });
        match ended {
            Ok(false) => Ok(()),
            Ok(true) => bail!("the worker ended at once: {}", self.log()),
            Err(error) => Err(error.context(self.log())),
        }
    }

    /// SIGKILL, as at a power cut.
    pub fn kill(self) {
        drop(self);
    }

    /// SIGTERM, and waits until it has stopped in good order.
    pub fn terminate(self) -> anyhow::Result<()> {
        self.process.signal("TERM")?;
        deadline::until("the worker stops after SIGTERM", STOP_LIMIT, || Ok((!self.process.alive()).then_some(())))
            .with_context(|| self.log())
    }
}
