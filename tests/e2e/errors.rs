//! `errors.*` of sources and sinks as users see them: log lines, retries and tolerance (KIP-298), on the local log.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use caisson_harness::deadline::until;
use caisson_harness::worker::{Plan, Worker};
use caisson_tests::pipelines::{plain_sink, plain_source};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(60);
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";

fn worker(folder: &Path) -> Worker {
    let plugins = folder.join("plugins");
    fs::create_dir(&plugins).unwrap();
    let components = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components");
    fs::copy(components.join("probe-fragile.wasm"), plugins.join("probe-fragile.wasm")).unwrap();
    let mut plan = Plan::on_local_log(folder).unwrap();
    plan.set("plugin.path", &plugins.display().to_string());
    plan.set("offset.flush.interval.ms", "200");
    plan.start().unwrap()
}

/// Lines of a file through transformations of the probe into the topic `lines`.
fn source(folder: &Path, lines: &[&str], transforms: &[&str]) -> Value {
    let input = folder.join("in.txt");
    fs::write(&input, lines.join("\n") + "\n").unwrap();
    let mut config = plain_source(&input, "lines");
    config["transforms"] = transforms.join(",").into();
    for class in transforms {
        config[format!("transforms.{class}.type")] = format!("caisson.probe.{class}").into();
    }
    config["errors.log.enable"] = "true".into();
    config["errors.log.include.messages"] = "true".into();
    config
}

/// The topic `lines` into a file.
fn text_sink(folder: &Path) -> Value {
    let output = folder.join("out.txt");
    json!({ "connector.class": "FileStreamSink", "file": output, "topics": "lines", "key.converter": STRING, "value.converter": STRING })
}

fn await_lines(folder: &Path, expected: &[&str]) {
    let output = folder.join("out.txt");
    until("all lines are out", LIMIT, || {
        let text = fs::read_to_string(&output)?;
        match text.lines().eq(expected.iter().copied()) {
            true => Ok(Some(())),
            false => anyhow::bail!("{text}"),
        }
    })
    .unwrap();
}

/// What follows the owner on the worker's log line that begins so, with the line after it.
fn logged(worker: &Worker, beginning: &str) -> (String, String) {
    let log = worker.log();
    let mut lines = log.lines().skip_while(|line| !line.contains(beginning));
    let line = lines.next().unwrap_or_else(|| panic!("`{beginning}` is not in the log: {log}"));
    let start = line.find(beginning).unwrap();
    (line[start..].to_owned(), lines.next().unwrap_or_default().to_owned())
}

/// The line that Kafka Connect logs, and the exception below it.
#[test]
fn a_failed_record_of_a_sink_is_logged_in_kafkas_words() {
    for messages in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let worker = worker(folder.path());
        let input = folder.path().join("in.txt");
        fs::write(&input, "{\"id\":1}\n{bad\n{\"id\":2}\n").unwrap();
        worker.rest().create("in", &plain_source(&input, "lines")).unwrap();
        let mut config = plain_sink("lines", &folder.path().join("out.txt"));
        config["errors.tolerance"] = "all".into();
        config["errors.log.enable"] = "true".into();
        config["errors.log.include.messages"] = messages.to_string().into();
        worker.rest().create("out", &config).unwrap();
        await_lines(folder.path(), &["{id=1}", "{id=2}"]);
        let (line, cause) = logged(&worker, "Error encountered in task out-0.");
        let stage = "Error encountered in task out-0. Executing stage 'VALUE_CONVERTER' with class \
                     'org.apache.kafka.connect.json.JsonConverter'";
        let place = ", where consumed record is {topic='lines', partition=0, offset=1, timestamp=";
        if messages {
            let rest = line.strip_prefix(&format!("{stage}{place}")).unwrap_or_else(|| panic!("{line}"));
            let timestamp = rest.strip_suffix(", timestampType=CreateTime}.").unwrap_or_else(|| panic!("{line}"));
            timestamp.parse::<i64>().unwrap();
        } else {
            assert_eq!(line, format!("{stage}."));
        }
        assert_eq!(
            cause.trim_end(),
            "org.apache.kafka.connect.errors.DataException: Converting byte[] to Kafka Connect data failed due to serialization \
             error:"
        );
        worker.terminate().unwrap();
    }
}

