//! `cargo xtask quickstart`: a pipeline on the local log, from nothing.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use caisson_harness::broker::free_ports;
use caisson_harness::deadline;
use caisson_harness::rest::Rest;
use caisson_harness::worker::{Plan, START_LIMIT, binary};
use serde_json::{Value, json};

use crate::host;

const LINES: usize = 200_000;
const TOPIC: &str = "quickstart";
const CONNECTORS: [&str; 2] = ["quickstart-source", "quickstart-sink"];
/// The port of Kafka Connect's own examples.
const PORT: u16 = 8083;
const PIPELINE_LIMIT: Duration = Duration::from_secs(300);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// Builds, runs the pipeline, and leaves the worker up unless `once`.
pub fn run(root: &Path, once: bool) -> anyhow::Result<()> {
    host::build(root)?;
    let folder = root.join("target/quickstart");
    stop_earlier(&folder)?;
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let input = folder.join("input.txt");
    write_input(&input)?;
    let port = if TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).is_ok() { PORT } else { free_ports::<1>()?[0] };
    let plan = plan(&folder, port);
    let mut worker = start(&plan, &folder)?;
    let outcome = pipeline(&plan, &folder, &input);
    if outcome.is_err() || once {
        stop(&mut worker)?;
    }
    outcome.with_context(|| format!("the worker's log is {}", folder.join("worker.log").display()))?;
    if !once {
        next_steps(&plan, worker.id());
    }
    Ok(())
}

fn plan(folder: &Path, port: u16) -> Plan {
    let mut plan = Plan::at(folder, port);
    plan.set("local.log.dir", &folder.join("log").display().to_string());
    plan.set("value.converter.schemas.enable", "false");
    plan.set("offset.flush.interval.ms", "1000");
    plan
}

fn source(input: &Path) -> Value {
    json!({
        "connector.class": "FileStreamSource",
        "file": input,
        "topic": TOPIC,
        "transforms": "hoist,origin",
        "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value",
        "transforms.hoist.field": "line",
        "transforms.origin.type": "org.apache.kafka.connect.transforms.InsertField$Value",
        "transforms.origin.static.field": "origin",
        "transforms.origin.static.value": "quickstart"
    })
}

/// StringConverter: the file gets the JSON text as it is in the topic.
fn sink(output: &Path) -> Value {
    json!({
        "connector.class": "FileStreamSink",
        "file": output,
        "topics": TOPIC,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter"
    })
}

fn write_input(path: &Path) -> anyhow::Result<()> {
    let mut file = BufWriter::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?);
    for number in 1..=LINES {
        writeln!(file, "line {number:06} of the quick start")?;
    }
    file.flush().with_context(|| format!("cannot write {}", path.display()))
}

/// In a process group of its own, so that it outlives this command and its terminal's Ctrl-C.
fn start(plan: &Plan, folder: &Path) -> anyhow::Result<Child> {
    let log = File::create(folder.join("worker.log"))?;
    let mut command = Command::new(binary());
    command.arg("standalone").args(plan.arguments()?).process_group(0);
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let worker = command.spawn().with_context(|| format!("cannot run {}", binary().display()))?;
    fs::write(folder.join("worker.pid"), worker.id().to_string())?;
    Ok(worker)
}

