//! Statuses of connectors and tasks, and the topics they use (Kafka: `MemoryStatusBackingStore`; its states are those of
//! `AbstractStatus`). In a cluster what is put here goes to the status topic first and stands here when it has been read from there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde_json::Value as Json;
use tokio::sync::mpsc::UnboundedSender;

use super::status_topic::{StatusKey, StatusWrite, read_status, status_json, topic_json};

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

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Unassigned, Self::Running, Self::Paused, Self::Stopped, Self::Failed, Self::Restarting];
        all.into_iter().find(|state| state.name() == name)
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
    /// `host:port` of the worker that says so; the store fills it in.
    pub worker_id: String,
    /// The assignment under which it was said, in a cluster; the store fills it in.
    pub generation: i32,
}

impl Status {
    /// A status without a trace.
    pub fn new(state: State, version: Option<String>) -> Self {
        Self { state, trace: None, version, worker_id: String::new(), generation: 0 }
    }

    /// A failure and its trace.
    pub fn failed(trace: impl Into<String>, version: Option<String>) -> Self {
        Self { trace: Some(trace.into()), ..Self::new(State::Failed, version) }
    }
}

#[derive(Debug, Default)]
struct Statuses {
    connectors: BTreeMap<String, Status>,
    tasks: BTreeMap<TaskId, Status>,
    topics: BTreeMap<String, BTreeSet<String>>,
}

/// All statuses that a worker knows.
#[derive(Debug)]
pub struct StatusStore {
    worker_id: String,
    generation: AtomicI32,
    statuses: Mutex<Statuses>,
    topic: Option<UnboundedSender<StatusWrite>>,
    /// What this worker said last of what it runs: the leader may have missed it for a while, and said otherwise.
    own: Mutex<BTreeMap<StatusKey, Status>>,
}

impl StatusStore {
    /// An empty store in memory. `worker_id` is `host:port` of the worker's REST API.
    pub fn new(worker_id: impl Into<String>) -> Self {
        Self {
            worker_id: worker_id.into(),
            generation: AtomicI32::new(0),
            statuses: Mutex::default(),
            topic: None,
            own: Mutex::default(),
        }
    }

    /// A store whose statuses go to the status topic, by whoever receives these writes, and come back by [`StatusStore::read`].
    pub fn over_topic(worker_id: impl Into<String>, writes: UnboundedSender<StatusWrite>) -> Self {
        Self { topic: Some(writes), ..Self::new(worker_id) }
    }

    /// `host:port` of this worker.
    pub fn worker_id(&self) -> &str {
        &self.worker_id
    }

    /// The assignment under which statuses are said from now on.
    pub fn set_generation(&self, generation: i32) {
        self.generation.store(generation, Ordering::Relaxed);
    }

    /// Sets the status of a connector.
    pub fn put_connector(&self, connector: &str, status: Status) {
        self.put(StatusKey::Connector(connector.to_owned()), status);
    }

    /// Sets the status of a task.
    pub fn put_task(&self, id: &TaskId, status: Status) {
        self.put(StatusKey::Task(id.clone()), status);
    }

    fn put(&self, key: StatusKey, mut status: Status) {
        self.worker_id.clone_into(&mut status.worker_id);
        status.generation = self.generation.load(Ordering::Relaxed);
        let safe = matches!(status.state, State::Unassigned | State::Failed);
        let Some(topic) = &self.topic else { return self.insert(key, status) };
        drop(topic.send(StatusWrite { key: key.clone(), value: Some(status_json(&status)), safe }));
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        match status.state {
            State::Unassigned => drop(own.remove(&key)),
            _ => drop(own.insert(key, status)),
        }
    }

    /// Says again of what this worker runs what it said last, when another says that nobody runs it, that it is gone, or, late, that it
    /// ran it in an earlier generation.
    fn say_again(&self, key: &StatusKey, other: Option<&Status>) {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        let (Some(mut status), Some(topic)) = (own, &self.topic) else { return };
        let stands = |other: &Status| {
            let late = other.state != State::Unassigned && other.generation < status.generation;
            other.worker_id == self.worker_id || !(late || other.state == State::Unassigned)
        };
        if other.is_some_and(stands) {
            return;
        }
        status.generation = self.generation.load(Ordering::Relaxed);
        drop(topic.send(StatusWrite { key: key.clone(), value: Some(status_json(&status)), safe: false }));
    }

    fn insert(&self, key: StatusKey, status: Status) {
        let mut statuses = self.lock();
        match key {
            StatusKey::Connector(name) => drop(statuses.connectors.insert(name, status)),
            StatusKey::Task(id) => drop(statuses.tasks.insert(id, status)),
            StatusKey::Topic { .. } => {}
        }
    }

    fn forget(&self, key: StatusKey) {
        match &self.topic {
            Some(topic) => {
                self.own.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
                drop(topic.send(StatusWrite { key, value: None, safe: false }));
            }
            None => self.remove(&key),
        }
    }

    fn remove(&self, key: &StatusKey) {
        let mut statuses = self.lock();
        match key {
            StatusKey::Connector(name) => drop(statuses.connectors.remove(name)),
            StatusKey::Task(id) => drop(statuses.tasks.remove(id)),
            StatusKey::Topic { topic, connector } => {
                if let Some(topics) = statuses.topics.get_mut(connector) {
                    topics.remove(topic);
                }
            }
        }
    }

