//! A cluster in simulated time: the leader's and the workers' decisions over a config topic and a group that lose, delay and repeat,
//! with workers that crash, come back, and are cut off. Every seed is a history of its own, and always the same one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::collections::{BTreeMap, BTreeSet};

use world::World;

const SEEDS: u64 = 400;
/// Steps with faults, then without.
const TROUBLED: u32 = 1500;
const CALM: u32 = 1500;

/// I22, I23: at no moment does a task run twice, and in the end everything runs once, in its newest version, evenly spread.
#[test]
fn every_task_runs_once_whatever_happens() {
    for seed in 0..SEEDS {
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
