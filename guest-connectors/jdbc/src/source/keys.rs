//! The keys of the source, beside those of the connection.

use caisson_sdk::{Config, ConfigDef, ConfigKey, ConfigValue, Error, Importance, KeyType, Recommendation, Validator, Width};

use crate::connection;
use crate::source::mode::Mode;
use crate::source::numeric_mapping::NumericMapping;
use crate::source::timestamp_granularity::TimestampGranularity;

/// Tables that are read, by name.
pub const WHITELIST: &str = "table.whitelist";
/// Tables that are not read, by name.
pub const BLACKLIST: &str = "table.blacklist";
/// Tables that are read, by regular expression.
pub const INCLUDE: &str = "table.include.list";
/// Tables that are not read, by regular expression.
pub const EXCLUDE: &str = "table.exclude.list";
/// In which catalog tables are looked for.
pub const CATALOG: &str = "catalog.pattern";
/// In which schemas tables are looked for.
pub const SCHEMA: &str = "schema.pattern";
/// Which kinds of tables are read.
pub const TABLE_TYPES: &str = "table.types";
/// Whether tables are named with catalog and schema.
pub const QUALIFY: &str = "table.names.qualify";
/// How NUMERIC columns become fields.
pub const NUMERIC: &str = "numeric.mapping";
/// The older switch for `precision_only`.
pub const NUMERIC_PRECISION: &str = "numeric.precision.mapping";
/// What timestamps become.
pub const GRANULARITY: &str = "timestamp.granularity";
/// How rows are found.
pub const MODE: &str = "mode";
/// The column that grows with every row.
pub const INCREMENTING: &str = "incrementing.column.name";
/// The same by table.
pub const INCREMENTING_MAPPING: &str = "incrementing.column.mapping";
/// Below or at which value of it no row is read.
pub const INCREMENTING_INITIAL: &str = "incrementing.initial";
/// The columns that tell when a row was changed.
pub const TIMESTAMP: &str = "timestamp.column.name";
/// The same by table.
pub const TIMESTAMP_MAPPING: &str = "timestamp.columns.mapping";
/// Up to which time no row is read; -1: up to now.
pub const TIMESTAMP_INITIAL: &str = "timestamp.initial";
/// The same under another name.
pub const TIMESTAMP_INITIAL_MS: &str = "timestamp.initial.ms";
/// How long after its timestamp a row is read.
pub const DELAY: &str = "timestamp.delay.interval.ms";
/// Whether these columns have to be NOT NULL.
pub const NON_NULL: &str = "validate.non.null";
/// A query instead of tables.
pub const QUERY: &str = "query";
/// The same, shown to nobody.
pub const QUERY_MASKED: &str = "query.masked";
/// What stands behind every query.
pub const QUERY_SUFFIX: &str = "query.suffix";
/// How often a query is tried again that may succeed later.
pub const QUERY_RETRIES: &str = "query.retry.attempts";
/// The isolation of transactions.
pub const ISOLATION: &str = "transaction.isolation.mode";
/// How long a table is left alone after a query.
pub const POLL_INTERVAL: &str = "poll.interval.ms";
/// How many rows a poll gives.
pub const BATCH: &str = "batch.max.rows";
/// How often tables are looked for.
pub const TABLE_POLL_INTERVAL: &str = "table.poll.interval.ms";
/// What stands before a table's name in a topic's.
pub const TOPIC_PREFIX: &str = "topic.prefix";
/// Of a task: its tables.
pub const TABLES: &str = "tables";

const DATABASE: &str = "Database";
const MODES: &str = "Mode";
const CONNECTOR: &str = "Connector";

/// The whole definition.
pub fn config_def() -> ConfigDef {
    let def = table_keys(connection::keys(ConfigDef::new()));
    connector_keys(mode_keys(connection::dialect_keys(value_keys(def))))
}

fn text(name: &str, importance: Importance, documentation: &str) -> ConfigKey {
    ConfigKey::new(name, KeyType::String, importance, documentation)
}

fn list(name: &str, importance: Importance, documentation: &str) -> ConfigKey {
    ConfigKey::new(name, KeyType::List, importance, documentation).default("")
}

