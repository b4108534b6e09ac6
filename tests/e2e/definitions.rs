//! Definitions of the built-in plugins, and what validation by them makes of configurations, against Kafka's classes.
//!
//! Runs the cases kept beside this file, or those of `configdef.jsonl` in the folder that `CAISSON_VECTORS` names; `CAISSON_KEEP` names a
//! file that those which agree are written to.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use caisson::config::Props;
use caisson::config::definition::{ConfigKey, Default, Importance};
use caisson::config::sandbox::Limits;
use caisson::config::validation::ConfigValue;
use caisson::herder::own_checks::OwnChecks;
use caisson::plugin::Plugin;
use caisson::plugin::catalogue::Catalogue;
use caisson::sandbox::Sandbox;
use caisson::sandbox::grant::ceiling::Ceiling;
use serde_json::{Value, json};

/// How many cases there are beside this file: one that is lost must not go unseen.
const CASES: usize = 480;

fn cases() -> String {
    let path = match std::env::var_os("CAISSON_VECTORS") {
        Some(folder) => Path::new(&folder).join("configdef.jsonl"),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/config-validate.jsonl"),
    };
    fs::read_to_string(path).unwrap()
}

fn plugin(catalogue: &Catalogue, class: &str) -> Option<Arc<Plugin>> {
    catalogue.list().iter().find(|plugin| plugin.class() == class).cloned()
}

/// The JVM has no words for its own exceptions that are Kafka's.
fn is_judged(case: &Value) -> bool {
    let is_asked = matches!(case["op"].as_str(), Some("config" | "validate" | "validateFull"));
    is_asked && case["output"]["error"].is_null()
}

/// What a configuration is told, by key.
fn told(values: &[ConfigValue]) -> BTreeMap<String, Value> {
    let shown = |value: &ConfigValue| json!({ "value": value.value.text(), "errors": value.errors, "visible": value.visible, "recommended": value.recommended });
    values.iter().map(|value| (value.name.clone(), shown(value))).collect()
}

fn told_by_kafka(case: &Value) -> BTreeMap<String, Value> {
    let mut told = BTreeMap::new();
    for config in case["output"]["configs"].as_array().unwrap() {
        let value = config.get("value").filter(|value| value.is_object()).unwrap_or(config);
        let list = |key: &str| value.get(key).cloned().unwrap_or(json!([]));
        let visible = value.get("visible").cloned().unwrap_or(Value::Bool(true));
        let shown = json!({
            "value": value["value"], "errors": list("errors"), "visible": visible, "recommended": list("recommended_values"),
        });
        told.insert(value["name"].as_str().unwrap().to_owned(), shown);
    }
    told
}

/// A definition as REST shows it.
fn defined(key: &ConfigKey) -> Value {
    let default = match &key.default {
        Default::Required => None,
        Default::Value(value) => value.text(),
    };
    let importance = match key.importance {
        Importance::High => "HIGH",
        Importance::Medium => "MEDIUM",
        Importance::Low => "LOW",
    };
    json!({
        "name": key.name, "type": key.type_.name(), "required": key.is_required(), "default_value": default,
        "importance": importance, "documentation": key.documentation, "group": key.group,
        "order_in_group": key.order_in_group, "width": key.width, "display_name": key.display_name, "dependents": key.dependents,
    })
}

/// Definitions in order, and the groups; none where the case shows none.
fn definitions(plugin: &Plugin, case: &Value) -> (Value, Value) {
    let output = &case["output"];
    let wanted: Vec<&Value> =
        output["configs"].as_array().unwrap().iter().filter_map(|config| config.get("definition")).collect();
    if wanted.is_empty() && case["op"] != "config" {
        return (Value::Null, Value::Null);
    }
    let found: Vec<Value> = plugin.config.keys().iter().map(defined).collect();
    (json!([found, plugin.config.groups()]), json!([wanted, output["groups"]]))
}

async fn differences(own: &OwnChecks, plugin: &Arc<Plugin>, case: &Value) -> Vec<String> {
    let given = case["config"].as_object().cloned().unwrap_or_default();
    let raw = given.iter().map(|(key, value)| (key.clone(), value.as_str().map(str::to_owned))).collect();
    let props: Props = given.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    let mut values = plugin.config.validate(&raw);
    own.add(&mut values, plugin, &props, "").await;
    let count: usize = values.iter().map(|value| value.errors.len()).sum();
    let (found, wanted) = definitions(plugin, case);
    let pairs = [
        (json!(told(&values)), json!(told_by_kafka(case))),
        (json!(count), case["output"]["error_count"].clone()),
        (found, wanted),
    ];
    let differ = pairs.into_iter().filter(|(told, wanted)| told != wanted);
    differ.map(|(told, wanted)| format!("{} {}\n  told   {told}\n  wanted {wanted}", case["id"], case["config"])).collect()
}

