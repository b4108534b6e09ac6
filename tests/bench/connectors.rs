//! Very many connectors in one worker of a cluster: sources of an empty file, one task each.

use std::fs::File;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use caisson_harness::broker::fresh;
use caisson_harness::deadline::until;
use caisson_harness::worker::Worker;
use caisson_tests::pipelines::plain_source;
use serde_json::{Value, json};

use crate::report::median;
use crate::system::System;
use crate::usage::{anonymous, cpu_seconds, resident};
use crate::workload::Ground;

const CONNECTORS: usize = 1000;
/// Creating ends then, with as many as there are.
const CREATION: Duration = Duration::from_secs(120);
const LIMIT: Duration = Duration::from_secs(300);
/// How long a worker is left alone before it is measured.
const REST: Duration = Duration::from_secs(30);
/// How long its CPU time is counted.
const MEASURE: Duration = Duration::from_secs(20);
const LISTINGS: usize = 20;

/// Creates them one after the other, lists them, and leaves them alone.
pub fn run(ground: &Ground, system: &System) -> anyhow::Result<Value> {
    let room = ground.room()?;
    let worker = system.cluster(&room, &ground.bootstrap, &fresh("many"))?;
    worker.await_health()?;
    std::thread::sleep(MEASURE);
    let before = anonymous(worker.pid())?;
    let file = room.join("empty.txt");
    File::create(&file)?;
    let topic = fresh("many");
    ground.topics.create(&topic, 1)?;
    let began = Instant::now();
    let mut count = 0;
    while count < CONNECTORS && began.elapsed() < CREATION {
        create(&worker, &format!("c{count}"), &plain_source(&file, &topic))?;
        count += 1;
    }
    await_all(&worker, count).with_context(|| worker.log())?;
    let created = began.elapsed().as_secs_f64();
    let listing = listing_ms(&worker)?;
    std::thread::sleep(REST);
    let cpu = cpu_seconds(worker.pid())?;
    std::thread::sleep(MEASURE);
    let cpu = (cpu_seconds(worker.pid())? - cpu) / MEASURE.as_secs_f64();
    let (own, (idle, peak)) = (anonymous(worker.pid())?, resident(worker.pid())?);
    worker.terminate()?;
    ground.topics.delete(&topic)?;
    Ok(json!({
        "connectors": count,
        "created_s": (created * 10.0).round() / 10.0,
        "list_ms": listing,
        "idle_cpu_percent": (cpu * 1000.0).round() / 10.0,
        "kib_per_connector": ((own - before) * 1024.0 / count as f64).round(),
        "idle_mib": idle.round(),
        "peak_mib": peak.round(),
    }))
}

/// A worker of the JVM answers 409 while it rebalances.
fn create(worker: &Worker, name: &str, config: &Value) -> anyhow::Result<()> {
    until(&format!("{name} is created"), LIMIT, || {
        let answer = worker.rest().call("POST", "/connectors", Some(&json!({ "name": name, "config": config })))?;
        match answer.status {
            201 => Ok(Some(())),
            status => bail!("{status}: {}", answer.body),
        }
    })
}

fn await_all(worker: &Worker, count: usize) -> anyhow::Result<()> {
    until("all connectors and tasks run", LIMIT, || {
        let all = worker.rest().get("/connectors?expand=status")?;
        let running = |status: &Value| {
            let tasks = status["tasks"].as_array().is_some_and(|tasks| tasks.len() == 1 && tasks[0]["state"] == "RUNNING");
            tasks && status["connector"]["state"] == "RUNNING"
        };
        let ready = all.as_object().into_iter().flatten().filter(|(_, all)| running(&all["status"])).count();
        if ready == count { Ok(Some(())) } else { bail!("{ready} of {count}") }
    })
}

/// The median time of a listing with everything.
fn listing_ms(worker: &Worker) -> anyhow::Result<f64> {
    let mut times = Vec::new();
    for _ in 0..LISTINGS {
        let began = Instant::now();
        worker.rest().text("/connectors?expand=status&expand=info")?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    median(times).map(|ms| (ms * 10.0).round() / 10.0).context("no listing")
}
