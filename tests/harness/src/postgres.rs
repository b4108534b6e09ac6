//! A PostgreSQL of one's own, with its data in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, bail};

use crate::broker::free_ports;
use crate::certificate::{self, Certificate};
use crate::deadline::until;
use crate::guarded::Guarded;
use crate::unprivileged::{self, command};

/// The folder of the programs, for a PostgreSQL that is not where Debian's packages have it.
pub const BIN: &str = "PG_BIN";
/// The user of every server, which may do everything.
pub const USER: &str = "caisson";
/// Its password.
pub const PASSWORD: &str = "caisson-secret";
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running server; dropping it stops it.
pub struct Postgres {
    bin: PathBuf,
    port: u16,
    folder: PathBuf,
    certificate: Certificate,
    process: Option<Guarded>,
}

impl Postgres {
    /// Starts an empty server, which also speaks TLS, and waits until it answers.
    pub fn start() -> anyhow::Result<Self> {
        let bin = programs().context("no PostgreSQL here: run cargo xtask setup, or set PG_BIN to the folder of its programs")?;
        let folder = tempfile::Builder::new().prefix("caisson-postgres-").tempdir()?;
        let certificate = certificate::make(folder.path())?;
        fs::write(folder.path().join("password"), PASSWORD)?;
        unprivileged::give(folder.path())?;
        let initdb = bin.join("initdb");
        let mut initdb = command(&initdb);
        initdb.args(["--no-sync", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "-U", USER]);
        initdb.arg("--pwfile").arg(folder.path().join("password")).arg("-D").arg(folder.path().join("data"));
        let done = initdb.current_dir(folder.path()).stdin(Stdio::null()).output().context("cannot run initdb")?;
        if !done.status.success() {
            bail!("initdb failed: {}", String::from_utf8_lossy(&done.stderr));
        }
        let [port] = free_ports()?;
        // From here on the folder goes with the process.
        let mut server = Self { bin, port, folder: folder.keep(), certificate, process: None };
        server.run()?;
        Ok(server)
    }

    /// Starts the server again on its port, with the data that it had.
    pub fn run(&mut self) -> anyhow::Result<()> {
        let program = self.bin.join("postgres");
        let mut postgres = command(&program);
        postgres.arg("-D").arg(self.folder.join("data")).args(["-p", &self.port.to_string()]);
        let settings = [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", self.folder.display()),
            "fsync=off".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", self.certificate.certificate.display()),
            format!("ssl_key_file={}", self.certificate.key.display()),
        ];
        for setting in &settings {
            postgres.args(["-c", setting]);
        }
        let process = Guarded::start(&postgres, &self.folder.join("postgres.log"), Some(&self.folder))?;
        until("PostgreSQL answers", START_LIMIT, || {
            if !process.alive() {
                bail!("it ended: {}", process.printed());
            }
            self.sql("postgres", "SELECT 1").map(Some)
        })?;
        self.process = Some(process);
        Ok(())
    }

    /// Kills the server as a crash would, its data kept.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        match self.process.take() {
            Some(process) => process.end_and_keep(),
            None => Ok(()),
        }
    }

    /// Makes a database and gives its JDBC URL.
    pub fn database(&self, name: &str) -> anyhow::Result<String> {
        self.sql("postgres", &format!("CREATE DATABASE \"{name}\""))?;
        Ok(self.url(name))
    }

    /// The JDBC URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("jdbc:postgresql://127.0.0.1:{}/{database}", self.port)
    }

    /// The port at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate that the server shows, for `localhost`.
    pub fn certificate(&self) -> &Path {
        &self.certificate.certificate
    }

    /// The folder of its socket.
    pub fn socket_folder(&self) -> &Path {
        &self.folder
    }

    /// Runs statements by psql, each in a transaction of its own. What they print, without heads.
    pub fn sql(&self, database: &str, statements: &str) -> anyhow::Result<String> {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", USER, "-d", database]);
        psql.args(["-p", &self.port.to_string(), "-c", statements]).env("PGPASSWORD", PASSWORD);
        let done = psql.stdin(Stdio::null()).output().context("cannot run psql")?;
        if !done.status.success() {
            bail!("psql: {}", String::from_utf8_lossy(&done.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&done.stdout).trim_end().to_owned())
    }
}

/// The server for all tests of a process, which lives as long as it.
pub fn shared() -> anyhow::Result<&'static Postgres> {
    static STARTED: OnceLock<Postgres> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if STARTED.get().is_none() {
        let _ = STARTED.set(Postgres::start()?);
    }
    STARTED.get().context("there is no PostgreSQL")
}

/// The folder of the newest PostgreSQL's programs.
pub fn programs() -> Option<PathBuf> {
    if let Some(folder) = env::var_os(BIN) {
        return Some(folder.into());
    }
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("postgres").is_file()).max()
}
