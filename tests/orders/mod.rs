//! The pipeline of `examples/orders`: MariaDB, Kafka, OpenSearch and two workers, to which happens what happens in a year.

mod stage;

use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use caisson_harness::deadline::until;
use serde_json::{Value, json};

use stage::{INDEX, Stage};

/// Orders come in so many parts; something happens in the middle.
const PARTS: u64 = 10;
/// How long may pass without one more order in the index.
const PATIENCE: Duration = Duration::from_secs(120);

/// Sends orders through, with a worker killed and both servers restarted half way, and looks for every one of them in the index. Returns
/// the stage, on which all goes on.
///
/// # Errors
/// What of the promises did not hold.
pub fn run(orders: u64) -> anyhow::Result<Stage> {
    let mut stage = Stage::start()?;
    stage.create_connectors()?;
    let began = Instant::now();
    for part in 0..PARTS {
        let (from, to) = (orders * part / PARTS, orders * (part + 1) / PARTS);
        stage.order(from, to)?;
        println!("{to} orders written, {} in the index", stage.found()?);
        if part == PARTS / 2 {
            happens(&mut stage)?;
        }
    }
    await_all(&stage, orders)?;
    println!("{orders} orders were in the index after {:.1} s", began.elapsed().as_secs_f64());
    each_once(&stage, orders)?;
    shown(&stage, orders)?;
    Ok(stage)
}

/// The worker that runs the source dies, and both servers are restarted.
fn happens(stage: &mut Stage) -> anyhow::Result<()> {
    let killed = stage.kill_worker_of("orders-source/0")?;
    println!("worker {killed} was killed");
    stage.restart_database()?;
    println!("MariaDB was killed and started again");
    stage.restart_search()?;
    println!("OpenSearch was restarted");
    Ok(())
}

fn await_all(stage: &Stage, orders: u64) -> anyhow::Result<()> {
    let mut found = stage.found()?;
    while found < orders {
        found = until("one more order is in the index", PATIENCE, || {
            let now = stage.found()?;
            if now == found { bail!("{now} of {orders} are there; {}", stage.statuses()?) } else { Ok(Some(now)) }
        })?;
    }
    Ok(())
}

/// Documents are told apart by their id: as many as there are orders, with the orders' own numbers, are each of them once.
fn each_once(stage: &Stage, orders: u64) -> anyhow::Result<()> {
    let query = json!({
        "size": 0, "track_total_hits": true,
        "query": {"range": {"id": {"gte": 1, "lte": orders}}},
        "aggs": {"first": {"min": {"field": "id"}}, "last": {"max": {"field": "id"}}},
    });
    let answer = stage.search(&query)?;
    let (all, within) = (stage.found()?, answer["hits"]["total"]["value"].as_u64().context("no total")?);
    ensure!(all == orders && within == orders, "{all} documents, {within} of them with an order's number, for {orders} orders");
    let bound = |name: &str| answer["aggregations"][name]["value"].as_f64();
    ensure!(bound("first") == Some(1.0) && bound("last") == Some(orders as f64), "{}", answer["aggregations"]);
    println!("every order is in the index, once");
    Ok(())
}

fn shown(stage: &Stage, orders: u64) -> anyhow::Result<()> {
    let answer = stage.search(&json!({"size": 1, "query": {"match": {"id": orders}}}))?;
    let hit = &answer["hits"]["hits"][0];
    ensure!(hit["_id"] == json!(orders.to_string()), "{answer}");
    let customer: &Value = &hit["_source"]["customer"];
    ensure!(customer == &json!(stage::customer(orders)), "{hit}");
    println!("such as {INDEX}/{}: {}", orders, hit["_source"]);
    Ok(())
}
