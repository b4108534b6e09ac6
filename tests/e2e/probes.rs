//! Guests that misbehave, in a worker with a connector that does not: each FAILs its own task with a trace that names what it hit,
//! while the other keeps moving records and REST keeps answering.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use caisson_harness::deadline::until;
use caisson_harness::rest::Rest;
use caisson_harness::worker::{Plan, Worker};
use caisson_tests::pipelines::{line, plain_source};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(120);
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
/// The longest that REST may take beside a probe.
const REST_LIMIT: Duration = Duration::from_millis(100);
/// Requests are this far apart.
const REST_PAUSE: Duration = Duration::from_millis(10);
/// The neighbour's lines come this many at a time, this far apart: 20,000 a second, about 2 MB.
const LINES: u64 = 1_000;
const LINES_PAUSE: Duration = Duration::from_millis(50);
/// How far its output may be behind its input. The file sink writes every 500 ms; a neighbour that is held up falls behind more.
const LAG_LIMIT: u64 = 20_000;
/// One probe at a time has the machine: what it does to its neighbours is measured.
static ALONE: Mutex<()> = Mutex::new(());

fn components() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components")
}

/// A worker that has the probes on its `plugin.path`, with a pipeline from file to file.
fn worker(folder: &Path) -> Worker {
    let plugins = folder.join("plugins");
    fs::create_dir(&plugins).unwrap();
    for entry in fs::read_dir(components()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("probe-") && name.ends_with(".wasm") {
            fs::copy(&path, plugins.join(name)).unwrap();
        }
    }
    fs::write(folder.join("in.txt"), "").unwrap();
    let mut plan = Plan::on_local_log(folder).unwrap();
    plan.set("plugin.path", &plugins.display().to_string());
    // The file sink writes at each flush: not after a minute.
    plan.set("offset.flush.interval.ms", "500");
    plan.connector("busy-in", &plain_source(&folder.join("in.txt"), "busy"));
    let sink = json!({
        "connector.class": "FileStreamSink", "file": folder.join("out.txt"), "topics": "busy", "key.converter": STRING, "value.converter": STRING,
    });
    plan.connector("busy-out", &sink);
    plan.start().unwrap()
}

/// Whether the other side has hung up, waiting for it that long.
fn ended_within(end: &Receiver<()>, pause: Duration) -> bool {
    end.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected)
}

/// Asks the worker until the end, and keeps the longest wait for an answer.
fn ask(rest: &Rest, end: &Receiver<()>) -> Duration {
    let mut longest = Duration::ZERO;
    loop {
        let asked = Instant::now();
        rest.get("/connectors/busy-in/status").unwrap();
        longest = longest.max(asked.elapsed());
        if ended_within(end, REST_PAUSE) {
            return longest;
        }
    }
}

/// Gives the neighbour lines at an even rate; returns how many, and how many at most were not out yet.
fn feed(folder: &Path, end: &Receiver<()>) -> (u64, u64) {
    let mut input = fs::File::options().append(true).open(folder.join("in.txt")).unwrap();
    let length = line(0).len() as u64 + 1;
    let (started, mut written, mut behind) = (Instant::now(), 0, 0);
    loop {
        let lines: String = (written..written + LINES).map(|number| line(number) + "\n").collect();
        input.write_all(lines.as_bytes()).unwrap();
        written += LINES;
        let out = fs::metadata(folder.join("out.txt")).map_or(0, |output| output.len() / length);
        behind = behind.max(written - out);
        let due = LINES_PAUSE * u32::try_from(written / LINES).unwrap();
        if ended_within(end, due.saturating_sub(started.elapsed())) {
            return (written, behind);
        }
    }
}

/// Runs the probe until its task is FAILED, and returns the trace.
fn run(name: &str, config: Value) -> String {
    let folder = tempfile::tempdir().unwrap();
    run_in(folder.path(), name, config)
}

fn run_in(folder: &Path, name: &str, config: Value) -> String {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let worker = worker(folder);
    let rest = worker.rest();
    rest.await_running("busy-in", LIMIT).unwrap();
    rest.await_running("busy-out", LIMIT).unwrap();
    let ((end_asking, ask_end), (end_feeding, feed_end)) = (mpsc::channel(), mpsc::channel());
    let (trace, longest, (written, behind)) = thread::scope(|scope| {
        let (asking, feeding) = (scope.spawn(move || ask(rest, &ask_end)), scope.spawn(move || feed(folder, &feed_end)));
        let trace = rest.create(name, &config).and_then(|_| rest.await_failed_task(name, 0, LIMIT));
        drop((end_asking, end_feeding));
        (trace, asking.join().unwrap(), feeding.join().unwrap())
    });
    let trace = trace.unwrap_or_else(|error| panic!("{error:#}\n{}", worker.log()));
    println!("{name}: REST took {longest:?} at most, the neighbour was {behind} of {written} lines behind at most\n{trace}");
    assert!(longest < REST_LIMIT, "REST took {longest:?}");
    assert!(behind < LAG_LIMIT, "the neighbour was {behind} lines behind");
    // The neighbours run on, and lose nothing.
    for neighbour in ["busy-in", "busy-out"] {
        rest.await_running(neighbour, LIMIT).unwrap();
    }
    let output = folder.join("out.txt");
    let wanted = (0..written).map(|number| line(number).len() as u64 + 1).sum::<u64>();
    until("the neighbour's lines are all out", LIMIT, || Ok((fs::metadata(&output)?.len() >= wanted).then_some(()))).unwrap();
    assert!(fs::read_to_string(&output).unwrap().lines().eq((0..written).map(line)));
    worker.terminate().unwrap();
    trace
}

