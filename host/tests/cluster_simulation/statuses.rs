//! What a worker says of connectors and tasks, on its way through the status topic.

use caisson::storage::status_store::{State, Status, StatusStore, TaskId};
use caisson::storage::status_topic::{StatusKey, StatusWrite};
use fastrand::Rng;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::topic::Topic;

/// A worker's store, its writer and its reader.
pub struct Statuses {
    pub store: StatusStore,
    writes: UnboundedReceiver<StatusWrite>,
    /// Was not acknowledged, and is written again.
    again: Option<StatusWrite>,
    read: i64,
}

impl Statuses {
    pub fn new(worker_id: &str) -> Self {
        let (teller, writes) = unbounded_channel();
        Self { store: StatusStore::over_topic(worker_id, teller), writes, again: None, read: 0 }
    }

    pub fn connector(&self, name: &str, state: State) {
        self.store.put_connector(name, Status::new(state, None));
    }

    pub fn task(&self, id: &TaskId, state: State) {
        self.store.put_task(id, Status::new(state, None));
    }

    /// Writes some of what was said, in order, and reads some of what is there.
    pub fn exchange(&mut self, topic: &mut Topic, random: &mut Rng, troubled: bool) {
        while !troubled || random.bool() {
            let Some(write) = self.again.take().or_else(|| self.writes.try_recv().ok()) else { break };
            if write.safe && !self.store.may_replace(&write.key) {
                continue;
            }
            topic.append(write.key.text(), write.value.as_ref().map(|value| value.to_string().into_bytes()));
            if troubled && random.u32(..8) == 0 {
                // It is there, but nobody said so.
                self.again = Some(write);
                break;
            }
        }
        let unread = usize::try_from(topic.end() - self.read).unwrap();
        let some = if troubled { random.usize(..=unread) } else { unread };
        for record in topic.from(self.read, some) {
            self.store.read(&StatusKey::parse(&record.key).unwrap(), record.value.as_deref());
            self.read = record.offset + 1;
        }
    }
}