fn table_keys(def: ConfigDef) -> ConfigDef {
    let white = "Names of the tables to read, with or without catalog and schema. Not beside table.blacklist.";
    let black = "Names of tables not to read. Not beside table.whitelist.";
    let include =
        "Regular expressions: the tables whose whole name, with catalog and schema, is matched by one of them are read.";
    let exclude =
        "Regular expressions: of the tables of table.include.list those are not read whose whole name is matched by one of them.";
    let catalog = "The catalog in which tables are looked for; unset: any that the connection sees, empty: tables without one.";
    let schema = "An SQL pattern for the schemas in which tables are looked for; unset: any.";
    let types = "The kinds of tables to read, such as TABLE, VIEW, PARTITIONED TABLE.";
    let qualify = "Whether tables are named with catalog and schema in queries and offsets.";
    def.key(list(WHITELIST, Importance::Medium, white).group(DATABASE, 6).width(Width::Long).display_name("Table Whitelist"))
        .key(list(BLACKLIST, Importance::Medium, black).group(DATABASE, 7).width(Width::Long).display_name("Table Blacklist"))
        .key(list(INCLUDE, Importance::Medium, include).group(DATABASE, 8).width(Width::Long).display_name("Table Include List"))
        .key(list(EXCLUDE, Importance::Medium, exclude).group(DATABASE, 9).width(Width::Long).display_name("Table Exclude List"))
        .key(
            text(CATALOG, Importance::Medium, catalog)
                .optional()
                .group(DATABASE, 10)
                .width(Width::Short)
                .display_name("Catalog pattern"),
        )
        .key(
            text(SCHEMA, Importance::High, schema)
                .optional()
                .group(DATABASE, 11)
                .width(Width::Short)
                .display_name("Schema pattern"),
        )
        .key(
            list(TABLE_TYPES, Importance::Low, types)
                .default("TABLE")
                .group(DATABASE, 12)
                .width(Width::Medium)
                .display_name("Table Types"),
        )
        .key(
            ConfigKey::new(QUALIFY, KeyType::Boolean, Importance::Low, qualify)
                .default("true")
                .group(DATABASE, 13)
                .width(Width::Short)
                .display_name("Qualify table names"),
        )
}

fn value_keys(def: ConfigDef) -> ConfigDef {
    let precision = "The older name of numeric.mapping=precision_only.";
    let numeric = "How NUMERIC columns become fields: none as Decimal, precision_only as integers where they have no decimals, best_fit as \
                   integers or FLOAT64 up to 18 digits, best_fit_eager_double as FLOAT64 whenever they have decimals.";
    let granularity = "What timestamps become: connect_logical (milliseconds, Connect's own type), or microseconds or nanoseconds as INT64 \
                       (micros_long, nanos_long), as text (micros_string, nanos_string) or as text in ISO 8601 (micros_iso_datetime_string, \
                       nanos_iso_datetime_string).";
    let isolation = "The isolation of the transactions in which queries run.";
    def.key(
        ConfigKey::new(NUMERIC_PRECISION, KeyType::Boolean, Importance::Low, precision)
            .default("false")
            .group(DATABASE, 14)
            .width(Width::Short)
            .display_name("Map Numeric Values By Precision (deprecated)"),
    )
    .key(
        text(NUMERIC, Importance::Low, numeric)
            .optional()
            .check_with(|name, value| is_one(name, value, &NumericMapping::NAMES))
            .recommended(&NumericMapping::NAMES)
            .group(DATABASE, 15)
            .width(Width::Short)
            .display_name("Map Numeric Values, Integral or Decimal, By Precision and Scale"),
    )
    .key(
        text(GRANULARITY, Importance::Low, granularity)
            .default("connect_logical")
            .check_with(|name, value| is_one(name, value, &TimestampGranularity::NAMES))
            .recommended(&TimestampGranularity::NAMES)
            .group(DATABASE, 16)
            .width(Width::Medium)
            .display_name("Timestamp granularity for timestamp columns"),
    )
    .key(
        text(ISOLATION, Importance::Low, isolation)
            .default("DEFAULT")
            .check_with(|name, value| is_one(name, value, &ISOLATIONS))
            .recommended(&ISOLATIONS)
            .group(DATABASE, 17)
            .width(Width::Medium)
            .display_name("Transaction Isolation Mode"),
    )
}

