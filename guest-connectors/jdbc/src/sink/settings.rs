//! What the sink's configuration says.

use std::time::Duration;

use caisson_sdk::{Config, Error};
use fancy_regex::Regex;

use crate::connection;
use crate::dialect::Sql;
use crate::pattern;
use crate::sink::keys;
use crate::sink::modes::{InsertMode, PrimaryKeyMode};
use crate::time_zone::TimeZone;

/// The names of the primary key's columns with `pk.mode=kafka`, unless `pk.fields` has others.
pub const KAFKA_NAMES: [&str; 3] = ["__connect_topic", "__connect_partition", "__connect_offset"];

/// The parts of a configuration that writing depends on.
#[derive(Debug)]
pub struct Settings {
    /// Writes SQL.
    pub sql: Sql,
    /// How rows are written.
    pub insert: InsertMode,
    /// How many records go to the database at once.
    pub batch: usize,
    /// Whether a tombstone deletes a row.
    pub deletes: bool,
    /// Which kinds of tables are written to.
    pub table_types: Vec<String>,
    /// Where a row's primary key comes from.
    pub pk_mode: PrimaryKeyMode,
    /// Which fields make it.
    pub pk_fields: Vec<String>,
    /// Which fields of the value are written; empty: all.
    pub fields: Vec<String>,
    /// Whether a null is written as the field's default.
    pub null_as_default: bool,
    /// Whether tables are made.
    pub creates: bool,
    /// Whether columns are added.
    pub evolves: bool,
    /// How often a failed write is tried again.
    pub retries: u32,
    /// Before that.
    pub backoff: Duration,
    /// The zone of the database.
    pub zone: TimeZone,
    /// Whether a day is that of its midnight in UTC, told in the zone of the database.
    pub moves_days: bool,
    /// Whether errors are told without the database's own message.
    pub trims: bool,
    /// Fields that are times though their schemas do not say so.
    pub times: Times,
    names: Names,
}

/// Fields that are times since the epoch, as INT64 or text.
#[derive(Debug, Default)]
pub struct Times {
    patterns: Vec<Regex>,
    /// Whether they count nanoseconds, not microseconds.
    pub nanos: bool,
}

impl Times {
    /// Whether a field is one.
    pub fn has(&self, field: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.is_match(field).unwrap_or(false))
    }
}

#[derive(Debug)]
struct Names {
    format: String,
    is_normalized: bool,
    mapping: Vec<(String, String)>,
}

impl Settings {
    /// Reads a configuration. `ConfigException` for a value that is none of its key.
    pub fn of(config: &Config) -> Result<Self, Error> {
        let invalid = |key: &str, value: &str| Error::invalid_value(key, Some(value), "Invalid enumerator");
        let insert = config.string(keys::INSERT_MODE)?;
        let pk_mode = config.string(keys::PK_MODE)?;
        let pk_mode = PrimaryKeyMode::named(pk_mode).ok_or_else(|| invalid(keys::PK_MODE, pk_mode))?;
        let mapping = config.list(keys::NAME_MAPPING)?.iter().filter_map(|entry| keys::name_mapping(entry));
        let times = config.list(keys::TIMESTAMP_FIELDS)?.iter().map(|text| pattern::whole(keys::TIMESTAMP_FIELDS, text));
        let mut sql = connection::sql(config)?;
        sql.merge_holds_lock = config.boolean(keys::HOLDLOCK)?;
        Ok(Self {
            sql,
            insert: InsertMode::named(insert).ok_or_else(|| invalid(keys::INSERT_MODE, insert))?,
            batch: usize::try_from(config.int(keys::BATCH)?).unwrap_or(0).max(1),
            deletes: config.boolean(keys::DELETE)?,
            table_types: config.list(keys::TABLE_TYPES)?.iter().map(|type_| type_.to_uppercase()).collect(),
            pk_mode,
            pk_fields: pk_fields(pk_mode, config.list(keys::PK_FIELDS)?)?,
            fields: config.list(keys::FIELDS)?.to_vec(),
            null_as_default: config.boolean(keys::NULL_AS_DEFAULT)?,
            creates: config.boolean(keys::CREATE)?,
            evolves: config.boolean(keys::EVOLVE)?,
            retries: u32::try_from(config.int(keys::RETRIES)?).unwrap_or(0),
            backoff: Duration::from_millis(u64::try_from(config.int(keys::BACKOFF)?).unwrap_or(0)),
            zone: connection::time_zone(config)?,
            moves_days: config.optional_string(keys::DATE_ZONE)?.is_some_and(|zone| zone.eq_ignore_ascii_case("DB_TIMEZONE")),
            trims: config.boolean(keys::TRIM)?,
            times: Times {
                patterns: times.collect::<Result<_, _>>()?,
                nanos: config.string(keys::TIMESTAMP_PRECISION)?.eq_ignore_ascii_case("nanoseconds"),
            },
            names: Names {
                format: config.string(keys::NAME_FORMAT)?.to_owned(),
                is_normalized: config.boolean(keys::NAME_NORMALIZE)?,
                mapping: mapping.map(|(topic, table)| (topic.to_owned(), table.to_owned())).collect(),
            },
        })
    }

