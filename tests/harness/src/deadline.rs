//! Waiting for a condition, never for a time.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;

/// How often a condition is looked at.
const PAUSE: Duration = Duration::from_millis(10);

/// Calls `look` until it gives a value, for at most `limit`. An error from `look` means "not yet"; the last one is in the error
/// returned at the deadline, which starts with `what` was waited for.
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    let end = Instant::now() + limit;
    loop {
        let seen = match look() {
            Ok(Some(value)) => return Ok(value),
            Ok(None) => String::new(),
            Err(error) => format!(": {error:#}"),
        };
        if Instant::now() > end {
            bail!("{what}: not within {limit:?}{seen}");
        }
        thread::sleep(PAUSE);
    }
}
