//! Where Kafka's jars are: `KAFKA_HOME`, or a folder of the user's cache that Maven fills once.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, bail};

/// The version fetched when there is no `KAFKA_HOME`.
pub const VERSION: &str = "4.3.1";
const POM: &str = include_str!("../pom.xml");
const LOG4J: &str = include_str!("../log4j2.xml");
const COPY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/// The jars of one Kafka.
pub struct Distribution {
    libs: PathBuf,
    /// A `plugin.path` that holds the file connectors and nothing else of weight.
    plugin_path: PathBuf,
}

impl Distribution {
    /// `KAFKA_HOME` if it is set, else the cache, filled from Maven Central when it is empty.
    pub fn find() -> anyhow::Result<Self> {
        if let Some(home) = env::var_os("KAFKA_HOME") {
            let libs = Path::new(&home).join("libs");
            if !libs.is_dir() {
                bail!(
                    "KAFKA_HOME is {}, which has no folder libs; unset it to fetch Kafka {VERSION}",
                    Path::new(&home).display()
                );
            }
            return Ok(Self { plugin_path: file_jar(&libs)?, libs });
        }
        let home = cache()?.join(format!("kafka-{VERSION}"));
        if !home.is_dir() {
            fetch(&home).with_context(|| format!("cannot fetch Kafka {VERSION}; set KAFKA_HOME to one that is there"))?;
        }
        Ok(Self { libs: home.join("libs"), plugin_path: home.join("plugins") })
    }

    /// What a JVM worker needs as its `plugin.path` to have the file connectors.
    pub fn plugin_path(&self) -> &Path {
        &self.plugin_path
    }

    /// A Java command line with Kafka's classes, as Kafka's own scripts make it; the class and its arguments are to be added.
    /// `heap` is such as `["-Xmx256m"]`; `folder` gets the logging configuration.
    pub fn java(&self, heap: &[&str], folder: &Path) -> anyhow::Result<Command> {
        let log4j = folder.join("log4j2.xml");
        fs::write(&log4j, LOG4J).with_context(|| format!("cannot write {}", log4j.display()))?;
        let mut java = Command::new(java());
        java.args(heap).args(["-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35"]);
        java.args(["-XX:+ExplicitGCInvokesConcurrent", "-XX:MaxInlineLevel=15", "-Djava.awt.headless=true"]);
        java.arg(format!("-Dlog4j2.configurationFile={}", log4j.display()));
        java.arg("-cp").arg(self.libs.join("*"));
        Ok(java)
    }
}

/// A `plugin.path` may name a single jar.
fn file_jar(libs: &Path) -> anyhow::Result<PathBuf> {
    for entry in fs::read_dir(libs)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("connect-file-")) {
            return Ok(path);
        }
    }
    bail!("{} has no connect-file jar", libs.display())
}

/// The Java of `JAVA_HOME`, else the one on the path.
pub(crate) fn java() -> PathBuf {
    env::var_os("JAVA_HOME").map_or_else(|| "java".into(), |home| Path::new(&home).join("bin/java"))
}

/// The project's folder in the user's cache.
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    if let Some(cache) = env::var_os("XDG_CACHE_HOME") {
        return Ok(Path::new(&cache).join("caisson"));
    }
    let home = env::var_os("HOME").context("neither HOME nor XDG_CACHE_HOME is set, and what is fetched must go somewhere")?;
    Ok(Path::new(&home).join(".cache/caisson"))
}

/// Lets Maven copy what the project file `pom` depends on to a folder.
pub(crate) fn copy_jars(pom: &str, options: &[&str], to: &Path) -> anyhow::Result<()> {
    let work = tempfile::tempdir()?;
    fs::write(work.path().join("pom.xml"), pom)?;
    let mut maven = Command::new("mvn");
    maven.args(["-q", "-B"]).args(options).args([COPY, "-DincludeScope=runtime"]);
    maven.arg(format!("-DoutputDirectory={}", to.display()));
    let status = maven.current_dir(work.path()).stdin(Stdio::null()).status().context("cannot run mvn (package maven)")?;
    if !status.success() {
        bail!("mvn ended with {status}");
    }
    Ok(())
}

/// Fetches the jars beside `home`, and moves them there once they are complete.
fn fetch(home: &Path) -> anyhow::Result<()> {
    let parent = home.parent().context("no folder to fetch into")?;
    fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let work = tempfile::tempdir_in(parent)?;
    let made = work.path().join("kafka");
    let version = format!("-Dkafka.version={VERSION}");
    for (profile, folder) in [("libs", "libs"), ("plugin", "plugins/file")] {
        copy_jars(POM, &["-P", profile, &version], &made.join(folder))?;
    }
    match fs::rename(&made, home) {
        // Another process was quicker.
        Err(_) if home.is_dir() => Ok(()),
        other => other.with_context(|| format!("cannot create {}", home.display())),
    }
}