const ISOLATIONS: [&str; 5] = ["DEFAULT", "READ_UNCOMMITTED", "READ_COMMITTED", "REPEATABLE_READ", "SERIALIZABLE"];

fn mode_keys(def: ConfigDef) -> ConfigDef {
    query_keys(timestamp_keys(incrementing_keys(def)))
}

fn incrementing_keys(def: ConfigDef) -> ConfigDef {
    let mode = "How rows are found that were not read yet: bulk reads all rows each time; incrementing those with a greater value in a column \
                that grows with every row; timestamp those with a later time in a column that is set with every change; \
                timestamp+incrementing by both, so that rows of one time are told apart.";
    let incrementing =
        "The column that grows with every row; empty: the only column of the table that the database numbers itself.";
    let incrementing_mapping =
        "The incrementing column by table, as regex:column; the first whose regular expression matches the whole name counts.";
    let incrementing_initial = "Only rows with a greater value are read at first; unset: all.";
    def.key(
        text(MODE, Importance::High, mode)
            .validator(Validator::OneOf(Mode::NAMES.to_vec()))
            .recommended(&Mode::NAMES)
            .dependents(&[INCREMENTING, TIMESTAMP, NON_NULL])
            .group(MODES, 1)
            .width(Width::Medium)
            .display_name("Table Loading Mode"),
    )
    .key(
        text(INCREMENTING, Importance::Medium, incrementing)
            .default("")
            .recommender(shown_with_ids)
            .group(MODES, 2)
            .width(Width::Medium)
            .display_name("Incrementing Column Name"),
    )
    .key(
        list(INCREMENTING_MAPPING, Importance::Medium, incrementing_mapping)
            .group(MODES, 3)
            .width(Width::Long)
            .display_name("Incrementing Column Mapping"),
    )
    .key(
        ConfigKey::new(INCREMENTING_INITIAL, KeyType::Long, Importance::Low, incrementing_initial)
            .optional()
            .group(MODES, 4)
            .width(Width::Short)
            .display_name("Incrementing Column Initial Value"),
    )
}

fn timestamp_keys(def: ConfigDef) -> ConfigDef {
    let timestamp = "The columns that tell when a row was changed; of several, the first that is not null counts.";
    let timestamp_mapping = "The timestamp columns by table, as regex:[column|column]; the first whose regular expression matches the whole name \
                             counts.";
    let initial = "Only rows of later times are read at first, in milliseconds since the epoch; -1: later than now; unset: all.";
    let initial_ms = "The same as timestamp.initial, but for -1, which is a time like others; if both are set, that one counts.";
    let non_null = "Whether incrementing and timestamp columns have to be NOT NULL: rows with null there are never found.";
    def.key(
        list(TIMESTAMP, Importance::Medium, timestamp)
            .recommender(shown_with_times)
            .group(MODES, 5)
            .width(Width::Medium)
            .display_name("Timestamp Column Name"),
    )
    .key(
        list(TIMESTAMP_MAPPING, Importance::Medium, timestamp_mapping)
            .group(MODES, 6)
            .width(Width::Long)
            .display_name("Timestamp Columns Mapping"),
    )
    .key(
        ConfigKey::new(TIMESTAMP_INITIAL, KeyType::Long, Importance::Low, initial)
            .optional()
            .group(MODES, 7)
            .width(Width::Medium)
            .display_name("Unix time value of initial timestamp"),
    )
    .key(
        ConfigKey::new(TIMESTAMP_INITIAL_MS, KeyType::Long, Importance::Low, initial_ms)
            .optional()
            .group(MODES, 8)
            .width(Width::Medium)
            .display_name("Initial timestamp in milliseconds"),
    )
    .key(
        ConfigKey::new(NON_NULL, KeyType::Boolean, Importance::Low, non_null)
            .default("true")
            .recommender(shown_with_columns)
            .group(MODES, 9)
            .width(Width::Short)
            .display_name("Validate Non Null"),
    )
}