#[tokio::test]
async fn plugins_are_defined_and_judge_as_kafkas() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::new(Some(folder.path()), Ceiling::default()).unwrap();
    let catalogue = sandbox.catalogue_of("", folder.path()).await;
    let own = OwnChecks::new(sandbox, Limits::default());
    let (mut agreed, mut differ) = (Vec::new(), Vec::new());
    for line in cases().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let Some(plugin) = plugin(&catalogue, case["class"].as_str().unwrap()).filter(|_| is_judged(&case)) else { continue };
        let found = differences(&own, &plugin, &case).await;
        if found.is_empty() {
            agreed.push(line.to_owned());
        }
        differ.extend(found);
    }
    if let Some(path) = std::env::var_os("CAISSON_KEEP") {
        fs::write(path, agreed.join("\n") + "\n").unwrap();
    }
    let shown = differ.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(differ.is_empty(), "{} agree, but there are differences:\n{shown}", agreed.len());
    if std::env::var_os("CAISSON_VECTORS").is_none() {
        assert_eq!(agreed.len(), CASES);
    }
}

/// The probe that has every key.
async fn every_key(folder: &Path) -> (OwnChecks, Arc<Plugin>) {
    let probe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components/probe-every-key.wasm");
    fs::copy(probe, folder.join("every-key.wasm")).unwrap();
    let sandbox = Sandbox::new(Some(folder), Ceiling::default()).unwrap();
    let catalogue = sandbox.catalogue_of(&folder.display().to_string(), folder).await;
    (OwnChecks::new(sandbox, Limits::default()), plugin(&catalogue, "caisson.probe.EveryKey").unwrap())
}

/// What the worker tells of a configuration of the probe that has every key: value, errors, recommended values and visibility.
async fn told_of_every_key(own: &OwnChecks, plugin: &Arc<Plugin>, given: &[(&str, &str)]) -> BTreeMap<String, Value> {
    let props: Props = given.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
    let raw = props.iter().map(|(key, text)| (key.clone(), Some(text.clone()))).collect();
    let mut values = plugin.config.validate(&raw);
    own.add(&mut values, plugin, &props, "").await;
    told(&values)
}

#[tokio::test]
async fn everything_a_key_can_have_passes_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let (own, plugin) = every_key(folder.path()).await;

    let pairs = plugin.config.key("pairs").unwrap();
    assert_eq!(
        defined(pairs),
        json!({
            "name": "pairs", "type": "INT", "required": true, "default_value": null, "importance": "HIGH",
            "documentation": "How many there are.", "group": "Pairs", "order_in_group": 1, "width": "SHORT",
            "display_name": "Number of things", "dependents": ["names"],
        })
    );

    let good = [
        ("pairs", "4"),
        ("names", "n, m"),
        ("text", "t"),
        ("small", "-7"),
        ("large", "9223372036854775807"),
        ("ratio", "1"),
        ("some", "y"),
        ("format", "caisson.probe.Avro"),
        ("secret", "s"),
    ];
    let told = told_of_every_key(&own, &plugin, &good).await;
    let wanted = [
        ("pairs", json!("4")),
        ("names", json!("n,m")),
        ("flag", json!("true")),
        ("text", json!("t")),
        ("word", json!("a")),
        ("case", json!("A")),
        ("small", json!("-7")),
        ("large", json!("9223372036854775807")),
        ("ratio", json!("1.0")),
        ("some", json!("y")),
        ("few", Value::Null),
        ("format", json!("caisson.probe.Avro")),
        ("secret", json!("[hidden]")),
        ("pattern", json!(".*")),
    ];
    assert_eq!(told.len(), wanted.len());
    for (key, value) in wanted {
        assert_eq!((&told[key]["value"], &told[key]["errors"]), (&value, &json!([])), "{key}");
    }
    assert_eq!((&told["names"]["recommended"], &told["names"]["visible"]), (&json!(["pair-1", "pair-2"]), &json!(true)));
    assert_eq!(told["flag"]["recommended"], json!(["true", "false"]));
}

#[tokio::test]
async fn every_check_passes_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let (own, plugin) = every_key(folder.path()).await;
    let refused = [
        ("pairs", "3", "Invalid value 3 for configuration pairs: must be even"),
        ("pairs", "-2", "Invalid value -2 for configuration pairs: Value must be at least 0"),
        ("names", "n,n", "Configuration 'names' values must not be duplicated."),
        ("flag", "yes", "Invalid value yes for configuration flag: Expected value to be either true or false"),
        (
            "text",
            "a\u{1}b",
            "Invalid value a\u{1}b for configuration text: String may not contain control sequences but had the following ASCII chars: 1",
        ),
        ("word", "c", "Invalid value c for configuration word: String must be one of: a, b"),
        ("case", "c", "Invalid value c for configuration case: String must be one of (case insensitive): A, B"),
        ("large", "x", "Invalid value x for configuration large: Not a number of type LONG"),
        ("ratio", "1.5", "Invalid value 1.5 for configuration ratio: Value must be no more than 1.0"),
        ("some", "", "Configuration 'some' must not be empty. Valid values include: [x, y]"),
        ("some", "z", "Invalid value z for configuration some: String must be one of: x, y"),
        ("few", "a,b", "Invalid value [a, b] for configuration few: exceeds maximum list size of [1]."),
        (
            "format",
            "no.such.Class",
            "Invalid value no.such.Class for configuration format: Class no.such.Class could not be found.",
        ),
    ];
    for (key, text, error) in refused {
        let told = told_of_every_key(&own, &plugin, &[("pairs", "0"), (key, text)]).await;
        assert_eq!(told[key]["errors"], json!([error]), "{key}={text}");
    }
    assert_eq!(told_of_every_key(&own, &plugin, &[("pairs", "0")]).await["names"]["visible"], json!(false));
}
