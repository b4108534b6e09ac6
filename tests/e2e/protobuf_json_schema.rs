//! Protobuf and JSON Schema over a real registry and real Kafka, with Confluent's Python client on the other side, and schemas that
//! change on the way.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use caisson_harness::broker::{fresh, shared};
use caisson_harness::deadline::until;
use caisson_harness::rest::Rest;
use caisson_harness::worker::{Plan, Worker};
use caisson_harness::{python_client, schema_registry};
use caisson_tests::topics::{Message, Topics};
use serde_json::{Value, json};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(120);
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
const LANGUAGES: [(&str, &str); 2] =
    [("protobuf", "io.confluent.connect.protobuf.ProtobufConverter"), ("json", "io.confluent.connect.json.JsonSchemaConverter")];

struct Stage {
    topics: Topics,
    bootstrap: &'static str,
    registry: &'static str,
    worker: Worker,
    folder: TempDir,
}

fn stage() -> Stage {
    let bootstrap = shared().unwrap();
    let registry = schema_registry::shared().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut plan = Plan::on_kafka(folder.path(), bootstrap).unwrap();
    plan.set("offset.flush.interval.ms", "500");
    let worker = plan.start().unwrap();
    Stage { topics: Topics::of(bootstrap).unwrap(), bootstrap, registry, worker, folder }
}

impl Stage {
    /// Lets Confluent's client produce or consume, and returns the lines that it prints.
    fn foreign(&self, action: &str, language: &str, topic: &str, rest: &[&str]) -> Vec<String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/protobuf_json_schema.py");
        let arguments = [&[action, language, self.bootstrap, self.registry, topic], rest].concat();
        let printed = python_client::run_script(&script, &arguments).unwrap();
        printed.lines().map(str::to_owned).collect()
    }

    fn config(&self, connector: &str, file: &Path, converter: &str) -> Value {
        json!({
            "connector.class": connector, "tasks.max": "1", "file": file, "key.converter": STRING,
            "value.converter": converter, "value.converter.schema.registry.url": self.registry,
        })
    }

    /// A record that was written is there.
    fn await_end(&self, topic: &str, count: u64) {
        until("the records are in the topic", LIMIT, || Ok((self.topics.end(topic)? >= count).then_some(()))).unwrap();
    }

    fn await_lines(&self, file: &Path, count: usize) -> Vec<String> {
        until("the records are in the file", LIMIT, || {
            let text = fs::read_to_string(file)?;
            let lines: Vec<String> = text.lines().map(str::to_owned).collect();
            if lines.len() < count { anyhow::bail!("{lines:?}") } else { Ok(Some(lines)) }
        })
        .unwrap()
    }
}

fn append(file: &Path, line: &str) {
    let mut file = fs::File::options().create(true).append(true).open(file).unwrap();
    writeln!(file, "{line}").unwrap();
}

#[test]
fn what_is_written_here_is_read_there() {
    let stage = stage();
    for (language, converter) in LANGUAGES {
        let topic = fresh(language);
        stage.topics.create(&topic, 1).unwrap();
        let input = stage.folder.path().join(&topic);
        append(&input, "first");
        let mut config = stage.config("FileStreamSource", &input, converter);
        config["topic"] = topic.clone().into();
        config["transforms"] = "hoist,name".into();
        config["transforms.hoist.type"] = "org.apache.kafka.connect.transforms.HoistField$Value".into();
        config["transforms.hoist.field"] = "line".into();
        config["transforms.name.type"] = "org.apache.kafka.connect.transforms.SetSchemaMetadata$Value".into();
        config["transforms.name.schema.name"] = "com.acme.Line".into();
        stage.worker.rest().create(&topic, &config).unwrap();
        stage.await_end(&topic, 1);
        // The second version has a field more.
        config["transforms"] = "hoist,origin,name".into();
        config["transforms.origin.type"] = "org.apache.kafka.connect.transforms.InsertField$Value".into();
        config["transforms.origin.static.field"] = "origin".into();
        config["transforms.origin.static.value"] = "here".into();
        stage.worker.rest().ask("PUT", &format!("/connectors/{topic}/config"), Some(&config)).unwrap();
        append(&input, "second");
        stage.await_end(&topic, 2);
        let lines = stage.foreign("consume", language, &topic, &["2"]);
        let absent = if language == "protobuf" { ", \"origin\": \"\"" } else { "" };
        // JSON's names come in order.
        assert_eq!(
            lines,
            [sorted(&format!("\"line\": \"first\"{absent}")), sorted("\"line\": \"second\", \"origin\": \"here\"")]
        );
        let versions = Rest::new(stage.registry).get(&format!("/subjects/{topic}-value/versions")).unwrap();
        assert_eq!(versions, json!([1, 2]), "{language}");
        stage.worker.rest().delete(&topic).unwrap();
    }
    stage.worker.terminate().unwrap();
}

