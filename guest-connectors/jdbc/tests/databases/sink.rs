//! The sink, beside the tables that the JVM's connector wrote.

use std::collections::BTreeMap;

use caisson_jdbc::sink::connector::JdbcSink;
use caisson_sdk::testing::driver::{Props, SinkDriver};
use caisson_sdk::testing::host;
use caisson_sdk::testing::native::NativeSink;
use caisson_sdk::{ErrorKind, SinkConnector};
use serde_json::Value as Json;

use crate::differences;
use crate::json::consumed;
use crate::server::Server;
use crate::tables::Found;

/// Runs every case of a golden file, and compares.
pub fn check(server: &Server) {
    let text =
        std::fs::read_to_string(format!("{}/tests/golden/sink_{}.json", env!("CARGO_MANIFEST_DIR"), server.name())).unwrap();
    let cases: Vec<Json> = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let (expected, found, told) = run(server, case);
        let reason = differences::of_sink(server.name(), name);
        match (reason, expected == found) {
            (None, false) => wrong.push(format!("{name} {told:?}\n  expected {expected:?}\n  found    {found:?}")),
            (Some(reason), true) => wrong.push(format!("{name} is listed as different ({reason}), but it is not")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases of {}:\n{}", wrong.len(), cases.len(), server.name(), wrong.join("\n"));
}

/// The tables after each phase, and whether the task failed.
type Seen = Vec<(BTreeMap<String, Found>, bool)>;

fn run(server: &Server, case: &Json) -> (Seen, Seen, Vec<String>) {
    let name = case["name"].as_str().unwrap();
    let database = server.database(&name.to_lowercase());
    let setup: Vec<String> = case["setup"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect();
    database.run(&setup);
    let mut config: Props = database.config.clone();
    for (key, value) in case["config"].as_object().unwrap() {
        config.insert(key.clone(), value.as_str().unwrap().to_owned());
    }
    config.entry("max.retries".to_owned()).or_insert_with(|| "0".to_owned());
    host::reset();
    let mut driver = NativeSink::<JdbcSink>::default();
    let (mut found, mut told, mut offset) = (Vec::new(), Vec::new(), 0);
    told.extend(JdbcSink::plugin().own_checks(&config).into_iter().flat_map(|finding| finding.errors));
    let mut task = match driver.task_configs(&config, 1) {
        // The worker refuses such a configuration.
        _ if !told.is_empty() => None,
        Ok(configs) => driver.start(&configs[0]).map_err(|error| told.push(error.message().to_owned())).ok(),
        Err(error) => {
            told.push(error.message().to_owned());
            None
        }
    };
    let phases = case["phases"].as_array().unwrap();
    for index in 0..phases.len() {
        let records = if index == 0 { &case["records"] } else { &case["steps"][index - 1] };
        let records: Vec<(String, Option<String>, Option<String>)> =
            records.as_array().unwrap().iter().map(|r| record(name, r)).collect();
        if let Some(running) = &mut task {
            let batch = consumed(&records, &config, offset);
            offset += records.len() as i64;
            let put = batch.and_then(|batch| put(&mut driver, running, &batch));
            if let Err(error) = put {
                told.push(error);
                task = None;
            }
        }
        found.push((server.tables(&database), task.is_none()));
    }
    let phase = |phase: &Json| {
        let failed = phase["failed"].as_bool().unwrap() || !case["created"].as_bool().unwrap();
        (
            phase["tables"].as_object().unwrap().iter().map(|(name, table)| (name.clone(), server.expected(table))).collect(),
            failed,
        )
    };
    (phases.iter().map(phase).collect(), found, told)
}

/// Puts a batch, as often as the task wants it.
fn put(
    driver: &mut NativeSink<JdbcSink>,
    task: &mut <NativeSink<JdbcSink> as SinkDriver>::Task,
    batch: &[u8],
) -> Result<(), String> {
    loop {
        match driver.put(task, batch) {
            Err(error) if error.kind() == ErrorKind::Retriable => {}
            put => return put.map_err(|error| error.message().to_owned()),
        }
    }
}

fn record(case: &str, record: &Json) -> (String, Option<String>, Option<String>) {
    let text = |part: &str| record[part].as_str().map(str::to_owned);
    (text("topic").unwrap_or_else(|| case.to_owned()), text("key"), text("value"))
}
