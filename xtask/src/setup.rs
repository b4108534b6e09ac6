//! `cargo xtask setup`: installs what the build and the tests need and this machine lacks.

use std::process::Command;

use anyhow::bail;
use caisson_harness::distribution::Distribution;

use crate::process;

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

fn install(packages: &[&str]) -> anyhow::Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    println!("installing {}", packages.join(", "));
    process::apt_install(packages)
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
