//! A schema registry of one's own: Apicurio, which has Confluent's API, with its data in memory.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, bail};

use crate::broker::free_ports;
use crate::deadline::until;
use crate::distribution::{cache, java};
use crate::guarded::Guarded;

/// Names a registry that is up already, the path of its API included; [`shared`] then starts none.
pub const URL: &str = "SCHEMA_REGISTRY_URL";
const VERSION: &str = "2.6.13.Final";
const POM: &str = include_str!("../registry-pom.xml");
const COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";
/// Where the registry has Confluent's API.
const API: &str = "apis/ccompat/v7";
const START_LIMIT: Duration = Duration::from_secs(180);

/// A running registry; dropping it stops it.
pub struct SchemaRegistry {
    url: String,
    _process: Guarded,
}

impl SchemaRegistry {
    /// Starts an empty registry and waits until it answers.
    pub fn start() -> anyhow::Result<Self> {
        let home = fetched()?;
        let folder = tempfile::Builder::new().prefix("caisson-registry-").tempdir()?;
        let [port] = free_ports()?;
        let mut command = Command::new(java());
        command.args(["-Xmx384m", "-XX:TieredStopAtLevel=1", "-jar"]).arg(runner(&home)?);
        command.env("QUARKUS_HTTP_PORT", port.to_string()).env("QUARKUS_HTTP_HOST", "127.0.0.1");
        let process = Guarded::start(&command, &folder.path().join("registry.log"), Some(folder.path()))?;
        // From here on the folder goes with the process.
        let _ = folder.keep();
        let url = format!("http://127.0.0.1:{port}/{API}");
        until("the schema registry answers", START_LIMIT, || {
            if !process.alive() {
                bail!("it ended: {}", process.printed());
            }
            ureq::get(format!("{url}/subjects")).call()?;
            Ok(Some(()))
        })?;
        Ok(Self { url, _process: process })
    }

    /// The URL of its API.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The registry for all tests of a process: `SCHEMA_REGISTRY_URL`, or one that lives as long as this process.
pub fn shared() -> anyhow::Result<&'static str> {
    static STARTED: OnceLock<String> = OnceLock::new();
    static STARTING: Mutex<Option<SchemaRegistry>> = Mutex::new(None);
    // The guard of the process ends the registry when this process ends, so nothing need drop the static.
    let mut slot = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if STARTED.get().is_none() {
        let url = match env::var(URL) {
            Ok(url) => url,
            Err(_) => slot.insert(SchemaRegistry::start()?).url().to_owned(),
        };
        let _ = STARTED.set(url);
    }
    STARTED.get().map(String::as_str).context("the registry has no address")
}

/// The folder of the registry's program in the user's cache, filled from Maven Central when it is not there.
pub fn fetched() -> anyhow::Result<PathBuf> {
    let home = cache()?.join(format!("apicurio-{VERSION}"));
    if !home.is_dir() {
        fetch(&home).with_context(|| format!("cannot fetch Apicurio Registry {VERSION}; set {URL} to a registry that is up"))?;
    }
    Ok(home)
}

/// Lets Maven copy the archive beside `home`, and moves what is in it there once it is complete.
fn fetch(home: &Path) -> anyhow::Result<()> {
    let parent = home.parent().context("no folder to fetch into")?;
    fs::create_dir_all(parent)?;
    let work = tempfile::tempdir_in(parent)?;
    fs::write(work.path().join("pom.xml"), POM)?;
    let artifact = format!("-Dartifact=io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all");
    let made = work.path().join("registry");
    fs::create_dir(&made)?;
    run(Command::new("mvn").args(["-q", "-B", COPY, &artifact, "-DoutputDirectory=."]).current_dir(work.path()))?;
    let archive = work.path().join(format!("apicurio-registry-app-{VERSION}-all.tar.gz"));
    run(Command::new("tar").arg("xzf").arg(&archive).arg("-C").arg(&made))?;
    match fs::rename(&made, home) {
        // Another process was quicker.
        Err(_) if home.is_dir() => Ok(()),
        other => other.with_context(|| format!("cannot create {}", home.display())),
    }
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot run {program}"))?;
    if !status.success() {
        bail!("{program} ended with {status}");
    }
    Ok(())
}

fn runner(home: &Path) -> anyhow::Result<PathBuf> {
    for entry in fs::read_dir(home)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-runner.jar")) {
            return Ok(path);
        }
    }
    bail!("{} has no runner", home.display())
}
