//! What the REST API answers with. Members stand in the order in which Kafka Connect writes them
//! (Kafka: `org.apache.kafka.connect.runtime.rest.entities`).

use serde::Serialize;

use crate::config::Props;
use crate::config::definition::{ConfigKey, Default};
use crate::config::validation::ConfigValue;

/// A connector and its tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConnectorInfo {
    /// Its name.
    pub name: String,
    /// Its configuration, raw.
    pub config: Props,
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
    /// The plugin's version.
    #[serde(skip_serializing_if = "Option::is_none")]
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
    /// The plugin's version.
    #[serde(skip_serializing_if = "Option::is_none")]
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
#[derive(Debug, Clone, PartialEq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigInfo {
    /// Null for a key that nobody defines.
    pub definition: Option<ConfigKeyInfo>,
    /// Its value and what is wrong with it.
    pub value: Option<ConfigValueInfo>,
}

/// The definition of a key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigKeyInfo {
    /// Its name.
    pub name: String,
    /// Its type, such as `STRING`.
    #[serde(rename = "type")]
    pub type_: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// Its default as text.
    pub default_value: Option<String>,
    /// `HIGH`, `MEDIUM` or `LOW`.
    pub importance: &'static str,
    /// What it does.
    pub documentation: String,
    /// Its group.
    pub group: Option<String>,
    /// Its place in the group, or -1.
    pub order_in_group: i32,
    /// `NONE`, `SHORT`, `MEDIUM` or `LONG`.
    pub width: String,
    /// What user interfaces call it.
    pub display_name: String,
    /// Keys that depend on it.
    pub dependents: Vec<String>,
}

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigValueInfo {
    /// The key.
    pub name: String,
    /// The value as text.
    pub value: Option<String>,
    /// Values to choose from.
    pub recommended_values: Vec<String>,
    /// What is wrong with it.
    pub errors: Vec<String>,
    /// Whether user interfaces should show it.
    pub visible: bool,
}

impl From<&ConfigKey> for ConfigKeyInfo {
    fn from(key: &ConfigKey) -> Self {
        let default_value = match &key.default {
            Default::Required => None,
            Default::Value(value) => value.text(),
        };
        Self {
            name: key.name.clone(),
            type_: key.type_.name(),
            required: key.is_required(),
            default_value,
            importance: key.importance.name(),
            documentation: key.documentation.clone(),
            group: key.group.clone(),
            order_in_group: key.order_in_group,
            width: key.width.clone(),
            display_name: key.display_name.clone(),
            dependents: key.dependents.clone(),
        }
    }
}

impl From<ConfigValue> for ConfigValueInfo {
    fn from(value: ConfigValue) -> Self {
        Self {
            name: value.name,
            value: value.value.text(),
            recommended_values: value.recommended,
            errors: value.errors,
            visible: value.visible,
        }
    }
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