fn sorted(members: &str) -> String {
    format!("{{{members}}}")
}

#[test]
fn what_is_written_there_is_read_here() {
    let stage = stage();
    for (language, converter) in LANGUAGES {
        let topic = fresh(language);
        stage.topics.create(&topic, 1).unwrap();
        stage.foreign("produce", language, &topic, &[]);
        let output = stage.folder.path().join(&topic);
        let mut config = stage.config("FileStreamSink", &output, converter);
        config["topics"] = topic.clone().into();
        stage.worker.rest().create(&topic, &config).unwrap();
        let lines = stage.await_lines(&output, 2);
        let more = if language == "protobuf" { "at=Sun Sep 13 12:26:40 UTC 2020" } else { "price=2.5" };
        assert_eq!(
            lines,
            ["Struct{id=1,name=bolt,tags=[a, b]}".to_owned(), format!("Struct{{id=2,name=bolt,tags=[a, b],{more}}}")]
        );
        stage.worker.rest().delete(&topic).unwrap();
    }
    stage.worker.terminate().unwrap();
}

#[test]
fn records_that_cannot_be_read_are_dead_letters() {
    let stage = stage();
    for (language, converter) in LANGUAGES {
        let (topic, queue) = (fresh(language), fresh("dead"));
        stage.topics.create(&topic, 1).unwrap();
        let bad: [&[u8]; 3] = [b"no magic byte", &[0, 0x7f, 0xff, 0xff, 0xff, 0, 8, 1], &[0, 0, 0]];
        let messages = bad.map(|bytes| Message { value: Some(bytes.to_vec()), ..Message::default() });
        stage.topics.send(&topic, &messages).unwrap();
        stage.foreign("produce", language, &topic, &[]);
        let output = stage.folder.path().join(&topic);
        let mut config = stage.config("FileStreamSink", &output, converter);
        config["topics"] = topic.clone().into();
        config["errors.tolerance"] = "all".into();
        config["errors.deadletterqueue.topic.name"] = queue.clone().into();
        config["errors.deadletterqueue.topic.replication.factor"] = "1".into();
        config["errors.deadletterqueue.context.headers.enable"] = "true".into();
        stage.worker.rest().create(&topic, &config).unwrap();
        assert_eq!(stage.await_lines(&output, 2).len(), 2, "the good ones pass");
        let dead = stage.topics.messages(&queue, bad.len(), LIMIT).unwrap();
        for ((message, bytes), why) in dead.iter().zip(bad).zip(["Unknown magic byte!", "", "Unknown magic byte!"]) {
            assert_eq!(message.value.as_deref(), Some(bytes));
            assert_eq!(
                message.header("__connect.errors.exception.class.name"),
                Some("org.apache.kafka.connect.errors.DataException")
            );
            assert_eq!(message.header("__connect.errors.stage"), Some("VALUE_CONVERTER"));
            let text = message.header("__connect.errors.exception.message").unwrap();
            assert!(text.contains(&topic) && text.contains(why), "{text}");
        }
        stage.worker.rest().delete(&topic).unwrap();
    }
    stage.worker.terminate().unwrap();
}
