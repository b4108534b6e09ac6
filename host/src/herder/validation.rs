//! Validation of a connector's configuration: what `PUT /connector-plugins/{p}/config/validate` answers and what every
//! creation and change passes (Kafka: `AbstractHerder.validateConnectorConfig`).

use std::sync::Arc;

use crate::config::connector::client_keys::Client;
use crate::config::connector::overrides::OverridePolicy;
use crate::config::connector::sink::{self, DLQ_TOPIC};
use crate::config::connector::source::OFFSETS_TOPIC;
use crate::config::connector::{CONNECTOR_CLASS, CONNECTOR_VERSION};
use crate::config::definition::{ConfigDef, ConfigKey};
use crate::config::sandbox;
use crate::config::task_restarts;
use crate::config::validation::ConfigValue;
use crate::config::value::{ConfigError, Value};
use crate::config::worker::WorkerConfig;
use crate::config::{Props, RawProps, with_prefix};
use crate::plugin::catalogue::Catalogue;
use crate::plugin::error::PluginError;
use crate::plugin::{Kind, Plugin};

use super::chain_keys;
use super::definition::{self, CONVERTERS, ConnectorError};
use super::entities::{ConfigInfo, ConfigInfos};
use super::exactly_once_checks;
use super::java_map;
use super::own_checks::OwnChecks;
use super::sink_group;

/// What validation needs to know.
pub struct Validation<'a> {
    /// The plugins.
    pub catalogue: &'a Catalogue,
    /// The worker's properties.
    pub worker: &'a WorkerConfig,
    /// Asks plugins for checks of their own.
    pub own: &'a OwnChecks,
}

/// Keys and values that one plugin, or the framework, contributes to the answer.
#[derive(Default)]
struct Part {
    groups: Vec<String>,
    configs: Vec<ConfigInfo>,
}

