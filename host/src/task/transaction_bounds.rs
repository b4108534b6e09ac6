//! Where the transactions of a source task end (KIP-618; Kafka: `ExactlyOnceWorkerSourceTask.TransactionBoundaryManager`). Pure: no I/O,
//! and time is given.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::sandbox::context::Boundary;

/// What a task asks for while it is polled.
#[derive(Debug, Default)]
pub struct Wishes(Mutex<Vec<Boundary>>);

impl Wishes {
    /// One wish more.
    pub fn add(&self, wish: Boundary) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(wish);
    }

    fn take(&self) -> Vec<Boundary> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How a transaction ends. The greater wins where both are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ending {
    /// Its records become visible together with their offsets.
    Commit,
    /// Its records are never seen; their offsets are stored all the same, so that they do not come again.
    Abort,
}

/// The bounds of one task's transactions.
#[derive(Debug)]
pub enum Bounds {
    /// Every poll is a transaction.
    Poll,
    /// A transaction ends with the poll after so much time.
    Interval {
        /// The time.
        every: Duration,
        /// When the last one ended.
        last: Instant,
    },
    /// The task says.
    Connector(Wished),
}

/// What a task asked for at its last poll.
#[derive(Debug, Default)]
pub struct Wished {
    wishes: Arc<Wishes>,
    /// Endings after records, by the record's id.
    records: BTreeMap<u32, Ending>,
    batch: Option<Ending>,
}

impl Bounds {
    /// The bounds that a task sets by these wishes.
    pub fn of_connector(wishes: Arc<Wishes>) -> Self {
        Self::Connector(Wished { wishes, ..Wished::default() })
    }

    /// A poll came back: what was asked for in it is known now.
    pub fn polled(&mut self) {
        let Self::Connector(wished) = self else { return };
        wished.records.clear();
        for wish in wished.wishes.take() {
            match wish {
                Boundary::Commit => wished.batch = wished.batch.max(Some(Ending::Commit)),
                Boundary::Abort => wished.batch = Some(Ending::Abort),
                Boundary::CommitAfter(id) => drop(wished.records.entry(id).or_insert(Ending::Commit)),
                Boundary::AbortAfter(id) => drop(wished.records.insert(id, Ending::Abort)),
            }
        }
    }

    /// The first ending that is due when all records of the poll with ids less than `id` have gone on, or been dropped. It counts as
    /// done.
    pub fn due_before(&mut self, id: u64) -> Option<Ending> {
        let Self::Connector(wished) = self else { return None };
        let first = wished.records.first_entry().filter(|first| u64::from(*first.key()) < id)?;
        Some(first.remove())
    }

    /// The ending that is due after all records of a poll.
    pub fn due_after_poll(&mut self, now: Instant) -> Option<Ending> {
        match self {
            Self::Poll => Some(Ending::Commit),
            Self::Interval { every, last } if now.saturating_duration_since(*last) >= *every => {
                *last = now;
                Some(Ending::Commit)
            }
            Self::Interval { .. } => None,
            Self::Connector(wished) => wished.batch.take(),
        }
    }

    /// The ending that is due when the task is paused or stopped.
    pub fn due_at_end(&mut self) -> Option<Ending> {
        match self {
            Self::Poll | Self::Interval { .. } => Some(Ending::Commit),
            Self::Connector(wished) => wished.batch.take(),
        }
    }

    /// The records of the last poll did not all go on: what was asked for behind them is void.
    pub fn cut_short(&mut self) {
        if let Self::Connector(wished) = self {
            wished.records.clear();
            wished.batch = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(wishes: &[Boundary]) -> Bounds {
        let given = Arc::new(Wishes::default());
        wishes.iter().for_each(|wish| given.add(*wish));
        let mut bounds = Bounds::of_connector(given);
        bounds.polled();
        bounds
    }

    #[test]
    fn the_task_says_where_and_an_abort_wins() {
        let wishes =
            [Boundary::CommitAfter(4), Boundary::CommitAfter(1), Boundary::AbortAfter(4), Boundary::Abort, Boundary::Commit];
        let mut bounds = wished(&wishes);
        assert_eq!(bounds.due_before(1), None);
        assert_eq!((bounds.due_before(2), bounds.due_before(2)), (Some(Ending::Commit), None));
        assert_eq!(bounds.due_before(u64::MAX), Some(Ending::Abort));
        let now = Instant::now();
        assert_eq!((bounds.due_after_poll(now), bounds.due_after_poll(now)), (Some(Ending::Abort), None));
        assert_eq!(bounds.due_at_end(), None, "what is not asked for is not committed");
    }

    #[test]
    fn what_was_asked_for_behind_records_that_did_not_go_on_is_void() {
        let mut bounds = wished(&[Boundary::CommitAfter(3), Boundary::Commit]);
        bounds.cut_short();
        assert_eq!((bounds.due_before(u64::MAX), bounds.due_at_end()), (None, None));
    }

    #[test]
    fn an_interval_ends_with_a_poll() {
        let start = Instant::now();
        let mut bounds = Bounds::Interval { every: Duration::from_secs(3), last: start };
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!((bounds.due_after_poll(at(2)), bounds.due_before(9)), (None, None));
        assert_eq!((bounds.due_after_poll(at(4)), bounds.due_after_poll(at(6))), (Some(Ending::Commit), None));
        assert_eq!(bounds.due_after_poll(at(7)), Some(Ending::Commit));
        assert_eq!((bounds.due_at_end(), Bounds::Poll.due_after_poll(start)), (Some(Ending::Commit), Some(Ending::Commit)));
    }
}
