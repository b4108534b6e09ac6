//! The herder of a worker of a cluster (Kafka: `DistributedHerder`).
//!
//! Workers speak through the config topic. Two loops run in each: [`leading`] decides who runs what, as long as this worker leads, and
//! [`following`] has the worker run what the newest assignment gives it. What they decide is pure ([`assignor`], [`ledger`]); requests
//! ([`requests`]) only write records.

pub mod assignor;
mod fencing;
mod following;
pub mod internal_topics;
mod leading;
pub mod ledger;
mod membership;
mod publishing;
mod requests;
mod restarting;
mod signature;
pub mod tidying;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::broker::Broker;
use crate::config::worker::WorkerConfig;
use crate::storage::assignment::{Assignment, Member};
use crate::storage::config_state::{ConfigState, Notice};
use crate::storage::config_store::ConnectorEntry;
use crate::storage::config_topic::{ConfigTopic, ConfigWriteError};
use crate::storage::offset_store::OffsetStore;
use crate::storage::offset_topics::OffsetTopics;
use crate::storage::status_store::StatusStore;
use crate::storage::status_topic::StatusTopic;
use crate::storage::topic_log::TopicLogError;

use self::ledger::Ledger;
use self::membership::Group;
use super::error::HerderError;
use super::parts::Parts;
use super::peer::Peers;
use super::turns::Turns;

/// How long a stopping worker waits for its last statuses to be written.
const LAST_STATUSES: Duration = Duration::from_secs(5);

/// The stores of a cluster, opened before anything runs.
pub struct Stores {
    /// Configurations.
    pub configs: ConfigTopic,
    /// What asks for something once.
    pub notices: mpsc::UnboundedReceiver<Notice>,
    /// Offsets of sources.
    pub offsets: Arc<OffsetTopics>,
    /// Statuses.
    pub statuses: Arc<StatusStore>,
    /// Their topic.
    pub status_topic: StatusTopic,
}

impl Stores {
    /// Opens the three topics, which are made if they are missing, and reads them to their ends.
    ///
    /// # Errors
    /// A topic cannot be made or read, or is not fit.
    pub async fn open(broker: &Arc<dyn Broker>, config: &Arc<WorkerConfig>, worker_id: &str) -> Result<Self, TopicLogError> {
        let group = config.text("group.id").unwrap_or_default();
        let transactional_id = format!("connect-cluster-{group}");
        let spec = internal_topics::configs(config);
        let (configs, notices) = ConfigTopic::open(Arc::clone(broker), &spec, transactional_id).await?;
        let spec = internal_topics::offsets(config);
        let offsets = Arc::new(OffsetStore::open_topic(broker.as_ref(), &spec).await?);
        let offsets = Arc::new(OffsetTopics::of_cluster(offsets, Arc::clone(broker), Arc::clone(config), spec));
        let (writes, reported) = mpsc::unbounded_channel();
        let statuses = Arc::new(StatusStore::over_topic(worker_id, writes));
        let spec = internal_topics::statuses(config);
        let status_topic = StatusTopic::open(broker.as_ref(), &spec, Arc::clone(&statuses), reported).await?;
        Ok(Self { configs, notices, offsets, statuses, status_topic })
    }
}

/// The herder of a worker of a cluster. Cheap to clone.
#[derive(Clone)]
pub struct Herder(Arc<Inner>);

struct Inner {
    parts: Parts,
    configs: ConfigTopic,
    status_topic: StatusTopic,
    me: Member,
    group: Group,
    peers: Peers,
    ledger: Mutex<Ledger>,
    /// What runs in plugins, one piece after the other for each connector.
    turns: Turns,
    /// What is written about connectors, one piece after the other for each.
    writes: Turns,
    loops: Mutex<Vec<JoinHandle<()>>>,
}

impl Herder {
    /// Joins the cluster. `me` is what other workers know this one by.
    ///
    /// # Errors
    /// A wrong client property.
    pub async fn start(
        parts: Parts,
        configs: ConfigTopic,
        status_topic: StatusTopic,
        notices: mpsc::UnboundedReceiver<Notice>,
        me: Member,
    ) -> Result<Self, HerderError> {
        let group = Group::join(&parts.broker, &parts.config, &me, configs.topic()).await;
        let group = group.map_err(|error| HerderError::Failed(error.to_string()))?;
        let peers = Peers::of_worker(&parts.config);
        let herder = Self(Arc::new(Inner {
            parts,
            configs,
            status_topic,
            me,
            group,
            peers,
            ledger: Mutex::default(),
            turns: Turns::default(),
            writes: Turns::default(),
            loops: Mutex::default(),
        }));
        let asked = Arc::downgrade(&herder.0);
        herder.0.parts.worker.on_reconfigure(Arc::new(move |name| {
            if let Some(inner) = asked.upgrade() {
                inner.reconfigure(name);
            }
        }));
        herder.0.parts.worker.on_exactly_once(fencing::of_tasks(&herder.0));
        let loops =
            [tokio::spawn(leading::lead(Arc::clone(&herder.0))), tokio::spawn(following::follow(Arc::clone(&herder.0), notices))];
        herder.0.loops.lock().unwrap_or_else(PoisonError::into_inner).extend(loops);
        Ok(herder)
    }

    /// Waits until this worker is part of an assignment, that is, until the cluster knows it.
    pub async fn joined(&self) {
        let mut applied = self.0.configs.applied();
        loop {
            applied.mark_unchanged();
            let assignment = self.0.configs.snapshot().assignment.clone();
            if assignment.is_some_and(|assignment| assignment.shares.contains_key(&self.0.me)) || applied.changed().await.is_err()
            {
                return;
            }
        }
    }

    /// Stops all tasks and connectors within the worker's `task.shutdown.graceful.timeout.ms`, then leaves the cluster.
    pub async fn stop(&self) {
        for running in self.0.loops.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            running.abort();
        }
        self.0.parts.worker.shutdown().await;
        self.0.status_topic.flush(LAST_STATUSES).await;
        self.0.configs.relinquish().await;
        self.0.group.leave().await;
    }
}

impl Inner {
    fn state(&self) -> Arc<ConfigState> {
        self.configs.snapshot()
    }

    fn entry(&self, name: &str) -> Result<ConnectorEntry, HerderError> {
        self.state().entry(name).ok_or_else(|| HerderError::no_connector(name))
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn assignment(&self) -> Arc<Assignment> {
        self.state().assignment.clone().unwrap_or_default()
    }

    /// The leader as far as it is known here; none: this worker was it until now, or nobody has led yet.
    fn leader_url(&self) -> Option<String> {
        self.assignment().leader.as_ref().filter(|leader| **leader != self.me).map(|leader| leader.url.clone())
    }

    /// The leader must do this.
    fn not_leader(&self, message: &str) -> HerderError {
        HerderError::Elsewhere { message: message.to_owned(), url: self.leader_url() }
    }

    /// Waits until what was reported here so far can be read here.
    async fn show_statuses(&self) {
        self.status_topic.flush(LAST_STATUSES).await;
        if let Err(error) = self.status_topic.read_to_end().await {
            tracing::debug!("the status topic was not read to its end: {error}");
        }
    }

    /// A refusal to write. It was not this worker's to write, or the brokers did not take it.
    fn unwritten(&self, error: &ConfigWriteError) -> HerderError {
        match error {
            ConfigWriteError::NotLeader(_) => self.not_leader(&error.to_string()),
            ConfigWriteError::Failed(_) => HerderError::Failed(error.to_string()),
        }
    }
}
