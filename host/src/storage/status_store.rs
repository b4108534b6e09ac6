//! Statuses of connectors and tasks, and the topics they use, in memory
//! (Kafka: `MemoryStatusBackingStore`; its states are those of `AbstractStatus`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A task of a connector.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId {
    /// The connector's name.
    pub connector: String,
    /// Counting from 0.
    pub task: u32,
}

impl TaskId {
    /// Task `task` of `connector`.
    pub fn new(connector: impl Into<String>, task: u32) -> Self {
        Self { connector: connector.into(), task }
    }
}

/// `<connector>-<task>`, as Kafka Connect's log and error texts have it.
impl fmt::Display for TaskId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.connector, self.task)
    }
}

/// What the user wants of a connector (KIP-875 added STOPPED).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetState {
    /// It runs.
    Started,
    /// It and its tasks are kept but idle.
    Paused,
    /// It has no tasks.
    Stopped,
}

/// What a connector or task is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody runs it yet.
    Unassigned,
    /// It runs.
    Running,
    /// It is kept but idle.
    Paused,
    /// A connector without tasks.
    Stopped,
    /// It has failed; the status has a trace.
    Failed,
    /// A restart was asked for (KIP-745).
    Restarting,
}

impl State {
    /// The name that REST shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unassigned => "UNASSIGNED",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Stopped => "STOPPED",
            Self::Failed => "FAILED",
            Self::Restarting => "RESTARTING",
        }
    }
}

/// The status of a connector or task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// What it is doing.
    pub state: State,
    /// Why it failed.
    pub trace: Option<String>,
    /// The plugin's version, where known.
    pub version: Option<String>,
}

impl Status {
    /// A status without a trace.
    pub fn new(state: State, version: Option<String>) -> Self {
        Self { state, trace: None, version }
    }

    /// A failure and its trace.
    pub fn failed(trace: impl Into<String>, version: Option<String>) -> Self {
        Self { state: State::Failed, trace: Some(trace.into()), version }
    }
}

#[derive(Debug, Default)]
struct Statuses {
    connectors: BTreeMap<String, Status>,
    tasks: BTreeMap<TaskId, Status>,
    topics: BTreeMap<String, BTreeSet<String>>,
}

/// All statuses of one worker.
#[derive(Debug)]
pub struct StatusStore {
    worker_id: String,
    statuses: Mutex<Statuses>,
}

impl StatusStore {
    /// An empty store. `worker_id` is `host:port` of the worker's REST API.
    pub fn new(worker_id: impl Into<String>) -> Self {
        Self { worker_id: worker_id.into(), statuses: Mutex::default() }
    }

    /// `host:port` of the worker that all statuses are of.
    pub fn worker_id(&self) -> &str {
        &self.worker_id
    }

    /// Sets the status of a connector.
    pub fn put_connector(&self, connector: &str, status: Status) {
        self.lock().connectors.insert(connector.to_owned(), status);
    }

    /// Sets the status of a task.
    pub fn put_task(&self, id: &TaskId, status: Status) {
        self.lock().tasks.insert(id.clone(), status);
    }

    /// The status of a connector.
    pub fn connector(&self, connector: &str) -> Option<Status> {
        self.lock().connectors.get(connector).cloned()
    }

    /// The status of a task.
    pub fn task(&self, id: &TaskId) -> Option<Status> {
        self.lock().tasks.get(id).cloned()
    }

    /// The statuses of a connector's tasks, by task.
    pub fn tasks(&self, connector: &str) -> Vec<(TaskId, Status)> {
        let first = TaskId::new(connector, 0);
        let statuses = self.lock();
        let tasks = statuses.tasks.range(first..).take_while(|(id, _)| id.connector == connector);
        tasks.map(|(id, status)| (id.clone(), status.clone())).collect()
    }

    /// Forgets a task.
    pub fn remove_task(&self, id: &TaskId) {
        self.lock().tasks.remove(id);
    }

    /// Forgets a connector, its tasks and its topics.
    pub fn remove_connector(&self, connector: &str) {
        let mut statuses = self.lock();
        statuses.connectors.remove(connector);
        statuses.tasks.retain(|id, _| id.connector != connector);
        statuses.topics.remove(connector);
    }

    /// A connector has written to or read from a topic (KIP-558).
    pub fn add_topic(&self, connector: &str, topic: &str) {
        let mut statuses = self.lock();
        let topics = statuses.topics.entry(connector.to_owned()).or_default();
        if !topics.contains(topic) {
            topics.insert(topic.to_owned());
        }
    }

    /// The topics that a connector has used.
    pub fn topics(&self, connector: &str) -> Vec<String> {
        self.lock().topics.get(connector).map(|topics| topics.iter().cloned().collect()).unwrap_or_default()
    }

    /// Forgets the topics that a connector has used.
    pub fn reset_topics(&self, connector: &str) {
        self.lock().topics.remove(connector);
    }

    fn lock(&self) -> MutexGuard<'_, Statuses> {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_those_of_the_connector() {
        let store = StatusStore::new("w:8083");
        for (connector, task) in [("a", 1), ("a", 0), ("a-0", 0), ("b", 0)] {
            store.put_task(&TaskId::new(connector, task), Status::new(State::Running, None));
        }
        let ids: Vec<String> = store.tasks("a").into_iter().map(|(id, _)| id.to_string()).collect();
        assert_eq!(ids, ["a-0", "a-1"]);
        store.remove_connector("a");
        assert!(store.tasks("a").is_empty());
        assert_eq!(store.tasks("a-0").len(), 1);
    }
}
