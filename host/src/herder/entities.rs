//! What the REST API answers with. Members stand in the order in which Kafka Connect writes them
//! (Kafka: `org.apache.kafka.connect.runtime.rest.entities`).

use serde::Serialize;

use crate::config::definition::ConfigKey;
use crate::config::validation::ConfigValue;
use crate::config::{Props, RawProps};

/// A connector and its tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConnectorInfo {
    /// Its name.
    pub name: String,
    /// Its configuration, raw.
    pub config: RawProps,
    /// Its tasks.
    pub tasks: Vec<ConnectorTaskId>,
    /// `source`, `sink` or `unknown`.
    #[serde(rename = "type")]
    pub type_: String,
}

/// A task of a connector.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConnectorTaskId {
    /// The connector.
    pub connector: String,
    /// The task, from 0.
    pub task: u32,
}

/// A task and its configuration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskInfo {
    /// The task.
    pub id: ConnectorTaskId,
    /// Its configuration.
    pub config: Props,
}

/// Statuses of a connector and its tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConnectorStateInfo {
    /// The connector's name.
    pub name: String,
    /// Its own status.
    pub connector: ConnectorState,
    /// Its tasks', by task.
    pub tasks: Vec<TaskState>,
    /// `source`, `sink` or `unknown`.
    #[serde(rename = "type")]
    pub type_: String,
}

/// Status of a connector.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConnectorState {
    /// Such as `RUNNING`.
    pub state: &'static str,
    /// `host:port` of its worker.
    pub worker_id: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The plugin's version; null before the plugin is known.
    pub version: Option<String>,
}

/// Status of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskState {
    /// The task, from 0.
    pub id: u32,
    /// Such as `RUNNING`.
    pub state: &'static str,
    /// `host:port` of its worker.
    pub worker_id: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The plugin's version; null before the plugin is known.
    pub version: Option<String>,
}

/// A plugin in `GET /connector-plugins`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PluginInfo {
    /// Its full class name.
    #[serde(rename = "class")]
    pub class: String,
    /// Such as `source` or `header_converter`.
    #[serde(rename = "type")]
    pub type_: &'static str,
    /// Its version.
    pub version: String,
}

/// The outcome of validating a connector's configuration.
#[derive(Debug, Clone, Serialize)]
pub struct ConfigInfos {
    /// `connector.class` as it was given.
    pub name: String,
    /// Errors of all keys.
    pub error_count: usize,
    /// Groups of keys, in order.
    pub groups: Vec<String>,
    /// Every key.
    pub configs: Vec<ConfigInfo>,
}

/// A key: what is known of it, and what it was given.
#[derive(Debug, Clone, Serialize)]
pub struct ConfigInfo {
    /// Null for a key that nobody defines.
    pub definition: Option<ConfigKey>,
    /// Its value and what is wrong with it.
    pub value: Option<ConfigValue>,
}

impl ConfigInfos {
    /// The text with which a configuration is refused; none if it is valid (Kafka: `AbstractHerder.maybeAddConfigErrors`).
    pub fn refusal(&self) -> Option<String> {
        if self.error_count == 0 {
            return None;
        }
        let mut text = format!("Connector configuration is invalid and contains the following {} error(s):", self.error_count);
        for error in self.configs.iter().filter_map(|config| config.value.as_ref()).flat_map(|value| &value.errors) {
            text.push('\n');
            text.push_str(error);
        }
        text.push_str(
            "\nYou can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`",
        );
        Some(text)
    }
}
