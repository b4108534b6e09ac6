//! How long a task keeps its thread while it always finds something to do.

use std::time::{Duration, Instant};

/// To give way after every batch costs more than a batch's share of it: another thread is woken and takes the task over, and the task's
/// memory has to follow it from core to core.
const TURN: Duration = Duration::from_millis(5);

/// A task's time on its thread.
pub struct Turn {
    began: Instant,
}

impl Turn {
    /// A turn that begins now.
    pub fn begin() -> Self {
        Self { began: Instant::now() }
    }

    /// Gives way to other tasks once the turn was long enough.
    pub async fn between_batches(&mut self) {
        if self.began.elapsed() >= TURN {
            tokio::task::yield_now().await;
            self.began = Instant::now();
        }
    }
}
