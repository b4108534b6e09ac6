//! References in configurations: followed where a connector and its tasks run, shown by no answer.

use std::fs;
use std::time::Duration;

use caisson_harness::deadline::until;
use caisson_harness::worker::Plan;
use caisson_tests::pipelines::plain_source;
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);

// I25
#[test]
fn references_are_followed_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    fs::create_dir(at("secrets")).unwrap();
    fs::write(at("secrets/topic"), "hidden-topic").unwrap();
    fs::write(at("worker-secrets"), "flush=100\n").unwrap();
    fs::write(at("in.txt"), "one\n").unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("config.providers", "file,dir");
    plan.set("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider");
    plan.set("config.providers.dir.class", "org.apache.kafka.common.config.provider.DirectoryConfigProvider");
    plan.set("config.providers.dir.param.allowed.paths", &at("secrets"));
    // The worker's own properties may refer too; an unresolved text would be refused as no number.
    plan.set("offset.flush.interval.ms", &format!("${{file:{}:flush}}", at("worker-secrets")));
    let worker = plan.start().unwrap();
    let rest = worker.rest();
    let reference = format!("${{dir:{}:topic}}", at("secrets"));
    let mut config = plain_source(&folder.path().join("in.txt"), "unused");
    config["topic"] = Value::from(reference.clone());
    let created = rest.create("src", &config).unwrap();
    assert_eq!(created["config"]["topic"], reference);
    rest.await_running("src", LIMIT).unwrap();
    until("the topic is used", LIMIT, || {
        Ok((rest.get("/connectors/src/topics")? == json!({"src": {"topics": ["hidden-topic"]}})).then_some(()))
    })
    .unwrap();
    for path in ["/connectors?expand=info&expand=status", "/connectors/src", "/connectors/src/config", "/connectors/src/tasks"] {
        let shown = rest.get(path).unwrap().to_string();
        assert!(!shown.contains("hidden-topic"), "{path}: {shown}");
    }
    assert_eq!(rest.get("/connectors/src/tasks").unwrap()[0]["config"]["topic"], reference);
}

#[test]
fn a_reference_that_cannot_be_followed_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = Plan::on_local_log(folder.path()).unwrap();
    plan.set("config.providers", "file");
    plan.set("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider");
    let worker = plan.start().unwrap();
    let mut config = plain_source(&folder.path().join("in.txt"), "t");
    config["topic"] = Value::from("${file:/no/where:topic}");
    let request = json!({"name": "src", "config": config});
    let answer = worker.rest().call("POST", "/connectors", Some(&request)).unwrap();
    assert_eq!((answer.status, &answer.body["message"]), (500, &json!("Could not read properties from file /no/where")));
    assert_eq!(worker.rest().get("/connectors").unwrap(), json!([]));
}
