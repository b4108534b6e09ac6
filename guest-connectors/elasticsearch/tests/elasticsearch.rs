//! The sink, natively, with real servers, through the suite that every sink has to pass and in what is its alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use caisson_elasticsearch::{ElasticsearchSink, Plugins};
use caisson_harness::deadline::until;
use caisson_harness::search::{Engine, SearchServer};
use caisson_sdk::batches::encode_batch;
use caisson_sdk::data::logical;
use caisson_sdk::run::registry::Registry;
use caisson_sdk::testing::contract::{self, SinkCase};
use caisson_sdk::testing::driver::{Props, SinkDriver};
use caisson_sdk::testing::host;
use caisson_sdk::testing::native::NativeSink;
use caisson_sdk::{
    Coordinates, Datum, Decimal, ErrorKind, Record, Schema, SchemaBuilder, Struct, TimestampType, TopicPartition,
    TopicPartitionOffset, Value,
};
use serde_json::{Value as Json, json};

const LIMIT: Duration = Duration::from_secs(600);

fn config(server: &SearchServer, pairs: &[(&str, &str)]) -> Props {
    let mut config =
        BTreeMap::from([("connection.url".to_owned(), server.url()), ("read.timeout.ms".to_owned(), "20000".to_owned())]);
    config.extend(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    config
}

/// A running task, and the offset of the next record.
struct Running {
    driver: NativeSink<ElasticsearchSink>,
    task: <NativeSink<ElasticsearchSink> as SinkDriver>::Task,
    topic: &'static str,
    next: i64,
}

impl Running {
    fn start(topic: &'static str, config: &Props, reporter: bool) -> Self {
        host::reset();
        host::with_host(|host| host.reporter = reporter);
        let mut driver = NativeSink::default();
        let mut task = driver.start(config).unwrap();
        driver.open(&mut task, &[TopicPartition { topic: topic.to_owned(), partition: 0 }]).unwrap();
        Self { driver, task, topic, next: 0 }
    }

    /// Puts records as a worker does: the same batch again as long as the task asks for it.
    fn put(&mut self, records: Vec<(Datum<'static>, Datum<'static>)>) {
        let mut batch = Vec::new();
        for ((key, value), id) in records.into_iter().zip(0..) {
            let mut record = Record::new(self.topic).with_key(key).with_value(value).with_timestamp(1_700_000_000_000);
            (record.id, record.partition) = (id, Some(0));
            record.coordinates = Some(Coordinates::new(self.topic, 0, self.next, TimestampType::CreateTime));
            self.next += 1;
            batch.push(record);
        }
        let batch = encode_batch(&batch).unwrap();
        until("the records are taken", LIMIT, || match self.driver.put(&mut self.task, &batch) {
            Ok(()) => Ok(Some(())),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Retriable, "{error}");
                Err(error.into())
            }
        })
        .unwrap();
    }

    /// Waits until everything is committed.
    fn commit(&mut self) {
        let partition = TopicPartition { topic: self.topic.to_owned(), partition: 0 };
        let consumed = vec![TopicPartitionOffset { partition, offset: self.next }];
        until("everything is committed", LIMIT, || {
            let safe = self.driver.pre_commit(&mut self.task, consumed.clone()).unwrap();
            Ok((safe == consumed).then_some(()))
        })
        .unwrap();
    }
}

fn text(text: impl Into<String>) -> Datum<'static> {
    Datum::schemaless(text.into())
}

