//! What a config topic says, record by record (Kafka: `KafkaConfigBackingStore.ConsumeCallback`, `ClusterConfigState`). Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::assignment::{self, Assignment, Member};
use super::config_store::{ConnectorEntry, without_nulls};
use super::status_store::TargetState;
use crate::config::{Props, RawProps};

/// A request to restart a connector (KIP-745).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestartRequest {
    /// The connector.
    pub connector: String,
    /// Whether its tasks are meant too.
    pub include_tasks: bool,
    /// Whether only what has failed is meant.
    pub only_failed: bool,
}

/// A record that asks for something once, instead of saying what is so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Restart.
    Restart(RestartRequest),
    /// Set the level of a logger (KIP-976).
    Logger {
        /// The logger.
        name: String,
        /// The level.
        level: String,
    },
}

/// What is known of a connector.
#[derive(Debug, Clone)]
pub struct ConnectorConfig {
    /// Its configuration; none: only records about it remain.
    pub config: Option<Props>,
    /// The keys of it whose value is null.
    pub nulls: BTreeSet<String>,
    /// Offset of the record with the configuration: another one is another configuration.
    pub config_version: i64,
    /// What the user wants of it.
    pub target: TargetState,
    /// Configurations of its tasks; empty while they are inconsistent.
    pub tasks: Vec<Props>,
    /// Offset of the record that committed the tasks.
    pub tasks_version: i64,
    /// The configuration that the tasks were made from; none: not known, they must be made again.
    pub applied: Option<Props>,
    /// The records of its tasks are incomplete, by compaction: the tasks must be made again.
    pub inconsistent: bool,
    /// How many producers of earlier tasks must be fenced (KIP-618).
    pub fencing: Option<u32>,
    /// Tasks were committed after the last fencing.
    pub pending_fencing: bool,
    deferred: BTreeMap<u32, Props>,
}

impl Default for ConnectorConfig {
    fn default() -> Self {
        Self {
            config: None,
            nulls: BTreeSet::new(),
            config_version: -1,
            target: TargetState::Started,
            tasks: Vec::new(),
            tasks_version: -1,
            applied: None,
            inconsistent: false,
            fencing: None,
            pending_fencing: false,
            deferred: BTreeMap::new(),
        }
    }
}

/// The key that workers sign their requests to each other with (KIP-507).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionKey {
    /// Base64.
    pub key: String,
    /// Such as `HmacSHA256`.
    pub algorithm: String,
    /// Milliseconds since the epoch.
    pub created: i64,
}

/// Everything in a config topic up to an offset. Copies share what is the same in them.
#[derive(Debug, Clone, Default)]
pub struct ConfigState {
    connectors: BTreeMap<Arc<str>, Arc<ConnectorConfig>>,
    /// The newest assignment.
    pub assignment: Option<Arc<Assignment>>,
    /// Up to which assignment each worker has let go of what is not its own.
    pub released: BTreeMap<Member, i32>,
    /// The newest session key.
    pub session_key: Option<SessionKey>,
    /// Offset of the next record.
    pub offset: i64,
}

impl ConfigState {
    /// Connectors that are configured.
    pub fn connectors(&self) -> impl Iterator<Item = (&str, &ConnectorConfig)> {
        let connectors = self.connectors.iter().map(|(name, connector)| (name.as_ref(), connector.as_ref()));
        connectors.filter(|(_, connector)| connector.config.is_some())
    }

    /// A connector that is configured.
    pub fn get(&self, name: &str) -> Option<&ConnectorConfig> {
        self.connectors.get(name).map(Arc::as_ref).filter(|connector| connector.config.is_some())
    }

    /// A connector as all herders know it.
    pub fn entry(&self, name: &str) -> Option<ConnectorEntry> {
        let connector = self.get(name)?;
        Some(ConnectorEntry {
            config: connector.config.clone()?,
            nulls: connector.nulls.clone(),
            target: connector.target,
            tasks: connector.tasks.clone(),
            applied: connector.applied.clone().filter(|_| !connector.inconsistent),
            generation: connector.tasks_version,
        })
    }

