//! A topic into the witness, which writes down how it is called.

use std::collections::BTreeMap;

use caisson::broker::topic::TopicPartition;
use caisson::storage::status_store::{State, TargetState, TaskId};

use crate::rig::{Rig, until};

const WITNESS: &str = "caisson.probe.Witness";

async fn start(rig: &Rig, misbehave: &str, tasks: u32) -> Vec<TaskId> {
    let file = rig.path("notes");
    let config = [
        ("connector.class", WITNESS),
        ("file", file.as_str()),
        ("topics", "t"),
        ("misbehave", misbehave),
        ("sandbox.grants", ""),
    ];
    rig.start("w", &config, tasks).await
}

fn values(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("v{number}")).collect()
}

fn offsets(pairs: &[(i32, i64)]) -> BTreeMap<TopicPartition, i64> {
    pairs.iter().map(|(partition, offset)| (TopicPartition::new("t", *partition), *offset)).collect()
}

fn puts(notes: &[String]) -> Vec<&str> {
    notes.iter().filter_map(|line| line.strip_prefix("put ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_called_in_kafkas_order_and_commits_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[("offset.flush.interval.ms", "600000")]).await;
    rig.topic("t", 1).await;
    rig.produce("t", 1, &values(3)).await;
    let ids = start(&rig, "", 1).await;
    until("the records were put", || rig.lines("notes.0").iter().any(|line| line.contains("t-0@2"))).await;
    assert!(rig.committed("connect-w").await.is_empty());
    rig.worker.stop_tasks(&ids).await;
    let notes = rig.lines("notes.0");
    assert_eq!(notes[..2], ["start", "open t-0"]);
    assert_eq!(notes[notes.len() - 3..], ["pre-commit t-0@3", "close t-0", "stop"]);
    assert_eq!(rig.committed("connect-w").await, offsets(&[(0, 3)]));
    rig.worker.shutdown().await;
}

/// I20: the very same batch again.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_retriable_error_the_same_batch_is_put_again() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    rig.topic("t", 1).await;
    rig.produce("t", 1, &values(5)).await;
    let ids = start(&rig, "retriable", 1).await;
    until("the third put", || puts(&rig.lines("notes.0")).len() == 3).await;
    rig.produce("t", 1, &values(1)).await;
    until("the next batch", || puts(&rig.lines("notes.0")).len() >= 4).await;
    let notes = rig.lines("notes.0");
    let puts = puts(&notes);
    assert!(puts[0] == puts[1] && puts[1] == puts[2], "{puts:?}");
    let all: Vec<&str> = puts[2..].iter().flat_map(|put| put.split(' ')).collect();
    assert_eq!(all, ["t-0@0", "t-0@1", "t-0@2", "t-0@3", "t-0@4", "t-0@5"]);
    rig.worker.stop_tasks(&ids).await;
    assert_eq!(rig.committed("connect-w").await, offsets(&[(0, 6)]));
}

/// I13: nothing beyond what was put.
#[tokio::test(flavor = "multi_thread")]
async fn offsets_that_were_not_consumed_are_not_committed() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    rig.topic("t", 1).await;
    rig.produce("t", 1, &values(2)).await;
    let ids = start(&rig, "ahead", 1).await;
    until("preCommit was called with the end", || rig.lines("notes.0").contains(&"pre-commit t-0@2".to_owned())).await;
    rig.worker.stop_tasks(&ids).await;
    assert!(rig.committed("connect-w").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_pre_commit_records_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[("offset.flush.interval.ms", "300")]).await;
    rig.topic("t", 1).await;
    rig.produce("t", 1, &values(2)).await;
    let ids = start(&rig, "refuse-commit", 1).await;
    until("the records came", || !puts(&rig.lines("notes.0")).is_empty()).await;
    until("preCommit was called twice", || {
        rig.lines("notes.0").iter().filter(|line| line.starts_with("pre-commit")).count() >= 2
    })
    .await;
    rig.state(&ids[0], State::Running).await;
    rig.worker.stop_tasks(&ids).await;
    assert_eq!(rig.committed("connect-w").await, offsets(&[(0, 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_that_the_task_paused_wait_until_it_resumes_them() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    rig.topic("t", 1).await;
    rig.produce("t", 1, &values(1)).await;
    let ids = start(&rig, "pause", 1).await;
    until("the first put", || puts(&rig.lines("notes.0")).len() == 1).await;
    rig.produce("t", 1, &values(1)).await;
    until("the record after the pause", || puts(&rig.lines("notes.0")).last() == Some(&"t-0@1")).await;
    rig.worker.stop_tasks(&ids).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_sink_keeps_its_partitions_and_commits() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[("offset.flush.interval.ms", "600000")]).await;
    rig.topic("t", 1).await;
    rig.produce("t", 1, &values(4)).await;
    let ids = start(&rig, "", 1).await;
    until("the records were put", || rig.lines("notes.0").iter().any(|line| line.contains("t-0@3"))).await;
    rig.worker.set_target_state("w", TargetState::Paused).await;
    rig.state(&ids[0], State::Paused).await;
    until("a commit is made on pause", || rig.lines("notes.0").contains(&"pre-commit t-0@4".to_owned())).await;
    rig.produce("t", 1, &values(1)).await;
    rig.worker.set_target_state("w", TargetState::Started).await;
    until("the next record", || rig.lines("notes.0").iter().any(|line| line == "put t-0@4")).await;
    assert!(!rig.lines("notes.0").iter().any(|line| line.starts_with("close")));
    rig.worker.stop_tasks(&ids).await;
}

/// I14: a partition that moves is committed and closed by the one before the other opens it.
#[tokio::test(flavor = "multi_thread")]
async fn two_tasks_share_partitions_and_hand_them_over() {
    let folder = tempfile::tempdir().unwrap();
    let rig = Rig::new(folder.path(), &[]).await;
    rig.topic("t", 2).await;
    rig.produce("t", 2, &values(10)).await;
    let ids = start(&rig, "", 2).await;
    let put = |task: &str| {
        rig.lines(task).iter().filter_map(|line| line.strip_prefix("put ").map(|put| put.split(' ').count())).sum::<usize>()
    };
    until("all records were put", || put("notes.0") + put("notes.1") >= 10).await;
    until("both have a partition", || {
        ["notes.0", "notes.1"].iter().all(|file| rig.lines(file).iter().any(|line| line.starts_with("open")))
    })
    .await;
    rig.worker.stop_tasks(&ids[..1]).await;
    rig.produce("t", 2, &values(10)).await;
    until("the other took over", || {
        let notes = rig.lines("notes.1");
        ["t-0@9", "t-1@9"].iter().all(|place| puts(&notes).iter().any(|put| put.split(' ').any(|one| one == *place)))
    })
    .await;
    rig.worker.stop_tasks(&ids[1..]).await;
    assert_eq!(rig.committed("connect-w").await, offsets(&[(0, 10), (1, 10)]));
}
