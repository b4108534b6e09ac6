//! What a running task has been told to do.

use std::time::Duration;

use tokio::sync::watch;

/// The worker's wish for a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Move records.
    Run,
    /// Keep everything and move no records.
    Pause,
    /// End in an orderly way.
    Stop,
}

/// A task's ear for orders.
#[derive(Debug, Clone)]
pub struct Orders(watch::Receiver<Order>);

impl Orders {
    /// Orders as they come through this channel; when it closes, the order is to stop.
    pub fn new(receiver: watch::Receiver<Order>) -> Self {
        Self(receiver)
    }

    /// The order of the moment.
    pub fn current(&self) -> Order {
        if self.0.has_changed().is_err() {
            return Order::Stop;
        }
        *self.0.borrow()
    }

    /// Waits until the order is no longer `known`.
    pub async fn changed_from(&mut self, known: Order) {
        // An error means that the channel is closed, which is an order to stop.
        let _ = self.0.wait_for(|order| *order != known).await;
    }

    /// Waits for `time`, or until there is an order to stop. False: there is.
    pub async fn sleep(&mut self, time: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(time) => true,
            _ = self.0.wait_for(|order| *order == Order::Stop) => false,
        }
    }
}
