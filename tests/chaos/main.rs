//! Three workers with thirty connectors and sixty tasks, to which everything happens that happens to a cluster, while lines go from
//! files through Kafka into files.

mod cluster;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use caisson_harness::deadline::until;
use cluster::{Cluster, DELAY, LIMIT, PAIRS, Places, SESSION, WORKERS};
use fastrand::Rng;
use serde_json::json;

/// What all tasks may take beyond session and delay to run again.
const GRACE: Duration = Duration::from_secs(5);
/// How long a broker is away that is started again at once, its own start on top.
const AWAY: Duration = Duration::from_secs(6);
const ROUNDS: u32 = 20;
const SEED: u64 = 4;

/// I22, I23
#[test]
fn a_cluster_outlives_what_happens_to_it() {
    let mut cluster = Cluster::start();
    cluster.write(5);
    a_broker_restart_moves_nothing(&mut cluster);
    a_killed_worker_has_its_work_moved(&mut cluster);
    a_worker_that_joins_is_given_its_part(&mut cluster);
    a_worker_that_is_stopped_hands_its_work_over(&mut cluster);
    rounds(&mut cluster);
}

/// Connectors and tasks on a worker.
fn on(places: &Places, worker: &str) -> BTreeSet<String> {
    places.iter().filter(|(_, place)| place.worker == worker).map(|(key, _)| key.clone()).collect()
}

/// How many connectors, and how many tasks.
fn counts(keys: &BTreeSet<String>) -> (usize, usize) {
    let tasks = keys.iter().filter(|key| key.contains('/')).count();
    (keys.len() - tasks, tasks)
}

fn everything(cluster: &Cluster) -> Places {
    cluster.settle(&BTreeSet::new(), LIMIT)
}

fn a_broker_restart_moves_nothing(cluster: &mut Cluster) {
    let (before, statuses) = (everything(cluster), cluster.statuses());
    let away = Instant::now();
    cluster.broker().stop().unwrap();
    cluster.write(5);
    until("the broker is away for a while", LIMIT, || Ok((away.elapsed() >= AWAY).then_some(()))).unwrap();
    cluster.broker().start_again().unwrap();
    println!("the broker was away for {:?}", away.elapsed());
    cluster.write(5);
    assert_eq!(cluster.delivered(0), 0, "lines that came twice");
    // Whoever had missed it for too long would say so within a session.
    let back = Instant::now();
    until("sessions end", LIMIT, || Ok((back.elapsed() >= SESSION).then_some(()))).unwrap();
    assert_eq!(cluster.touched_since(statuses), BTreeSet::new());
    assert_eq!(everything(cluster), before);
}

fn a_killed_worker_has_its_work_moved(cluster: &mut Cluster) {
    let (before, statuses, dead) = (everything(cluster), cluster.statuses(), cluster.id(WORKERS - 1));
    let lost = on(&before, &dead);
    assert_eq!(counts(&lost), (10, 20), "{before:?}");
    let killed = Instant::now();
    cluster.take(WORKERS - 1).kill();
    let after = cluster.settle(&BTreeSet::new(), SESSION + DELAY + GRACE);
    println!("after a SIGKILL everything ran again within {:?}", killed.elapsed());
    assert_eq!(cluster.touched_since(statuses), lost, "what was started, stopped or moved");
    for number in cluster.running() {
        assert_eq!(counts(&on(&after, &cluster.id(number))), (15, 30));
    }
    cluster.write(5);
    cluster.delivered(0);
}

fn a_worker_that_joins_is_given_its_part(cluster: &mut Cluster) {
    let (before, statuses, back) = (everything(cluster), cluster.statuses(), cluster.id(WORKERS - 1));
    let joined = Instant::now();
    cluster.bring_back(WORKERS - 1);
    let after = until("the new worker has its part", DELAY, || {
        let places = cluster.places()?;
        Ok((counts(&on(&places, &back)) == (10, 20)).then_some(places))
    });
    let after = after.unwrap();
    println!("a worker that joined had its part within {:?}", joined.elapsed());
    let moved: BTreeSet<String> =
        before.iter().filter(|(key, place)| after[*key].worker != place.worker).map(|(key, _)| key.clone()).collect();
    assert_eq!(counts(&moved), (10, 20), "no more than it takes to have everybody run the same");
    everything(cluster);
    assert_eq!(cluster.touched_since(statuses), moved, "what was started, stopped or moved");
}