    /// What the table of a topic is called. `ConnectException` for a topic that the mapping does not have, and for a name of nothing.
    pub fn table_name(&self, topic: &str) -> Result<String, Error> {
        let names = &self.names;
        if !names.mapping.is_empty() {
            let mapped = names.mapping.iter().find(|(name, _)| name == topic);
            return mapped.map(|(_, table)| table.clone()).ok_or_else(|| {
                Error::connect(format!(
                    "There is no table for the topic {topic} in {}, and no other way to one where that is set",
                    keys::NAME_MAPPING
                ))
            });
        }
        let is_usual = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let topic = if names.is_normalized { topic.chars().filter(|c| is_usual(*c)).collect() } else { topic.to_owned() };
        let table = names.format.replace("${topic}", &topic);
        if table.is_empty() {
            return Err(Error::connect(format!(
                "The name of the table for the topic '{topic}' is empty, by {}",
                keys::NAME_FORMAT
            )));
        }
        Ok(table)
    }
}

fn pk_fields(mode: PrimaryKeyMode, fields: &[String]) -> Result<Vec<String>, Error> {
    if mode != PrimaryKeyMode::Kafka {
        return Ok(fields.to_vec());
    }
    match fields.len() {
        0 => Ok(KAFKA_NAMES.map(str::to_owned).to_vec()),
        3 => Ok(fields.to_vec()),
        _ => Err(Error::config(format!(
            "Primary key fields must be set with three fields (topic, partition, offset) when pkMode is 'kafka', or with none: {} has {}",
            keys::PK_FIELDS,
            fields.join(",")
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::keys::config_def;

    fn settings(more: &[(&str, &str)]) -> Result<Settings, Error> {
        let required = [("connection.url", "jdbc:sqlite:x")];
        Settings::of(&config_def().parse(required.iter().chain(more).copied())?)
    }

    #[test]
    fn a_table_is_named_after_its_topic() {
        let name = |more: &[(&str, &str)], topic: &str| {
            settings(more).unwrap().table_name(topic).map_err(|error| error.message().to_owned())
        };
        assert_eq!(name(&[], "orders").unwrap(), "orders");
        assert_eq!(name(&[("table.name.format", "kafka_${topic}_x")], "a").unwrap(), "kafka_a_x");
        assert_eq!(name(&[("table.name.normalize", "true"), ("table.name.format", "s.${topic}")], "a.b-c").unwrap(), "s.abc");
        let mapped = [("topics.to.tables.mapping", "a:tab_a, b:s.tab_b")];
        assert_eq!(name(&mapped, "b").unwrap(), "s.tab_b");
        assert!(name(&mapped, "c").unwrap_err().contains("no table for the topic c in topics.to.tables.mapping"));
        assert!(name(&[("table.name.normalize", "true")], "-").unwrap_err().contains("is empty"));
    }

    #[test]
    fn values_are_checked() {
        let told =
            |key: &str, value: &str| settings(&[(key, value)]).map_or_else(|error| error.message().to_owned(), |_| String::new());
        assert_eq!(told("insert.mode", "merge"), "Invalid value merge for configuration insert.mode: Invalid enumerator");
        assert_eq!(told("insert.mode", "UPSERT"), "");
        assert_eq!(told("insert.mode", "Upsert"), "Invalid value Upsert for configuration insert.mode: Invalid enumerator");
        assert_eq!(told("pk.mode", "key"), "Invalid value key for configuration pk.mode: Invalid enumerator");
        assert_eq!(
            told("topics.to.tables.mapping", "nocolon"),
            "Invalid value [nocolon] for configuration topics.to.tables.mapping: Invalid topics to tables mapping"
        );
        assert_eq!(told("batch.size", "-1"), "Invalid value -1 for configuration batch.size: Value must be at least 0");
        assert_eq!(settings(&[("pk.mode", "kafka")]).unwrap().pk_fields, KAFKA_NAMES);
        assert!(settings(&[("pk.mode", "kafka"), ("pk.fields", "a,b")]).is_err());
        assert!(settings(&[("timestamp.fields.list", ".*_at")]).unwrap().times.has("made_at"));
    }
}
