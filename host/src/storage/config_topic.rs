//! Configurations of a cluster's connectors and tasks, in a topic (Kafka: `KafkaConfigBackingStore`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use super::config_state::{ConfigState, Notice, Record};
use super::topic_log::{Appends, Entry, TopicLog, TopicLogError, TopicSpec, WRITE_LIMIT, named};
use crate::broker::error::{BrokerError, ErrorKind};
use crate::broker::{Broker, ClientSpec, Producer, ProducerSpec};

/// Nothing was written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ConfigWriteError {
    /// This worker is not, or no longer, the one that may write.
    #[error(
        "Failed to write to config topic as leader; will rejoin group if necessary and, if still leader, attempt to reclaim write privileges for the config topic: {0}"
    )]
    NotLeader(String),
    /// It may be tried again.
    #[error("Failed to write to config topic; this may be due to a transient error and the request can be safely retried: {0}")]
    Failed(#[from] TopicLogError),
}

/// The config topic, followed.
pub struct ConfigTopic {
    log: TopicLog,
    state: Arc<Mutex<Arc<ConfigState>>>,
    broker: Arc<dyn Broker>,
    client: ClientSpec,
    transactional_id: String,
    leader: tokio::sync::Mutex<Option<LeaderWriter>>,
}

/// The producer that fences those of earlier leaders.
struct LeaderWriter {
    producer: Box<dyn Producer>,
    appends: Appends,
}

impl ConfigTopic {
    /// Opens the topic. Notices that were written before are not among those received.
    ///
    /// # Errors
    /// The topic cannot be made or read, or is not fit.
    pub async fn open(
        broker: Arc<dyn Broker>,
        spec: &TopicSpec,
        transactional_id: String,
    ) -> Result<(Self, mpsc::UnboundedReceiver<Notice>), TopicLogError> {
        let state = Arc::new(Mutex::new(Arc::new(ConfigState::default())));
        let (teller, notices) = mpsc::unbounded_channel();
        let applied = Arc::clone(&state);
        let apply = move |entry: &Entry<'_>| {
            let Ok(key) = std::str::from_utf8(entry.key) else { return };
            let notice = Arc::make_mut(&mut lock(&applied)).apply(key, entry.value, entry.offset);
            if let Some(notice) = notice.filter(|_| !entry.old) {
                let _ = teller.send(notice);
            }
        };
        let log = TopicLog::open(broker.as_ref(), spec, Box::new(apply)).await?;
        let client = named(&spec.client, "leader");
        Ok((Self { log, state, broker, client, transactional_id, leader: tokio::sync::Mutex::default() }, notices))
    }

    /// What the topic says as far as it has been read here.
    pub fn snapshot(&self) -> Arc<ConfigState> {
        Arc::clone(&lock(&self.state))
    }

    /// The topic's name.
    pub fn topic(&self) -> &str {
        self.log.topic()
    }

    /// Changes whenever records have been read.
    pub fn applied(&self) -> tokio::sync::watch::Receiver<std::collections::BTreeMap<i32, i64>> {
        self.log.applied()
    }

    /// Returns when everything that is in the topic now has been read here.
    pub async fn read_to_end(&self) -> Result<(), TopicLogError> {
        self.log.read_to_end().await
    }

    /// Takes the right to write from whoever had it, and reads what they wrote last.
    // I24: whoever led before is fenced: what it writes from now on is refused.
    pub async fn claim(&self) -> Result<(), TopicLogError> {
        let mut leader = self.leader.lock().await;
        *leader = None;
        let appends = Appends::default();
        let spec = ProducerSpec {
            client: self.client.clone(),
            transactional_id: Some(self.transactional_id.clone()),
            on_ack: appends.callback(),
        };
        let producer = self.broker.producer(spec).await?;
        producer.init_transactions(WRITE_LIMIT).await?;
        *leader = Some(LeaderWriter { producer, appends });
        drop(leader);
        self.read_to_end().await
    }

    /// Whether this worker has the right to write.
    pub async fn leads(&self) -> bool {
        self.leader.lock().await.is_some()
    }

    /// Gives the right to write up.
    pub async fn relinquish(&self) {
        *self.leader.lock().await = None;
    }

    /// Writes records in one transaction as the leader, and returns when they have been read here.
    pub async fn write_as_leader(&self, records: &[Record]) -> Result<(), ConfigWriteError> {
        let mut leader = self.leader.lock().await;
        let Some(writer) = leader.as_ref() else {
            return Err(ConfigWriteError::NotLeader(
                "Cannot produce to config topic without claiming write privileges first".to_owned(),
            ));
        };
        match self.transaction(writer, records).await {
            Ok(acks) => {
                drop(leader);
                Ok(self.log.await_applied(&acks).await?)
            }
            Err(error) => {
                if error.kind() == ErrorKind::Fenced || !self.aborted(writer).await {
                    // This producer cannot be used again.
                    *leader = None;
                    return Err(ConfigWriteError::NotLeader(error.to_string()));
                }
                Err(TopicLogError::Broker(error).into())
            }
        }
    }

    async fn transaction(
        &self,
        writer: &LeaderWriter,
        records: &[Record],
    ) -> Result<Vec<crate::broker::record::Ack>, BrokerError> {
        writer.producer.begin_transaction().await?;
        let mut told = Vec::with_capacity(records.len());
        for (key, value) in records {
            let value = value.as_ref().map(|value| value.to_string().into_bytes());
            let sent = writer.appends.send(writer.producer.as_ref(), self.log.topic(), key.as_bytes(), value.as_deref()).await?;
            told.push(sent);
        }
        writer.producer.commit_transaction(WRITE_LIMIT).await?;
        let mut acks = Vec::with_capacity(told.len());
        for ack in told {
            let closed = |_| BrokerError::retry(ErrorKind::Closed, "the producer of the config topic was closed");
            acks.push(ack.await.map_err(closed)??);
        }
        Ok(acks)
    }

    async fn aborted(&self, writer: &LeaderWriter) -> bool {
        writer.producer.abort_transaction(WRITE_LIMIT).await.is_ok()
    }

    /// Writes a record that any worker may write, and returns when it has been read here.
    pub async fn write(&self, (key, value): &Record) -> Result<(), TopicLogError> {
        let value = value.as_ref().map(|value| value.to_string().into_bytes());
        let ack = self.log.append(key.as_bytes(), value.as_deref()).await?;
        self.log.await_applied(&[ack]).await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