fn source(class: &str) -> Value {
    json!({ "connector.class": class, "topic": "probe", "sandbox.fuel.per.call": "1000000000" })
}

/// Fails unless the trace holds all of these.
fn names(trace: &str, parts: &[&str]) {
    for part in parts {
        assert!(trace.contains(part), "the trace does not name `{part}`: {trace}");
    }
}

/// I15. Enough fuel for several seconds, so that the neighbour would fall far behind if it were held up.
#[test]
fn an_endless_loop_runs_out_of_fuel() {
    let mut config = source("probe.EndlessLoop");
    config["sandbox.fuel.per.call"] = "60000000000".into();
    names(&run("loop", config), &["fuel", "60000000000", "sandbox.fuel.per.call"]);
}

/// I15
#[test]
fn endless_allocation_hits_the_memory_limit() {
    names(&run("allocation", source("probe.EndlessAllocation")), &["memory", "67108864", "sandbox.memory.bytes"]);
}

/// I7, I16
#[test]
fn a_panic_fails_the_task_alone() {
    names(&run("panic", source("probe.Panic")), &["crashed", "poll"]);
}

/// I15
#[test]
fn deep_recursion_hits_the_stack_limit() {
    names(&run("recursion", source("probe.DeepRecursion")), &["stack"]);
}

/// I15
#[test]
fn a_blocking_host_call_hits_the_call_timeout() {
    let mut config = source("probe.BlockingCall");
    config["sandbox.call.timeout.ms"] = "500".into();
    names(&run("blocking", config), &["500 ms", "sandbox.call.timeout.ms"]);
}

/// I15
#[test]
fn a_result_of_a_gigabyte_hits_the_memory_limit() {
    names(&run("huge", source("probe.GiantResult")), &["memory", "sandbox.memory.bytes"]);
}

#[test]
fn a_malformed_batch_fails_the_task() {
    names(&run("malformed", source("probe.MalformedBatch")), &["batch"]);
}

/// I3
#[test]
fn a_record_that_was_never_given_fails_the_task() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.txt");
    fs::write(&file, "one\n").unwrap();
    let mut config = plain_source(&file, "probe");
    config["transforms"] = "wrong".into();
    config["transforms.wrong.type"] = "probe.WrongId".into();
    names(&run_in(folder.path(), "wrong", config), &["4000000000"]);
}

/// I17
#[test]
fn a_file_that_no_key_names_is_refused() {
    let mut config = source("probe.FileAccess");
    config["path"] = "etc/passwd".into();
    names(&run("file", config), &["/etc/passwd", "sandbox.grants"]);
}

/// I17
#[test]
fn a_request_through_wasi_http_is_refused() {
    names(&run("http", source("probe.HttpRequest")), &["sandbox refused", "127.0.0.1:9", "wasi:http"]);
}

/// I17
#[test]
fn a_granted_folder_cannot_be_left() {
    let folder = tempfile::tempdir().unwrap();
    let granted = folder.path().join("granted");
    fs::create_dir(&granted).unwrap();
    fs::write(granted.join("mine"), "mine").unwrap();
    fs::write(folder.path().join("secret"), "secret").unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret"), granted.join("link")).unwrap();
    for path in ["../secret", "link"] {
        let room = tempfile::tempdir().unwrap();
        let mut config = source("probe.FileAccess");
        config["file"] = granted.join("mine").display().to_string().into();
        config["from"] = granted.display().to_string().into();
        config["path"] = path.into();
        names(&run_in(room.path(), "escape", config), &["sandbox refused", path]);
    }
}

/// I4: of a batch that traps only the guilty record is lost, and the errors.* keys decide about it.
#[test]
fn a_poisoned_record_costs_itself_alone() {
    let folder = tempfile::tempdir().unwrap();
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let lines: Vec<String> =
        (0..1000).map(|number| format!("line {number}{}", if number == 371 { " poison" } else { "" })).collect();
    fs::write(folder.path().join("poisoned.txt"), lines.join("\n") + "\n").unwrap();
    let worker = worker(folder.path());
    let mut config = plain_source(&folder.path().join("poisoned.txt"), "mixed");
    config["transforms"] = "poison".into();
    config["transforms.poison.type"] = "probe.Poison".into();
    config["errors.tolerance"] = "all".into();
    worker.rest().create("mixed", &config).unwrap();
    let output = folder.path().join("survivors.txt");
    let sink = json!({
        "connector.class": "FileStreamSink", "file": output, "topics": "mixed", "key.converter": STRING, "value.converter": STRING,
    });
    worker.rest().create("survivors", &sink).unwrap();
    let last = format!("{}\n", lines[999]);
    until("the last line is out", LIMIT, || Ok(fs::read_to_string(&output)?.ends_with(&last).then_some(()))).unwrap();
    let survivors = fs::read_to_string(&output).unwrap();
    assert!(survivors.lines().eq(lines.iter().filter(|line| !line.ends_with("poison"))));
    worker.terminate().unwrap();
}

/// I6
#[test]
fn a_spinning_plugin_does_not_hold_up_the_stop() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let worker = worker(folder.path());
    let config = json!({ "connector.class": "probe.EndlessLoop", "sandbox.fuel.per.call": "1000000000000000" });
    worker.rest().create("spinning", &config).unwrap();
    worker.rest().await_running("spinning", LIMIT).unwrap();
    let asked = Instant::now();
    worker.terminate().unwrap();
    // task.shutdown.graceful.timeout.ms is 5 s; the rest is for a busy machine.
    assert!(asked.elapsed() < Duration::from_secs(20), "stopping took {:?}", asked.elapsed());
}
