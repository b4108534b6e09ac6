//! What a task's configuration says.

use std::time::Duration;

use caisson_sdk::sql::{OpenOptions, TableId};
use caisson_sdk::{Config, ConfigValue, Error};
use fancy_regex::Regex;

use crate::connection;
use crate::dialect::Sql;
use crate::identifier::dotted;
use crate::instant::Instant;
use crate::pattern;
use crate::source::keys;
use crate::source::mode::Mode;
use crate::source::numeric_mapping::NumericMapping;
use crate::source::query::{Criteria, From};
use crate::source::timestamp_granularity::TimestampGranularity;
use crate::time_zone::TimeZone;

/// The connectors that the first of these names belong to tell a decimal's precision nowhere.
const WITHOUT_PRECISION: &str = "io.aiven.";

/// The parts of a configuration that queries depend on.
#[derive(Debug)]
pub struct Settings {
    /// Writes SQL.
    pub sql: Sql,
    /// How rows are found.
    pub mode: Mode,
    /// How NUMERIC columns become fields.
    pub numeric: NumericMapping,
    /// What timestamps become.
    pub granularity: TimestampGranularity,
    /// The zone of the database.
    pub zone: TimeZone,
    /// Whether a decimal's schema tells its precision.
    pub tells_precision: bool,
    /// How many rows a poll gives.
    pub batch: u32,
    /// Between two queries of a table.
    pub poll_interval: Duration,
    /// How old a row is when it is read.
    pub delay: i64,
    /// Whether the columns of the mode have to be NOT NULL.
    pub non_null: bool,
    /// Behind every query.
    pub suffix: String,
    /// How often a query is tried again; none: without end.
    pub retries: Option<u32>,
    /// In front of a table's name.
    pub topic_prefix: String,
    timestamp_initial: Option<Initial>,
    incrementing_initial: Option<i64>,
    columns: Criteria,
    timestamps_by_table: Vec<(Regex, Vec<String>)>,
    incrementing_by_table: Vec<(Regex, String)>,
}

/// Up to which time no row is read at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initial {
    /// That one.
    At(Instant),
    /// That of the first query.
    Now,
}

impl Settings {
    /// Reads a configuration. `ConfigException` for a value that is none of its key.
    pub fn of(config: &Config) -> Result<Self, Error> {
        let mode = config.string(keys::MODE)?;
        let numeric = match config.optional_string(keys::NUMERIC)? {
            Some(name) => NumericMapping::named(name).ok_or_else(|| invalid(keys::NUMERIC, name))?,
            None if config.boolean(keys::NUMERIC_PRECISION)? => NumericMapping::PrecisionOnly,
            None => NumericMapping::None,
        };
        let granularity = config.string(keys::GRANULARITY)?;
        let class = config.originals().get("connector.class").map_or("", String::as_str);
        let millis = |key: &str| Ok::<_, Error>(u64::try_from(config.long(key)?).unwrap_or(0));
        Ok(Self {
            sql: connection::sql(config)?,
            mode: Mode::named(mode).ok_or_else(|| invalid(keys::MODE, mode))?,
            numeric,
            granularity: TimestampGranularity::named(granularity).ok_or_else(|| invalid(keys::GRANULARITY, granularity))?,
            zone: connection::time_zone(config)?,
            tells_precision: !class.trim().starts_with(WITHOUT_PRECISION),
            batch: u32::try_from(config.int(keys::BATCH)?).unwrap_or(0).max(1),
            poll_interval: Duration::from_millis(millis(keys::POLL_INTERVAL)?),
            delay: config.long(keys::DELAY)?,
            non_null: config.boolean(keys::NON_NULL)?,
            suffix: config.string(keys::QUERY_SUFFIX)?.trim().to_owned(),
            retries: u32::try_from(config.int(keys::QUERY_RETRIES)?).ok(),
            topic_prefix: config.string(keys::TOPIC_PREFIX)?.trim().to_owned(),
            timestamp_initial: timestamp_initial(config)?,
            incrementing_initial: optional_long(config, keys::INCREMENTING_INITIAL)?,
            columns: Criteria {
                timestamps: config.list(keys::TIMESTAMP)?.to_vec(),
                incrementing: Some(config.string(keys::INCREMENTING)?.to_owned()).filter(|name| !name.is_empty()),
            },
            timestamps_by_table: timestamps_by_table(config.list(keys::TIMESTAMP_MAPPING)?)?,
            incrementing_by_table: incrementing_by_table(config.list(keys::INCREMENTING_MAPPING)?)?,
        })
    }

