//! Before tasks of a source begin that write exactly once, the leader fences the producers of all tasks before them (KIP-618; Kafka:
//! `DistributedHerder.fenceZombieSourceTasks`, `Worker.fenceZombies`).

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::FutureExt;
use tokio::task::JoinSet;

use crate::broker::error::BrokerError;
use crate::broker::{ClientSpec, ProducerSpec};
use crate::config::connector::client_keys::Client;
use crate::config::{Props, with_prefix};
use crate::herder::error::HerderError;
use crate::storage::config_state::{ConnectorConfig, fencing_record};
use crate::storage::status_store::TaskId;
use crate::storage::topic_log::WRITE_LIMIT;
use crate::task::environment::{Fencing, transactional_id};

use super::Inner;
use super::ledger::share_of;

/// First and longest pause of a worker whose leader does not answer.
const PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));
/// Producers that are fenced at the same time.
const AT_ONCE: usize = 8;

/// What is to be done before the tasks of a connector may begin.
#[derive(Debug, PartialEq, Eq)]
enum Round {
    /// It was done since they were made.
    Nothing,
    /// Only their number is to be written: there were none before, or the one task fences the one before by itself.
    Count,
    /// So many producers are to be fenced, and the number of tasks to be written.
    Producers(u32),
}

impl Round {
    fn of(connector: &ConnectorConfig) -> Self {
        match (connector.pending_fencing, connector.fencing, connector.tasks.len()) {
            (false, ..) => Self::Nothing,
            (true, None, _) | (true, Some(1), 1) => Self::Count,
            (true, Some(before), _) => Self::Producers(before),
        }
    }
}

/// What the tasks of this worker ask of its herder.
pub(super) fn of_tasks(inner: &Arc<Inner>) -> Fencing {
    let (fencing, judging) = (Arc::downgrade(inner), Arc::downgrade(inner));
    let stopped = || "the worker is stopping".to_owned();
    let up = move |weak: &Weak<Inner>| weak.upgrade().ok_or_else(stopped);
    Fencing {
        fence: Box::new(move |connector| {
            let (inner, connector) = (up(&fencing), connector.to_owned());
            async move { inner?.have_fenced(&connector).await }.boxed()
        }),
        is_current: Box::new(move |id, generation| {
            let (inner, id) = (up(&judging), id.clone());
            async move { inner?.is_current(&id, generation).await }.boxed()
        }),
    }
}