fn pipeline(plan: &Plan, folder: &Path, input: &Path) -> anyhow::Result<()> {
    let rest = Rest::new(&plan.url());
    let started = Instant::now();
    deadline::until("the worker is healthy", START_LIMIT, || {
        Ok((rest.call("GET", "/health", None)?.status == 200).then_some(()))
    })?;
    println!("\nThe worker was ready after {} ms.", started.elapsed().as_millis());
    let output = folder.join("output.txt");
    let started = Instant::now();
    rest.create(CONNECTORS[0], &source(input))?;
    rest.create(CONNECTORS[1], &sink(&output))?;
    deadline::until("every line has come out", PIPELINE_LIMIT, || {
        let lines = count_lines(&output)?;
        if lines >= LINES {
            return Ok(Some(()));
        }
        for name in CONNECTORS {
            let status = rest.get(&format!("/connectors/{name}/status"))?;
            if status.to_string().contains("FAILED") {
                println!("{status:#}");
            }
        }
        bail!("{lines} of {LINES} lines")
    })?;
    let seconds = started.elapsed().as_secs_f64();
    println!("\nin:   {}\n      {}", input.display(), first_line(input)?);
    println!("out:  {}\n      {}", output.display(), first_line(&output)?);
    println!(
        "{LINES} records went through file → HoistField → InsertField → JsonConverter → topic `{TOPIC}` → file in {seconds:.2} s: {:.0} records/s",
        LINES as f64 / seconds
    );
    for (name, fuel) in fuel(&rest, folder)? {
        println!("{name} used {fuel} fuel (about as many WebAssembly instructions) a record");
    }
    Ok(())
}

/// A task tells what it has used when it ends, so each is restarted.
fn fuel(rest: &Rest, folder: &Path) -> anyhow::Result<Vec<(&'static str, u64)>> {
    let mut all = Vec::new();
    for name in CONNECTORS {
        rest.ask("POST", &format!("/connectors/{name}/tasks/0/restart"), None)?;
        let used = deadline::until("the task tells its fuel", STOP_LIMIT, || {
            let log = fs::read_to_string(folder.join("worker.log"))?;
            let mine = format!("[{name}|task-0]");
            let line = log.lines().find(|line| line.contains(&mine) && line.contains(" fuel a record"));
            let number = line.and_then(|line| line.split(" fuel a record").next()?.rsplit(' ').next()?.parse().ok());
            Ok(number)
        })?;
        all.push((name, used));
        rest.await_running(name, START_LIMIT)?;
    }
    Ok(all)
}

fn count_lines(path: &Path) -> anyhow::Result<usize> {
    Ok(fs::read(path)?.iter().filter(|byte| **byte == b'\n').count())
}

fn first_line(path: &Path) -> anyhow::Result<String> {
    let mut line = String::new();
    BufReader::new(File::open(path)?).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn next_steps(plan: &Plan, pid: u32) {
    let url = plan.url();
    println!(
        "
The worker (process {pid}) is still up. Some things to try:

    curl {url}/connectors/quickstart-source/status
    echo 'one more line' >> target/quickstart/input.txt; tail -f target/quickstart/output.txt
    curl -X PUT {url}/connectors/quickstart-sink/pause
    curl {url}/connector-plugins
    kill {pid}            # stops it; its topics stay in target/quickstart/log
"
    );
}

fn stop(worker: &mut Child) -> anyhow::Result<()> {
    signal(worker.id(), "TERM")?;
    let stopped = deadline::until("the worker stops", STOP_LIMIT, || Ok(worker.try_wait()?));
    match stopped {
        Ok(_) => Ok(()),
        Err(error) => {
            worker.kill()?;
            Err(error)
        }
    }
}

/// Ends the worker that an earlier quick start left, if that process is still the same program.
fn stop_earlier(folder: &Path) -> anyhow::Result<()> {
    let Ok(pid) = fs::read_to_string(folder.join("worker.pid")) else { return Ok(()) };
    let pid: u32 = pid.trim().parse().context("target/quickstart/worker.pid holds no process id; remove it")?;
    let running = || fs::read_link(format!("/proc/{pid}/exe")).unwrap_or_default();
    // Linux adds ` (deleted)` once the build has replaced the file.
    let same = |program: PathBuf| program.file_name().is_some_and(|name| name.to_string_lossy().starts_with("caisson"));
    if !same(running()) {
        return Ok(());
    }
    println!("stopping the worker of the last quick start (process {pid})");
    signal(pid, "TERM")?;
    deadline::until("the last worker stops", STOP_LIMIT, || Ok((!same(running())).then_some(())))
}

fn signal(pid: u32, name: &str) -> anyhow::Result<()> {
    caisson_toolchain::process::run(Command::new("kill").args([&format!("-{name}"), &pid.to_string()]))
}
