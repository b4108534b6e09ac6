//! Which stages a connector's records go through, read from its configuration
//! (Kafka: `ConnectorConfig.transformationStages`, `Worker.startTask`).

use std::sync::Arc;

use crate::config::Props;
use crate::config::definition::Type;
use crate::config::value::{ConfigError, Value};
use crate::config::worker::WorkerConfig;
use crate::errors::failure::Stage;
use crate::plugin::catalogue::Catalogue;
use crate::plugin::error::PluginError;
use crate::plugin::{Kind, Plugin};
use crate::sandbox::stages::{PredicateSpec, Role, StageSpec, Work};

/// What a worker uses for headers when nobody names a converter.
const DEFAULT_HEADER_CONVERTER: &str = "org.apache.kafka.connect.storage.SimpleHeaderConverter";

/// The stages cannot be made from this configuration.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A setting is missing or wrong.
    #[error("org.apache.kafka.common.config.ConfigException: {0}")]
    Config(#[from] ConfigError),
    /// A class is not to be had.
    #[error("org.apache.kafka.common.config.ConfigException: Invalid value {class} for configuration {key}: {source}")]
    Plugin {
        /// The key that names it.
        key: String,
        /// The class.
        class: String,
        /// Why.
        source: PluginError,
    },
}

/// One stage, and the predicate that guards it from another component.
#[derive(Clone)]
pub struct Planned {
    /// What the sandbox runs.
    pub spec: StageSpec,
    /// A predicate that is not of the stage's own component.
    pub guard: Option<PredicateSpec>,
    /// What the stage is called in error reports.
    pub stage: Stage,
}

/// The stages of a source: transforms, then header, key and value converter (`AbstractWorkerSourceTask.convertTransformedRecord`).
pub fn source(catalogue: &Catalogue, worker: &WorkerConfig, connector: &Props) -> Result<Vec<Planned>, PlanError> {
    let reader = Reader { catalogue, worker, connector };
    let mut stages = reader.transforms()?;
    for role in [Role::Header, Role::Key, Role::Value] {
        stages.push(reader.converter(role, Work::FromConnect(role))?);
    }
    Ok(stages)
}

/// The stages of a sink: key, value and header converter, then transforms (`WorkerSinkTask.convertAndTransformRecord`).
pub fn sink(catalogue: &Catalogue, worker: &WorkerConfig, connector: &Props) -> Result<Vec<Planned>, PlanError> {
    let reader = Reader { catalogue, worker, connector };
    let mut stages = Vec::new();
    for role in [Role::Key, Role::Value, Role::Header] {
        stages.push(reader.converter(role, Work::ToConnect(role))?);
    }
    stages.extend(reader.transforms()?);
    Ok(stages)
}

struct Reader<'a> {
    catalogue: &'a Catalogue,
    worker: &'a WorkerConfig,
    connector: &'a Props,
}

impl Reader<'_> {
    /// The connector's own converter with the connector's settings, else the worker's with the worker's: never one with the
    /// other's (Kafka: `Plugins.newConverter`).
    fn converter(&self, role: Role, work: Work) -> Result<Planned, PlanError> {
        let (name, stage, kind) = match role {
            Role::Key => ("key", Stage::KeyConverter, Kind::Converter),
            Role::Value => ("value", Stage::ValueConverter, Kind::Converter),
            Role::Header => ("header", Stage::HeaderConverter, Kind::HeaderConverter),
        };
        let key = format!("{name}.converter");
        let source = if self.connector.contains_key(&key) { self.connector } else { self.worker.all() };
        let class = match (source.get(&key), role) {
            (Some(class), _) => class.trim(),
            (None, Role::Header) => DEFAULT_HEADER_CONVERTER,
            (None, _) => return Err(ConfigError::missing(&key).into()),
        };
        let mut config = with_prefix(source, &format!("{key}."));
        let version = config.remove("plugin.version");
        config.insert("converter.type".to_owned(), name.to_owned());
        let plugin = self.find(kind, &key, class, version.as_deref())?;
        Ok(Planned { spec: StageSpec { plugin, work, config, predicate: None }, guard: None, stage })
    }

    fn transforms(&self) -> Result<Vec<Planned>, PlanError> {
        aliases(self.connector, "transforms").iter().map(|alias| self.transform(alias)).collect()
    }

    fn transform(&self, alias: &str) -> Result<Planned, PlanError> {
        let prefix = format!("transforms.{alias}.");
        let mut config = with_prefix(self.connector, &prefix);
        let predicate = config.remove("predicate");
        let negate = config.remove("negate").is_some_and(|negate| negate.trim().eq_ignore_ascii_case("true"));
        let plugin = self.aliased(Kind::Transformation, &prefix, &mut config)?;
        let (predicate, guard) = match predicate {
            None => (None, None),
            Some(predicate) => {
                let predicate = self.predicate(predicate.trim(), negate)?;
                if predicate.plugin.artifact.digest == plugin.artifact.digest {
                    (Some(predicate), None)
                } else {
                    (None, Some(predicate))
                }
            }
        };
        let spec = StageSpec { plugin, work: Work::Transform, config, predicate };
        Ok(Planned { spec, guard, stage: Stage::Transformation })
    }

    fn predicate(&self, alias: &str, negate: bool) -> Result<PredicateSpec, PlanError> {
        let prefix = format!("predicates.{alias}.");
        let mut config = with_prefix(self.connector, &prefix);
        let plugin = self.aliased(Kind::Predicate, &prefix, &mut config)?;
        Ok(PredicateSpec { plugin, config, negate })
    }

    /// The plugin that `<prefix>type` names.
    fn aliased(&self, kind: Kind, prefix: &str, config: &mut Props) -> Result<Arc<Plugin>, PlanError> {
        let key = format!("{prefix}type");
        let class = config.get("type").ok_or_else(|| ConfigError::missing(&key))?.trim().to_owned();
        let version = config.remove("plugin.version");
        self.find(kind, &key, &class, version.as_deref())
    }

    fn find(&self, kind: Kind, key: &str, class: &str, version: Option<&str>) -> Result<Arc<Plugin>, PlanError> {
        let found = self.catalogue.find(kind, class, version);
        found.map_err(|source| PlanError::Plugin { key: key.to_owned(), class: class.to_owned(), source })
    }
}

/// The aliases of a LIST key, in order.
fn aliases(connector: &Props, key: &str) -> Vec<String> {
    let parsed = connector.get(key).map(|text| Value::parse(key, text, Type::List));
    match parsed {
        Some(Ok(value)) => value.as_list().to_vec(),
        _ => Vec::new(),
    }
}

/// The properties whose key starts with `prefix`, without it.
pub(super) fn with_prefix(props: &Props, prefix: &str) -> Props {
    let range = props.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
    range.filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone()))).collect()
}