/// A source has no dead letter queue: what is tolerated is logged and skipped.
#[test]
fn a_failed_record_of_a_source_is_skipped_and_logged() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path());
    let mut config = source(folder.path(), &["a", "data 1", "panic 2", "b"], &["Fragile"]);
    config["errors.tolerance"] = "all".into();
    worker.rest().create("in", &config).unwrap();
    worker.rest().create("out", &text_sink(folder.path())).unwrap();
    await_lines(folder.path(), &["a", "b"]);
    let (line, cause) = logged(&worker, "Error encountered in task in-0.");
    assert_eq!(
        line,
        format!(
            "Error encountered in task in-0. Executing stage 'TRANSFORMATION' with class 'caisson.probe.Fragile', where source record \
             is = SourceRecord{{sourcePartition={{filename={}}}, sourceOffset={{position=9}}}}.",
            folder.path().join("in.txt").display()
        )
    );
    assert_eq!(cause, "org.apache.kafka.connect.errors.DataException: a bad record");
    worker.terminate().unwrap();
}

/// A record that the broker will never take.
#[test]
fn a_record_too_large_is_skipped_or_fails_the_task() {
    for (tolerance, expected) in [("all", vec!["a", "b"]), ("none", vec!["a"])] {
        let folder = tempfile::tempdir().unwrap();
        let worker = worker(folder.path());
        let large = "x".repeat(3_000_000);
        let mut config = source(folder.path(), &["a", &large, "b"], &[]);
        config["errors.tolerance"] = tolerance.into();
        worker.rest().create("in", &config).unwrap();
        worker.rest().create("out", &text_sink(folder.path())).unwrap();
        await_lines(folder.path(), &expected);
        if tolerance == "all" {
            let (line, cause) = logged(&worker, "Error encountered in task in-0.");
            let stage = "Error encountered in task in-0. Executing stage 'KAFKA_PRODUCE' with class \
                         'org.apache.kafka.connect.runtime.WorkerSourceTask', where source record is = SourceRecord{";
            assert!(line.starts_with(stage) && line.ends_with("sourceOffset={position=3000003}}."), "{line}");
            assert!(cause.starts_with("org.apache.kafka.common.errors.RecordTooLargeException: "), "{cause}");
        } else {
            let trace = worker.rest().await_failed_task("in", 0, LIMIT).unwrap();
            let head = "org.apache.kafka.connect.errors.ConnectException: Unrecoverable exception from producer send callback\n\
                        Caused by: org.apache.kafka.common.errors.RecordTooLargeException: ";
            assert!(trace.starts_with(head), "{trace}");
        }
        worker.terminate().unwrap();
    }
}

/// The stage that failed is tried again, twice, and no other: the counts before and behind it have no gap.
#[test]
fn a_retry_repeats_only_the_stage_that_failed() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path());
    let mut config = source(folder.path(), &["a", "retry", "b", "c"], &["Counted", "Fragile"]);
    config["transforms"] = "Before,Fragile,Behind".into();
    config["transforms.Before.type"] = "caisson.probe.Counted".into();
    config["transforms.Behind.type"] = "caisson.probe.Counted".into();
    config["errors.retry.timeout"] = "60000".into();
    config["errors.retry.delay.max.ms"] = "400".into();
    let asked = Instant::now();
    worker.rest().create("in", &config).unwrap();
    worker.rest().create("out", &text_sink(folder.path())).unwrap();
    // The record keeps its place; behind the stage it is counted when it gets there.
    let output = folder.path().join("out.txt");
    until("all lines are out", LIMIT, || Ok((fs::read_to_string(&output)?.lines().count() == 4).then_some(()))).unwrap();
    let text = fs::read_to_string(&output).unwrap();
    let before: Vec<&str> = text.lines().map(|line| line.rsplit_once(" #").unwrap().0).collect();
    assert_eq!(before, ["a #1", "retry #2", "b #3", "c #4"]);
    let mut behind: Vec<&str> = text.lines().map(|line| line.rsplit_once(" #").unwrap().1).collect();
    behind.sort_unstable();
    assert_eq!(behind, ["1", "2", "3", "4"]);
    // The first wait is 300 ms, the second, beyond the bound, is random.
    assert!(asked.elapsed() >= Duration::from_millis(300));
    assert!(!worker.log().contains("Error encountered"), "{}", worker.log());
    worker.terminate().unwrap();
}

