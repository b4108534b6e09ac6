//! Configurations validated by a running worker, against what Kafka Connect's `StandaloneHerder` made of them.

use std::fs;
use std::path::{Path, PathBuf};

use caisson::config::definition::Type;
use caisson::config::value::Value as ConfigValue;
use caisson_harness::rest::Rest;
use caisson_harness::worker::Plan;
use serde_json::{Value, json};

/// Texts that the JVM's regular expressions and class loader word differently.
const WORDED_BY_JAVA: [&str; 2] = ["Invalid regex: ", "available connectors are: "];

fn vectors(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e").join(name)
}

/// The parts of an answer that both must have: what is recommended depends on the plugins installed.
fn essence(config: &Value) -> Value {
    let value = match config.get("definition") {
        Some(_) => &config["value"],
        None => config,
    };
    let errors: Vec<String> =
        value["errors"].as_array().into_iter().flatten().map(|error| worded(error.as_str().unwrap())).collect();
    json!({
        "name": value["name"], "value": value["value"], "errors": errors,
        "visible": value.get("visible").unwrap_or(&Value::Bool(true)),
    })
}

fn worded(text: &str) -> String {
    match WORDED_BY_JAVA.iter().find_map(|start| text.split_once(start)) {
        Some((before, _)) => before.to_owned(),
        None => text.to_owned(),
    }
}

/// What the worker made of a case, and what Kafka Connect did.
fn outcomes(rest: &Rest, case: &Value) -> (Value, Value) {
    let class = case["config"]["connector.class"].as_str().filter(|class| !class.is_empty()).unwrap_or("FileStreamSource");
    let path = format!("/connector-plugins/{class}/config/validate");
    let answer = rest.call("PUT", &path, Some(&case["config"])).unwrap();
    let expected = &case["output"];
    if let Some(error) = expected.get("error") {
        // It comes wrapped, and from the second time on with another prefix.
        let message = answer.body["message"].as_str().unwrap_or_default();
        let wanted = error["message"]
            .as_str()
            .unwrap_or_default()
            .trim_start_matches("org.apache.kafka.connect.errors.ConnectException: ");
        let told = message.trim_start_matches("org.apache.kafka.connect.runtime.rest.errors.BadRequestException: ");
        return (json!(worded(told)), json!(worded(wanted)));
    }
    // Kafka lists a converter's keys in the order of a HashMap.
    let of_converter = |config: &Value| config["name"].as_str().filter(|name| name.contains("converter.")).map(str::to_owned);
    let all = |configs: &Value| {
        let (mut converters, mut all): (Vec<Value>, Vec<Value>) =
            configs.as_array().into_iter().flatten().map(essence).partition(|config| of_converter(config).is_some());
        converters.sort_by_key(of_converter);
        all.extend(converters);
        all
    };
    let told = json!({"name": answer.body["name"], "count": answer.body["error_count"], "configs": all(&answer.body["configs"])});
    let wanted = json!({"name": expected["name"], "count": expected["error_count"], "configs": all(&expected["configs"])});
    (told, wanted)
}

#[test]
fn configurations_are_judged_as_by_kafka_connect() {
    let folder = tempfile::tempdir().unwrap();
    let worker = Plan::on_local_log(folder.path()).unwrap().start().unwrap();
    let cases = fs::read_to_string(vectors("rest-validate.jsonl")).unwrap();
    let mut differences = Vec::new();
    for line in cases.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (told, wanted) = outcomes(worker.rest(), &case);
        if told != wanted {
            differences.push(format!("{}\n  told   {told}\n  wanted {wanted}", case["config"]));
        }
    }
    let shown = differences.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} of {} differ:\n{shown}", differences.len(), cases.lines().count());
}

/// The value as the vectors have it.
fn tagged(value: &ConfigValue, type_: Type) -> Value {
    match value {
        ConfigValue::Boolean(value) => json!({ "boolean": value }),
        ConfigValue::Integer(value) if type_ == Type::Long => json!({ "int64": value.to_string() }),
        ConfigValue::Integer(value) if type_ == Type::Short => json!({ "int16": value }),
        ConfigValue::Integer(value) => json!({ "int32": value }),
        ConfigValue::Double(_) => json!({ "float64": value.text() }),
        ConfigValue::List(items) => json!({ "array": items.iter().map(|item| json!({ "string": item })).collect::<Vec<_>>() }),
        ConfigValue::Password(text) => json!({ "password": text }),
        other => json!({ "string": other.text() }),
    }
}

#[test]
fn texts_are_parsed_as_by_config_def() {
    for line in fs::read_to_string(vectors("config-parse.jsonl")).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let type_ = Type::from_name(case["type"].as_str().unwrap()).unwrap();
        let parsed = ConfigValue::parse(case["name"].as_str().unwrap(), case["text"].as_str().unwrap(), type_);
        match parsed {
            Ok(value) => assert_eq!(tagged(&value, type_), case["output"]["value"], "{line}"),
            Err(error) => assert_eq!(error.0, case["output"]["error"]["message"], "{line}"),
        }
    }
}
