//! The source: `io.confluent.connect.jdbc.JdbcSourceConnector`.

use std::collections::BTreeMap;

use caisson_sdk::sql::{CAPABILITY, TableId};
use caisson_sdk::{Config, Error, PluginInfo, SourceConnector, log};

use crate::connection::{self, open};
use crate::dialect::Sql;
use crate::source::keys;
use crate::source::mode::Mode;
use crate::source::settings::{self, Settings};
use crate::source::tables::{TableFilter, group};
use crate::source::task::JdbcSourceTask;

const LOG: &str = "io.confluent.connect.jdbc.JdbcSourceConnector";

/// Reads tables, or the result of a query, into topics.
#[derive(Debug)]
pub struct JdbcSource {
    config: Config,
    filter: TableFilter,
    /// The tables as they were last listed.
    tables: Option<Vec<TableId>>,
}

impl SourceConnector for JdbcSource {
    type Task = JdbcSourceTask;

    fn plugin() -> PluginInfo {
        let documentation = "Reads the tables of a database, or the result of a query, into topics.";
        PluginInfo::new("io.confluent.connect.jdbc.JdbcSourceConnector", documentation, keys::config_def())
            .alias("io.aiven.connect.jdbc.JdbcSourceConnector")
            .alias("JdbcSource")
            .alias("JdbcSourceConnector")
            .task_class("io.confluent.connect.jdbc.source.JdbcSourceTask")
            .capability(CAPABILITY)
            .capability("clocks")
            .reconfigured_every(keys::TABLE_POLL_INTERVAL)
    }

    fn start(config: &Config) -> Result<Self, Error> {
        log::info(LOG, "Starting JDBC source connector");
        let settings = Settings::of(config)?;
        let filter = TableFilter::of(config)?;
        if settings::query(config)?.is_some() && filter.names_any() {
            return Err(Error::connect(format!(
                "{} may not be combined with whole-table copying settings: it stands instead of {}, {} and {}.",
                keys::QUERY,
                keys::WHITELIST,
                keys::BLACKLIST,
                keys::INCLUDE
            )));
        }
        let names_column =
            settings.mode == Mode::Bulk || !settings.mode.has_incrementing() || !config.string(keys::INCREMENTING)?.is_empty();
        if !config.boolean(keys::QUALIFY)? && !names_column {
            return Err(Error::connect(format!(
                "When using unqualified table names and either incrementing or timestamp+incrementing mode, an incrementing column name \
                 must be explicitly provided via the '{}' property.",
                keys::INCREMENTING
            )));
        }
        Ok(Self { config: config.clone(), filter, tables: None })
    }

    fn task_configs(&mut self, max_tasks: u32) -> Result<Vec<BTreeMap<String, String>>, Error> {
        let task = |tables: String| {
            let mut config = self.config.originals().clone();
            config.insert(keys::TABLES.to_owned(), tables);
            config
        };
        if settings::query(&self.config)?.is_some() {
            return Ok(vec![task(String::new())]);
        }
        let sql = connection::sql(&self.config)?;
        let tables = match (self.list(sql), self.tables.take()) {
            (Ok(tables), _) => tables,
            // The worker asks again every table.poll.interval.ms: a database that is away for a while is no reason to end.
            (Err(error), Some(tables)) => {
                log::warn(LOG, &format!("{}; the tables are taken to be those of the last time", error.message()));
                tables
            }
            (Err(error), None) => return Err(error),
        };
        self.tables = Some(tables.clone());
        if tables.is_empty() {
            log::warn(LOG, "No tasks will be run because no tables were found");
        }
        let groups = group(tables, usize::try_from(max_tasks).unwrap_or(usize::MAX));
        let names = |group: &Vec<_>| group.iter().map(|table| sql.names.table(table)).collect::<Vec<String>>().join(",");
        Ok(groups.iter().map(|group| task(names(group))).collect())
    }
}

impl JdbcSource {
    /// The tables to read that are there now.
    fn list(&self, sql: Sql) -> Result<Vec<TableId>, Error> {
        let connection = open(&self.config, &settings::open_options(&self.config)?)?;
        self.filter.choose(sql, self.filter.list(&connection)?)
    }
}
