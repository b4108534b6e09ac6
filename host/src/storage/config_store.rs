//! Configurations of connectors and their tasks, in memory (Kafka: `MemoryConfigBackingStore`).

use std::collections::{BTreeMap, BTreeSet};

use super::status_store::TargetState;
use crate::config::{Props, RawProps};

/// What is known of one connector.
#[derive(Debug, Clone)]
pub struct ConnectorEntry {
    /// Its configuration, raw: references to secrets are not resolved.
    pub config: Props,
    /// The keys of it whose value is null.
    pub nulls: BTreeSet<String>,
    /// What the user wants of it.
    pub target: TargetState,
    /// The configurations of its tasks, by task.
    pub tasks: Vec<Props>,
    /// The configuration that the tasks were made from; none: they were never made.
    pub applied: Option<Props>,
    /// Tells sets of tasks apart: the later has the higher.
    pub generation: i64,
}

impl ConnectorEntry {
    /// Its configuration as it was given.
    pub fn given(self) -> RawProps {
        let nulls = self.nulls.into_iter().map(|key| (key, None));
        self.config.into_iter().map(|(key, value)| (key, Some(value))).chain(nulls).collect()
    }

    /// Why it cannot start whatever its plugin says; none: it can (Kafka: `AbstractConfig`).
    pub fn unfit(&self) -> Option<String> {
        self.nulls.first().map(|key| format!("Non-string value found in original settings for key {key}: null"))
    }
}

/// A configuration's values, and the keys whose value is null.
pub fn without_nulls(given: RawProps) -> (Props, BTreeSet<String>) {
    let (mut config, mut nulls) = (Props::new(), BTreeSet::new());
    for (key, value) in given {
        match value {
            Some(value) => drop(config.insert(key, value)),
            None => drop(nulls.insert(key)),
        }
    }
    (config, nulls)
}

/// All connectors of a worker, by name. The herder owns it.
#[derive(Debug, Default)]
pub struct ConfigStore {
    connectors: BTreeMap<String, ConnectorEntry>,
}

impl ConfigStore {
    /// The names of all connectors.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.connectors.keys()
    }

    /// A connector.
    pub fn get(&self, name: &str) -> Option<&ConnectorEntry> {
        self.connectors.get(name)
    }

    /// Sets a connector's configuration. A new one gets the target state `initial`, by default started.
    pub fn put_config(&mut self, name: &str, given: RawProps, initial: Option<TargetState>) {
        let (config, nulls) = without_nulls(given);
        match self.connectors.get_mut(name) {
            Some(entry) => {
                (entry.config, entry.nulls) = (config, nulls);
                entry.target = initial.unwrap_or(entry.target);
            }
            None => {
                let target = initial.unwrap_or(TargetState::Started);
                let entry = ConnectorEntry { config, nulls, target, tasks: Vec::new(), applied: None, generation: 0 };
                self.connectors.insert(name.to_owned(), entry);
            }
        }
    }

    /// Sets the target state of a connector that exists.
    pub fn put_target(&mut self, name: &str, target: TargetState) {
        if let Some(entry) = self.connectors.get_mut(name) {
            entry.target = target;
        }
    }

    /// Sets the tasks of a connector that exists, made from its present configuration.
    pub fn put_tasks(&mut self, name: &str, tasks: Vec<Props>) {
        if let Some(entry) = self.connectors.get_mut(name) {
            entry.tasks = tasks;
            entry.generation += 1;
            entry.applied = Some(entry.config.clone());
        }
    }

    /// Forgets a connector.
    pub fn remove(&mut self, name: &str) -> Option<ConnectorEntry> {
        self.connectors.remove(name)
    }
}