fn query_keys(def: ConfigDef) -> ConfigDef {
    let query = "A query instead of tables, with the topic's name in topic.prefix. In modes other than bulk WHERE and ORDER BY are added to it, so \
                 it has none itself: SELECT * FROM (…) t is the way around that.";
    let suffix = "What is added to the end of every query, such as a hint.";
    let retries =
        "How often a query is tried again that may succeed later, as after a lost connection or a deadlock; -1: without end.";
    def.key(text(QUERY, Importance::Medium, query).default("").group(MODES, 10).width(Width::Long).display_name("Query"))
        .key(
            ConfigKey::new(QUERY_MASKED, KeyType::Password, Importance::Medium, "The same as query, but not shown.")
                .default("")
                .group(MODES, 11)
                .width(Width::Short)
                .display_name("Query Masked"),
        )
        .key(
            text(QUERY_SUFFIX, Importance::Low, suffix)
                .default("")
                .group(MODES, 12)
                .width(Width::Medium)
                .display_name("Query suffix"),
        )
        .key(
            ConfigKey::new(QUERY_RETRIES, KeyType::Int, Importance::Low, retries)
                .default("-1")
                .validator(Validator::Min(-1.0))
                .group(MODES, 13)
                .width(Width::Short)
                .display_name("Query Retry Attempts"),
        )
}

fn connector_keys(def: ConfigDef) -> ConfigDef {
    let poll = "How long a table is left alone after a query, in milliseconds.";
    let batch = "How many rows a poll gives at most; they are asked for in such portions.";
    let tables =
        "How often new and dropped tables are looked for, in milliseconds. The tasks are configured anew when there are any.";
    let prefix = "What stands before a table's name in the name of its topic; with a query, the whole name.";
    let delay = "How long after its timestamp a row is read, in milliseconds: time for transactions that began earlier to end.";
    let int = |name, importance, documentation| ConfigKey::new(name, KeyType::Int, importance, documentation);
    let long = |name, documentation| ConfigKey::new(name, KeyType::Long, Importance::High, documentation);
    def.key(
        int(POLL_INTERVAL, Importance::High, poll)
            .default("5000")
            .group(CONNECTOR, 1)
            .width(Width::Short)
            .display_name("Poll Interval (ms)"),
    )
    .key(
        int(BATCH, Importance::Low, batch)
            .default("1000")
            .group(CONNECTOR, 2)
            .width(Width::Short)
            .display_name("Max Rows Per Batch"),
    )
    .key(
        ConfigKey::new(TABLE_POLL_INTERVAL, KeyType::Long, Importance::Low, tables)
            .default("60000")
            .group(CONNECTOR, 3)
            .width(Width::Short)
            .display_name("Metadata Change Monitoring Interval (ms)"),
    )
    .key(text(TOPIC_PREFIX, Importance::High, prefix).group(CONNECTOR, 4).width(Width::Medium).display_name("Topic Prefix"))
    .key(long(DELAY, delay).default("0").group(CONNECTOR, 5).width(Width::Medium).display_name("Delay Interval (ms)"))
}

/// `EnumRecommender` of the connector: a name in small letters or in capitals.
fn is_one(name: &str, value: &ConfigValue, names: &[&str]) -> Result<(), Error> {
    match value.shown() {
        Some(text)
            if !names.iter().any(|known| *known == text || known.to_uppercase() == text || known.to_lowercase() == text) =>
        {
            Err(Error::invalid_value(name, Some(&text), "Invalid enumerator"))
        }
        _ => Ok(()),
    }
}

fn shown_if(config: &Config, is_shown: impl Fn(Mode) -> bool) -> Recommendation {
    let mode = config.optional_string(MODE).ok().flatten().and_then(Mode::named);
    Recommendation { values: Vec::new(), visible: mode.is_some_and(is_shown) }
}

fn shown_with_ids(_: &str, config: &Config) -> Recommendation {
    shown_if(config, Mode::has_incrementing)
}

fn shown_with_times(_: &str, config: &Config) -> Recommendation {
    shown_if(config, Mode::has_timestamp)
}

fn shown_with_columns(_: &str, config: &Config) -> Recommendation {
    shown_if(config, |mode| mode != Mode::Bulk)
}
