//! The connector: every task has the same configuration, and the partitions that the group gives it.

use std::collections::BTreeMap;

use caisson_sdk::{Access, Config, Error, OffsetChange, PluginInfo, SinkConnector};

use crate::checks;
use crate::keys;
use crate::settings::Settings;
use crate::task::ElasticsearchSinkTask;

/// Writes records as documents.
#[derive(Debug)]
pub struct ElasticsearchSink {
    config: BTreeMap<String, String>,
}

impl SinkConnector for ElasticsearchSink {
    type Task = ElasticsearchSinkTask;

    fn plugin() -> PluginInfo {
        let class = "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector";
        let documentation = "Writes records to indices or data streams of Elasticsearch 7 and later, and of OpenSearch.";
        PluginInfo::new(class, documentation, keys::definition())
            .alias("ElasticsearchSink")
            .alias("ElasticsearchSinkConnector")
            .task_class("io.confluent.connect.elasticsearch.ElasticsearchSinkTask")
            .resource(keys::CONNECTION_URL, Access::Url)
            .resource(keys::HTTPS, Access::Tls)
            .capability("clocks")
            .validate(checks::findings)
    }

    fn start(config: &Config) -> Result<Self, Error> {
        if let Some((key, why)) = checks::mistakes(config)?.into_iter().next() {
            return Err(Error::config(format!("{key}: {why}")));
        }
        Settings::read(config)?;
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
