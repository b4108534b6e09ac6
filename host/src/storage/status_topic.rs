//! Statuses in a topic: keys, values, and the writer (Kafka: `KafkaStatusBackingStore`).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

use super::status_store::{State, Status, StatusStore, TaskId};
use super::topic_log::{Entry, TopicLog, TopicLogError, TopicSpec};
use crate::broker::Broker;

/// Pause before a status is written again.
const RETRY: Duration = Duration::from_millis(300);
/// Statuses that are under way at once at most.
const TOGETHER: usize = 500;

/// Whose status a record is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatusKey {
    /// A connector's.
    Connector(String),
    /// A task's.
    Task(TaskId),
    /// That a connector uses a topic (KIP-558).
    Topic {
        /// The topic.
        topic: String,
        /// The connector.
        connector: String,
    },
}

impl StatusKey {
    /// As it stands in the topic.
    pub fn text(&self) -> String {
        match self {
            Self::Connector(name) => format!("status-connector-{name}"),
            Self::Task(id) => format!("status-task-{id}"),
            Self::Topic { topic, connector } => format!("status-topic-{topic}:connector-{connector}"),
        }
    }

    /// Reads [`StatusKey::text`].
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("status-connector-") {
            return Some(Self::Connector(name.to_owned()));
        }
        if let Some(task) = text.strip_prefix("status-task-") {
            let (connector, task) = task.rsplit_once('-')?;
            return Some(Self::Task(TaskId::new(connector, task.parse().ok()?)));
        }
        // The name of a topic has no colon.
        let (topic, connector) = text.strip_prefix("status-topic-")?.split_once(":connector-")?;
        let named = !topic.is_empty() && !connector.is_empty();
        named.then(|| Self::Topic { topic: topic.to_owned(), connector: connector.to_owned() })
    }
}

/// A status as it stands in the topic.
pub fn status_json(status: &Status) -> Json {
    json!({
        "state": status.state.name(),
        "trace": status.trace,
        "worker_id": status.worker_id,
        "generation": status.generation,
        "version": status.version,
    })
}

/// Reads [`status_json`].
pub fn read_status(json: &Json) -> Option<Status> {
    let text = |key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    Some(Status {
        state: State::named(json.get("state")?.as_str()?)?,
        trace: text("trace"),
        version: text("version"),
        worker_id: text("worker_id").unwrap_or_default(),
        generation: json
            .get("generation")
            .and_then(Json::as_i64)
            .and_then(|number| i32::try_from(number).ok())
            .unwrap_or_default(),
    })
}

/// That a task met a topic, as it stands in the topic of statuses. `at` is in milliseconds since the epoch.
pub fn topic_json(topic: &str, task: &TaskId, at: u64) -> Json {
    json!({"topic": {"name": topic, "connector": task.connector, "task": task.task, "discoverTimestamp": at}})
}

/// One status to write.
#[derive(Debug, Clone)]
pub struct StatusWrite {
    /// Whose.
    pub key: StatusKey,
    /// What; none: it is forgotten.
    pub value: Option<Json>,
    /// Written only over nothing, over a status of this worker, or of no later generation (Kafka: `putSafe`).
    pub safe: bool,
}

/// The topic of statuses with its writer; statuses read from it go to the store.
pub struct StatusTopic {
    log: Arc<TopicLog>,
    writer: tokio::task::JoinHandle<()>,
    flushes: mpsc::UnboundedSender<tokio::sync::oneshot::Sender<()>>,
}

