//! Work on connectors, one piece after the other for each.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::error::HerderError;

/// How long a request waits (Kafka: `DEFAULT_REST_REQUEST_TIMEOUT_MS`).
const REQUEST_PATIENCE: Duration = Duration::from_secs(90);

/// Whose turn it is, by name.
#[derive(Default)]
pub(super) struct Turns {
    busy: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Turns {
    /// Runs work under a name, after all work under it that was begun before.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, HerderError>> + Send + 'static,
    ) -> JoinHandle<Result<T, HerderError>> {
        let turn = {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            busy.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(busy.entry(name.to_owned()).or_default())
        };
        // Queued here and not in the task: tasks may start in any order.
        let mut turn = Box::pin(turn.lock_owned());
        let queued = futures::FutureExt::now_or_never(&mut turn);
        let connector = name.to_owned();
        tokio::spawn(async move {
            let _turn = match queued {
                Some(turn) => turn,
                None => turn.await,
            };
            let done = work.await;
            match &done {
                // The user is told.
                Ok(_) | Err(HerderError::Elsewhere { .. } | HerderError::NotFound(_)) => {}
                Err(error) => tracing::error!(connector, "{error}"),
            }
            done
        })
    }

    /// Runs work and waits for it.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, HerderError>> + Send + 'static,
    ) -> Result<T, HerderError> {
        let done = self.spawn(name, work).await;
        done.map_err(|_| HerderError::Failed("Worker is shutting down".to_owned()))?
    }

    /// Runs work and waits for it as long as a request may take.
    pub(super) async fn in_time<T: Send + 'static>(
        &self,
        name: &str,
        work: impl Future<Output = Result<T, HerderError>> + Send + 'static,
    ) -> Result<T, HerderError> {
        let done = tokio::time::timeout(REQUEST_PATIENCE, self.run(name, work)).await;
        done.map_err(|_| HerderError::Failed("Request timed out".to_owned()))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn work_under_one_name_is_done_in_order() {
        let turns = Turns::default();
        let done = Arc::new(Mutex::new(Vec::new()));
        let mut last = None;
        for number in 0..100 {
            let done = Arc::clone(&done);
            last = Some(turns.spawn("c", async move {
                tokio::task::yield_now().await;
                done.lock().unwrap().push(number);
                Ok(())
            }));
        }
        last.unwrap().await.unwrap().unwrap();
        assert!(done.lock().unwrap().iter().copied().eq(0..100));
    }
}