    /// Takes in a record of the status topic.
    pub fn read(&self, key: &StatusKey, value: Option<&[u8]>) {
        let json = value.and_then(|value| serde_json::from_slice::<Json>(value).ok()).filter(|json| !json.is_null());
        let Some(json) = json else {
            self.say_again(key, None);
            return self.remove(key);
        };
        if let StatusKey::Topic { topic, connector } = key {
            self.lock().topics.entry(connector.clone()).or_default().insert(topic.clone());
            return;
        }
        let Some(status) = read_status(&json) else { return };
        self.say_again(key, Some(&status));
        // The end of a task that another worker runs already comes late.
        if let (StatusKey::Task(id), State::Unassigned) = (key, status.state)
            && self.task(id).is_some_and(|known| {
                known.state == State::Running && known.generation >= status.generation && known.worker_id != status.worker_id
            })
        {
            return;
        }
        self.insert(key.clone(), status);
    }

    /// Whether a worker that only says what it has lost may write over what is known.
    pub fn may_replace(&self, key: &StatusKey) -> bool {
        let known = match key {
            StatusKey::Connector(name) => self.connector(name),
            StatusKey::Task(id) => self.task(id),
            StatusKey::Topic { .. } => None,
        };
        let generation = self.generation.load(Ordering::Relaxed);
        known.is_none_or(|known| known.worker_id == self.worker_id || known.generation <= generation)
    }

    /// Every connector and task that has a status.
    pub fn known(&self) -> (Vec<String>, Vec<TaskId>) {
        let statuses = self.lock();
        (statuses.connectors.keys().cloned().collect(), statuses.tasks.keys().cloned().collect())
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
        self.forget(StatusKey::Task(id.clone()));
    }

    /// Forgets a connector, its tasks and its topics.
    pub fn remove_connector(&self, connector: &str) {
        for (id, _) in self.tasks(connector) {
            self.remove_task(&id);
        }
        self.reset_topics(connector);
        self.forget(StatusKey::Connector(connector.to_owned()));
    }

    /// A task has written to or read from a topic (KIP-558).
    pub fn add_topic(&self, task: &TaskId, topic: &str) {
        let mut statuses = self.lock();
        let topics = statuses.topics.entry(task.connector.clone()).or_default();
        if topics.contains(topic) {
            return;
        }
        match &self.topic {
            None => drop(topics.insert(topic.to_owned())),
            Some(writes) => {
                let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
                let value = topic_json(topic, task, u64::try_from(now.as_millis()).unwrap_or_default());
                let key = StatusKey::Topic { topic: topic.to_owned(), connector: task.connector.clone() };
                let _ = writes.send(StatusWrite { key, value: Some(value), safe: false });
            }
        }
    }

    /// The topics that a connector has used.
    pub fn topics(&self, connector: &str) -> Vec<String> {
        self.lock().topics.get(connector).map(|topics| topics.iter().cloned().collect()).unwrap_or_default()
    }

    /// Forgets the topics that a connector has used.
    pub fn reset_topics(&self, connector: &str) {
        for topic in self.topics(connector) {
            self.forget(StatusKey::Topic { topic, connector: connector.to_owned() });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Statuses> {
        self.statuses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_worker_runs_it_says_again_when_the_leader_missed_it() {
        let (teller, mut writes) = tokio::sync::mpsc::unbounded_channel();
        let store = StatusStore::over_topic("w:8083", teller);
        let (id, key) = (TaskId::new("c", 0), StatusKey::Task(TaskId::new("c", 0)));
        let missed = br#"{"state":"UNASSIGNED","trace":null,"worker_id":"leader:8083","generation":3,"version":null}"#;
        store.put_task(&id, Status::new(State::Running, None));
        store.set_generation(4);
        writes.try_recv().unwrap();
        store.read(&key, Some(missed));
        let again = writes.try_recv().unwrap();
        let status = read_status(&again.value.unwrap()).unwrap();
        assert_eq!((status.state, status.worker_id.as_str(), status.generation), (State::Running, "w:8083", 4));
        // Who ran it before may be late in saying so; who runs it by now is right.
        let elsewhere = |generation: i32| {
            let state = r#"{"state":"RUNNING","trace":null,"worker_id":"v:8083","version":null,"generation":"#;
            format!("{state}{generation}}}")
        };
        store.read(&key, Some(elsewhere(5).as_bytes()));
        assert!(writes.try_recv().is_err());
        store.put_task(&id, Status::new(State::Running, None));
        writes.try_recv().unwrap();
        store.read(&key, Some(elsewhere(3).as_bytes()));
        assert!(writes.try_recv().unwrap().value.is_some());
        // A leader that knew an older configuration may have forgotten it.
        store.read(&key, None);
        assert!(writes.try_recv().unwrap().value.is_some());
        // What it has stopped is not its own.
        store.put_task(&id, Status::new(State::Unassigned, None));
        writes.try_recv().unwrap();
        store.read(&key, Some(missed));
        store.read(&key, None);
        assert!(writes.try_recv().is_err());
    }

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
