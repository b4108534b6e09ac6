//! The Elasticsearch sink with real Kafka and a real Elasticsearch that is restarted twice: the index is the compacted topic.

use std::collections::BTreeMap;
use std::time::Duration;

use caisson_harness::broker::{fresh, shared};
use caisson_harness::deadline::until;
use caisson_harness::search::{Engine, SearchServer};
use caisson_harness::worker::Plan;
use caisson_tests::topics::{Message, Topics};
use serde_json::{Value, json};

const RECORDS: u64 = 200_000;
const KEYS: u64 = 60_000;
const LIMIT: Duration = Duration::from_secs(300);
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";

/// What the topic says in the end, and how many records of it are no documents.
struct Said {
    documents: BTreeMap<String, Value>,
    malformed: usize,
}

fn message(number: u64, said: &mut Said) -> Message {
    let key = format!("order-{}", number * 7 % KEYS);
    let value = match number % 100 {
        13 => {
            said.malformed += 1;
            Some(json!({"n": "no number"}))
        }
        20 | 40 | 60 | 80 | 99 => {
            said.documents.remove(&key);
            None
        }
        _ => {
            let document = json!({"n": number, "note": format!("record {number}")});
            said.documents.insert(key.clone(), document.clone());
            Some(document)
        }
    };
    Message { key: Some(key.into_bytes()), value: value.map(|value| value.to_string().into_bytes()), ..Message::default() }
}

fn sink(topic: &str, dead_letters: &str, urls: &str) -> Value {
    json!({
        "connector.class": "io.confluent.connect.elasticsearch.ElasticsearchSinkConnector", "topics": topic,
        "connection.url": urls, "schema.ignore": "true", "behavior.on.null.values": "delete",
        "behavior.on.malformed.documents": "ignore", "max.retries": "20", "read.timeout.ms": "20000",
        "key.converter": STRING, "value.converter": JSON, "value.converter.schemas.enable": "false",
        "consumer.override.auto.offset.reset": "earliest", "consumer.override.max.poll.records": "2000",
        "errors.tolerance": "all", "errors.deadletterqueue.topic.name": dead_letters,
        "errors.deadletterqueue.topic.replication.factor": "1", "errors.deadletterqueue.context.headers.enable": "true",
    })
}

#[test]
fn the_index_is_the_compacted_topic() {
    let bootstrap = shared().unwrap();
    let mut server = SearchServer::start(Engine::Elasticsearch).unwrap();
    let (topic, dead_letters) = (fresh("orders"), fresh("dead"));
    server.put(&format!("/{topic}"), &json!({"mappings": {"properties": {"n": {"type": "integer"}}}})).unwrap();
    let topics = Topics::of(bootstrap).unwrap();
    topics.create(&topic, 1).unwrap();
    let mut said = Said { documents: BTreeMap::new(), malformed: 0 };
    let messages: Vec<Message> = (0..RECORDS).map(|number| message(number, &mut said)).collect();
    topics.send(&topic, &messages).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut plan = Plan::on_kafka(folder.path(), bootstrap).unwrap();
    plan.set("offset.flush.interval.ms", "500");
    // Far fewer than there are requests: each gives back what it held.
    plan.set("sandbox.handles", "100");
    // The first of the two answers nobody.
    plan.connector(&topic, &sink(&topic, &dead_letters, &format!("http://127.0.0.1:1,{}", server.url())));
    let worker = plan.start().unwrap();
    for part in [1, 2] {
        let written = || Ok((server.count(&topic)? >= part * KEYS / 4).then_some(()));
        until("part of the documents is there", LIMIT, written).unwrap_or_else(|error| panic!("{error}\n{}", worker.log()));
        server.stop().unwrap();
        server.start_again().unwrap();
    }
    let group = format!("connect-{topic}");
    until("all records are committed", LIMIT, || match topics.committed(&group, &topic)? {
        Some(offset) if u64::try_from(offset)? >= RECORDS => Ok(Some(())),
        other => anyhow::bail!("committed {other:?}"),
    })
    .unwrap_or_else(|error| panic!("{error}\n{}", worker.log()));
    let found = server.documents(&topic).unwrap();
    let wrong: Vec<_> = said.documents.iter().filter(|(id, document)| found.get(*id) != Some(document)).take(3).collect();
    assert!(wrong.is_empty() && found.len() == said.documents.len(), "{} of {}: {wrong:?}", found.len(), said.documents.len());
    // A malformed record that was put again after a restart is reported again.
    let dead = topics.messages(&dead_letters, said.malformed, LIMIT).unwrap();
    let reason = dead.iter().filter_map(|letter| letter.header("__connect.errors.exception.message"));
    assert!(reason.clone().count() == said.malformed && reason.clone().all(|text| text.contains("document_parsing_exception")));
    assert!(worker.log().contains("sent again"), "no restart was noticed");
    worker.terminate().unwrap();
}

/// I17: what the sink's own keys do not name it does not reach.
#[test]
fn a_server_beyond_the_ceiling_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("sandbox.hosts", "127.0.0.1");
    let worker = plan.start().unwrap();
    let refused = worker.rest().create("beyond", &sink("lines", "dead", "http://es.example.org:9200")).unwrap_err().to_string();
    assert!(
        refused.contains("configuration connection.url names es.example.org:9200, which is not among the hosts"),
        "{refused}"
    );
    worker.terminate().unwrap();
}
