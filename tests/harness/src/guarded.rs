//! Programs that end with the process that started them, however that process ends.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};

/// Starts the program and waits on standard input, which this process holds open: at its end the program is killed, and its
/// folder removed, unless a line says `keep`.
const GUARD: &str = r#"log=$1; scratch=$2; shift 2
"$@" </dev/null >>"$log" 2>&1 & pid=$!
echo $pid
read -r word
kill -KILL $pid 2>/dev/null
wait $pid 2>/dev/null
if [ -n "$scratch" ] && [ "$word" != keep ]; then rm -rf "$scratch"; fi"#;

/// A program in the background. Dropping it kills it, by its process id, and waits until it is gone.
pub struct Guarded {
    guard: Child,
    pid: u32,
    log: PathBuf,
}

impl Guarded {
    /// Starts `command`, which must name no output of its own: that goes to the end of the file `log`.
    /// The folder `scratch` is removed when the program has ended.
    pub fn start(command: &Command, log: &Path, scratch: Option<&Path>) -> anyhow::Result<Self> {
        // The guard appends; a missing folder is told here and not by a shell.
        File::options().create(true).append(true).open(log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut shell = Command::new("sh");
        shell
            .args(["-c", GUARD, "guard"])
            .arg(log)
            .arg(scratch.unwrap_or(Path::new("")))
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        let mut guard =
            shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().context("cannot run sh")?;
        let mut line = String::new();
        BufReader::new(guard.stdout.take().context("sh has no output")?).read_line(&mut line)?;
        let pid = line.trim().parse().with_context(|| format!("sh gave no process id but `{}`", line.trim()))?;
        Ok(Self { guard, pid, log: log.to_path_buf() })
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether the program has not ended yet.
    pub fn alive(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        // The state follows the name, which is in parentheses and may hold anything.
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
    }

    /// Sends the signal, such as `TERM`.
    pub fn signal(&self, name: &str) -> anyhow::Result<()> {
        let status =
            Command::new("kill").args([&format!("-{name}"), &self.pid.to_string()]).status().context("cannot run kill")?;
        if !status.success() {
            bail!("process {} is gone already", self.pid);
        }
        Ok(())
    }

    /// Ends the program if it still runs, and leaves its folder to whoever runs there next.
    pub fn end_and_keep(mut self) -> anyhow::Result<()> {
        let mut input = self.guard.stdin.take().context("the guard has no input")?;
        Ok(input.write_all(b"keep\n")?)
    }

    /// What the program has printed so far.
    pub fn printed(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // The guard reads the end of its input, kills the program and ends.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}