/// Retries end at their deadline; then the record is tolerated or not.
#[test]
fn retries_end_at_their_deadline() {
    for tolerance in ["all", "none"] {
        let folder = tempfile::tempdir().unwrap();
        let worker = worker(folder.path());
        let mut config = source(folder.path(), &["a", "never", "b"], &["Fragile"]);
        config["errors.retry.timeout"] = "700".into();
        config["errors.tolerance"] = tolerance.into();
        worker.rest().create("in", &config).unwrap();
        worker.rest().create("out", &text_sink(folder.path())).unwrap();
        if tolerance == "all" {
            await_lines(folder.path(), &["a", "b"]);
        } else {
            let trace = worker.rest().await_failed_task("in", 0, LIMIT).unwrap();
            let cause = "Caused by: org.apache.kafka.connect.errors.RetriableException: not ever";
            assert!(trace.contains("Tolerance exceeded in error handler") && trace.contains(cause), "{trace}");
            await_lines(folder.path(), &["a"]);
        }
        worker.terminate().unwrap();
    }
}

#[test]
fn a_failed_task_is_started_again_as_often_as_its_keys_say() {
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path());
    let mut config = source(folder.path(), &["data that is bad"], &["Fragile"]);
    config["task.restart.max.attempts"] = "2".into();
    config["task.restart.backoff.ms"] = "700".into();
    worker.rest().create("in", &config).unwrap();
    let trace = |wanted: &str| {
        until(&format!("the trace says: {wanted}"), LIMIT, || {
            let status = worker.rest().get("/connectors/in/status")?;
            let task = &status["tasks"][0];
            let told = task["state"] == "FAILED" && task["trace"].as_str().unwrap_or_default().ends_with(wanted);
            if told { Ok(Some(())) } else { anyhow::bail!("{status}") }
        })
        .unwrap();
    };
    trace("\nRestart 1 of 2 follows after 700 ms (task.restart.max.attempts).");
    trace("\nRestart 2 of 2 follows after 1400 ms (task.restart.max.attempts).");
    trace("\nRestarted 2 times in a row without success (task.restart.max.attempts).");

    // Restarted by a user it may fail as often again; it does not, once what made it fail is gone.
    worker.rest().ask("POST", "/connectors/in/tasks/0/restart", None).unwrap();
    trace("\nRestart 1 of 2 follows after 700 ms (task.restart.max.attempts).");
    fs::write(folder.path().join("in.txt"), "good\n").unwrap();
    worker.rest().await_running("in", LIMIT).unwrap();
    worker.rest().create("out", &text_sink(folder.path())).unwrap();
    await_lines(folder.path(), &["good"]);

    let refused = json!({ "connector.class": "FileStreamSource", "topic": "t", "task.restart.max.attempts": "-1" });
    let refused = worker.rest().call("PUT", "/connectors/refused/config", Some(&refused)).unwrap();
    assert_eq!(refused.status, 400);
    assert!(refused.body["message"].to_string().contains("task.restart.max.attempts"), "{refused:?}");
}
