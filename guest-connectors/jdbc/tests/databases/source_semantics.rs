//! What the source does where the JVM's connector fails its user, and what every source has to keep.

use caisson_jdbc::source::connector::JdbcSource;
use caisson_sdk::Value;
use caisson_sdk::batches::with_records;
use caisson_sdk::testing::contract::{self, SourceCase};
use caisson_sdk::testing::driver::{Props, SourceDriver};
use caisson_sdk::testing::host;
use caisson_sdk::testing::native::NativeSource;

use crate::driver;
use crate::server::{Database, Server};
use crate::source::origins;

/// A database of SQLite, and a configuration for it.
struct Bench {
    _server: Server,
    database: Database,
    config: Props,
}

fn bench(setup: &[&str], config: &[(&str, &str)]) -> Bench {
    driver::install();
    host::reset();
    let server = Server::sqlite();
    let database = server.database("bench");
    run(&database, setup);
    let mut props = database.config.clone();
    props.insert("topic.prefix".to_owned(), "p-".to_owned());
    props.extend(config.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    Bench { _server: server, database, config: props }
}

fn run(database: &Database, statements: &[&str]) {
    database.run(&statements.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
}

impl Bench {
    fn set(&mut self, key: &str, value: &str) {
        self.config.insert(key.to_owned(), value.to_owned());
    }

    /// The first field of at most so many polls' records, their offsets stored; or why it failed.
    fn read(&self, polls: usize) -> Result<Vec<Value<'static>>, String> {
        let mut driver = NativeSource::<JdbcSource>::default();
        let told = |error: caisson_sdk::Error| error.message().to_owned();
        let configs = driver.task_configs(&self.config, 1).map_err(told)?;
        let mut task = driver.start(&configs[0]).map_err(told)?;
        let mut seen = Vec::new();
        for _ in 0..polls {
            let polled = driver.poll(&mut task).map_err(told)?;
            if polled.batch.is_empty() {
                break;
            }
            let first = |record: caisson_sdk::Record<'_>| match record.value.value.decoded().unwrap() {
                Value::Struct(structure) => structure.values()[0].clone().into_owned().unwrap(),
                other => panic!("{other:?}"),
            };
            seen.extend(with_records(&polled.batch, first).unwrap());
            for (partition, offset) in origins(&polled.origins) {
                host::store_encoded_offset(&partition, &offset);
            }
        }
        driver.stop(task).map_err(told)?;
        Ok(seen)
    }
}

fn ids(values: &[Value<'_>]) -> Vec<i64> {
    let id = |value: &Value<'_>| match value {
        Value::Int32(id) => i64::from(*id),
        Value::Int64(id) => *id,
        other => panic!("{other:?}"),
    };
    values.iter().map(id).collect()
}

#[test]
fn the_manifest_is_whole() {
    use caisson_sdk::run::registry::Registry;
    contract::manifest(caisson_jdbc::Plugins::ENTRIES).unwrap();
}

#[test]
fn the_source_keeps_the_contract() {
    let rows: Vec<String> = (1..=7).map(|id| format!("({id}, 'row {id}')")).collect();
    let insert = format!("INSERT INTO t VALUES {}", rows.join(","));
    let mut bench = bench(
        &["CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, name TEXT)", &insert],
        &[("mode", "incrementing"), ("incrementing.column.name", "id")],
    );
    for batch in ["1", "3", "100"] {
        bench.set("batch.max.rows", batch);
        let case = SourceCase { config: bench.config.clone(), records: 7 };
        contract::source(&mut NativeSource::<JdbcSource>::default(), &case).unwrap();
    }
}

#[test]
fn equal_times_at_a_batchs_edge_are_not_lost() {
    let bench = bench(
        &[
            "CREATE TABLE t (id INTEGER NOT NULL, at TIMESTAMP NOT NULL)",
            "INSERT INTO t VALUES (1, 1000), (2, 2000), (3, 2000), (4, 2000), (5, 2000), (6, 3000)",
        ],
        &[("mode", "timestamp"), ("timestamp.column.name", "at"), ("batch.max.rows", "2")],
    );
    let mut seen = ids(&bench.read(2).unwrap());
    assert!(seen.len() < 6, "the task ends in the midst of the rows");
    seen.extend(ids(&bench.read(99).unwrap()));
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
    assert!(bench.read(99).unwrap().is_empty(), "the last time is stored");
}

#[test]
fn rows_below_the_jvms_first_bounds_are_read() {
    let mut bench = bench(
        &["CREATE TABLE t (id INTEGER NOT NULL, at TIMESTAMP NOT NULL)", "INSERT INTO t VALUES (-5, -86400000), (-1, 0), (3, 5)"],
        &[("mode", "incrementing"), ("incrementing.column.name", "id")],
    );
    assert_eq!(ids(&bench.read(9).unwrap()), [-5, -1, 3]);
    host::reset();
    bench.set("incrementing.initial", "-1");
    assert_eq!(ids(&bench.read(9).unwrap()), [3]);
    host::reset();
    bench.set("mode", "timestamp");
    bench.set("timestamp.column.name", "at");
    assert_eq!(ids(&bench.read(9).unwrap()), [-5, -1, 3]);
    host::reset();
    bench.set("timestamp.initial", "0");
    assert_eq!(ids(&bench.read(9).unwrap()), [3]);
    host::reset();
    bench.set("timestamp.initial", "-1");
    assert!(bench.read(9).unwrap().is_empty());
}

