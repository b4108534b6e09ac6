//! The keys of the sink, beside those of the connection.

use caisson_sdk::{Config, ConfigDef, ConfigKey, ConfigValue, Error, Importance, KeyType, Recommendation, Validator, Width};

use crate::connection;
use crate::sink::modes::{InsertMode, PrimaryKeyMode};

/// How rows are written.
pub const INSERT_MODE: &str = "insert.mode";
/// How many records go to the database at once.
pub const BATCH: &str = "batch.size";
/// Whether a tombstone deletes a row.
pub const DELETE: &str = "delete.enabled";
/// Which kinds of tables are written to.
pub const TABLE_TYPES: &str = "table.types";
/// What a topic's table is called.
pub const NAME_FORMAT: &str = "table.name.format";
/// Whether what names seldom hold is taken out of it.
pub const NAME_NORMALIZE: &str = "table.name.normalize";
/// Tables by topic.
pub const NAME_MAPPING: &str = "topics.to.tables.mapping";
/// Where a row's primary key comes from.
pub const PK_MODE: &str = "pk.mode";
/// Which fields make it.
pub const PK_FIELDS: &str = "pk.fields";
/// Which fields of the value are written.
pub const FIELDS: &str = "fields.whitelist";
/// The zone of days.
pub const DATE_ZONE: &str = "date.timezone";
/// Whether a null is written as the field's default.
pub const NULL_AS_DEFAULT: &str = "replace.null.with.default";
/// Whether tables are made.
pub const CREATE: &str = "auto.create";
/// Whether columns are added.
pub const EVOLVE: &str = "auto.evolve";
/// How often a failed write is tried again.
pub const RETRIES: &str = "max.retries";
/// The time between two tries, in milliseconds.
pub const BACKOFF: &str = "retry.backoff.ms";
/// Whether a MERGE of SQL Server locks what it looks for.
pub const HOLDLOCK: &str = "mssql.use.merge.holdlock";
/// Whether errors are told without the values that the database shows in them.
pub const TRIM: &str = "trim.sensitive.log";
/// Which fields are times though their schemas do not say so.
pub const TIMESTAMP_FIELDS: &str = "timestamp.fields.list";
/// What such fields count.
pub const TIMESTAMP_PRECISION: &str = "timestamp.precision.mode";

const WRITES: &str = "Writes";
const MAPPING: &str = "Data Mapping";
const DDL: &str = "DDL Support";
const RETRY: &str = "Retries";

/// The whole definition.
pub fn config_def() -> ConfigDef {
    let def = connection::dialect_keys(connection::keys(ConfigDef::new()));
    retry_keys(time_keys(mapping_keys(write_keys(def))))
}

fn text(name: &str, importance: Importance, documentation: &str) -> ConfigKey {
    ConfigKey::new(name, KeyType::String, importance, documentation)
}

fn flag(name: &str, importance: Importance, default: bool, documentation: &str) -> ConfigKey {
    ConfigKey::new(name, KeyType::Boolean, importance, documentation).default(if default { "true" } else { "false" })
}

fn list(name: &str, documentation: &str) -> ConfigKey {
    ConfigKey::new(name, KeyType::List, Importance::Medium, documentation).default("")
}

fn int(name: &str, importance: Importance, default: &str, documentation: &str) -> ConfigKey {
    ConfigKey::new(name, KeyType::Int, importance, documentation).default(default).validator(Validator::Min(0.0))
}

fn write_keys(def: ConfigDef) -> ConfigDef {
    let insert = "How rows are written: insert (and multi, which is the same here) adds them, upsert adds them or changes the row with the \
                  same primary key, update changes rows that are there.";
    let batch = "How many records go to the database in one batch, if there are as many.";
    let delete = "Whether a record without value deletes the row of its key; only with pk.mode=record_key.";
    let types = "The kinds of tables that records are written to, such as TABLE, PARTITIONED TABLE, VIEW.";
    let holdlock =
        "Whether the MERGE of SQL Server holds a lock on the rows that it looks for, so that two tasks cannot add the same one.";
    def.key(
        text(INSERT_MODE, Importance::High, insert)
            .default("insert")
            .check_with(|name, value| is_one(name, value, &InsertMode::NAMES))
            .recommended(&InsertMode::NAMES)
            .group(WRITES, 1)
            .width(Width::Medium)
            .display_name("Insert Mode"),
    )
    .key(int(BATCH, Importance::Medium, "3000", batch).group(WRITES, 2).width(Width::Short).display_name("Batch Size"))
    .key(flag(DELETE, Importance::Medium, false, delete).group(WRITES, 3).width(Width::Short).display_name("Enable deletes"))
    .key(
        ConfigKey::new(TABLE_TYPES, KeyType::List, Importance::Low, types)
            .default("TABLE,PARTITIONED TABLE")
            .group(WRITES, 4)
            .width(Width::Medium)
            .display_name("Table Types"),
    )
    .key(
        flag(HOLDLOCK, Importance::Low, true, holdlock)
            .group(WRITES, 5)
            .width(Width::Short)
            .display_name("SQL Server - Use HOLDLOCK in MERGE"),
    )
}

