//! `/metrics`, and the dashboard that is drawn from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use caisson_harness::broker::free_ports;
use caisson_harness::deadline::until;
use caisson_harness::exchange::{connect, exchange};
use caisson_harness::worker::Plan;
use caisson_tests::pipelines::plain_source;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);

/// The series of a scrape: names, each with its labels and their values, and the value.
type Scrape = BTreeMap<String, Vec<(BTreeMap<String, String>, f64)>>;

fn scrape(port: u16) -> Scrape {
    let answer = exchange(connect(port).unwrap(), "GET", "/metrics", &["Host: localhost".to_owned()], None).unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    assert!(answer.body.ends_with("# EOF\n"));
    let mut series = Scrape::new();
    for line in answer.body.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = name.split_once('{').unwrap_or((name, "}"));
        let labels = labels.trim_end_matches('}').split(',').filter_map(|label| label.split_once('='));
        let labels = labels.map(|(label, value)| (label.to_owned(), value.trim_matches('"').to_owned())).collect();
        series.entry(name.to_owned()).or_default().push((labels, value.parse().unwrap()));
    }
    series
}

/// The value of a series of a connector.
fn value(scrape: &Scrape, name: &str, connector: &str) -> f64 {
    let of_connector =
        |(labels, _): &&(BTreeMap<String, String>, f64)| labels.get("connector").is_some_and(|one| one == connector);
    scrape.get(name).and_then(|series| series.iter().find(of_connector)).map_or(f64::NAN, |(_, value)| *value)
}

/// The words of a query, and those of them that name series.
fn words(query: &str) -> impl Iterator<Item = &str> {
    query.split(|char: char| !char.is_ascii_alphanumeric() && char != '_').filter(|word| !word.is_empty())
}

/// Names and labels that a query of the dashboard uses and the scrape has not.
fn missing(query: &str, scrape: &Scrape) -> Vec<String> {
    let names: Vec<&str> =
        words(query).filter(|word| word.starts_with("kafka_connect_") || word.starts_with("caisson_")).collect();
    let mut missing: Vec<String> =
        names.iter().filter(|name| !scrape.contains_key(**name)).map(|name| (*name).to_owned()).collect();
    let uses_connector = query.contains("connector=~") || query.contains("by (connector)") || query.contains(", connector)");
    for name in names.into_iter().filter(|_| uses_connector) {
        let labelled = scrape.get(name).is_some_and(|series| series.iter().all(|(labels, _)| labels.contains_key("connector")));
        if !labelled {
            missing.push(format!("{name}: connector"));
        }
    }
    missing
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Series that the JVM's worker has not.
fn the_workers_own_are_as_documented(seen: &Scrape) {
    let alone = |name: &str| seen[name][0].1;
    let of = |name: &str, label: &str, wanted: &str| {
        let mut series = seen[name].iter();
        series.find(|(labels, _)| labels.get(label).is_some_and(|value| value == wanted)).map(|(_, value)| *value)
    };
    assert_eq!(of("caisson_sandbox_limits_hit_total", "limit", "fuel"), Some(0.0));
    assert!(of("caisson_sandbox_host_calls_total", "interface", "filesystem").unwrap() > 3.0);
    assert!(of("caisson_sandbox_host_call_seconds_total", "interface", "filesystem").unwrap() > 0.0);
    assert!(of("caisson_sandbox_host_calls_total", "interface", "offset-reader").unwrap() >= 1.0);
    assert!(alone("caisson_plugin_compilations_total") + alone("caisson_plugin_cache_hits_total") >= 1.0);
    assert_eq!(value(seen, "caisson_dead_letter_queue_pending", "snk"), 0.0);
    let documentation = fs::read_to_string(root().join("docs/metrics.md")).unwrap();
    let documented: BTreeSet<&str> =
        documentation.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let own: BTreeSet<&str> = seen.keys().map(String::as_str).filter(|name| name.starts_with("caisson_")).collect();
    assert_eq!(own, documented);
}

#[test]
fn what_is_measured_has_kafkas_names_and_the_dashboard_asks_for_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let [port] = free_ports().unwrap();
    let mut plan = Plan::at(folder.path(), port);
    plan.set("local.log.dir", &at("log").display().to_string());
    plan.set("offset.flush.interval.ms", "100");
    let worker = plan.start().unwrap();
    fs::write(at("in.txt"), "one\ntwo\nthree\n").unwrap();
    let source = plain_source(&at("in.txt"), "t");
    worker.rest().create("src", &source).unwrap();
    let mut sink = source.clone();
    sink["connector.class"] = "FileStreamSink".into();
    sink["file"] = at("out.txt").display().to_string().into();
    sink["topics"] = "t".into();
    sink.as_object_mut().unwrap().remove("topic");
    worker.rest().create("snk", &sink).unwrap();
    let seen = until("three records are counted on both sides", LIMIT, || {
        let seen = scrape(port);
        let written = value(&seen, "kafka_connect_source_task_source_record_write_total", "src");
        let put = value(&seen, "kafka_connect_sink_task_sink_record_send_total", "snk");
        let committed = value(&seen, "kafka_connect_sink_task_offset_commit_completion_total", "snk");
        if written == 3.0 && put == 3.0 && committed >= 1.0 {
            Ok(Some(seen))
        } else {
            anyhow::bail!("{written} {put} {committed}")
        }
    })
    .unwrap();
    for (name, connector, wanted) in [
        ("kafka_connect_source_task_source_record_poll_total", "src", 3.0),
        ("kafka_connect_sink_task_sink_record_read_total", "snk", 3.0),
        ("kafka_connect_sink_task_partition_count", "snk", 1.0),
        ("kafka_connect_worker_connector_running_task_count", "src", 1.0),
        ("kafka_connect_connector_task_running_ratio", "snk", 1.0),
        ("kafka_connect_task_error_total_record_errors", "src", 0.0),
    ] {
        assert_eq!(value(&seen, name, connector), wanted, "{name}");
    }
    let alone = |name: &str| seen[name][0].1;
    assert_eq!((alone("kafka_connect_worker_connector_count"), alone("kafka_connect_worker_task_count")), (2.0, 2.0));
    assert_eq!(alone("kafka_connect_worker_task_startup_success_total"), 2.0);
    assert!(alone("caisson_sandbox_memory_bytes") > 65536.0 && alone("caisson_sandbox_calls_total") > 5.0);
    assert!(value(&seen, "caisson_task_fuel_total", "src") > 1000.0);
    the_workers_own_are_as_documented(&seen);
    let statuses: BTreeSet<&str> =
        seen["kafka_connect_connector_status"].iter().map(|(labels, _)| labels["status"].as_str()).collect();
    assert_eq!(statuses, BTreeSet::from(["running"]));
    let dashboard = root().join("grafana/caisson.json");
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(dashboard).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let queries = panels.flat_map(|panel| panel["targets"].as_array().unwrap()).map(|target| &target["expr"]);
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter().map(|variable| &variable["query"]);
    let queries: Vec<&str> =
        queries.chain(variables).map(|query| query.as_str().unwrap()).filter(|query| *query != "prometheus").collect();
    assert!(queries.len() > 20, "{} queries", queries.len());
    let missing: Vec<Value> = queries.iter().flat_map(|query| missing(query, &seen)).map(Value::from).collect();
    assert_eq!(json!(missing), json!([]));
}
