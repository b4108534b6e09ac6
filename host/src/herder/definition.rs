//! The framework's keys with this worker's plugins and choices in them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Props;
use crate::config::connector::{CONNECTOR_CLASS, CONNECTOR_VERSION};
use crate::config::definition::{ConfigDef, ConfigKey};
use crate::config::value::{ConfigError, Value};
use crate::plugin::catalogue::Catalogue;
use crate::plugin::{Kind, Plugin};

use super::java_map;

/// The converters that a connector may set, with the kind that each needs.
pub(super) const CONVERTERS: [(&str, Kind); 3] =
    [("key.converter", Kind::Converter), ("value.converter", Kind::Converter), ("header.converter", Kind::HeaderConverter)];

/// The names by which configs may ask for plugins, each with the full class name: full names of all plugins, and the short
/// names that only one plugin of `kind` has (Kafka: `PluginUtils.computeAliases`).
pub(super) fn class_names(catalogue: &Catalogue, kind: Kind) -> Arc<BTreeMap<String, String>> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for plugin in catalogue.list() {
        names.insert(plugin.class().to_owned(), plugin.class().to_owned());
        for alias in &plugin.description.aliases {
            names.insert(alias.clone(), plugin.class().to_owned());
        }
    }
    for plugin in catalogue.list().iter().filter(|plugin| plugin.kind == kind) {
        let simple = plugin.class().rsplit('.').next().unwrap_or_default();
        let suffix = match kind {
            Kind::Transformation => "Transformation",
            Kind::Predicate => "Predicate",
            Kind::HeaderConverter => "HeaderConverter",
            _ => "Converter",
        };
        let pruned = simple.strip_suffix(suffix).filter(|pruned| !pruned.is_empty()).unwrap_or(simple);
        // Of nested classes Kafka knows `Key` and `Value` only, which are never unique.
        for short in [simple, pruned].into_iter().filter(|short| !short.contains('$')) {
            names.entry(short.to_owned()).or_insert_with(|| plugin.class().to_owned());
        }
    }
    Arc::new(names)
}

/// Classes of all plugins of a kind, as recommended values.
pub(super) fn classes(catalogue: &Catalogue, kind: Kind) -> Vec<String> {
    let mut classes: Vec<String> =
        catalogue.list().iter().filter(|plugin| plugin.kind == kind).map(|plugin| plugin.class().to_owned()).collect();
    classes.dedup();
    classes
}

/// Versions of a class that are installed.
pub(super) fn versions(catalogue: &Catalogue, kind: Kind, class: &str) -> Vec<String> {
    let of_class = catalogue.list().iter().filter(|plugin| plugin.kind == kind && plugin.class() == class);
    of_class.map(|plugin| plugin.version().to_owned()).collect()
}

/// The framework's keys of a source or sink, with what this worker chooses: default converters, plugins to choose from, versions.
pub(super) fn of_framework(catalogue: &Catalogue, worker: &Props, connector: &Plugin, props: &Props) -> ConfigDef {
    let mut def = match connector.kind {
        Kind::Sink => crate::config::connector::sink(),
        _ => crate::config::connector::source(),
    };
    if let Some(key) = def.key_mut(CONNECTOR_VERSION) {
        let installed = versions(catalogue, connector.kind, connector.class());
        choose_version(key, installed, Some(connector.version()));
    }
    for (name, kind) in CONVERTERS {
        let names = class_names(catalogue, kind);
        let default = worker.get(name).map_or("org.apache.kafka.connect.storage.SimpleHeaderConverter", String::as_str);
        let default = names.get(default).map_or(default, String::as_str).to_owned();
        let chosen = props.get(name).map_or(Some(default.as_str()), |given| names.get(given.trim()).map(String::as_str));
        let chosen = chosen.map(str::to_owned);
        if let Some(key) = def.key_mut(name) {
            key.default = crate::config::definition::Default::Value(Value::Class(default));
            key.recommended = classes(catalogue, kind);
            key.classes = Some(names);
        }
        if let Some(key) = def.key_mut(&format!("{name}.plugin.version")) {
            let installed = chosen.map(|class| versions(catalogue, kind, &class)).unwrap_or_default();
            let newest = installed.last().cloned();
            choose_version(key, installed, newest.as_deref());
        }
    }
    def
}

pub(super) fn choose_version(key: &mut ConfigKey, installed: Vec<String>, default: Option<&str>) {
    let default = default.map_or(Value::Null, |version| Value::String(version.to_owned()));
    key.default = crate::config::definition::Default::Value(default);
    key.recommended = installed;
}

/// The connector that a configuration asks for.
pub(super) fn connector(catalogue: &Catalogue, props: &Props) -> Result<Arc<Plugin>, ConnectorError> {
    let class = props.get(CONNECTOR_CLASS).ok_or_else(|| no_class(props))?;
    let version = props.get(CONNECTOR_VERSION).map(String::as_str);
    Ok(catalogue.find_connector(class.trim(), version)?)
}

fn no_class(props: &Props) -> ConnectorError {
    let raw = props.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    ConnectorError::NoClass(java_map::text(&raw))
}

/// The connector of a configuration cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// It does not say.
    #[error("Connector config {0} contains no connector type")]
    NoClass(String),
    /// There is no such plugin.
    #[error(transparent)]
    Plugin(#[from] crate::plugin::error::PluginError),
    /// A setting of a client has the wrong type, or a reference in the configuration cannot be followed.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

impl From<ConnectorError> for super::error::HerderError {
    fn from(error: ConnectorError) -> Self {
        match error {
            ConnectorError::Config(error) => Self::Config(error),
            other => Self::BadRequest(other.to_string()),
        }
    }
}

impl From<ConfigError> for super::error::HerderError {
    fn from(error: ConfigError) -> Self {
        Self::BadRequest(error.to_string())
    }
}
