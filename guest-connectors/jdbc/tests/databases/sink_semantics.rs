//! What the sink does where the JVM's connectors differ or fail their users, and what every sink has to keep.

use caisson_jdbc::sink::connector::JdbcSink;
use caisson_sdk::testing::driver::{Props, SinkDriver};
use caisson_sdk::testing::host::{self, with_host};
use caisson_sdk::testing::native::{NativeSink, NativeSinkTask};
use caisson_sdk::{Error, ErrorKind};

use crate::driver;
use crate::json::consumed;
use crate::server::{Database, Server};

type Task = NativeSinkTask<caisson_jdbc::sink::task::JdbcSinkTask>;

/// A task on a database of SQLite.
struct Bench {
    _server: Server,
    database: Database,
    config: Props,
    driver: NativeSink<JdbcSink>,
    task: Task,
    offset: i64,
}

fn bench(setup: &[&str], config: &[(&str, &str)]) -> Bench {
    driver::install();
    host::reset();
    let server = Server::sqlite();
    let database = server.database("bench");
    database.run(&setup.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    let mut props = database.config.clone();
    props.extend(
        [("key.converter.schemas.enable", "true"), ("max.retries", "0")].map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    props.extend(config.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    let mut driver = NativeSink::<JdbcSink>::default();
    let task = driver.start(&props).unwrap();
    Bench { _server: server, database, config: props, driver, task, offset: 0 }
}

const UPSERT: [(&str, &str); 4] =
    [("insert.mode", "upsert"), ("pk.mode", "record_key"), ("auto.create", "true"), ("delete.enabled", "true")];

/// A record of topic t: the id in the key, the name in the value, or none.
fn record(id: i64, name: Option<&str>) -> (String, Option<String>, Option<String>) {
    let structure = |fields: &str, payload: String| {
        format!("{{\"schema\":{{\"type\":\"struct\",\"optional\":false,\"fields\":[{fields}]}},\"payload\":{payload}}}")
    };
    let key = structure("{\"type\":\"int64\",\"optional\":false,\"field\":\"id\"}", format!("{{\"id\":{id}}}"));
    let value = name
        .map(|name| structure("{\"type\":\"string\",\"optional\":true,\"field\":\"name\"}", format!("{{\"name\":\"{name}\"}}")));
    ("t".to_owned(), Some(key), value)
}

impl Bench {
    fn put(&mut self, records: &[(i64, Option<&str>)]) -> Result<(), Error> {
        let records: Vec<_> = records.iter().map(|(id, name)| record(*id, *name)).collect();
        let batch = consumed(&records, &self.config, self.offset).unwrap();
        self.offset += records.len() as i64;
        self.driver.put(&mut self.task, &batch)
    }

    fn rows(&self) -> Vec<String> {
        let rows = self.database.rows("SELECT id || ' ' || coalesce(name, 'null') FROM t ORDER BY id");
        rows.into_iter().map(|row| row[0].clone().unwrap()).collect()
    }
}

#[test]
fn writes_and_deletes_keep_their_order() {
    let mut bench = bench(&[], &UPSERT);
    bench.put(&[(1, Some("one")), (2, Some("two")), (2, None), (2, Some("again")), (1, None), (3, Some("three"))]).unwrap();
    assert_eq!(bench.rows(), ["2 again", "3 three"]);
}

#[test]
fn a_delete_makes_no_table() {
    let mut bench = bench(&[], &UPSERT);
    bench.put(&[(1, None)]).unwrap();
    assert!(bench.database.rows("SELECT name FROM sqlite_master").is_empty());
    bench.put(&[(1, None), (1, Some("one")), (2, Some("two")), (1, None)]).unwrap();
    assert_eq!(bench.rows(), ["2 two"]);
}

#[test]
fn a_tombstone_is_refused_unless_it_may_delete() {
    let config: Vec<(&str, &str)> = UPSERT.into_iter().filter(|(key, _)| *key != "delete.enabled").collect();
    let mut bench = bench(&[], &config);
    let told = bench.put(&[(1, Some("one")), (2, None)]).unwrap_err();
    assert!(told.message().contains("has no value, and delete.enabled=false"), "{told}");
    assert!(bench.database.rows("SELECT name FROM sqlite_master").is_empty(), "all or nothing");
}

#[test]
fn a_failed_batch_is_tried_again_as_often_as_the_keys_say() {
    let setup = ["CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL)", "INSERT INTO t VALUES (1, 'there')"];
    let config = [("pk.mode", "record_key"), ("max.retries", "2"), ("retry.backoff.ms", "70")];
    let mut bench = bench(&setup, &config);
    for _ in 0..2 {
        assert_eq!(bench.put(&[(2, Some("two")), (1, Some("one"))]).unwrap_err().kind(), ErrorKind::Retriable);
        assert_eq!(with_host(|host| host.timeout), Some(70));
    }
    let told = bench.put(&[(2, Some("two")), (1, Some("one"))]).unwrap_err();
    assert_eq!(told.kind(), ErrorKind::Connect);
    assert!(told.message().contains("UNIQUE"), "{told}");
    assert_eq!(bench.rows(), ["1 there"], "nothing of a failed batch is kept");
}

#[test]
fn bad_records_are_reported_one_by_one() {
    let setup = [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (length(name) < 6))",
        "INSERT INTO t VALUES (3, 'there')",
    ];
    let mut bench = bench(&setup, &[("pk.mode", "record_key")]);
    with_host(|host| host.reporter = true);
    bench.put(&[(1, Some("one")), (2, Some("much too long")), (3, Some("dup")), (4, Some("four")), (5, None)]).unwrap();
    assert_eq!(bench.rows(), ["1 one", "3 there", "4 four"]);
    let reported: Vec<u32> = with_host(|host| host.reported.iter().map(|(id, _)| *id).collect());
    assert_eq!(reported, [1, 2, 4]);
}

#[test]
fn names_and_values_are_no_sql() {
    let evil = "x'); DROP TABLE t; --";
    let mut bench = bench(&[], &UPSERT);
    bench.put(&[(1, Some(evil)), (2, Some("two"))]).unwrap();
    assert_eq!(bench.rows(), [format!("1 {evil}"), "2 two".to_owned()]);
}

#[test]
fn an_update_with_nothing_to_change_is_left_out() {
    let setup = ["CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", "INSERT INTO t VALUES (1, 'there')"];
    let mut bench = bench(&setup, &[("insert.mode", "update"), ("pk.mode", "record_key"), ("fields.whitelist", "none")]);
    bench.put(&[(1, Some("one"))]).unwrap();
    assert_eq!(bench.rows(), ["1 there"]);
}

#[test]
fn a_database_that_is_away_is_waited_for() {
    driver::install();
    host::reset();
    let props: Props =
        [("connection.url", "jdbc:postgresql://127.0.0.1:1/d"), ("connection.attempts", "2"), ("connection.backoff.ms", "30")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    let mut driver = NativeSink::<JdbcSink>::default();
    let mut task = driver.start(&props).unwrap();
    let batch = consumed(&[record(1, Some("one"))], &props, 0).unwrap();
    assert_eq!(driver.put(&mut task, &batch).unwrap_err().kind(), ErrorKind::Retriable);
    assert_eq!(with_host(|host| host.timeout), Some(30));
    let told = driver.put(&mut task, &batch).unwrap_err();
    assert_eq!(told.kind(), ErrorKind::Connect);
    assert!(told.message().contains("attempt 2 of 2, connection.attempts"), "{told}");
}
