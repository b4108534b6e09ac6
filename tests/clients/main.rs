//! Other projects' clients of the REST API, as their registries have them, against a worker of a cluster: every call gives what it
//! gives with the JVM's worker. With `CAISSON_RECORD` set the JVM's worker is asked instead, and what it gives is kept.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use caisson_harness::broker::{fresh, shared};
use caisson_harness::clients;
use caisson_harness::distribution::Distribution;
use caisson_harness::worker::{Plan, Worker};
use serde_json::{Value, json};

/// Set to record what the JVM's worker gives.
const RECORD: &str = "CAISSON_RECORD";

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(file)
}

/// A fresh cluster of one worker, of the kind that is asked for.
fn worker(folder: &Path, jvm: bool) -> anyhow::Result<Worker> {
    let group = fresh("clients");
    let mut plan = Plan::in_cluster(folder, shared()?, &group)?;
    if !jvm {
        // What Apache Kafka comes with, as the JVM's worker had it.
        plan.set("plugin.allowlist", "org.apache.kafka.*");
        return plan.start();
    }
    let distribution = Distribution::find()?;
    plan.set("plugin.path", &distribution.plugin_path().display().to_string());
    let mut command = distribution.java(&["-Xms64m", "-Xmx256m"], folder)?;
    command.arg("org.apache.kafka.connect.cli.ConnectDistributed").args(plan.arguments()?);
    plan.start_as(&command)
}

/// What a client's steps gave, and what they are to give.
fn compare(client: &str, steps: impl Fn(&Path) -> anyhow::Result<Command>) -> anyhow::Result<()> {
    let (folder, record) = (tempfile::tempdir()?, std::env::var_os(RECORD).is_some());
    let worker = worker(folder.path(), record)?;
    let (file, topic) = (folder.path().join("lines.txt"), fresh("clients"));
    fs::write(&file, "one\n")?;
    let mut command = steps(folder.path())?;
    command.arg(worker.rest().base()).arg(&file).arg(&topic);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    let text = String::from_utf8(output.stdout)?;
    if !output.status.success() {
        bail!("{command:?}: {}{text}\n{}", String::from_utf8_lossy(&output.stderr), worker.log());
    }
    let id = worker.rest().base().trim_start_matches("http://").to_owned();
    let text = text.replace(&id, "WORKER").replace(&file.display().to_string(), "FILE").replace(&topic, "TOPIC");
    let mut got: Vec<Value> = serde_json::from_str(&text).with_context(|| text.clone())?;
    got.iter_mut().for_each(steady);
    let golden = here(&format!("golden/{client}.jsonl"));
    if record {
        let lines: String = got.iter().map(|step| format!("{step}\n")).collect();
        return fs::write(&golden, lines).with_context(|| golden.display().to_string());
    }
    let wanted: Vec<Value> =
        fs::read_to_string(&golden)?.lines().map(serde_json::from_str).collect::<Result<_, _>>().context("golden file")?;
    for (got, wanted) in got.iter().zip(&wanted) {
        assert_eq!(got, wanted, "{client}");
    }
    assert_eq!(got.len(), wanted.len(), "{client}: steps");
    worker.terminate()
}

/// Takes out what differs from run to run: versions of plugins.
fn steady(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(steady),
        Value::Object(fields) => {
            if let Some(version) = fields.get_mut("version") {
                *version = json!("VERSION");
            }
            fields.values_mut().for_each(steady);
        }
        _ => {}
    }
}

fn python(script: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(clients::python()?);
    command.arg(here(script));
    Ok(command)
}

#[test]
fn kafka_connect_py_is_served_as_by_the_jvm() {
    compare("kafka-connect-py", |_| python("kafka_connect_py_steps.py")).unwrap();
}

#[test]
fn kpops_is_served_as_by_the_jvm() {
    compare("kpops", |_| python("kpops_steps.py")).unwrap();
}

#[test]
fn sourcelabs_client_is_served_as_by_the_jvm() {
    compare("sourcelab", |folder| {
        let (java, jars) = (|| Command::new("java"), clients::jars()?.join("*"));
        let mut compile = java();
        compile.args(["-jar".into(), compiler()?]).args(["-17", "-nowarn", "-cp"]);
        // The compiler takes no wildcards.
        compile.arg(std::env::join_paths(jar_files()?)?).arg("-d").arg(folder).arg(here("SourcelabSteps.java"));
        let output = compile.output()?;
        if !output.status.success() {
            bail!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        }
        let mut command = java();
        command.arg("-cp").arg(std::env::join_paths([jars, folder.to_path_buf()])?).arg("SourcelabSteps");
        Ok(command)
    })
    .unwrap();
}

fn jar_files() -> anyhow::Result<Vec<PathBuf>> {
    Ok(fs::read_dir(clients::jars()?)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?)
}

fn compiler() -> anyhow::Result<PathBuf> {
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ecj-"));
    jar_files()?.into_iter().find(named).context("no compiler among the jars")
}
