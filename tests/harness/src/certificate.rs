//! Certificates of servers, signed by themselves.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// A certificate for `localhost`, and its key, in PEM form.
pub struct Certificate {
    /// The certificate, which is its own authority.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// Makes one in the folder.
pub fn make(folder: &Path) -> anyhow::Result<Certificate> {
    let made = Certificate { certificate: folder.join("server.crt"), key: folder.join("server.key") };
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]);
    openssl.args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.arg("-out").arg(&made.certificate).arg("-keyout").arg(&made.key);
    let done = openssl.stdin(Stdio::null()).output().context("cannot run openssl")?;
    if !done.status.success() {
        bail!("openssl: {}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(made)
}
