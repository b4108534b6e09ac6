//! A plugin's lines in the worker's log: those it logs, and what it writes to standard output and error.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use tracing::Level;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};

use crate::sandbox::state::Owner;

/// Longest line kept, in bytes; the rest of a longer one is cut off, so that a plugin cannot fill the log with one call.
const LONGEST_LINE: usize = 8 << 10;

/// Writes one line of a plugin's.
pub(super) fn line(owner: &Owner, level: &str, target: &str, message: &str) {
    let connector = owner.connector.as_str();
    let task = owner.task;
    let message = cut(message);
    let logger = cut(target);
    match level {
        "error" => tracing::error!(target: "plugin", connector, task, logger, "{message}"),
        "warn" => tracing::warn!(target: "plugin", connector, task, logger, "{message}"),
        "debug" => tracing::debug!(target: "plugin", connector, task, logger, "{message}"),
        "trace" => tracing::trace!(target: "plugin", connector, task, logger, "{message}"),
        _ => tracing::info!(target: "plugin", connector, task, logger, "{message}"),
    }
}

/// Whether a plugin's line of that level would be kept.
pub(super) fn enabled(level: &str) -> bool {
    match level {
        "error" => tracing::enabled!(target: "plugin", Level::ERROR),
        "warn" => tracing::enabled!(target: "plugin", Level::WARN),
        "debug" => tracing::enabled!(target: "plugin", Level::DEBUG),
        "trace" => tracing::enabled!(target: "plugin", Level::TRACE),
        _ => tracing::enabled!(target: "plugin", Level::INFO),
    }
}

fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(LONGEST_LINE)).unwrap_or(text)
}

/// Standard output or error of a plugin: whole lines go to the log.
#[derive(Clone)]
pub(super) struct LineLog {
    owner: Owner,
    level: &'static str,
    stream: &'static str,
    pending: Arc<Mutex<Vec<u8>>>,
}

impl LineLog {
    pub(super) fn new(owner: Owner, level: &'static str, stream: &'static str) -> Self {
        Self { owner, level, stream, pending: Arc::default() }
    }

    fn take(&self, bytes: &[u8]) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST_LINE.saturating_sub(pending.len());
            pending.extend_from_slice(piece.get(..room).unwrap_or(piece));
            if piece.ends_with(b"\n") {
                self.write_out(&mut pending);
            }
        }
    }

    fn write_out(&self, pending: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(pending);
        let text = text.trim_end();
        if !text.is_empty() {
            line(&self.owner, self.level, self.stream, text);
        }
        pending.clear();
    }
}

impl Drop for LineLog {
    /// The last line of a plugin that crashed has often no end.
    fn drop(&mut self) {
        if Arc::strong_count(&self.pending) == 1 {
            let pending = Arc::clone(&self.pending);
            let mut pending = pending.lock().unwrap_or_else(PoisonError::into_inner);
            self.write_out(&mut pending);
        }
    }
}

impl IsTerminal for LineLog {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LineLog {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for LineLog {
    fn poll_write(self: Pin<&mut Self>, _context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_a_line_until_it_ends_and_no_more_of_it_than_allowed() {
        let log = LineLog::new(Owner::connector("c"), "info", "stderr");
        log.take(b"half");
        assert_eq!(log.pending.lock().unwrap().as_slice(), b"half");
        log.take(b" line\nnext");
        assert_eq!(log.pending.lock().unwrap().as_slice(), b"next");
        log.take(&vec![b'x'; LONGEST_LINE * 2]);
        assert_eq!(log.pending.lock().unwrap().len(), LONGEST_LINE);
    }

    #[test]
    fn cuts_at_a_character() {
        let text = "é".repeat(LONGEST_LINE);
        assert_eq!(cut(&text).len(), LONGEST_LINE);
        assert_eq!(cut("short"), "short");
    }
}
