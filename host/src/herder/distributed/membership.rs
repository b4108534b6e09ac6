//! This worker as a member of the cluster's group: who else is there, and who leads (Kafka: `WorkerGroupMember`).
//!
//! Whoever is assigned the one partition of the config topic leads. Heartbeats, sessions and the choice are the brokers' work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::broker::error::BrokerError;
use crate::broker::subscription::Subscription;
use crate::broker::{Admin, Broker, ClientSpec, Consumer, ConsumerSpec, PollEvent};
use crate::config::worker::WorkerConfig;
use crate::storage::assignment::Member;

use super::assignor::patience;

/// How often the members are listed.
const LOOK: Duration = Duration::from_secs(1);
/// The same while this worker is not yet among them.
const LOOK_FOR_ITSELF: Duration = Duration::from_millis(100);
/// Pause after a failed poll.
const AFTER_ERROR: Duration = Duration::from_millis(500);

/// What is known of the group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Membership {
    /// All members that are workers.
    pub members: BTreeSet<Member>,
    /// Whether this worker leads.
    pub leads: bool,
    /// Whether this worker was among the members lately enough to go on with what it runs ([`patience`]).
    pub present: bool,
}

/// The membership, kept up by a task.
pub struct Group {
    state: watch::Receiver<Membership>,
    stop: watch::Sender<bool>,
    task: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Group {
    /// Joins the group named by `group.id`.
    ///
    /// # Errors
    /// A wrong client property.
    pub async fn join(broker: &Arc<dyn Broker>, config: &WorkerConfig, me: &Member, topic: &str) -> Result<Self, BrokerError> {
        let group = config.text("group.id").unwrap_or_default().to_owned();
        let session = config.duration("session.timeout.ms");
        let mut client = clients(config, &me.id());
        let mut set = |key: &str, value: String| drop(client.worker.insert(key.to_owned(), value));
        set("session.timeout.ms", session.as_millis().to_string());
        set("heartbeat.interval.ms", config.duration("heartbeat.interval.ms").as_millis().to_string());
        set("max.poll.interval.ms", config.duration("rebalance.timeout.ms").max(session).as_millis().to_string());
        set("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor".to_owned());
        set("allow.auto.create.topics", "false".to_owned());
        let subscription = Subscription::Topics(vec![topic.to_owned()]);
        let consumer = broker.consumer(ConsumerSpec { client, group_id: group.clone(), subscription }).await?;
        let mut asking = clients(config, &format!("{group}-members"));
        asking.worker.insert("default.api.timeout.ms".to_owned(), session.as_millis().to_string());
        let admin = broker.admin(asking).await?;
        let (tell, state) = watch::channel(Membership::default());
        let (stop, stopped) = watch::channel(false);
        let patience = patience(session, config.duration("scheduled.rebalance.max.delay.ms"));
        let looker = Looker { admin, group, me: me.clone(), patience, seen: None };
        let task = tokio::spawn(follow(consumer, looker, tell, stopped));
        Ok(Self { state, stop, task: tokio::sync::Mutex::new(Some(task)) })
    }

    /// Changes with the group.
    pub fn watch(&self) -> watch::Receiver<Membership> {
        self.state.clone()
    }

    /// Leaves the group, so that others need not wait for the end of the session.
    pub async fn leave(&self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.lock().await.take() {
            let _ = task.await;
        }
    }
}

/// Internal clients have the worker's own settings, but neither its group nor its client id.
pub fn clients(config: &WorkerConfig, client_id: &str) -> ClientSpec {
    let mut worker: BTreeMap<String, String> = config.all().clone();
    for key in ["client.id", "group.id", "session.timeout.ms", "heartbeat.interval.ms"] {
        worker.remove(key);
    }
    ClientSpec { client_id: client_id.to_owned(), worker, overrides: BTreeMap::new() }
}

/// Lists the members.
struct Looker {
    admin: Box<dyn Admin>,
    group: String,
    me: Member,
    patience: Duration,
    /// When this worker last asked and was among them.
    seen: Option<Instant>,
}

impl Looker {
    async fn look(&mut self, tell: &watch::Sender<Membership>) {
        let asked = Instant::now();
        let found = self.admin.group_members(&self.group).await;
        let found: Option<BTreeSet<Member>> = match found {
            Ok(ids) => Some(ids.iter().filter_map(|id| Member::parse(id)).collect()),
            Err(error) => {
                tracing::warn!("the members of the group are not known: {error}");
                None
            }
        };
        if found.as_ref().is_some_and(|members| members.contains(&self.me)) {
            self.seen = Some(asked);
        }
        let present = self.seen.is_some_and(|seen| seen.elapsed() < self.patience);
        tell.send_if_modified(|known| {
            let before = known.clone();
            if let Some(members) = found {
                known.members = members;
            }
            known.present = present;
            if before.present && !present {
                tracing::warn!(
                    "Broker coordinator was unreachable for {}ms. Revoking previous assignment to avoid running tasks while not being a \
                     member the group",
                    self.patience.as_millis()
                );
            }
            *known != before
        });
    }
}

async fn follow(
    mut consumer: Box<dyn Consumer>,
    mut looker: Looker,
    tell: watch::Sender<Membership>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut next_look = tokio::time::Instant::now();
    loop {
        let mut nothing = |_: crate::broker::record::Fetched<'_>| {};
        tokio::select! {
            _ = stopped.changed() => {
                tell.send_modify(|known| known.leads = false);
                if let Err(error) = consumer.close().await {
                    tracing::warn!("leaving the group: {error}");
                }
                return;
            }
            () = tokio::time::sleep_until(next_look) => {
                looker.look(&tell).await;
                let pause = if tell.borrow().present { LOOK } else { LOOK_FOR_ITSELF };
                next_look = tokio::time::Instant::now() + pause;
            }
            polled = consumer.poll(Some(1), LOOK, &mut nothing) => {
                match polled {
                    Ok(event) => rebalanced(consumer.as_mut(), event, &tell, &mut next_look).await,
                    Err(error) => {
                        tracing::error!("the group cannot be followed: {error}");
                        tokio::time::sleep(AFTER_ERROR).await;
                    }
                }
            }
        }
    }
}

async fn rebalanced(
    consumer: &mut dyn Consumer,
    event: PollEvent,
    tell: &watch::Sender<Membership>,
    next_look: &mut tokio::time::Instant,
) {
    if matches!(event, PollEvent::Records(_)) {
        return;
    }
    if matches!(event, PollEvent::Revoked(_) | PollEvent::Lost(_)) {
        tell.send_modify(|known| known.leads = false);
    }
    if let Err(error) = consumer.acknowledge_rebalance().await {
        tracing::warn!("the group's rebalance failed: {error}");
    }
    let held: Vec<_> = consumer.assignment().into_iter().collect();
    // The partition stands for leadership; its records are read elsewhere.
    if let Err(error) = consumer.pause(&held) {
        tracing::debug!("{error}");
    }
    tell.send_if_modified(|known| std::mem::replace(&mut known.leads, !held.is_empty()) == held.is_empty());
    *next_look = tokio::time::Instant::now();
}