fn mapping_keys(def: ConfigDef) -> ConfigDef {
    let format = "What a topic's table is called; ${topic} stands for the topic. May name a schema before a point.";
    let normalize = "Whether characters other than letters of ASCII, digits and _ are taken out of a topic's name.";
    let mapping = "Tables by topic, as topic:table. Where it is set, every topic has to be in it.";
    let pk_mode = "Where a row's primary key comes from: none, kafka (topic, partition and offset), record_key or record_value.";
    let pk_fields = "The fields of the primary key. With kafka the names of its three columns; with record_key and record_value the fields of that \
                     name, empty for all; with record_key and a key that is no struct, the one column for it.";
    let fields = "The fields of the value that are written; empty: all. Fields of the primary key are written anyway.";
    let null = "Whether a null is written as the default of its field, if it has one.";
    def.key(
        text(NAME_FORMAT, Importance::Medium, format)
            .default("${topic}")
            .group(MAPPING, 1)
            .width(Width::Long)
            .display_name("Table Name Format"),
    )
    .key(
        flag(NAME_NORMALIZE, Importance::Medium, false, normalize)
            .group(MAPPING, 2)
            .width(Width::Long)
            .display_name("Table Name Normalize"),
    )
    .key(
        list(NAME_MAPPING, mapping)
            .check_with(is_name_mapping)
            .group(MAPPING, 3)
            .width(Width::Long)
            .display_name("Topics To Tables Mapping"),
    )
    .key(
        text(PK_MODE, Importance::High, pk_mode)
            .default("none")
            .check_with(|name, value| is_one(name, value, &PrimaryKeyMode::NAMES))
            .recommended(&PrimaryKeyMode::NAMES)
            .dependents(&[PK_FIELDS])
            .group(MAPPING, 4)
            .width(Width::Medium)
            .display_name("Primary Key Mode"),
    )
    .key(
        list(PK_FIELDS, pk_fields)
            .recommender(shown_with_a_key)
            .group(MAPPING, 5)
            .width(Width::Long)
            .display_name("Primary Key Fields"),
    )
    .key(list(FIELDS, fields).group(MAPPING, 6).width(Width::Long).display_name("Fields Whitelist"))
    .key(
        flag(NULL_AS_DEFAULT, Importance::Low, true, null)
            .group(MAPPING, 7)
            .width(Width::Short)
            .display_name("Replace null with default"),
    )
}

fn time_keys(def: ConfigDef) -> ConfigDef {
    let date = "Which day a Date field is: unset or UTC the one that it says; DB_TIMEZONE the one that its midnight in UTC falls on in \
                db.timezone, which west of UTC is the day before.";
    let fields =
        "Regular expressions for the names of fields that are times since the epoch though their schemas say INT64 or STRING.";
    let precision = "What such fields count: microseconds or nanoseconds.";
    def.key(
        text(DATE_ZONE, Importance::Low, date)
            .optional()
            .check_with(|name, value| is_one(name, value, &DATE_ZONES))
            .recommended(&DATE_ZONES)
            .group(MAPPING, 8)
            .width(Width::Medium)
            .display_name("Date Timezone"),
    )
    .key(list(TIMESTAMP_FIELDS, fields).group(MAPPING, 9).width(Width::Long).display_name("Timestamp Fields List"))
    .key(
        text(TIMESTAMP_PRECISION, Importance::Low, precision)
            .default("microseconds")
            .check_with(|name, value| is_one(name, value, &PRECISIONS))
            .recommended(&PRECISIONS)
            .group(MAPPING, 10)
            .width(Width::Medium)
            .display_name("Timestamp Precision Mode"),
    )
}

const DATE_ZONES: [&str; 2] = ["DB_TIMEZONE", "UTC"];
const PRECISIONS: [&str; 2] = ["microseconds", "nanoseconds"];

fn retry_keys(def: ConfigDef) -> ConfigDef {
    let create = "Whether a table that is missing is made, from the schema of the first record for it.";
    let evolve = "Whether columns that are missing are added. Columns are never changed or dropped.";
    let retries = "How often a write that failed is tried again before its records are reported or the task fails.";
    let backoff = "How long the task waits before it tries again, in milliseconds.";
    let trim = "Whether errors are told without the database's own message, which may show values of records.";
    def.key(flag(CREATE, Importance::Medium, false, create).group(DDL, 1).width(Width::Short).display_name("Auto-Create"))
        .key(flag(EVOLVE, Importance::Medium, false, evolve).group(DDL, 2).width(Width::Short).display_name("Auto-Evolve"))
        .key(int(RETRIES, Importance::Medium, "10", retries).group(RETRY, 1).width(Width::Short).display_name("Maximum Retries"))
        .key(
            int(BACKOFF, Importance::Medium, "3000", backoff)
                .group(RETRY, 2)
                .width(Width::Short)
                .display_name("Retry Backoff (millis)"),
        )
        .key(flag(TRIM, Importance::Low, false, trim).group(RETRY, 3).width(Width::Short).display_name("Trim sensitive log"))
}

fn is_one(name: &str, value: &ConfigValue, names: &[&str]) -> Result<(), Error> {
    match value.shown() {
        Some(text) if !names.iter().any(|known| *known == text || known.to_uppercase() == text) => {
            Err(Error::invalid_value(name, Some(&text), "Invalid enumerator"))
        }
        _ => Ok(()),
    }
}

fn is_name_mapping(name: &str, value: &ConfigValue) -> Result<(), Error> {
    match value {
        ConfigValue::List(items) if !items.iter().all(|item| name_mapping(item).is_some()) => {
            Err(Error::invalid_value(name, value.shown().as_deref(), "Invalid topics to tables mapping"))
        }
        _ => Ok(()),
    }
}

/// Topic and table of an entry of `topics.to.tables.mapping`.
pub fn name_mapping(entry: &str) -> Option<(&str, &str)> {
    let (topic, table) = entry.split_once(':')?;
    let (topic, table) = (topic.trim(), table.trim());
    (!topic.is_empty() && !table.is_empty()).then_some((topic, table))
}

fn shown_with_a_key(_: &str, config: &Config) -> Recommendation {
    let mode = config.optional_string(PK_MODE).ok().flatten().and_then(PrimaryKeyMode::named);
    Recommendation { values: Vec::new(), visible: mode.is_none_or(|mode| mode != PrimaryKeyMode::None) }
}
