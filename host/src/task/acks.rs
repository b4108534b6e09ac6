//! Acknowledgements on their way from the producer's thread to the task.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::broker::OnAck;
use crate::broker::error::BrokerError;
use crate::broker::record::Ack;

/// One record's end.
pub type Acked = (u64, Result<Ack, BrokerError>);

/// Acknowledgements that the task has not looked at yet.
#[derive(Debug, Default)]
pub struct Acks {
    arrived: Mutex<Vec<Acked>>,
    news: Notify,
}

impl Acks {
    /// The callback that a producer is made with.
    pub fn callback(self: &Arc<Self>) -> OnAck {
        let acks = Arc::clone(self);
        Arc::new(move |token, result| acks.push(token, result))
    }

    fn push(&self, token: u64, result: Result<Ack, BrokerError>) {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let first = arrived.is_empty();
        arrived.push((token, result));
        drop(arrived);
        if first {
            self.news.notify_one();
        }
    }

    /// Swaps what has arrived into `taken`, which must be empty: its memory is used again.
    pub fn take(&self, taken: &mut Vec<Acked>) {
        std::mem::swap(&mut *self.arrived.lock().unwrap_or_else(PoisonError::into_inner), taken);
    }

    /// Waits until something has arrived since [`Acks::take`] was last called.
    pub async fn wait(&self) {
        self.news.notified().await;
    }
}
