//! A table of PostgreSQL into a topic, and a topic into a table, by the JDBC connectors. The database's own CPU time is not counted.

use std::time::{Duration, Instant};

use anyhow::Context;
use caisson_harness::broker::fresh;
use caisson_harness::deadline::until;
use caisson_harness::postgres::{self, Postgres};
use serde_json::{Value, json};

use crate::system::System;
use crate::workload::{Ground, PASS_LIMIT, Pass, twice};

const DATABASE: &str = "postgres";
/// Aiven's names, which Caisson has as well: its connectors are those that are free to be compared with.
const SOURCE: &str = "io.aiven.connect.jdbc.JdbcSourceConnector";
const SINK: &str = "io.aiven.connect.jdbc.JdbcSinkConnector";
/// Between two looks into a table, which cost as much as many rows.
const PAUSE: Duration = Duration::from_millis(250);
/// Types and names of a row's columns behind its number.
const COLUMNS: [(&str, &str); 7] = [
    ("string", "customer"),
    ("string", "city"),
    ("int32", "quantity"),
    ("double", "weight"),
    ("boolean", "paid"),
    ("int64", "changed"),
    ("string", "note"),
];

/// All rows of a table, by an incrementing column, as JSON with schemas.
pub fn source(ground: &Ground, system: &System) -> anyhow::Result<Value> {
    let server = postgres::shared()?;
    let table = fresh("bench").replace('-', "_");
    server.sql(DATABASE, &filled(&table, ground.records)).context("filling the table")?;
    let figures = twice(ground, system, |worker| {
        let prefix = fresh("jdbc");
        let topic = format!("{prefix}-{table}");
        ground.topics.create(&topic, 1)?;
        let mut config = connector(server, SOURCE);
        config["mode"] = "incrementing".into();
        config["incrementing.column.name"] = "id".into();
        config["table.whitelist"] = table.as_str().into();
        config["topic.prefix"] = format!("{prefix}-").into();
        let pass = Pass::begin(worker, &prefix, &config)?;
        until("the first row is in the topic", PASS_LIMIT, || Ok((ground.topics.end(&topic)? > 0).then_some(())))?;
        let first = Instant::now();
        until("all rows are in the topic", PASS_LIMIT, || Ok((ground.topics.end(&topic)? >= ground.records).then_some(())))?;
        let figures = pass.end(worker, first, ground.records)?;
        worker.rest().delete(&prefix)?;
        ground.topics.delete(&topic)?;
        Ok(figures)
    });
    server.sql(DATABASE, &format!("DROP TABLE {table}"))?;
    figures
}

/// JSON with schemas into a table, an insertion each.
pub fn sink(ground: &Ground, system: &System) -> anyhow::Result<Value> {
    let server = postgres::shared()?;
    let topic = fresh("bench");
    ground.topics.create(&topic, 1)?;
    ground.topics.produce(&topic, (1..=ground.records).map(record))?;
    let figures = twice(ground, system, |worker| {
        let table = fresh("sink").replace('-', "_");
        let columns = "customer text, city text, quantity int, weight double precision, paid boolean, changed bigint, note text";
        server.sql(DATABASE, &format!("CREATE TABLE {table} (id bigint PRIMARY KEY, {columns})"))?;
        let mut config = connector(server, SINK);
        config["topics"] = topic.as_str().into();
        config["table.name.format"] = table.as_str().into();
        config["pk.mode"] = "record_value".into();
        config["pk.fields"] = "id".into();
        let pass = Pass::begin(worker, &table, &config)?;
        // Records come in the order of their numbers, so that the last one tells how many there are.
        let written = || {
            std::thread::sleep(PAUSE);
            Ok::<_, anyhow::Error>(server.sql(DATABASE, &format!("SELECT coalesce(max(id), 0) FROM {table}"))?.parse::<u64>()?)
        };
        until("the sink has written", PASS_LIMIT, || Ok((written()? > 0).then_some(())))?;
        let first = Instant::now();
        until("all rows are in the table", PASS_LIMIT, || Ok((written()? >= ground.records).then_some(())))?;
        let figures = pass.end(worker, first, ground.records)?;
        worker.rest().delete(&table)?;
        server.sql(DATABASE, &format!("DROP TABLE {table}"))?;
        Ok(figures)
    });
    ground.topics.delete(&topic)?;
    figures
}

fn connector(server: &Postgres, class: &str) -> Value {
    json!({
        "connector.class": class, "tasks.max": "1", "connection.url": server.url(DATABASE),
        "connection.user": postgres::USER, "connection.password": postgres::PASSWORD,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "true",
    })
}

fn filled(table: &str, rows: u64) -> String {
    format!(
        "CREATE TABLE {table} (id bigint PRIMARY KEY, customer text NOT NULL, city varchar(40), quantity int NOT NULL, \
         price numeric(10, 2), weight double precision, paid boolean NOT NULL, changed timestamp NOT NULL); \
         INSERT INTO {table} SELECT n, 'customer ' || n, 'Brno', n % 100, n % 1000 + 0.25, n / 3.0, n % 2 = 0, \
         timestamp '2024-01-01' + n * interval '1 second' FROM generate_series(1, {rows}) n"
    )
}

/// A record with its schema beside it, as JsonConverter writes one.
fn record(number: u64) -> String {
    let field = |(type_, name): &(&str, &str)| format!(",{{\"type\":\"{type_}\",\"optional\":true,\"field\":\"{name}\"}}");
    let fields: String = COLUMNS.iter().map(field).collect();
    format!(
        "{{\"schema\":{{\"type\":\"struct\",\"fields\":[{{\"type\":\"int64\",\"optional\":false,\"field\":\"id\"}}{fields}],\
         \"optional\":false}},\"payload\":{{\"id\":{number},\"customer\":\"customer {number}\",\"city\":\"Brno\",\"quantity\":{},\
         \"weight\":{}.5,\"paid\":{},\"changed\":{},\"note\":\"some text of the record\"}}}}",
        number % 100,
        number % 1000,
        number.is_multiple_of(2),
        1_704_067_200_000 + number * 1000
    )
}
