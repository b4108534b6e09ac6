//! Debian packages.

use std::process::Command;

use anyhow::bail;
use caisson_toolchain::process::{exists, output, run};

/// Installs Debian packages, as root or through sudo.
pub fn install(packages: &[&str]) -> anyhow::Result<()> {
    let root = output(Command::new("id").arg("-u"))? == "0";
    if !exists("apt-get") {
        bail!("these are missing: {}; there is no apt-get here to install them", packages.join(", "));
    }
    if !root && !exists("sudo") {
        bail!("these are missing: {}; install them as root", packages.join(", "));
    }
    let apt = |arguments: &[&str]| {
        let mut command = if root { Command::new("apt-get") } else { Command::new("sudo") };
        if !root {
            command.args(["--non-interactive", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        command
    };
    let install = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    // The package lists may be old or absent: fetch them only if the first attempt fails.
    if run(&mut apt(&install)).is_ok() {
        return Ok(());
    }
    run(&mut apt(&["update"]))?;
    run(&mut apt(&install))
}

/// Asked by packages whether they may start their servers: no.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// The same; servers that are in the packages are not started.
pub fn install_without_services(packages: &[&str]) -> anyhow::Result<()> {
    let shell = |script: &str| {
        let mut command = if output(Command::new("id").arg("-u")).is_ok_and(|user| user == "0") {
            Command::new("sh")
        } else {
            let mut sudo = Command::new("sudo");
            sudo.args(["--non-interactive", "sh"]);
            sudo
        };
        command.args(["-c", script]);
        command
    };
    if std::path::Path::new(POLICY).exists() {
        return install(packages);
    }
    run(&mut shell(&format!("printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}")))?;
    let installed = install(packages);
    run(&mut shell(&format!("rm {POLICY}")))?;
    installed
}