    /// Takes in one record. What is malformed is logged and passed over, as the JVM worker does.
    pub fn apply(&mut self, key: &str, value: Option<&[u8]>, offset: i64) -> Option<Notice> {
        self.offset = offset + 1;
        let json = match value.map(serde_json::from_slice::<Json>) {
            None => None,
            Some(Ok(json)) => Some(json).filter(|json| !json.is_null()),
            Some(Err(error)) => {
                tracing::error!(key, "a record of the config topic is no JSON and passed over: {error}");
                return None;
            }
        };
        let json = json.as_ref();
        // The order of these matters: names may begin like other keys.
        if let Some(name) = key.strip_prefix("target-state-") {
            self.target_state(name, json);
        } else if let Some(name) = key.strip_prefix("connector-") {
            self.connector(name, json, offset);
        } else if let Some(task) = key.strip_prefix("task-") {
            self.task(task, json);
        } else if let Some(name) = key.strip_prefix("commit-") {
            self.commit(name, json, offset);
        } else if let Some(name) = key.strip_prefix("restart-connector-") {
            return restart(name, json).map(Notice::Restart);
        } else if let Some(name) = key.strip_prefix("tasks-fencing-") {
            self.fencing(name, json);
        } else if key == "session-key" {
            self.session_key = json.and_then(session_key).or(self.session_key.take());
        } else if let Some(name) = key.strip_prefix("logger-cluster-") {
            let level = json.and_then(|json| json.get("level")).and_then(Json::as_str)?;
            return Some(Notice::Logger { name: name.to_owned(), level: level.to_owned() });
        } else if key == assignment::KEY {
            self.assignment = json.and_then(Assignment::from_json).map(Arc::new).or(self.assignment.take());
        } else if key.starts_with(assignment::WORKER_PREFIX) {
            if let Some((member, generation)) = json.and_then(assignment::read_release) {
                // Earlier runs at the same address are over.
                self.released.retain(|known, _| known.url != member.url || known.run > member.run);
                self.released.insert(member, generation);
            }
        } else {
            tracing::error!(key, "Discarding config update record with invalid key");
        }
        None
    }

    fn named(&mut self, name: &str) -> &mut ConnectorConfig {
        Arc::make_mut(self.connectors.entry(name.into()).or_default())
    }

    fn target_state(&mut self, name: &str, json: Option<&Json>) {
        let Some(json) = json else {
            self.named(name).target = TargetState::Started;
            return;
        };
        let text = json.get("state.v2").and_then(Json::as_str).or_else(|| json.get("state").and_then(Json::as_str));
        match text {
            Some("STARTED") => self.named(name).target = TargetState::Started,
            Some("PAUSED") => self.named(name).target = TargetState::Paused,
            Some("STOPPED") => self.named(name).target = TargetState::Stopped,
            other => tracing::error!(connector = name, "Invalid target state: {other:?}"),
        }
    }

    fn connector(&mut self, name: &str, json: Option<&Json>, offset: i64) {
        let connector = self.named(name);
        match json {
            None => {
                // What a connector of the same name had done is another matter than what it was.
                let kept = ConnectorConfig {
                    target: connector.target,
                    fencing: connector.fencing,
                    pending_fencing: connector.pending_fencing,
                    ..ConnectorConfig::default()
                };
                *connector = kept;
            }
            Some(json) => match given(json) {
                Some(given) => {
                    let (config, nulls) = without_nulls(given);
                    connector.config = Some(config);
                    connector.nulls = nulls;
                    connector.config_version = offset;
                }
                None => tracing::error!(connector = name, "Invalid data for config: 'properties' field should be a Map"),
            },
        }
    }

    fn task(&mut self, task: &str, json: Option<&Json>) {
        let Some((name, number)) = task.rsplit_once('-') else { return };
        let (Ok(number), Some(config)) = (number.parse(), json.and_then(properties)) else {
            tracing::error!(task, "Ignoring task configuration: it is malformed");
            return;
        };
        self.named(name).deferred.insert(number, config);
    }

    fn commit(&mut self, name: &str, json: Option<&Json>, offset: i64) {
        let count = json.and_then(|json| json.get("tasks")).and_then(Json::as_u64);
        let Some(count) = count.and_then(|count| u32::try_from(count).ok()) else {
            tracing::error!(connector = name, "Ignoring connector tasks configuration commit: it is in the wrong format");
            return;
        };
        let connector = self.named(name);
        let mut deferred = std::mem::take(&mut connector.deferred);
        if connector.config.is_none() {
            // It was deleted, and compaction has removed its configuration.
            return;
        }
        let tasks: Vec<Props> = (0..count).map_while(|number| deferred.remove(&number)).collect();
        connector.inconsistent = tasks.len() < count as usize;
        connector.pending_fencing = true;
        if connector.inconsistent {
            tracing::debug!(connector = name, "We have an incomplete set of task configs, probably due to compaction");
            connector.tasks.clear();
            return;
        }
        connector.tasks = tasks;
        connector.tasks_version = offset;
        connector.applied.clone_from(&connector.config);
    }

