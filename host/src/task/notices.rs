//! Settled records for a source task that wants to hear of each (Kafka: `SourceTask.commitRecord`).

use std::collections::HashMap;

use crate::broker::record::Ack;
use crate::sandbox::source::{Settled, Written};

/// Records sent, and those settled that the task has not heard of.
#[derive(Debug, Default)]
pub struct Notices {
    sent: HashMap<u64, Sent>,
    settled: Vec<Settled>,
}

#[derive(Debug)]
struct Sent {
    poll: u64,
    id: u32,
    topic: String,
    timestamp: Option<i64>,
}

impl Notices {
    /// A record was handed to the producer with this token.
    pub fn sent(&mut self, token: u64, poll: u64, id: u32, topic: &str, timestamp: Option<i64>) {
        self.sent.insert(token, Sent { poll, id, topic: topic.to_owned(), timestamp });
    }

    /// It was acknowledged.
    pub fn written(&mut self, token: u64, ack: Ack) {
        let Some(Sent { poll, id, topic, timestamp }) = self.sent.remove(&token) else { return };
        let Ack { partition, offset } = ack;
        let written = Written { topic, partition, offset, timestamp: timestamp.unwrap_or(-1) };
        self.settled.push(Settled { poll, id, written: Some(written) });
    }

    /// It failed and was skipped.
    pub fn skipped(&mut self, token: u64) {
        if let Some(Sent { poll, id, .. }) = self.sent.remove(&token) {
            self.settled.push(Settled { poll, id, written: None });
        }
    }

    /// These records of a poll were dropped on their way.
    pub fn gone(&mut self, poll: u64, ids: &[u32]) {
        self.settled.extend(ids.iter().map(|id| Settled { poll, id: *id, written: None }));
    }

    /// Takes what the task is to hear, in order of settling.
    pub fn take(&mut self) -> Vec<Settled> {
        std::mem::take(&mut self.settled)
    }
}