impl Validation<'_> {
    /// Validates a connector's configuration.
    ///
    /// # Errors
    /// If the configuration does not say which connector it is for, or that is not installed. A version that is not
    /// installed is no error here but one of the key's (KIP-891). A client setting of the wrong type is an error too, as in Kafka.
    pub async fn connector(&self, given: &RawProps) -> Result<ConfigInfos, ConnectorError> {
        let raw = &self.resolved(given)?;
        let props: Props = raw.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect();
        let plugin = match definition::connector(self.catalogue, &props) {
            Ok(plugin) => plugin,
            Err(ConnectorError::Plugin(error @ (PluginError::Version { .. } | PluginError::Range(_)))) => {
                return Ok(self.wrong_version(raw, &props, &error));
            }
            Err(ConnectorError::NoClass(_)) => return Err(ConnectorError::NoClass(java_map::text(raw))),
            Err(error) => return Err(error),
        };
        let mut parts = vec![self.framework_and_own(raw, &props, &plugin).await];
        parts.extend(self.overrides(raw, plugin.kind)?);
        for (name, kind) in CONVERTERS {
            parts.extend(self.converter(&props, name, kind).await);
        }
        parts.extend(further_keys(raw, "sandbox.", &sandbox::connector_def()));
        parts.extend(further_keys(raw, task_restarts::PREFIX, &task_restarts::connector_def()));
        Ok(merge(given_class(&props), parts))
    }

    /// The configuration with its references followed: what is judged, and shown, is what the connector will get.
    fn resolved(&self, given: &RawProps) -> Result<RawProps, ConfigError> {
        let providers = self.worker.providers();
        let resolve = |text: &String| providers.resolve_text(text);
        given.iter().map(|(key, text)| Ok((key.clone(), text.as_ref().map(resolve).transpose()?))).collect()
    }

    /// The framework's keys and the connector's own: one part, in which the connector's definition of a key counts.
    async fn framework_and_own(&self, raw: &RawProps, props: &Props, plugin: &Arc<Plugin>) -> Part {
        let mut framework = definition::of_framework(self.catalogue, self.worker.all(), plugin, props);
        chain_keys::add(&mut framework, self.catalogue, raw);
        let mut values = framework.validate(raw);
        chain_keys::check(&mut values, self.catalogue, raw);
        for (prefix, stage) in chain_keys::plugins(self.catalogue, raw) {
            self.own.add(&mut values, &stage, &with_prefix(props, &prefix), &prefix).await;
        }
        self.check_converter_kinds(&mut values);
        if plugin.kind == Kind::Source {
            exactly_once_checks::add(&mut values, self.worker, self.own, plugin, props).await;
        }
        if plugin.kind == Kind::Sink {
            for (key, error) in sink::topic_errors(raw) {
                add_error(&mut values, key, error);
            }
            if let Some(workers) = self.worker.cluster() {
                sink_group::check(&mut values, workers, raw);
            }
        }
        hide_versions_of_unknown(&mut values);
        let own = &plugin.config;
        for (key, _) in raw.iter().filter(|(_, value)| value.is_none()) {
            add_error(&mut values, key, "Null value can not be supplied as the configuration value.".to_owned());
        }
        let mut own_values = own.validate(raw);
        self.own.add(&mut own_values, plugin, props, "").await;
        // What the connector says of a key is all that is said of it, also where the framework found an error.
        for value in own_values {
            match values.iter_mut().find(|known| known.name == value.name) {
                Some(known) => *known = value,
                None => values.push(value),
            }
        }
        let mut definitions = framework;
        for key in own.keys() {
            definitions.define(key.clone());
        }
        part(&definitions, values)
    }

    /// A converter must be one: classes of other kinds are known but do not fit.
    fn check_converter_kinds(&self, values: &mut [ConfigValue]) {
        for (name, kind) in CONVERTERS {
            let Some(value) = values.iter_mut().find(|value| value.name == name) else { continue };
            let Some(class) = value.value.as_str() else { continue };
            if !self.catalogue.list().iter().any(|plugin| plugin.kind == kind && plugin.class() == class) {
                let wanted = if kind == Kind::HeaderConverter { "HeaderConverter" } else { "Converter" };
                value.errors.push(format!("Class class {class} does not implement the {wanted} interface"));
            }
        }
    }

    /// Keys of a converter that the connector itself sets, with its prefix.
    async fn converter(&self, props: &Props, name: &str, kind: Kind) -> Option<Part> {
        let class = props.get(name)?.trim();
        let version = props.get(&format!("{name}.plugin.version")).map(String::as_str);
        let plugin = self.catalogue.find(kind, class, version).ok()?;
        let prefix = format!("{name}.");
        let mut own = with_prefix(props, &prefix);
        let role = name.split('.').next().unwrap_or_default();
        own.entry("converter.type".to_owned()).or_insert_with(|| role.to_owned());
        let raw = own.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        let mut values = plugin.config.validate(&raw);
        self.own.add(&mut values, &plugin, &own, "").await;
        let mut part = part(&plugin.config, values);
        for config in &mut part.configs {
            if let Some(definition) = &mut config.definition {
                definition.name.insert_str(0, &prefix);
            }
            if let Some(value) = &mut config.value {
                value.name.insert_str(0, &prefix);
            }
        }
        Some(part)
    }

    /// Client overrides of the clients that this connector has.
    fn overrides(&self, raw: &RawProps, kind: Kind) -> Result<Vec<Part>, ConfigError> {
        let has_dlq = raw.get(DLQ_TOPIC).and_then(Option::as_deref).is_some_and(|topic| !topic.trim().is_empty());
        let creates_topics = kind == Kind::Source && raw.keys().any(|key| key.starts_with("topic.creation."));
        let own_offsets = kind == Kind::Source && self.has_offset_clients(raw);
        let used = [
            (Client::Producer, kind == Kind::Source || has_dlq),
            (Client::Consumer, kind == Kind::Sink || own_offsets),
            (Client::Admin, creates_topics || has_dlq || own_offsets),
        ];
        let clients = used.into_iter().filter(|(_, used)| *used);
        clients.map(|(client, _)| overrides_of(raw, client, self.worker.override_policy())).collect()
    }

    /// Whether a source of this cluster has clients of its own for its offsets.
    fn has_offset_clients(&self, raw: &RawProps) -> bool {
        let own_topic = raw.get(OFFSETS_TOPIC).and_then(Option::as_deref).is_some_and(|topic| !topic.trim().is_empty());
        self.worker.exactly_once().is_some() || (self.worker.cluster().is_some() && own_topic)
    }

    /// The answer when the connector is not installed in the version asked for: the common keys, with the error on class and version.
    fn wrong_version(&self, raw: &RawProps, props: &Props, error: &PluginError) -> ConfigInfos {
        let mut def = crate::config::connector::every();
        let class = self.catalogue.find_connector(given_class(props).trim(), None).ok();
        if let (Some(key), Some(plugin)) = (def.key_mut(CONNECTOR_VERSION), class) {
            let installed = definition::versions(self.catalogue, plugin.kind, plugin.class());
            definition::choose_version(key, installed, Some(plugin.version()));
        }
        let mut values = def.validate(raw);
        for key in [CONNECTOR_CLASS, CONNECTOR_VERSION] {
            add_error(&mut values, key, error.to_string());
        }
        hide_versions_of_unknown(&mut values);
        merge(given_class(props), vec![part(&def, values)])
    }
}

