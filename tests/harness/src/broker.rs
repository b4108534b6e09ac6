//! A broker of one's own: Apache Kafka, one node of KRaft, on free ports.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;
use std::{env, fs, process};

use anyhow::{Context, anyhow, bail};

use crate::deadline;
use crate::distribution::Distribution;
use crate::guarded::Guarded;

/// Names a broker that is up already; [`shared`] then starts none.
pub const BOOTSTRAP: &str = "KAFKA_BOOTSTRAP";
const CLUSTER_ID: &str = "Y2Fpc3Nvbi1mb3ItdGVzdA";
const PROPERTIES: &str = "server.properties";
const START_LIMIT: Duration = Duration::from_secs(120);

const STOP_LIMIT: Duration = Duration::from_secs(30);

/// A broker; dropping it stops it and removes its data.
pub struct Kafka {
    bootstrap: String,
    folder: PathBuf,
    heap: Vec<String>,
    /// None while it is stopped.
    process: Option<Guarded>,
}

impl Kafka {
    /// Starts a broker with an empty folder and waits until it serves. `heap` is such as `["-Xms1g", "-Xmx1g"]`.
    pub fn start(heap: &[&str]) -> anyhow::Result<Self> {
        Self::start_with(heap, &[])
    }

    /// The same with properties of the broker that are added to the usual ones, such as `log.retention.ms=1000`.
    pub fn start_with(heap: &[&str], more: &[&str]) -> anyhow::Result<Self> {
        let distribution = Distribution::find()?;
        let mut last = None;
        // A port may be taken between its choice and its use.
        for _ in 0..3 {
            match Self::attempt(&distribution, heap, more) {
                Ok(kafka) => return Ok(kafka),
                Err(error) => last = Some(error),
            }
        }
        Err(last.context("no attempt was made")?)
    }

    /// `host:port`, for `bootstrap.servers`.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// The broker's process id; none while it is stopped.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Guarded::pid)
    }

    /// Stops the broker in good order; its data stay.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let Some(process) = self.process.take() else { return Ok(()) };
        process.signal("TERM")?;
        // One that takes longer is killed, as an operator would.
        let _ = deadline::until("the broker stops", STOP_LIMIT, || Ok((!process.alive()).then_some(())));
        process.end_and_keep()
    }

    /// Starts the stopped broker on its data and its port, and waits until it serves.
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        let distribution = Distribution::find()?;
        let heap: Vec<&str> = self.heap.iter().map(String::as_str).collect();
        // A client that tries to reach the broker may have the port itself for a moment.
        let started =
            deadline::until("the broker starts again", START_LIMIT, || run(&distribution, &self.folder, &heap).map(Some));
        self.process = Some(started?);
        Ok(())
    }

    fn attempt(distribution: &Distribution, heap: &[&str], more: &[&str]) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("caisson-kafka-").tempdir()?;
        let [port, controller] = free_ports()?;
        let properties = folder.path().join(PROPERTIES);
        fs::write(&properties, server_properties(folder.path(), port, controller) + &more.join("\n"))?;
        format_storage(distribution, folder.path(), &properties)?;
        let process = run(distribution, folder.path(), heap)?;
        // From here on the folder goes with the process.
        let (folder, heap) = (folder.keep(), heap.iter().map(|option| (*option).to_owned()).collect());
        Ok(Self { bootstrap: format!("127.0.0.1:{port}"), folder, heap, process: Some(process) })
    }
}

/// Starts the broker whose properties are in `folder` and waits until it serves.
fn run(distribution: &Distribution, folder: &Path, heap: &[&str]) -> anyhow::Result<Guarded> {
    let mut java = distribution.java(heap, folder)?;
    java.arg("kafka.Kafka").arg(folder.join(PROPERTIES));
    let log = folder.join("kafka.log");
    let printed = fs::metadata(&log).map_or(0, |log| log.len());
    let process = Guarded::start(&java, &log, Some(folder))?;
    match await_line(&process, printed, "Kafka Server started") {
        Ok(()) => Ok(process),
        Err(error) => {
            process.end_and_keep()?;
            Err(error)
        }
    }
}

/// The address of a broker for all tests of a run: `KAFKA_BOOTSTRAP`, or one that lives as long as this process.
pub fn shared() -> anyhow::Result<&'static str> {
    static STARTED: OnceLock<String> = OnceLock::new();
    static STARTING: Mutex<Option<Kafka>> = Mutex::new(None);
    if let Some(bootstrap) = STARTED.get() {
        return Ok(bootstrap);
    }
    // The guard of the process ends the broker when this process ends, so nothing need drop the static.
    let mut slot = STARTING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if STARTED.get().is_none() {
        let bootstrap = match env::var(BOOTSTRAP) {
            Ok(bootstrap) => bootstrap,
            Err(_) => slot.insert(Kafka::start(&["-Xms256m", "-Xmx768m"])?).bootstrap().to_owned(),
        };
        let _ = STARTED.set(bootstrap);
    }
    STARTED.get().map(String::as_str).context("the broker has no address")
}

/// A name that no other test of the run uses, for topics and groups.
pub fn fresh(prefix: &str) -> String {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
    format!("{prefix}-{}-{now:x}-{number}", process::id())
}

/// Ports of 127.0.0.1 that nobody listens on at the moment.
pub fn free_ports<const N: usize>() -> anyhow::Result<[u16; N]> {
    // All are held until the last is chosen, so that they differ.
    let mut held = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on 127.0.0.1")?;
        *port = listener.local_addr()?.port();
        held.push(listener);
    }
    Ok(ports)
}

fn server_properties(folder: &Path, port: u16, controller: u16) -> String {
    format!(
        "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:{controller}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\ncontroller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\nlog.dirs={}\nnum.partitions=1\n\
         offsets.topic.replication.factor=1\noffsets.topic.num.partitions=4\ntransaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\ntransaction.state.log.num.partitions=4\n\
         share.coordinator.state.topic.replication.factor=1\nshare.coordinator.state.topic.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\nauto.create.topics.enable=true\n",
        folder.join("logs").display()
    )
}

fn format_storage(distribution: &Distribution, folder: &Path, properties: &Path) -> anyhow::Result<()> {
    let mut java = distribution.java(&["-Xmx256m", "-XX:TieredStopAtLevel=1"], folder)?;
    java.args(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"]).arg(properties);
    let output = java.output().context("cannot run java (17 or newer)")?;
    if !output.status.success() {
        bail!(
            "Kafka cannot format its folder: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// Waits until the process has printed `text`, beyond the first `before` bytes of its log.
fn await_line(process: &Guarded, before: u64, text: &str) -> anyhow::Result<()> {
    let fresh = || process.printed().split_off(usize::try_from(before).unwrap_or_default());
    let found = deadline::until(&format!("`{text}` is printed"), START_LIMIT, || {
        // Asked first, so that what a process prints before it ends is seen.
        let alive = process.alive();
        let found = fresh().contains(text);
        Ok((found || !alive).then_some(found))
    });
    if found.as_ref().is_ok_and(|found| *found) {
        return Ok(());
    }
    let printed = fresh();
    let lines: Vec<&str> = printed.lines().collect();
    let tail = lines.get(lines.len().saturating_sub(30)..).unwrap_or_default().join("\n");
    Err(found.err().unwrap_or_else(|| anyhow!("it ended")).context(tail))
}