impl Inner {
    /// Has the leader fence, however long it takes to find one.
    async fn have_fenced(self: &Arc<Self>, connector: &str) -> Result<(), String> {
        let mut pause = PAUSE.0;
        loop {
            let fenced = match self.fence(connector).await {
                Err(HerderError::Elsewhere { url: Some(url), .. }) => {
                    self.ask_leader("PUT", &url, &["connectors", connector, "fence"], Vec::new()).await
                }
                other => other,
            };
            match fenced {
                Ok(()) => return Ok(()),
                Err(error @ (HerderError::NotFound(_) | HerderError::BadRequest(_))) => return Err(error.to_string()),
                Err(error) => tracing::warn!(connector, "Failed to perform zombie fencing, trying again: {error}"),
            }
            if self.state().get(connector).is_none() {
                return Err(HerderError::no_connector(connector).to_string());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// Fences what is to be fenced before a connector's tasks begin.
    pub(super) async fn fence(self: &Arc<Self>, name: &str) -> Result<(), HerderError> {
        if !self.leads().await {
            return Err(self.not_leader("Only the leader may perform zombie fencing."));
        }
        let (inner, connector) = (Arc::clone(self), name.to_owned());
        self.writes.in_time(name, async move { inner.fence_as_leader(&connector).await }).await
    }

    /// The same in the turn of what is written about the connector.
    // I26: all producers of earlier generations are fenced before the record is written that lets the new tasks begin.
    pub(super) async fn fence_as_leader(&self, name: &str) -> Result<(), HerderError> {
        if !self.leads().await {
            return Err(self.not_leader("Only the leader may perform zombie fencing."));
        }
        let failed = |what: &str, why: &dyn std::fmt::Display| HerderError::Failed(format!("{what}: {why}"));
        let read = self.configs.read_to_end().await;
        read.map_err(|error| failed("Failed to read to end of config topic before performing zombie fencing", &error))?;
        let state = self.state();
        let connector = state.get(name).ok_or_else(|| HerderError::no_connector(name))?;
        let config = connector.config.clone().unwrap_or_default();
        if self.parts.type_of(&config) != "source" {
            return Err(HerderError::BadRequest(format!("Connector {name} is not a source connector")));
        }
        match Round::of(connector) {
            Round::Nothing => return Ok(()),
            Round::Count => {}
            Round::Producers(count) => {
                tracing::info!(connector = name, count, "fencing the producers of earlier tasks");
                let config = self.parts.config.providers().resolve(&config).map_err(HerderError::Config)?;
                let fenced = self.fence_producers(name, &config, count).await;
                fenced.map_err(|error| failed("Failed to perform round of zombie fencing", &error))?;
            }
        }
        self.write(&[fencing_record(name, connector.tasks.len())]).await
    }

    /// Takes the transactional ids of this many tasks: whatever their producers have under way is aborted, and they write no more.
    async fn fence_producers(&self, name: &str, connector: &Props, count: u32) -> Result<(), BrokerError> {
        let group = self.parts.config.cluster().unwrap_or_default();
        let mut under_way = JoinSet::new();
        for task in 0..count {
            while under_way.len() >= AT_ONCE {
                joined(under_way.join_next().await)?;
            }
            let client = ClientSpec {
                client_id: format!("connector-fencing-{name}-{task}"),
                worker: self.parts.config.with_prefix(Client::Producer.worker_prefix()),
                overrides: with_prefix(connector, Client::Producer.prefix()),
            };
            let transactional_id = Some(transactional_id(group, &TaskId::new(name, task)));
            let spec = ProducerSpec { client, transactional_id, on_ack: Arc::new(|_, _| {}) };
            let broker = Arc::clone(&self.parts.broker);
            under_way.spawn(async move { broker.producer(spec).await?.init_transactions(WRITE_LIMIT).await });
        }
        while !under_way.is_empty() {
            joined(under_way.join_next().await)?;
        }
        Ok(())
    }

    /// Whether this worker is to run the task in that generation, by everything that is in the config topic now.
    async fn is_current(&self, id: &TaskId, generation: i64) -> Result<bool, String> {
        while let Err(error) = self.configs.read_to_end().await {
            if !error.retriable() {
                return Err(error.to_string());
            }
            tracing::warn!(connector = id.connector, "asking whether task {} may run, trying again: {error}", id.task);
            tokio::time::sleep(PAUSE.0).await;
        }
        let state = self.state();
        let newest = state.get(&id.connector).is_some_and(|connector| connector.tasks_version == generation);
        Ok(newest && share_of(&self.me, state.assignment.as_deref()).tasks.contains(id))
    }
}

/// The end of one fencing among several.
fn joined(end: Option<Result<Result<(), BrokerError>, tokio::task::JoinError>>) -> Result<(), BrokerError> {
    match end {
        Some(Ok(fenced)) => fenced,
        // It was aborted: the worker is stopping.
        Some(Err(_)) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::config_state::{ConfigState, Record, commit_record, connector_record, task_records};

    /// What is to be done after these records.
    fn round(records: &[Record]) -> Round {
        let mut state = ConfigState::default();
        for (key, value) in [connector_record("c", &Props::new())].iter().chain(records) {
            let (offset, value) = (state.offset, value.as_ref().map(|value| value.to_string().into_bytes()));
            state.apply(key, value.as_deref(), offset);
        }
        Round::of(state.get("c").unwrap())
    }

    fn tasks(count: usize) -> Vec<Record> {
        let tasks = vec![Props::new(); count];
        task_records("c", &tasks).into_iter().chain([commit_record("c", count)]).collect()
    }

    fn then(before: &[Record], after: &[Record]) -> Vec<Record> {
        [before, after].concat()
    }

    /// I26
    #[test]
    fn the_tasks_before_are_fenced_once_for_each_new_set() {
        let first = tasks(3);
        assert_eq!(round(&first), Round::Count, "nobody wrote before");
        let fenced = then(&first, &[fencing_record("c", 3)]);
        assert_eq!(round(&fenced), Round::Nothing);
        let second = then(&fenced, &tasks(1));
        assert_eq!(round(&second), Round::Producers(3));
        let third = then(&then(&second, &[fencing_record("c", 1)]), &tasks(1));
        assert_eq!(round(&third), Round::Count, "a single task fences the one before it");
        assert_eq!(round(&then(&third, &tasks(0))), Round::Producers(1), "stopped: nothing would fence its task");
        // What was never fenced counts from the last fencing on, not from the last set.
        assert_eq!(round(&then(&second, &tasks(2))), Round::Producers(3));
    }
}