    /// The columns of the mode for what is read, as far as they are named.
    pub fn criteria(&self, from: &From) -> Criteria {
        let name = match from {
            From::Table(table) => dotted(table),
            From::Query(_) => String::new(),
        };
        let is_matched = |pattern: &Regex| pattern.is_match(&name).unwrap_or(false);
        let timestamps = self.timestamps_by_table.iter().find(|(pattern, _)| is_matched(pattern));
        let incrementing = self.incrementing_by_table.iter().find(|(pattern, _)| is_matched(pattern));
        let timestamps = timestamps.map_or(&self.columns.timestamps, |(_, columns)| columns);
        let incrementing = incrementing.map(|(_, column)| column).or(self.columns.incrementing.as_ref());
        Criteria {
            timestamps: if self.mode.has_timestamp() { timestamps.clone() } else { Vec::new() },
            incrementing: incrementing.filter(|_| self.mode.has_incrementing()).cloned(),
        }
    }

    /// Where reading begins when nothing is stored.
    pub fn initial(&self) -> (Option<Initial>, Option<i64>) {
        (
            self.timestamp_initial.filter(|_| self.mode.has_timestamp()),
            self.incrementing_initial.filter(|_| self.mode.has_incrementing()),
        )
    }

    /// The topic of what is read.
    pub fn topic(&self, from: &From) -> String {
        match from {
            From::Table(table) => format!("{}{}", self.topic_prefix, table.name),
            From::Query(_) => self.topic_prefix.clone(),
        }
    }
}

/// The options by which both connector and tasks connect.
pub fn open_options(config: &Config) -> Result<OpenOptions, Error> {
    let options = connection::options(config)?;
    Ok(match config.string(keys::ISOLATION)?.to_uppercase().as_str() {
        "DEFAULT" => options,
        isolation => options.transaction_isolation(isolation),
    })
}

/// The query of a configuration, if it has one.
pub fn query(config: &Config) -> Result<Option<&str>, Error> {
    let (open, masked) = (config.string(keys::QUERY)?.trim(), config.string(keys::QUERY_MASKED)?.trim());
    match (open.is_empty(), masked.is_empty()) {
        (true, true) => Ok(None),
        (false, true) => Ok(Some(open)),
        (true, false) => Ok(Some(masked)),
        (false, false) => {
            Err(Error::connect(format!("{} and {} are exclusive: set one of them", keys::QUERY, keys::QUERY_MASKED)))
        }
    }
}

/// What a task's configuration says it reads: the query, or the tables that the connector gave it.
pub fn sources(config: &Config) -> Result<Vec<From>, Error> {
    if let Some(query) = query(config)? {
        return Ok(vec![From::Query(query.to_owned())]);
    }
    let sql = connection::sql(config)?;
    let tables = config.originals().get(keys::TABLES).map_or("", String::as_str);
    let table = |name: &str| Ok::<TableId, Error>(sql.dialect.table_id(sql.names.parse(name)?));
    sql.names.split(tables).into_iter().map(|name| table(name).map(From::Table)).collect()
}

fn invalid(key: &str, value: &str) -> Error {
    Error::invalid_value(key, Some(value), "Invalid enumerator")
}

fn optional_long(config: &Config, key: &str) -> Result<Option<i64>, Error> {
    match config.value(key)? {
        ConfigValue::Null => Ok(None),
        _ => config.long(key).map(Some),
    }
}

fn timestamp_initial(config: &Config) -> Result<Option<Initial>, Error> {
    Ok(match optional_long(config, keys::TIMESTAMP_INITIAL)? {
        Some(-1) => Some(Initial::Now),
        Some(millis) => Some(Initial::At(Instant::of_millis(millis))),
        None => {
            let millis = optional_long(config, keys::TIMESTAMP_INITIAL_MS)?;
            // The default of the connectors that have this key is the epoch: no bound was meant.
            millis.filter(|millis| *millis != 0).map(|millis| Initial::At(Instant::of_millis(millis)))
        }
    })
}

