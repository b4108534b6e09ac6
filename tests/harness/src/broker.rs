//! A broker of one's own: Apache Kafka, one node of KRaft, on free ports.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
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
const START_LIMIT: Duration = Duration::from_secs(120);

/// A running broker; dropping it stops it and removes its data.
pub struct Kafka {
    bootstrap: String,
    process: Guarded,
}

impl Kafka {
    /// Starts a broker with an empty folder and waits until it serves. `heap` is such as `["-Xms1g", "-Xmx1g"]`.
    pub fn start(heap: &[&str]) -> anyhow::Result<Self> {
        let distribution = Distribution::find()?;
        let mut last = None;
        // A port may be taken between its choice and its use.
        for _ in 0..3 {
            match Self::attempt(&distribution, heap) {
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

    /// The broker's process id.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    fn attempt(distribution: &Distribution, heap: &[&str]) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("caisson-kafka-").tempdir()?;
        let [port, controller] = free_ports()?;
        let properties = folder.path().join("server.properties");
        fs::write(&properties, server_properties(folder.path(), port, controller))?;
        format_storage(distribution, folder.path(), &properties)?;
        let mut java = distribution.java(heap, folder.path())?;
        java.arg("kafka.Kafka").arg(&properties);
        let process = Guarded::start(&java, &folder.path().join("kafka.log"), Some(folder.path()))?;
        // From here on the folder goes with the process.
        let _ = folder.keep();
        await_line(&process, "Kafka Server started")?;
        Ok(Self { bootstrap: format!("127.0.0.1:{port}"), process })
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

/// Waits until the process has printed `text`.
fn await_line(process: &Guarded, text: &str) -> anyhow::Result<()> {
    let found = deadline::until(&format!("`{text}` is printed"), START_LIMIT, || {
        // Asked first, so that what a process prints before it ends is seen.
        let alive = process.alive();
        let found = process.printed().contains(text);
        Ok((found || !alive).then_some(found))
    });
    if found.as_ref().is_ok_and(|found| *found) {
        return Ok(());
    }
    let printed = process.printed();
    let lines: Vec<&str> = printed.lines().collect();
    let tail = lines.get(lines.len().saturating_sub(30)..).unwrap_or_default().join("\n");
    Err(found.err().unwrap_or_else(|| anyhow!("it ended")).context(tail))
}
