//! Configurations of connectors and their tasks, in memory (Kafka: `MemoryConfigBackingStore`).

use std::collections::BTreeMap;

use super::status_store::TargetState;
use crate::config::Props;

/// What is known of one connector.
#[derive(Debug, Clone)]
pub struct ConnectorEntry {
    /// Its configuration, raw: references to secrets are not resolved.
    pub config: Props,
    /// What the user wants of it.
    pub target: TargetState,
    /// The configurations of its tasks, by task.
    pub tasks: Vec<Props>,
    /// The configuration that the tasks were made from; none: they were never made.
    pub applied: Option<Props>,
    /// Tells sets of tasks apart: the later has the higher.
    pub generation: i64,
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
    pub fn put_config(&mut self, name: &str, config: Props, initial: Option<TargetState>) {
        match self.connectors.get_mut(name) {
            Some(entry) => {
                entry.config = config;
                entry.target = initial.unwrap_or(entry.target);
            }
            None => {
                let target = initial.unwrap_or(TargetState::Started);
                let entry = ConnectorEntry { config, target, tasks: Vec::new(), applied: None, generation: 0 };
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
