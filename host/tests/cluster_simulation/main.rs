//! A cluster in simulated time: the decisions of the leader and the workers, their stores of configurations, statuses and offsets, over
//! topics and a group that lose, delay, repeat and compact, with workers that crash, come back, and are cut off. Every seed is a history
//! of its own, and always the same one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod statuses;
mod topic;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use caisson::storage::status_store::State;
use world::World;

/// Histories.
const SEEDS: u64 = 10_000;
/// Steps with faults, then without.
const TROUBLED: u32 = 600;
const CALM: u32 = 700;

/// I22, I23, I24: at no moment does a task run twice or is an offset stored over one that its task did not know; in the end everything
/// runs once, in its newest version, evenly spread, every configuration that a user was told is written is there, and every status says
/// what is so.
#[test]
fn every_task_runs_once_whatever_happens() {
    let processors = std::thread::available_parallelism().unwrap().get() as u64;
    std::thread::scope(|scope| {
        for first in 0..processors {
            scope.spawn(move || (first..SEEDS).step_by(processors as usize).for_each(history));
        }
    });
}

fn history(seed: u64) {
    let mut world = World::new(seed, 4);
    for _ in 0..TROUBLED {
        world.step(true);
        no_task_runs_twice(&world, seed);
    }
    world.heal();
    for _ in 0..CALM {
        world.step(false);
        no_task_runs_twice(&world, seed);
    }
    all_runs_once(&world, seed);
    no_configuration_is_lost(&world, seed);
    statuses_are_true(&world, seed);
}

fn no_configuration_is_lost(world: &World, seed: u64) {
    let said = world.said();
    for (key, value) in world.acknowledged() {
        let Some(name) = key.strip_prefix("connector-") else { continue };
        assert_eq!(said.get(name).is_some(), value.is_some(), "seed {seed}: {key}\n{}", world.history());
    }
}

fn statuses_are_true(world: &World, seed: u64) {
    let (mut connectors, mut tasks) = (BTreeMap::new(), BTreeMap::new());
    for (url, running) in world.running() {
        let id = url.trim_start_matches("http://").trim_end_matches('/');
        connectors.extend(running.connectors.keys().map(|name| (name.clone(), (State::Running, id.to_owned()))));
        tasks.extend(running.tasks.keys().map(|task| (task.clone(), (State::Running, id.to_owned()))));
    }
    for (worker, statuses) in world.statuses() {
        let (names, ids) = statuses.store.known();
        let told = names.into_iter().map(|name| {
            let status = statuses.store.connector(&name).unwrap();
            (name, (status.state, status.worker_id))
        });
        assert_eq!(told.collect::<BTreeMap<_, _>>(), connectors, "seed {seed}: {} says\n{}", worker.me.id(), world.history());
        let told = ids.into_iter().map(|id| {
            let status = statuses.store.task(&id).unwrap();
            (id, (status.state, status.worker_id))
        });
        assert_eq!(told.collect::<BTreeMap<_, _>>(), tasks, "seed {seed}: {} says\n{}", worker.me.id(), world.history());
    }
}

fn no_task_runs_twice(world: &World, seed: u64) {
    let mut seen = BTreeMap::new();
    for (url, running) in world.running() {
        for name in running.connectors.keys() {
            if let Some(other) = seen.insert(format!("connector {name}"), url) {
                panic!("seed {seed}, {} ms: connector {name} runs at {other} and {url}\n{}", world.now(), world.history());
            }
        }
        for id in running.tasks.keys() {
            if let Some(other) = seen.insert(format!("task {id}"), url) {
                panic!("seed {seed}, {} ms: task {id} runs at {other} and {url}\n{}", world.now(), world.history());
            }
        }
    }
}

fn all_runs_once(world: &World, seed: u64) {
    let (connectors, tasks) = world.wanted();
    let mut running = BTreeMap::new();
    for (_, share) in world.running() {
        running.extend(share.tasks.iter().map(|(id, version)| (id.clone(), *version)));
    }
    assert_eq!(running, tasks, "seed {seed}: tasks\n{}", world.history());
    let started: BTreeSet<String> = world.running().flat_map(|(_, share)| share.connectors.keys().cloned()).collect();
    assert_eq!(started, connectors, "seed {seed}: connectors\n{}", world.history());
    let counts = world.running().map(|(_, share)| share.tasks.len());
    let (least, most) = counts.fold((usize::MAX, 0), |(least, most), count| (least.min(count), most.max(count)));
    assert!(most - least <= 1, "seed {seed}: from {least} to {most} tasks\n{}", world.history());
}