impl StatusTopic {
    /// Opens the topic; `writes` are those of the store.
    ///
    /// # Errors
    /// The topic cannot be made or read, or is not compacted.
    pub async fn open(
        broker: &dyn Broker,
        spec: &TopicSpec,
        store: Arc<StatusStore>,
        writes: mpsc::UnboundedReceiver<StatusWrite>,
    ) -> Result<Self, TopicLogError> {
        let applied = Arc::clone(&store);
        let apply = move |entry: &Entry<'_>| match std::str::from_utf8(entry.key).ok().and_then(StatusKey::parse) {
            Some(key) => applied.read(&key, entry.value),
            None => tracing::debug!("Discarding record of the status topic with invalid key"),
        };
        let log = Arc::new(TopicLog::open(broker, spec, Box::new(apply)).await?);
        let (flushes, asked) = mpsc::unbounded_channel();
        let writer = tokio::spawn(write(Arc::clone(&log), store, writes, asked));
        Ok(Self { log, writer, flushes })
    }

    /// Returns when every status that was reported so far is in the topic, or the time is up.
    pub async fn flush(&self, limit: Duration) {
        let (teller, told) = tokio::sync::oneshot::channel();
        if self.flushes.send(teller).is_ok() && tokio::time::timeout(limit, told).await.is_err() {
            tracing::warn!(topic = self.log.topic(), "not all statuses were written in time");
        }
    }

    /// Returns when everything that is in the topic now has been read.
    pub async fn read_to_end(&self) -> Result<(), TopicLogError> {
        self.log.read_to_end().await
    }
}

impl Drop for StatusTopic {
    fn drop(&mut self) {
        self.writer.abort();
    }
}

/// Writes statuses in the order they are reported in; what cannot be written now is written later.
async fn write(
    log: Arc<TopicLog>,
    store: Arc<StatusStore>,
    mut writes: mpsc::UnboundedReceiver<StatusWrite>,
    mut asked: mpsc::UnboundedReceiver<tokio::sync::oneshot::Sender<()>>,
) {
    loop {
        let write = tokio::select! {
            biased;
            write = writes.recv() => write,
            teller = asked.recv() => {
                if let Some(teller) = teller {
                    let _ = teller.send(());
                    continue;
                }
                None
            }
        };
        let Some(write) = write else { return };
        let mut together = vec![write];
        while together.len() < TOGETHER
            && let Ok(write) = writes.try_recv()
        {
            together.push(write);
        }
        while let Err(error) = log.append_all(&records(&together, &store)).await {
            let first = together.first().map(|write| write.key.text()).unwrap_or_default();
            tracing::warn!(first, count = together.len(), "statuses were not written and are written again: {error}");
            tokio::time::sleep(RETRY).await;
        }
    }
}

/// The records of statuses, but for those that may not replace what is known.
fn records(writes: &[StatusWrite], store: &StatusStore) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let may = writes.iter().filter(|write| !write.safe || store.may_replace(&write.key));
    let bytes = |write: &StatusWrite| write.value.as_ref().map(|value| value.to_string().into_bytes());
    may.map(|write| (write.key.text().into_bytes(), bytes(write))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_kafkas() {
        let topic = StatusKey::Topic { topic: "t".into(), connector: "c:connector-x".into() };
        for (key, text) in [
            (StatusKey::Connector("a-1".into()), "status-connector-a-1"),
            (StatusKey::Task(TaskId::new("a-1", 12)), "status-task-a-1-12"),
            (topic, "status-topic-t:connector-c:connector-x"),
        ] {
            assert_eq!(key.text(), text);
            assert_eq!(StatusKey::parse(text), Some(key));
        }
        for wrong in ["status-task-a", "status-topic-:connector-c", "status-topic-t", "session-key"] {
            assert_eq!(StatusKey::parse(wrong), None);
        }
    }

    #[test]
    fn a_status_is_written_as_kafka_writes_it() {
        let mut status = Status::new(State::Running, Some("4.3.1".into()));
        status.worker_id = "h:8083".into();
        status.generation = 2;
        let text = r#"{"state":"RUNNING","trace":null,"worker_id":"h:8083","generation":2,"version":"4.3.1"}"#;
        assert_eq!(status_json(&status).to_string(), text);
        assert_eq!(read_status(&status_json(&status)), Some(status));
        assert_eq!(read_status(&json!({"state": "DREAMING"})), None);
    }
}