/// `connector.class` as it was given.
fn given_class(props: &Props) -> &str {
    props.get(CONNECTOR_CLASS).map(String::as_str).unwrap_or_default()
}

/// Keys that Kafka Connect does not have appear in the answer if the configuration has any: Kafka's clients do not expect them.
fn further_keys(raw: &RawProps, prefix: &str, all: &ConfigDef) -> Option<Part> {
    let given: RawProps =
        raw.iter().filter(|(key, _)| key.starts_with(prefix)).map(|(key, value)| (key.clone(), value.clone())).collect();
    if given.is_empty() {
        return None;
    }
    let named = ConfigDef::new(all.keys().iter().filter(|key| given.contains_key(&key.name)).cloned());
    let mut values = named.validate(&given);
    for key in given.keys().filter(|key| all.key(key).is_none()) {
        let known: Vec<&str> = all.keys().iter().map(|key| key.name.as_str()).collect();
        add_error(&mut values, key, format!("Unknown configuration {key}: the keys that begin so are {}", known.join(", ")));
    }
    Some(part(&named, values))
}

/// A version can be chosen only of a class that exists.
fn hide_versions_of_unknown(values: &mut [ConfigValue]) {
    for (name, _) in CONVERTERS {
        let known = values.iter().any(|value| value.name == name && value.value != Value::Null);
        let version = format!("{name}.plugin.version");
        if let (false, Some(value)) = (known, values.iter_mut().find(|value| value.name == version)) {
            value.visible = false;
        }
    }
}

/// The overrides of one client. They are parsed, but their definitions' checks are not made: the client makes them.
fn overrides_of(raw: &RawProps, client: Client, policy: &OverridePolicy) -> Result<Part, ConfigError> {
    let prefix = client.prefix();
    let given = raw.iter().filter_map(|(key, text)| Some((key.strip_prefix(prefix)?, text.as_deref())));
    let mut definitions = Vec::new();
    let mut values = Vec::new();
    for (name, text) in given {
        let mut value = ConfigValue::new(format!("{prefix}{name}"));
        let key = client.key(name);
        value.value = match (&key, text) {
            (_, None) => Value::Null,
            (Some(key), Some(text)) => Value::parse(name, text, key.type_)?,
            (None, Some(text)) => Value::String(text.to_owned()),
        };
        value.errors.extend(policy.refusal(name));
        definitions.extend(key.map(|key| ConfigKey { name: value.name.clone(), ..key }));
        values.push(value);
    }
    Ok(part(&ConfigDef::new(definitions), values))
}

fn add_error(values: &mut Vec<ConfigValue>, key: &str, error: String) {
    match values.iter_mut().find(|value| value.name == key) {
        Some(value) => value.errors.push(error),
        None => {
            let mut value = ConfigValue::new(key);
            value.errors.push(error);
            values.push(value);
        }
    }
}

/// Values without a definition come first, then every definition with its value (Kafka: `AbstractHerder.generateResult`).
fn part(def: &ConfigDef, values: Vec<ConfigValue>) -> Part {
    let (mut defined, undefined): (Vec<_>, Vec<_>) = values.into_iter().partition(|value| def.key(&value.name).is_some());
    let mut configs: Vec<ConfigInfo> =
        undefined.into_iter().map(|value| ConfigInfo { definition: None, value: Some(value) }).collect();
    for key in def.keys() {
        let place = defined.iter().position(|value| value.name == key.name);
        let value = place.map(|place| defined.swap_remove(place));
        configs.push(ConfigInfo { definition: Some(key.clone()), value });
    }
    Part { groups: def.groups(), configs }
}

fn merge(name: &str, parts: Vec<Part>) -> ConfigInfos {
    let mut infos = ConfigInfos { name: name.to_owned(), error_count: 0, groups: Vec::new(), configs: Vec::new() };
    for part in parts {
        infos.groups.extend(part.groups);
        infos.configs.extend(part.configs);
    }
    infos.error_count = infos.configs.iter().filter_map(|config| config.value.as_ref()).map(|value| value.errors.len()).sum();
    infos
}
