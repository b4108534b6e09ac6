//! `cargo xtask setup`: installs what the build and the tests need and this machine lacks.

use std::process::Command;

use anyhow::bail;
use caisson_harness::clients;
use caisson_harness::distribution::Distribution;
use caisson_harness::{mariadb, postgres, python_client, schema_registry, search};

use caisson_toolchain::{go, node, process};

use crate::apt;

/// Oldest Java that Kafka 4 runs on.
const JAVA: u32 = 17;
const JAVA_PACKAGES: [&str; 3] = ["openjdk-17-jre-headless", "openjdk-21-jre-headless", "default-jre-headless"];

/// What compiling the host needs: a C++ compiler and make for librdkafka, OpenSSL to link to.
pub fn build() -> anyhow::Result<()> {
    let mut missing = Vec::new();
    if !(process::exists("cc") && process::exists("g++") && process::exists("make")) {
        missing.push("build-essential");
    }
    if !process::exists("pkg-config") {
        missing.push("pkg-config");
    }
    if !process::exists("pkg-config") || !library("openssl") {
        missing.push("libssl-dev");
    }
    install(&missing)
}

/// What real Kafka needs: Java, and its jars.
pub fn kafka() -> anyhow::Result<Distribution> {
    let java = java_version();
    if java.is_none_or(|version| version < JAVA) {
        install_java()?;
    }
    if std::env::var_os("KAFKA_HOME").is_none() && !process::exists("mvn") {
        install(&["maven"])?;
    }
    Distribution::find()
}

/// What the tests of schema registries need: the registry, and Confluent's client for Python.
pub fn registry() -> anyhow::Result<()> {
    let venv = Command::new("python3").args(["-c", "import ensurepip, venv"]).output();
    if !venv.is_ok_and(|output| output.status.success()) {
        install(&["python3-venv"])?;
    }
    if !process::exists("mvn") && std::env::var_os(schema_registry::URL).is_none() {
        install(&["maven"])?;
    }
    schema_registry::fetched()?;
    python_client::interpreter().map(|_| ())
}

/// What the tests of the Elasticsearch sink need: a server of each kind.
pub fn search() -> anyhow::Result<()> {
    if !process::exists("mvn") {
        install(&["maven"])?;
    }
    for engine in [search::Engine::Elasticsearch, search::Engine::OpenSearch] {
        search::fetched(engine)?;
    }
    Ok(())
}

/// The databases that the drivers' tests run against. Only their programs are wanted: the packages' own servers are not started.
pub fn databases() -> anyhow::Result<()> {
    let mut missing = Vec::new();
    if postgres::programs().is_none() {
        missing.push("postgresql");
    }
    if mariadb::program().is_none() {
        missing.push("mariadb-server");
    }
    if !process::exists("openssl") {
        missing.push("openssl");
    }
    if missing.is_empty() {
        return Ok(());
    }
    println!("installing {}", missing.join(", "));
    apt::install_without_services(&missing)
}

/// Other projects' clients of the REST API, which the tests run: Python for two of them, Maven for one.
pub fn rest_clients() -> anyhow::Result<()> {
    if clients::fit_python().is_none() {
        install(&["python3", "python3-venv"])?;
    }
    if !process::exists("mvn") {
        install(&["maven"])?;
    }
    clients::python()?;
    clients::jars().map(|_| ())
}

/// What projects of authors are built with: Go and Node.js are fetched here, the other toolchains by the first project that needs them.
pub fn authors() -> anyhow::Result<()> {
    go::compiler().and_then(|_| node::command("npm")).map(|_| ())
}

fn install(packages: &[&str]) -> anyhow::Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    println!("installing {}", packages.join(", "));
    apt::install(packages)
}

/// Which Java a release of Debian or Ubuntu has differs.
fn install_java() -> anyhow::Result<()> {
    for package in JAVA_PACKAGES {
        if install(&[package]).is_ok() && java_version().is_some_and(|version| version >= JAVA) {
            return Ok(());
        }
    }
    bail!("Kafka needs Java {JAVA} or newer and no package has it: install one and set JAVA_HOME, or leave it on the path")
}

fn library(name: &str) -> bool {
    process::output(Command::new("pkg-config").args(["--exists", name])).is_ok()
}

/// Major version of the `java` on the path or in `JAVA_HOME`: `openjdk 17.0.15 2025-04-15` gives 17.
fn java_version() -> Option<u32> {
    let program = std::env::var("JAVA_HOME").map_or_else(|_| "java".to_owned(), |home| format!("{home}/bin/java"));
    let about = process::output(Command::new(program).arg("--version")).ok()?;
    about.split_whitespace().nth(1)?.split(['.', '-', '+']).next()?.parse().ok()
}