    fn fencing(&mut self, name: &str, json: Option<&Json>) {
        let count = json.and_then(|json| json.get("task-count")).and_then(Json::as_u64);
        if let Some(count) = count.and_then(|count| u32::try_from(count).ok()) {
            let connector = self.named(name);
            connector.fencing = Some(count);
            connector.pending_fencing = false;
        }
    }
}

/// A record's `properties`.
fn given(json: &Json) -> Option<RawProps> {
    let map = json.get("properties")?.as_object()?;
    Some(map.iter().map(|(key, value)| (key.clone(), value.as_str().map(str::to_owned))).collect())
}

/// A record's `properties`; null values are left out.
fn properties(json: &Json) -> Option<Props> {
    Some(without_nulls(given(json)?).0)
}

fn restart(name: &str, json: Option<&Json>) -> Option<RestartRequest> {
    let json = json?;
    let flag = |key: &str| json.get(key).and_then(Json::as_bool).unwrap_or_default();
    Some(RestartRequest { connector: name.to_owned(), include_tasks: flag("include-tasks"), only_failed: flag("only-failed") })
}

fn session_key(json: &Json) -> Option<SessionKey> {
    Some(SessionKey {
        key: json.get("key")?.as_str()?.to_owned(),
        algorithm: json.get("algorithm")?.as_str()?.to_owned(),
        created: json.get("creation-timestamp")?.as_i64()?,
    })
}

/// One record to write: key and value; none: a tombstone.
pub type Record = (String, Option<Json>);

/// The record of a connector's configuration: of texts, or of texts and nulls.
pub fn connector_record(name: &str, config: &BTreeMap<String, impl Serialize>) -> Record {
    (format!("connector-{name}"), Some(json!({ "properties": config })))
}

/// The record of a target state. Old workers know PAUSED but not STOPPED.
pub fn target_record(name: &str, target: TargetState) -> Record {
    let (old, new) = match target {
        TargetState::Started => ("STARTED", "STARTED"),
        TargetState::Paused => ("PAUSED", "PAUSED"),
        TargetState::Stopped => ("PAUSED", "STOPPED"),
    };
    (format!("target-state-{name}"), Some(json!({"state": old, "state.v2": new})))
}

/// The records that remove a connector.
pub fn removal_records(name: &str) -> Vec<Record> {
    vec![(format!("connector-{name}"), None), (format!("target-state-{name}"), None)]
}

/// The records of a connector's tasks; they take effect by [`commit_record`].
pub fn task_records(name: &str, tasks: &[Props]) -> Vec<Record> {
    let tasks = tasks.iter().enumerate();
    tasks.map(|(number, config)| (format!("task-{name}-{number}"), Some(json!({ "properties": config })))).collect()
}

/// The record that makes so many tasks effective.
pub fn commit_record(name: &str, count: usize) -> Record {
    (format!("commit-{name}"), Some(json!({ "tasks": count })))
}

/// The record that asks for a restart.
pub fn restart_record(request: &RestartRequest) -> Record {
    let value = json!({"include-tasks": request.include_tasks, "only-failed": request.only_failed});
    (format!("restart-connector-{}", request.connector), Some(value))
}

/// The record that sets the level of a logger.
pub fn logger_record(name: &str, level: &str) -> Record {
    (format!("logger-cluster-{name}"), Some(json!({ "level": level })))
}

/// The record of a session key.
pub fn session_key_record(key: &SessionKey) -> Record {
    let value = json!({"key": key.key, "algorithm": key.algorithm, "creation-timestamp": key.created});
    ("session-key".to_owned(), Some(value))
}

