//! A MariaDB of one's own, with its data in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::broker::free_ports;
use crate::certificate::{self, Certificate};
use crate::deadline::until;
use crate::guarded::Guarded;
use crate::unprivileged::{self, command};

/// The user of every server, which may do everything.
pub const USER: &str = "caisson";
/// Its password.
pub const PASSWORD: &str = "caisson-secret";
const START_LIMIT: Duration = Duration::from_secs(60);

/// A running server; dropping it stops it.
pub struct MariaDb {
    port: u16,
    folder: PathBuf,
    certificate: Certificate,
    process: Option<Guarded>,
}

impl MariaDb {
    /// Starts an empty server, which also speaks TLS, and waits until it answers.
    pub fn start() -> anyhow::Result<Self> {
        program().context("no MariaDB here: run cargo xtask setup")?;
        let folder = tempfile::Builder::new().prefix("caisson-mariadb-").tempdir()?;
        let certificate = certificate::make(folder.path())?;
        unprivileged::give(folder.path())?;
        let mut install = command(Path::new("mariadb-install-db"));
        install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
        install.arg(format!("--datadir={}", folder.path().join("data").display()));
        let done = install.current_dir(folder.path()).stdin(Stdio::null()).output().context("cannot run mariadb-install-db")?;
        if !done.status.success() {
            bail!("mariadb-install-db failed: {}", String::from_utf8_lossy(&done.stderr));
        }
        let [port] = free_ports()?;
        // From here on the folder goes with the process.
        let mut server = Self { port, folder: folder.keep(), certificate, process: None };
        server.run()?;
        let user = format!("CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO {USER}@'%' WITH GRANT OPTION");
        server.client("root", "", "mysql", &user)?;
        Ok(server)
    }

    /// Starts the server again on its port, with the data that it had.
    pub fn run(&mut self) -> anyhow::Result<()> {
        let program = program().context("no MariaDB here")?;
        let mut mariadbd = command(&program);
        mariadbd.args([
            "--no-defaults",
            "--bind-address=127.0.0.1",
            "--default-time-zone=+00:00",
            "--character-set-server=utf8mb4",
        ]);
        mariadbd.args(["--innodb-flush-log-at-trx-commit=0", "--lower-case-table-names=0", "--max-allowed-packet=256M"]);
        mariadbd.arg(format!("--port={}", self.port));
        for (name, path) in [
            ("datadir", self.folder.join("data")),
            ("socket", self.folder.join("socket")),
            ("pid-file", self.folder.join("pid")),
            ("ssl-cert", self.certificate.certificate.clone()),
            ("ssl-key", self.certificate.key.clone()),
        ] {
            mariadbd.arg(format!("--{name}={}", path.display()));
        }
        let process = Guarded::start(&mariadbd, &self.folder.join("mariadb.log"), Some(&self.folder))?;
        until("MariaDB answers", START_LIMIT, || {
            if !process.alive() {
                bail!("it ended: {}", process.printed());
            }
            self.client("root", "", "mysql", "SELECT 1").map(Some)
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
        self.sql("mysql", &format!("CREATE DATABASE `{name}`"))?;
        Ok(self.url(name))
    }

    /// The JDBC URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("jdbc:mariadb://127.0.0.1:{}/{database}", self.port)
    }

    /// The port at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate that the server shows, for `localhost`.
    pub fn certificate(&self) -> &Path {
        &self.certificate.certificate
    }

    /// The path of its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// Runs statements by MariaDB's client. What they print, without heads.
    pub fn sql(&self, database: &str, statements: &str) -> anyhow::Result<String> {
        self.client(USER, PASSWORD, database, statements)
    }

    fn client(&self, user: &str, password: &str, database: &str, statements: &str) -> anyhow::Result<String> {
        let mut client = Command::new("mariadb");
        client.args(["--no-defaults", "--skip-ssl", "-h", "127.0.0.1", "-u", user, "-N", "-B", "-D", database, "-e", statements]);
        client.args(["-P", &self.port.to_string()]).env("MYSQL_PWD", password);
        let done = client.stdin(Stdio::null()).output().context("cannot run mariadb")?;
        if !done.status.success() {
            bail!("mariadb: {}", String::from_utf8_lossy(&done.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&done.stdout).trim_end().to_owned())
    }
}

/// The server for all tests of a process, which lives as long as it.
pub fn shared() -> anyhow::Result<&'static MariaDb> {
    static STARTED: OnceLock<MariaDb> = OnceLock::new();
    static STARTING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if STARTED.get().is_none() {
        let _ = STARTED.set(MariaDb::start()?);
    }
    STARTED.get().context("there is no MariaDB")
}

/// The server's program: it is not on every user's path.
pub fn program() -> Option<PathBuf> {
    ["/usr/sbin/mariadbd", "/usr/bin/mariadbd", "/usr/local/sbin/mariadbd"]
        .map(PathBuf::from)
        .into_iter()
        .find(|path| path.is_file())
}