fn a_worker_that_is_stopped_hands_its_work_over(cluster: &mut Cluster) {
    cluster.write(5);
    cluster.delivered(0);
    let (before, statuses, from) = (everything(cluster), cluster.statuses(), cluster.sent());
    let lost = on(&before, &cluster.id(1));
    let worker = cluster.take(1);
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (rest, stop, answered) = (worker.rest().clone(), Arc::clone(&stop), Arc::clone(&answered));
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let got = rest.call("GET", "/connectors?expand=status&expand=info", None);
                    answered.fetch_add(u64::from(got.is_ok()), Ordering::Relaxed);
                }
            })
        })
        .collect();
    until("requests are answered", LIMIT, || Ok((answered.load(Ordering::Relaxed) > 20).then_some(()))).unwrap();
    cluster.write(5);
    let told = Instant::now();
    worker.terminate().unwrap();
    let took = told.elapsed();
    stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    println!("under requests a worker ended {took:?} after SIGTERM");
    assert!(took < Duration::from_secs(3), "{took:?}");
    // No session has to end: it has left.
    cluster.settle(&BTreeSet::new(), DELAY + GRACE);
    assert_eq!(cluster.touched_since(statuses), lost, "what was started, stopped or moved");
    cluster.write(5);
    assert_eq!(cluster.delivered(from), 0, "lines that came twice");
    cluster.bring_back(1);
}

/// Everything at once, again and again.
fn rounds(cluster: &mut Cluster) {
    let (mut random, mut paused) = (Rng::with_seed(SEED), BTreeSet::new());
    for round in 0..ROUNDS {
        let began = Instant::now();
        let what = event(cluster, &mut random, &mut paused);
        cluster.write(3);
        // Some lines always find their way.
        cluster.some_delivered();
        println!("round {round}: {what}, {:?}", began.elapsed());
    }
    for number in (0..WORKERS).filter(|number| !cluster.running().contains(number)).collect::<Vec<_>>() {
        cluster.bring_back(number);
    }
    cluster.settle(&paused, LIMIT);
    for name in std::mem::take(&mut paused) {
        cluster.insist("PUT", &format!("/connectors/{name}/resume"), None);
    }
    println!("in all {} lines came twice", cluster.delivered(0));
    let places = everything(cluster);
    let really = cluster.tasks_by_worker();
    for (worker, tasks) in &really {
        let said = on(&places, worker).into_iter().filter(|key| key.contains('/')).collect();
        assert_eq!(*tasks, said, "what {worker} runs, and what the statuses say");
    }
    assert_eq!(really.len(), WORKERS);
}

/// One thing that happens.
fn event(cluster: &mut Cluster, random: &mut Rng, paused: &mut BTreeSet<String>) -> String {
    let pair = random.usize(..PAIRS);
    let name = format!("{}{pair}", if random.bool() { "in" } else { "out" });
    let down = (0..WORKERS).find(|number| !cluster.running().contains(number));
    match (random.u32(..10), down) {
        (0..4, Some(number)) => {
            cluster.bring_back(number);
            format!("worker {number} is back")
        }
        (0..4, None) => {
            let number = random.usize(..WORKERS);
            cluster.take(number).kill();
            format!("worker {number} is killed")
        }
        (4..6, _) => {
            let (verb, done) = if paused.remove(&name) { ("resume", "resumed") } else { ("pause", "paused") };
            if verb == "pause" {
                paused.insert(name.clone());
            }
            cluster.insist("PUT", &format!("/connectors/{name}/{verb}"), None);
            format!("{name} is {done}")
        }
        (6, _) => {
            cluster.insist("POST", &format!("/connectors/{name}/restart?includeTasks=true"), None);
            format!("{name} is restarted")
        }
        (7..9, _) => {
            let mut config = cluster.insist("GET", &format!("/connectors/{name}/config"), None);
            let key = if name.starts_with("in") { "batch.size" } else { "tasks.max" };
            config[key] = json!((1 + random.u32(..4)).to_string());
            cluster.insist("PUT", &format!("/connectors/{name}/config"), Some(&config));
            format!("{name} has {key}={}", config[key])
        }
        _ => {
            cluster.broker().stop().unwrap();
            cluster.broker().start_again().unwrap();
            "the broker is restarted".to_owned()
        }
    }
}
