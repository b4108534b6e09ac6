//! Cases of `ConfigDef`, of the definitions of plugins, and of connectors that divide their work. What a plugin's definition
//! makes of a configuration in REST is the worker's: `tests/e2e/definitions.rs`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use caisson_file_stream::sink::FileStreamSink;
use caisson_file_stream::source::FileStreamSource;
use caisson_sdk::data::java_float::double_to_string;
use caisson_sdk::run::registry::{Entry, Registry};
use caisson_sdk::{Config, ConfigKey, ConfigValue, Error, Importance, KeyType, PluginInfo, SinkConnector, SourceConnector};
use caisson_stages::Plugins;
use serde_json::{Map, Value as Json, json};

use super::case::Case;
use super::run::shown_error;

/// A class that every JVM has: the cases were made in one.
const JVM_CLASSES: [&str; 1] = ["java.lang.String"];
const TYPES: [KeyType; 9] = [
    KeyType::Boolean,
    KeyType::String,
    KeyType::Int,
    KeyType::Short,
    KeyType::Long,
    KeyType::Double,
    KeyType::List,
    KeyType::Class,
    KeyType::Password,
];

/// What the SDK makes of a case; none for a method or a plugin that there is not.
pub fn run(case: &Case) -> Result<Option<Json>> {
    match case.op.as_deref().unwrap_or_default() {
        "parseType" => parse_type(case).map(Some),
        "parse" => Ok(plugin(&case.class).map(|info| parse(case, &info))),
        "taskConfigs" => task_configs(case),
        _ => Ok(None),
    }
}

fn parse_type(case: &Case) -> Result<Json> {
    let text = |key: &str| case.input.get(key).and_then(Json::as_str).with_context(|| format!("no {key}"));
    let type_name = text("type")?;
    let type_ = TYPES.into_iter().find(|type_| type_.name() == type_name).with_context(|| format!("type {type_name}"))?;
    let key = ConfigKey::new(text("name")?, type_, Importance::High, "").classes(&JVM_CLASSES);
    Ok(match key.parse(text("text")?) {
        Ok(value) => json!({ "value": shown(&value) }),
        Err(error) => shown_error("configure", &error),
    })
}

fn plugin(class: &str) -> Option<PluginInfo> {
    let connectors = [<FileStreamSource as SourceConnector>::plugin, <FileStreamSink as SinkConnector>::plugin];
    let stages = Plugins::ENTRIES.iter().map(Entry::info);
    connectors.into_iter().map(|plugin| plugin()).chain(stages).find(|info| info.class() == class)
}

fn settings(case: &Case) -> impl Iterator<Item = (&str, Option<&str>)> {
    case.config.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
}

fn parse(case: &Case, info: &PluginInfo) -> Json {
    match info.config().parse_with_nulls(settings(case)) {
        Ok(config) => {
            let values: Map<String, Json> = config.values().iter().map(|(name, value)| (name.clone(), shown(value))).collect();
            json!({ "values": values })
        }
        Err(error) => shown_error("configure", &error),
    }
}

fn shown(value: &ConfigValue) -> Json {
    match value {
        ConfigValue::Null => Json::Null,
        ConfigValue::Boolean(held) => json!({ "boolean": held }),
        ConfigValue::String(text) => json!({ "string": text }),
        ConfigValue::Int(number) => json!({ "int32": number }),
        ConfigValue::Short(number) => json!({ "int16": number }),
        ConfigValue::Long(number) => json!({ "int64": number.to_string() }),
        ConfigValue::Double(number) => json!({ "float64": double_to_string(*number) }),
        ConfigValue::List(items) => {
            let items: Vec<Json> = items.iter().map(|item| json!({ "string": item })).collect();
            json!({ "array": items })
        }
        ConfigValue::Class(name) => json!({ "class": name }),
        ConfigValue::Password(text) => json!({ "password": text }),
    }
}

type TaskConfigs = Result<Vec<BTreeMap<String, String>>, Error>;

fn task_configs(case: &Case) -> Result<Option<Json>> {
    let max_tasks = u32::try_from(case.input.get("maxTasks").and_then(Json::as_u64).context("no maxTasks")?)?;
    let info = match plugin(&case.class) {
        Some(info) => info,
        None => return Ok(None),
    };
    let config = match info.config().parse_with_nulls(settings(case)) {
        Ok(config) => config,
        Err(error) => return Ok(Some(shown_error("start", &error))),
    };
    let started = match case.class.as_str() {
        class if class == FileStreamSource::plugin().class() => of_source(&config, max_tasks),
        _ => of_sink(&config, max_tasks),
    };
    Ok(Some(match started {
        Ok(Ok(configs)) => json!({ "taskConfigs": configs }),
        Ok(Err(error)) => shown_error("taskConfigs", &error),
        Err(error) => shown_error("start", &error),
    }))
}

fn of_source(config: &Config, max_tasks: u32) -> Result<TaskConfigs, Error> {
    FileStreamSource::start(config).map(|mut connector| connector.task_configs(max_tasks))
}

fn of_sink(config: &Config, max_tasks: u32) -> Result<TaskConfigs, Error> {
    FileStreamSink::start(config).map(|mut connector| connector.task_configs(max_tasks))
}