fn timestamps_by_table(mapping: &[String]) -> Result<Vec<(Regex, Vec<String>)>, Error> {
    let mut read = Vec::with_capacity(mapping.len());
    for entry in mapping {
        let bad = || Error::invalid_value(keys::TIMESTAMP_MAPPING, Some(entry), "an entry is regex:[column|column]");
        let (regex, columns) = entry.rsplit_once(':').ok_or_else(bad)?;
        let columns = columns.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).ok_or_else(bad)?;
        let columns = columns.split('|').map(|column| column.trim().to_owned()).filter(|column| !column.is_empty());
        read.push((pattern::whole(keys::TIMESTAMP_MAPPING, regex.trim())?, columns.collect()));
    }
    Ok(read)
}

fn incrementing_by_table(mapping: &[String]) -> Result<Vec<(Regex, String)>, Error> {
    let mut read = Vec::with_capacity(mapping.len());
    for entry in mapping {
        let bad = || Error::invalid_value(keys::INCREMENTING_MAPPING, Some(entry), "an entry is regex:column");
        let (regex, column) = entry.rsplit_once(':').ok_or_else(bad)?;
        read.push((pattern::whole(keys::INCREMENTING_MAPPING, regex.trim())?, column.trim().to_owned()));
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;
    use crate::source::keys::config_def;

    fn config(settings: &[(&str, &str)]) -> Config {
        let required = [("connection.url", "jdbc:postgresql://h/d"), ("mode", "timestamp+incrementing"), ("topic.prefix", "p-")];
        config_def().parse(required.iter().chain(settings).copied()).unwrap()
    }

    fn table(name: &str) -> From {
        From::Table(Sql::new(Dialect::PostgreSql, false).table_id(name).unwrap())
    }

    #[test]
    fn columns_are_named_for_all_tables_or_by_table() {
        let settings = Settings::of(&config(&[
            ("timestamp.column.name", "updated, created"),
            ("timestamp.columns.mapping", "public\\.orders.*:[changed|made], .*log:[at]"),
            ("incrementing.column.name", "id"),
            ("incrementing.column.mapping", "public\\.orders.*:nr"),
        ]));
        let settings = settings.unwrap();
        let of = |name: &str| settings.criteria(&table(name));
        assert_eq!(
            of("public.x"),
            Criteria { timestamps: vec!["updated".into(), "created".into()], incrementing: Some("id".into()) }
        );
        assert_eq!(
            of("public.orders2"),
            Criteria { timestamps: vec!["changed".into(), "made".into()], incrementing: Some("nr".into()) }
        );
        assert_eq!(of("public.log").timestamps, ["at"]);
        assert_eq!(settings.topic(&table("public.x")), "p-x");
        assert_eq!(settings.topic(&From::Query(String::new())), "p-");
        assert!(Settings::of(&config(&[("timestamp.columns.mapping", "x:y")])).is_err());
        assert!(Settings::of(&config(&[("incrementing.column.mapping", "x")])).is_err());
    }

    #[test]
    fn reading_begins_where_the_keys_say() {
        let initial = |settings: &[(&str, &str)]| Settings::of(&config(settings)).unwrap().initial();
        let at = |millis| Some(Initial::At(Instant::of_millis(millis)));
        assert_eq!(initial(&[]), (None, None));
        assert_eq!(initial(&[("timestamp.initial", "-1"), ("incrementing.initial", "7")]), (Some(Initial::Now), Some(7)));
        assert_eq!(initial(&[("timestamp.initial", "0"), ("timestamp.initial.ms", "5")]), (at(0), None));
        assert_eq!(initial(&[("timestamp.initial.ms", "-1")]), (at(-1), None));
        assert_eq!(initial(&[("timestamp.initial.ms", "0")]), (None, None));
    }

    #[test]
    fn a_task_reads_its_tables_or_the_query() {
        let read = |settings: &[(&str, &str)]| sources(&config(settings));
        assert_eq!(read(&[("tables", "\"public\".\"a,b\",\"c\"")]).unwrap(), [table("public.\"a,b\""), table("c")]);
        assert_eq!(read(&[("query", " select 1 "), ("tables", "")]).unwrap(), [From::Query("select 1".into())]);
        assert_eq!(read(&[("query.masked", "select 2")]).unwrap(), [From::Query("select 2".into())]);
        assert!(read(&[("query", "x"), ("query.masked", "y")]).is_err());
        let bare = [("quote.sql.identifiers", "never"), ("tables", "public.a,b")];
        assert_eq!(read(&bare).unwrap(), [table("public.a"), table("b")]);
    }
}