fn order(number: Value<'static>, note: &str) -> Datum<'static> {
    let members = vec![(Value::from("n"), number), (Value::from("note"), Value::from(note.to_owned()))];
    Datum::schemaless(Value::Map(members))
}

#[test]
fn the_manifest_is_whole() {
    contract::manifest(Plugins::ENTRIES).unwrap();
}

/// 5,000 records of 1,500 keys, of which 1 % are no document and 5 % have no value, while the server is restarted.
fn compacted(server: &mut SearchServer, topic: &'static str, reporter: bool) -> BTreeMap<String, Json> {
    server.put(&format!("/{topic}"), &json!({"mappings": {"properties": {"n": {"type": "integer"}}}})).unwrap();
    let pairs = [
        ("schema.ignore", "true"),
        ("behavior.on.null.values", "delete"),
        ("behavior.on.malformed.documents", "ignore"),
        ("max.retries", "20"),
        ("batch.size", "200"),
        ("flush.timeout.ms", "600000"),
    ];
    let mut running = Running::start(topic, &config(server, &pairs), reporter);
    let mut compacted: BTreeMap<String, Json> = BTreeMap::new();
    let mut malformed = 0;
    thread::scope(|scope| {
        let mut server = Some(server);
        for batch in 0..10_i64 {
            let mut records = Vec::new();
            for number in batch * 500..(batch + 1) * 500 {
                let key = format!("order-{}", number * 7 % 1_500);
                let value = match number % 100 {
                    13 => {
                        malformed += 1;
                        order(Value::from("no number"), "bad")
                    }
                    20 | 40 | 60 | 80 | 99 => {
                        compacted.remove(&key);
                        Datum::NULL
                    }
                    _ => {
                        compacted.insert(key.clone(), json!({"n": number, "note": format!("record {number}")}));
                        order(Value::Int64(number), &format!("record {number}"))
                    }
                };
                records.push((text(key), value));
            }
            if batch == 4 {
                let server = server.take().unwrap();
                scope.spawn(move || {
                    server.stop().unwrap();
                    server.start_again().unwrap();
                });
            }
            running.put(records);
        }
        running.commit();
    });
    let reported = host::with_host(|host| host.reported.len());
    assert_eq!(reported, if reporter { malformed } else { 0 });
    let retried = host::with_host(|host| host.log.iter().filter(|(_, _, line)| line.contains("sent again")).count());
    assert!(retried > 0, "the restart was not noticed");
    compacted
}

fn same(server: &SearchServer, topic: &str, expected: &BTreeMap<String, Json>) {
    let found = server.documents(topic).unwrap();
    let wrong: Vec<_> = expected.iter().filter(|(id, document)| found.get(*id) != Some(document)).take(3).collect();
    assert!(
        wrong.is_empty() && found.len() == expected.len(),
        "{} of {} are there; wrong: {wrong:?}",
        found.len(),
        expected.len()
    );
}

#[test]
fn on_elasticsearch() {
    let mut server = SearchServer::start(Engine::Elasticsearch).unwrap();
    keeps_the_contract(&server);
    types_come_from_the_schema(&server);
    what_is_refused_fails_the_task(&server);
    for (topic, reporter) in [("reported", true), ("in-flight", false)] {
        let expected = compacted(&mut server, topic, reporter);
        assert_eq!(expected.len(), 1_410, "the test has changed");
        same(&server, topic, &expected);
    }
}

#[test]
fn on_opensearch() {
    let server = SearchServer::start(Engine::OpenSearch).unwrap();
    types_come_from_the_schema(&server);
    fields_are_changed(&server);
    data_streams_grow(&server);
}

fn keeps_the_contract(server: &SearchServer) {
    host::reset();
    host::with_host(|host| host.reporter = true);
    let pairs = [
        ("schema.ignore", "true"),
        ("key.ignore", "true"),
        ("use.autogenerated.ids", "true"),
        ("behavior.on.null.values", "IGNORE"),
        ("behavior.on.malformed.documents", "WARN"),
    ];
    // A record is a document, or reported.
    let mut stored = || {
        let documents = server.count("orders").unwrap_or(0);
        usize::try_from(documents).unwrap() + host::with_host(|host| host.reported.len())
    };
    let case = SinkCase { config: config(server, &pairs), stored: &mut stored };
    contract::sink(&mut NativeSink::<ElasticsearchSink>::default(), case).unwrap();
    assert!(server.count("orders").unwrap() >= 4);
}

fn types_come_from_the_schema(server: &SearchServer) {
    let schema = SchemaBuilder::structure()
        .field("total", logical::decimal(2).build().unwrap())
        .field("at", logical::timestamp().build().unwrap())
        .field("name", Schema::optional_string())
        .build()
        .unwrap();
    let values = vec![Value::Decimal(Decimal::new(1250, 2)), Value::Date(1_700_000_000_000), Value::from("Ada")];
    let value = Datum::new(schema.clone(), Struct::from_values(schema, values).unwrap());
    let mut running = Running::start("Typed", &config(server, &[("connection.compression", "true")]), false);
    running.put(vec![(Datum::schemaless(7), value)]);
    running.commit();
    let mapping = server.get("/typed/_mapping").unwrap();
    let type_of = |field: &str| mapping["typed"]["mappings"]["properties"][field]["type"].clone();
    assert_eq!([type_of("total"), type_of("at"), type_of("name")], ["double", "date", "text"]);
    let document = server.documents("typed").unwrap();
    assert_eq!(document["7"], json!({"total": 12.5, "at": 1_700_000_000_000_i64, "name": "Ada"}));
}

fn what_is_refused_fails_the_task(server: &SearchServer) {
    server.put("/strict", &json!({"mappings": {"properties": {"n": {"type": "integer"}}}})).unwrap();
    let mut running = Running::start("strict", &config(server, &[("schema.ignore", "true")]), true);
    let mut fail = |key: Datum<'static>, value: Datum<'static>| {
        let mut record = Record::new("strict").with_key(key).with_value(value);
        record.partition = Some(0);
        record.coordinates = Some(Coordinates::new("strict", 0, 3, TimestampType::CreateTime));
        running.driver.put(&mut running.task, &encode_batch(&[record]).unwrap()).unwrap_err().message().to_owned()
    };
    assert!(fail(text("k"), Datum::NULL).starts_with("strict+0+3 has a null value"));
    assert_eq!(fail(Datum::NULL, order(Value::Int64(1), "x")), "Key is used as document id and can not be null.");
    assert_eq!(host::with_host(|host| host.reported.len()), 2);
    let told = fail(text("k"), order(Value::from("x"), "x"));
    assert!(told.contains("strict-0@3") && told.contains("behavior.on.malformed.documents"), "{told}");
    let without_schema = config(server, &[]);
    let mut running = Running::start("schemaless", &without_schema, true);
    let mut record = Record::new("schemaless").with_key(text("k")).with_value(order(Value::Int64(1), "x"));
    record.coordinates = Some(Coordinates::new("schemaless", 0, 0, TimestampType::CreateTime));
    let error = running.driver.put(&mut running.task, &encode_batch(&[record]).unwrap()).unwrap_err();
    assert!(error.message().contains("schema.ignore=true"), "{error}");
}

fn fields_are_changed(server: &SearchServer) {
    let pairs = [("write.method", "UPSERT"), ("schema.ignore", "true"), ("behavior.on.null.values", "DELETE")];
    let mut running = Running::start("merged", &config(server, &pairs), false);
    let field = |name: &'static str, number| Datum::schemaless(Value::Map(vec![(Value::from(name), Value::Int64(number))]));
    running.put(vec![(text("a"), field("x", 1)), (text("b"), field("x", 2)), (text("a"), field("y", 3))]);
    running.put(vec![(text("b"), Datum::NULL), (text("a"), field("x", 4)), (text("c"), Datum::NULL)]);
    running.commit();
    assert_eq!(server.documents("merged").unwrap(), BTreeMap::from([("a".to_owned(), json!({"x": 4, "y": 3}))]));
}

fn data_streams_grow(server: &SearchServer) {
    let template = json!({"index_patterns": ["logs-shop-*"], "data_stream": {}, "priority": 200});
    server.put("/_index_template/shop", &template).unwrap();
    let pairs = [
        ("data.stream.type", "LOGS"),
        ("data.stream.dataset", "shop"),
        ("data.stream.timestamp.field", "at"),
        ("schema.ignore", "true"),
        ("key.ignore", "true"),
    ];
    let mut running = Running::start("Visits", &config(server, &pairs), false);
    let visit = |name: &'static str| Datum::schemaless(Value::Map(vec![(Value::from(name), Value::from("2026-01-01"))]));
    for first in [0, 0] {
        // What comes again, as after a crash, is there already.
        running.next = first;
        running.put(vec![(Datum::NULL, visit("at")), (Datum::NULL, visit("seen"))]);
        running.commit();
    }
    let found = server.documents("logs-shop-visits").unwrap();
    assert_eq!(
        found,
        BTreeMap::from([
            ("Visits+0+0".to_owned(), json!({"at": "2026-01-01", "@timestamp": "2026-01-01"})),
            ("Visits+0+1".to_owned(), json!({"seen": "2026-01-01", "@timestamp": 1_700_000_000_000_i64})),
        ])
    );
    assert_eq!(server.get("/_data_stream/logs-shop-visits").unwrap()["data_streams"][0]["name"], "logs-shop-visits");
}
