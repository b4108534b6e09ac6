//! The source, beside what the JVM's connector sent.

use std::collections::BTreeMap;

use caisson_jdbc::source::connector::JdbcSource;
use caisson_sdk::testing::driver::{Props, SourceDriver};
use caisson_sdk::testing::host;
use caisson_sdk::testing::native::NativeSource;
use caisson_sdk::{OffsetMap, SourceContext, Value};
use serde_json::{Value as Json, json};

use crate::differences;
use crate::json::written;
use crate::server::Server;

/// What a look at the topics and the offsets shows.
#[derive(Debug, PartialEq)]
struct Phase {
    topics: BTreeMap<String, Vec<Json>>,
    offsets: Vec<Json>,
    failed: bool,
}

/// Runs every case of a golden file, and compares.
pub fn check(server: &Server) {
    let text =
        std::fs::read_to_string(format!("{}/tests/golden/source_{}.json", env!("CARGO_MANIFEST_DIR"), server.name())).unwrap();
    let cases: Vec<Json> = serde_json::from_str(&text).unwrap();
    assert!(cases.len() > 100);
    let mut wrong = Vec::new();
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let (expected, found, told) = run(server, case);
        let reason = differences::of_source(server.name(), name);
        match (reason, expected == found) {
            (None, false) => wrong.push(format!("{name} {told:?}\n  expected {expected:?}\n  found    {found:?}")),
            (Some(reason), true) => wrong.push(format!("{name} is listed as different ({reason}), but it is not")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases of {}:\n{}", wrong.len(), cases.len(), server.name(), wrong.join("\n"));
}

type Seen = (Vec<String>, Vec<Phase>);

fn run(server: &Server, case: &Json) -> (Seen, Seen, Vec<String>) {
    let name = case["name"].as_str().unwrap();
    let database = server.database(&case["name"].as_str().unwrap().split('/').next().unwrap().to_lowercase());
    database.run(&texts(&case["setup"]));
    let mut config: Props = database.config.clone();
    for (key, value) in case["config"].as_object().unwrap() {
        config.insert(key.clone(), value.as_str().unwrap().to_owned());
    }
    if let Some(url) = case["url"].as_str() {
        config.insert("connection.url".to_owned(), server.url(url));
    }
    config.insert("name".to_owned(), name.to_owned());
    config.insert("connector.class".to_owned(), "io.aiven.connect.jdbc.JdbcSourceConnector".to_owned());
    host::reset();
    let mut tasks = Vec::new();
    let (mut found, mut told) = (Vec::new(), Vec::new());
    for (index, expected) in case["phases"].as_array().unwrap().iter().enumerate() {
        if index > 0 {
            database.run(&texts(&case["steps"][index - 1]));
        }
        found.push(phase(&config, expected, &mut tasks, &mut told));
    }
    let expected = case["phases"].as_array().unwrap().iter().map(expected_phase).collect();
    ((texts(&case["tasks"]), expected), (tasks, found), told)
}

fn texts(list: &Json) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn expected_phase(phase: &Json) -> Phase {
    let topic = |topic: &Json| {
        let record = |row: &Json| match row[0].as_u64() {
            Some(schema) => json!({"schema": topic["schemas"][schema as usize], "payload": row[1]}),
            None => Json::Null,
        };
        topic["rows"].as_array().unwrap().iter().map(record).collect()
    };
    Phase {
        topics: phase["topics"].as_object().unwrap().iter().map(|(name, rows)| (name.clone(), topic(rows))).collect(),
        offsets: phase["offsets"].as_array().unwrap().clone(),
        failed: phase["failed"].as_bool().unwrap(),
    }
}

/// Runs the connector until nothing comes any more. Every phase is a start anew, behind what is stored.
fn phase(config: &Props, expected: &Json, tasks: &mut Vec<String>, told: &mut Vec<String>) -> Phase {
    let mut driver = NativeSource::<JdbcSource>::default();
    let max_tasks = config.get("tasks.max").map_or(1, |text| text.parse().unwrap());
    let mut found = Phase { topics: BTreeMap::new(), offsets: Vec::new(), failed: false };
    let configs = match driver.task_configs(config, max_tasks) {
        Ok(configs) => configs,
        Err(error) => {
            told.push(error.message().to_owned());
            found.failed = true;
            return found;
        }
    };
    *tasks = configs.iter().map(|config| config["tables"].clone()).collect();
    for config in &configs {
        if let Err(error) = run_task(&mut driver, config, &mut found.topics) {
            told.push(error);
            found.failed = true;
        }
    }
    // The partitions that are looked for are those of the golden; one more would be a record's that is not there.
    for pair in expected["offsets"].as_array().unwrap() {
        let partition: Vec<(&str, Value<'_>)> = pair[0]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (key.as_str(), Value::from(value.as_str().unwrap())))
            .collect();
        let stored = SourceContext::default().offset(&partition).unwrap();
        found.offsets.push(json!([pair[0], stored.map(offset_json)]));
    }
    found
}

fn offset_json(offset: OffsetMap) -> Json {
    let number = |value: &Value<'_>| match value {
        Value::Int64(number) => json!(number),
        other => panic!("an offset of {other:?}"),
    };
    Json::Object(offset.iter().map(|(name, value)| (name.clone(), number(value))).collect())
}

fn run_task(
    driver: &mut NativeSource<JdbcSource>,
    config: &Props,
    topics: &mut BTreeMap<String, Vec<Json>>,
) -> Result<(), String> {
    let told = |error: caisson_sdk::Error| error.message().to_owned();
    let mut task = driver.start(config).map_err(told)?;
    let ended = loop {
        let polled = match driver.poll(&mut task) {
            Ok(polled) => polled,
            Err(error) => break Err(told(error)),
        };
        if polled.batch.is_empty() {
            break Ok(());
        }
        let (values, error) = written(&polled.batch);
        let count = values.len();
        for (topic, value) in values {
            topics.entry(topic).or_default().push(value);
        }
        for (partition, offset) in origins(&polled.origins).into_iter().take(count) {
            host::store_encoded_offset(&partition, &offset);
        }
        if let Some(error) = error {
            break Err(error);
        }
    };
    driver.stop(task).unwrap();
    ended
}

/// The encoded partition and offset of each record.
pub fn origins(bytes: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut reader = minicbor::Decoder::new(bytes);
    assert_eq!(reader.array().unwrap(), Some(2));
    let span = |reader: &mut minicbor::Decoder<'_>| {
        let start = reader.position();
        reader.skip().unwrap();
        bytes[start..reader.position()].to_vec()
    };
    let count = reader.array().unwrap().unwrap();
    let partitions: Vec<Vec<u8>> = (0..count).map(|_| span(&mut reader)).collect();
    let count = reader.array().unwrap().unwrap();
    let mut found = Vec::new();
    for _ in 0..count {
        assert_eq!(reader.array().unwrap(), Some(2));
        let partition = reader.u32().unwrap() as usize;
        found.push((partitions[partition].clone(), span(&mut reader)));
    }
    found
}
