//! The sink: `io.confluent.connect.jdbc.JdbcSinkConnector`.

use std::collections::BTreeMap;

use caisson_sdk::plugin::KeyFindings;
use caisson_sdk::sql::CAPABILITY;
use caisson_sdk::{Config, Error, OffsetChange, PluginInfo, SinkConnector};

use crate::sink::keys;
use crate::sink::settings::Settings;
use crate::sink::task::JdbcSinkTask;

/// Writes topics into the tables of a database.
#[derive(Debug)]
pub struct JdbcSink {
    config: BTreeMap<String, String>,
}

impl SinkConnector for JdbcSink {
    type Task = JdbcSinkTask;

    fn plugin() -> PluginInfo {
        let documentation = "Writes the records of topics into the tables of a database.";
        PluginInfo::new("io.confluent.connect.jdbc.JdbcSinkConnector", documentation, keys::config_def())
            .alias("io.aiven.connect.jdbc.JdbcSinkConnector")
            .alias("JdbcSink")
            .alias("JdbcSinkConnector")
            .task_class("io.confluent.connect.jdbc.sink.JdbcSinkTask")
            .capability(CAPABILITY)
            .validate(validate)
    }

    fn start(config: &Config) -> Result<Self, Error> {
        Settings::of(config)?;
        Ok(Self { config: config.originals().clone() })
    }

    fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<BTreeMap<String, String>>, Error> {
        Ok((0..max_tasks).map(|_| self.config.clone()).collect())
    }

    fn alter_offsets(_config: &BTreeMap<String, String>, _offsets: &[OffsetChange]) -> Result<bool, Error> {
        // Offsets are the worker's alone, and any will do.
        Ok(true)
    }
}

/// What one key says of another.
fn validate(props: &BTreeMap<String, String>) -> Vec<KeyFindings> {
    let get = |key: &str| props.get(key).map(|value| value.trim().to_lowercase()).unwrap_or_default();
    let finding = |key: &str, text: String| KeyFindings {
        name: key.to_owned(),
        errors: vec![text],
        recommended: Vec::new(),
        visible: true,
    };
    let mut findings = Vec::new();
    if get(keys::DELETE) == "true" && get(keys::PK_MODE) != "record_key" {
        findings.push(finding(keys::DELETE, format!("Delete support only works with {}=record_key", keys::PK_MODE)));
    }
    let fields = get(keys::PK_FIELDS);
    let count = fields.split(',').filter(|field| !field.trim().is_empty()).count();
    if get(keys::PK_MODE) == "kafka" && ![0, 3].contains(&count) {
        let text =
            "Primary key fields must be set with three fields (topic, partition, offset) when pkMode is 'kafka', or with none.";
        findings.push(finding(keys::PK_FIELDS, text.to_owned()));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(settings: &[(&str, &str)]) -> Vec<String> {
        let props = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        validate(&props).into_iter().flat_map(|finding| finding.errors).collect()
    }

    #[test]
    fn keys_that_contradict_each_other_are_told() {
        assert_eq!(told(&[("delete.enabled", "true")]), ["Delete support only works with pk.mode=record_key"]);
        assert!(told(&[("delete.enabled", "true"), ("pk.mode", "RECORD_KEY")]).is_empty());
        assert_eq!(told(&[("pk.mode", "kafka"), ("pk.fields", "a,b")]).len(), 1);
        assert!(told(&[("pk.mode", "kafka"), ("pk.fields", "a,b,c")]).is_empty());
        assert!(told(&[("pk.mode", "kafka")]).is_empty());
    }
}