#[test]
fn a_query_that_cannot_succeed_ends_the_task() {
    let mut bench = bench(
        &["CREATE TABLE t (id INTEGER NOT NULL)"],
        &[("mode", "incrementing"), ("incrementing.column.name", "id"), ("query", "select * from t where id < 3")],
    );
    let told = bench.read(1).unwrap_err();
    assert!(told.starts_with("Failed to run the query: ") && told.contains("SELECT * FROM (…) t"), "{told}");
    bench.set("query", "");
    bench.set("mode", "incrementing");
    bench.set("incrementing.column.name", "nope");
    let told = bench.read(1).unwrap_err();
    assert!(told.starts_with("Failed to run query for table \"t\": ") && told.contains("nope"), "{told}");
}

#[test]
fn a_table_that_vanishes_is_told() {
    let bench = bench(&["CREATE TABLE t (id INTEGER NOT NULL)", "INSERT INTO t VALUES (1)"], &[("mode", "bulk")]);
    let mut driver = NativeSource::<JdbcSource>::default();
    let configs = driver.task_configs(&bench.config, 1).unwrap();
    run(&bench.database, &["DROP TABLE t"]);
    let mut task = driver.start(&configs[0]).unwrap();
    let told = driver.poll(&mut task).unwrap_err();
    assert!(told.message().starts_with("Failed to run query for table \"t\": "), "{told}");
}

#[test]
fn a_column_of_sqlite_gets_the_room_that_its_rows_need() {
    let bench = bench(
        &["CREATE TABLE t (n INTEGER, id INTEGER NOT NULL)", "INSERT INTO t VALUES (1, 1), (2, 2), (5000000000, 3), (4, 4)"],
        &[("mode", "bulk"), ("batch.max.rows", "10"), ("poll.interval.ms", "3600000")],
    );
    assert_eq!(bench.read(9).unwrap(), [Value::Int32(1), Value::Int32(2), Value::Int64(5_000_000_000), Value::Int64(4)]);
}

#[test]
fn timestamps_have_the_granularity_that_is_asked_for() {
    let bench = bench(
        &["CREATE TABLE t (at TIMESTAMP NOT NULL)", "INSERT INTO t VALUES (1500)"],
        &[("mode", "bulk"), ("timestamp.granularity", "micros_long")],
    );
    assert_eq!(bench.read(1).unwrap(), [Value::Int64(1_500_000)]);
}

#[test]
fn keys_that_contradict_each_other_fail_the_connector() {
    let told = |config: &[(&str, &str)]| bench(&["CREATE TABLE t (id INTEGER)"], config).read(1).unwrap_err();
    assert!(told(&[("mode", "bulk"), ("query", "select 1"), ("table.whitelist", "t")]).starts_with("query may not be combined"));
    assert!(told(&[("mode", "bulk"), ("table.whitelist", "t"), ("table.blacklist", "t")]).contains("exclusive"));
    let nullable = told(&[("mode", "incrementing"), ("incrementing.column.name", "id")]);
    assert!(nullable.contains("incrementing column id on \"t\" because this column is nullable"), "{nullable}");
    let unnamed = told(&[("mode", "incrementing"), ("table.names.qualify", "false")]);
    assert!(unnamed.contains("incrementing.column.name"), "{unnamed}");
    let times = told(&[("mode", "timestamp"), ("timestamp.column.name", "a,b")]);
    assert!(times.contains("timestamp columns [a, b] on \"t\""), "{times}");
}

/// The keys of the source that Confluent and Aiven document.
const SOURCE_KEYS: [&str; 40] = [
    "connection.url",
    "connection.user",
    "connection.password",
    "connection.attempts",
    "connection.backoff.ms",
    "dialect.name",
    "mode",
    "incrementing.column.name",
    "incrementing.column.mapping",
    "timestamp.column.name",
    "timestamp.columns.mapping",
    "timestamp.initial",
    "timestamp.delay.interval.ms",
    "validate.non.null",
    "table.whitelist",
    "table.blacklist",
    "table.include.list",
    "table.exclude.list",
    "catalog.pattern",
    "schema.pattern",
    "table.types",
    "query",
    "query.masked",
    "query.suffix",
    "query.retry.attempts",
    "quote.sql.identifiers",
    "transaction.isolation.mode",
    "topic.prefix",
    "poll.interval.ms",
    "batch.max.rows",
    "table.poll.interval.ms",
    "numeric.mapping",
    "numeric.precision.mapping",
    "timestamp.granularity",
    "db.timezone",
    "date.calendar.system",
    "table.names.qualify",
    "incrementing.initial",
    "timestamp.initial.ms",
    "sql.quote.identifiers",
];

/// Those of the sink.
const SINK_KEYS: [&str; 29] = [
    "connection.url",
    "connection.user",
    "connection.password",
    "connection.attempts",
    "connection.backoff.ms",
    "dialect.name",
    "insert.mode",
    "batch.size",
    "delete.enabled",
    "table.name.format",
    "pk.mode",
    "pk.fields",
    "fields.whitelist",
    "auto.create",
    "auto.evolve",
    "max.retries",
    "retry.backoff.ms",
    "db.timezone",
    "date.timezone",
    "timestamp.precision.mode",
    "timestamp.fields.list",
    "table.types",
    "quote.sql.identifiers",
    "mssql.use.merge.holdlock",
    "replace.null.with.default",
    "trim.sensitive.log",
    "table.name.normalize",
    "topics.to.tables.mapping",
    "sql.quote.identifiers",
];

#[test]
fn every_key_of_the_connectors_is_defined() {
    let (source_def, sink_def) = (caisson_jdbc::source::keys::config_def(), caisson_jdbc::sink::keys::config_def());
    for (def, keys) in [(&source_def, SOURCE_KEYS.as_slice()), (&sink_def, SINK_KEYS.as_slice())] {
        let missing: Vec<&&str> = keys.iter().filter(|key| !def.names().any(|name| name == **key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
