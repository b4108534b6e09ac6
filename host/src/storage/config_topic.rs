//! Configurations of a cluster's connectors and tasks, in a topic (Kafka: `KafkaConfigBackingStore`).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::config_state::{ConfigState, Notice, Record};
use super::topic_log::{Appends, Entry, TopicLog, TopicLogError, TopicSpec, WRITE_LIMIT, named};
use crate::broker::error::{BrokerError, ErrorKind};
use crate::broker::record::Ack;
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
    /// Whether there is one: who wants to know need not wait for the transaction under way.
    leads: AtomicBool,
    /// What waits for the transaction under way: all of it goes into the next.
    queued: Mutex<Vec<Queued>>,
}

/// Records that somebody wants written as the leader, and who is told.
struct Queued {
    records: Vec<Record>,
    teller: oneshot::Sender<Result<(), ConfigWriteError>>,
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
        let (leader, leads, queued) = (tokio::sync::Mutex::default(), AtomicBool::new(false), Mutex::default());
        Ok((Self { log, state, broker, client, transactional_id, leader, leads, queued }, notices))
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
        self.give_up(&mut leader);
        let appends = Appends::default();
        let spec = ProducerSpec {
            client: self.client.clone(),
            transactional_id: Some(self.transactional_id.clone()),
            on_ack: appends.callback(),
        };
        let producer = self.broker.producer(spec).await?;
        producer.init_transactions(WRITE_LIMIT).await?;
        *leader = Some(LeaderWriter { producer, appends });
        self.leads.store(true, Ordering::Release);
        drop(leader);
        self.read_to_end().await
    }

    /// Whether this worker has the right to write.
    pub async fn leads(&self) -> bool {
        // It may be about to be taken.
        self.leads.load(Ordering::Acquire) || self.leader.lock().await.is_some()
    }

    /// Gives the right to write up.
    pub async fn relinquish(&self) {
        self.give_up(&mut *self.leader.lock().await);
    }

    fn give_up(&self, leader: &mut Option<LeaderWriter>) {
        *leader = None;
        self.leads.store(false, Ordering::Release);
    }

    /// Writes records in one transaction as the leader, and returns when they have been read here. What others want written meanwhile
    /// may be in the same transaction.
    pub async fn write_as_leader(&self, records: &[Record]) -> Result<(), ConfigWriteError> {
        let (teller, told) = oneshot::channel();
        lock(&self.queued).push(Queued { records: records.to_vec(), teller });
        let mut leader = self.leader.lock().await;
        let together = std::mem::take(&mut *lock(&self.queued));
        self.write_queued(&mut leader, together).await;
        drop(leader);
        told.await.unwrap_or_else(|_| Err(TopicLogError::Closed(self.log.topic().to_owned()).into()))
    }

    /// Writes what has queued: nothing, if whoever had the lock before has written it all.
    async fn write_queued(&self, leader: &mut Option<LeaderWriter>, mut together: Vec<Queued>) {
        // Who has gone away meanwhile wants nothing written any more.
        together.retain(|queued| !queued.teller.is_closed());
        let all: Vec<&Record> = together.iter().flat_map(|queued| &queued.records).collect();
        if all.is_empty() {
            return;
        }
        let written = self.write_together(leader, &all).await;
        let alone = together.len() == 1;
        for queued in together {
            let own = match &written {
                // One that is refused must not cost the others theirs.
                Err(ConfigWriteError::Failed(_)) if !alone => {
                    self.write_together(leader, &queued.records.iter().collect::<Vec<_>>()).await
                }
                told => told.clone(),
            };
            let _ = queued.teller.send(own);
        }
    }

    async fn write_together(&self, leader: &mut Option<LeaderWriter>, records: &[&Record]) -> Result<(), ConfigWriteError> {
        let Some(writer) = leader.as_ref() else {
            return Err(ConfigWriteError::NotLeader(
                "Cannot produce to config topic without claiming write privileges first".to_owned(),
            ));
        };
        match self.transaction(writer, records).await {
            // The next transaction waits for that too: until the end of this one is in the topic the brokers would refuse it for a while.
            Ok(acks) => Ok(self.log.await_applied(&acks).await?),
            Err(error) => {
                let unusable = match error.kind() {
                    ErrorKind::Fenced => Some(error.to_string()),
                    _ => {
                        let aborted = writer.producer.abort_transaction(WRITE_LIMIT).await;
                        aborted.err().map(|second| format!("{error}; and then {second}"))
                    }
                };
                if let Some(why) = unusable {
                    self.give_up(leader);
                    return Err(ConfigWriteError::NotLeader(why));
                }
                Err(TopicLogError::Broker(error).into())
            }
        }
    }

    async fn transaction(&self, writer: &LeaderWriter, records: &[&Record]) -> Result<Vec<Ack>, BrokerError> {
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