/// The record of how many producers the next tasks must fence.
pub fn fencing_record(name: &str, tasks: usize) -> Record {
    (format!("tasks-fencing-{name}"), Some(json!({ "task-count": tasks })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(state: &mut ConfigState, key: &str, value: Option<&str>) -> Option<Notice> {
        let offset = state.offset;
        state.apply(key, value.map(str::as_bytes), offset)
    }

    fn write(state: &mut ConfigState, records: impl IntoIterator<Item = Record>) {
        for (key, value) in records {
            let text = value.map(|value| value.to_string());
            apply(state, &key, text.as_deref());
        }
    }

    fn props(pairs: &[(&str, &str)]) -> Props {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn given(pairs: &[(&str, Option<&str>)]) -> RawProps {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect()
    }

    #[test]
    fn nulls_of_a_configuration_are_kept() {
        let mut state = ConfigState::default();
        let config = given(&[("name", Some("c")), ("topic", None)]);
        write(&mut state, [connector_record("c", &config)]);
        let entry = state.entry("c").unwrap();
        assert_eq!((entry.config.clone(), entry.given()), (props(&[("name", "c")]), config));
        write(&mut state, [connector_record("c", &given(&[("topic", Some("t"))]))]);
        assert_eq!(state.entry("c").unwrap().unfit(), None);
    }

    #[test]
    fn tasks_take_effect_with_their_commit() {
        let mut state = ConfigState::default();
        write(&mut state, [connector_record("a-b", &props(&[("name", "a-b")]))]);
        write(&mut state, task_records("a-b", &[props(&[("n", "0")]), props(&[("n", "1")])]));
        assert!(state.get("a-b").unwrap().tasks.is_empty());
        write(&mut state, [commit_record("a-b", 2)]);
        let entry = state.entry("a-b").unwrap();
        assert_eq!((entry.tasks.len(), entry.applied), (2, Some(entry.config)));
        assert_eq!(state.get("a-b").unwrap().tasks_version, 3);
    }

    #[test]
    fn an_incomplete_set_makes_the_connector_inconsistent() {
        let mut state = ConfigState::default();
        write(&mut state, [connector_record("c", &props(&[]))]);
        apply(&mut state, "task-c-1", Some(r#"{"properties":{}}"#));
        write(&mut state, [commit_record("c", 2)]);
        let connector = state.get("c").unwrap();
        assert!(connector.inconsistent && connector.tasks.is_empty());
        assert_eq!(state.entry("c").unwrap().applied, None);
        // Left-overs of compaction beyond the count do no harm.
        write(&mut state, task_records("c", &[props(&[]), props(&[])]));
        write(&mut state, [commit_record("c", 1)]);
        assert_eq!(state.get("c").unwrap().tasks.len(), 1);
    }

    #[test]
    fn target_states_of_old_and_new_workers_are_read() {
        let mut state = ConfigState::default();
        write(&mut state, [target_record("c", TargetState::Stopped), connector_record("c", &props(&[]))]);
        assert_eq!(state.get("c").unwrap().target, TargetState::Stopped);
        apply(&mut state, "target-state-c", Some(r#"{"state":"PAUSED"}"#));
        assert_eq!(state.get("c").unwrap().target, TargetState::Paused);
        apply(&mut state, "target-state-c", Some(r#"{"state":"PAUSED","state.v2":"SLEEPING"}"#));
        assert_eq!(state.get("c").unwrap().target, TargetState::Paused);
        apply(&mut state, "target-state-c", None);
        assert_eq!(state.get("c").unwrap().target, TargetState::Started);
    }

    #[test]
    fn a_removed_connector_comes_back_without_its_tasks() {
        let mut state = ConfigState::default();
        write(&mut state, [connector_record("c", &props(&[]))]);
        write(&mut state, task_records("c", &[props(&[])]));
        write(&mut state, [commit_record("c", 1)]);
        write(&mut state, removal_records("c"));
        assert!(state.get("c").is_none() && state.connectors().next().is_none());
        write(&mut state, [commit_record("c", 1), connector_record("c", &props(&[]))]);
        assert!(state.get("c").unwrap().tasks.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_passed_over() {
        let mut state = ConfigState::default();
        for (key, value) in
            [("connector-c", "{"), ("connector-c", "[]"), ("nonsense", "{}"), ("commit-c", "{}"), ("task-c-x", "{}")]
        {
            assert_eq!(apply(&mut state, key, Some(value)), None);
        }
        assert_eq!((state.connectors().count(), state.offset), (0, 5));
        let notice = apply(&mut state, "restart-connector-c", Some(r#"{"include-tasks":true,"only-failed":"yes"}"#));
        let request = RestartRequest { connector: "c".into(), include_tasks: true, only_failed: false };
        assert_eq!(notice, Some(Notice::Restart(request)));
    }
}
