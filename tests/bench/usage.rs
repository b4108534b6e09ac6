//! What a process has used, from `/proc`.

use std::fs;

use anyhow::Context;

/// Linux counts CPU time in these.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds, user and system, of a process with all its threads.
pub fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is gone")?;
    // Fields are counted behind the name, which is in parentheses and may hold blanks.
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields).unwrap_or_default();
    let ticks: u64 = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / TICKS_PER_SECOND)
}

/// Resident memory in MiB: now, and the most there ever was.
pub fn resident(pid: u32) -> anyhow::Result<(f64, f64)> {
    let now = mebibytes(pid, "VmRSS:")?;
    Ok((now, mebibytes(pid, "VmHWM:").unwrap_or(now)))
}

/// Resident memory in MiB that no file stands behind: pages of a plugin that many instances share count as none.
pub fn anonymous(pid: u32) -> anyhow::Result<f64> {
    mebibytes(pid, "RssAnon:")
}

fn mebibytes(pid: u32, name: &str) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the process is gone")?;
    let line = status.lines().find(|line| line.starts_with(name)).with_context(|| format!("no {name}"))?;
    let kib: f64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kib / 1024.0)
}
