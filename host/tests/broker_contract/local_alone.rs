//! What holds for the local log only: durability, compaction, retention, its folder.

use std::collections::BTreeMap;
use std::path::Path;

use caisson::broker::error::ErrorKind;
use caisson::broker::local::LocalBroker;
use caisson::broker::record::Outgoing;
use caisson::broker::topic::TopicPartition;
use caisson::broker::{Broker, ClientSpec};
use tempfile::TempDir;

use crate::client::{Reader, Sender, admin, create, record, texts, write};

/// A log in a folder that goes with it.
pub struct LogInFolder {
    pub broker: LocalBroker,
    pub folder: TempDir,
}

pub fn log() -> LogInFolder {
    let folder = TempDir::new().unwrap();
    LogInFolder { broker: LocalBroker::open(folder.path()).unwrap(), folder }
}

async fn keyed(broker: &dyn Broker, topic: &str, records: &[(&str, Option<&str>)]) {
    let sender = Sender::new(broker, ClientSpec::named("keyed"), None).await;
    for (token, (key, value)) in records.iter().enumerate() {
        let keyed = Outgoing { key: Some(key.as_bytes()), value: value.map(str::as_bytes), ..record(topic, "") };
        sender.send(keyed, token as u64).await;
        sender.acked().await;
    }
}

async fn all(broker: &dyn Broker, topic: &str, count: usize) -> Vec<(i64, String, Option<String>)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let read = Reader::whole(broker, topic, &[]).await.read(count).await;
    read.iter().map(|r| (r.offset, text(r.key.as_deref().unwrap()), r.value.as_deref().map(text))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_log_holds_what_was_acknowledged() {
    let LogInFolder { broker, folder } = log();
    create(&broker, "t", 2, &[("retention.ms", "-1")]).await;
    write(&broker, "t", &["a", "b"]).await;
    let mut member = Reader::member(&broker, "g", "t").await;
    member.read(2).await;
    member.commit("t", 1).await;
    let id = broker.cluster_id().await.unwrap();
    drop((member, broker));

    let broker = LocalBroker::open(folder.path()).unwrap();
    assert_eq!(broker.cluster_id().await.unwrap(), id);
    let described = admin(&broker).await.describe_topics(&["t".into()]).await.unwrap();
    assert_eq!((described[0].partitions.len(), described[0].config["retention.ms"].as_str()), (2, "-1"));
    let mut member = Reader::member(&broker, "g", "t").await;
    assert_eq!(texts(&member.read(1).await), ["b"]);
    write(&broker, "t", &["c"]).await;
    assert_eq!(member.read(1).await[0].offset, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn compaction_keeps_the_newest_of_each_key() {
    let LogInFolder { broker, folder } = log();
    create(&broker, "t", 1, &[("cleanup.policy", "compact")]).await;
    keyed(&broker, "t", &[("a", Some("1")), ("b", Some("1")), ("a", Some("2")), ("b", None), ("c", Some("1")), ("a", Some("3"))])
        .await;
    broker.tidy().unwrap();
    let newest =
        [(3, "b".to_owned(), None), (4, "c".to_owned(), Some("1".to_owned())), (5, "a".to_owned(), Some("3".to_owned()))];
    assert_eq!(all(&broker, "t", 3).await, newest, "offsets stay, a young tombstone too");
    drop(broker);
    let broker = LocalBroker::open(folder.path()).unwrap();
    assert_eq!(all(&broker, "t", 3).await, newest);
    keyed(&broker, "t", &[("c", Some("2"))]).await;
    broker.tidy().unwrap();
    assert_eq!(all(&broker, "t", 3).await[2], (6, "c".to_owned(), Some("2".to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn compaction_forgets_old_tombstones() {
    let LogInFolder { broker, folder: _folder } = log();
    create(&broker, "t", 1, &[("cleanup.policy", "compact"), ("delete.retention.ms", "-1")]).await;
    keyed(&broker, "t", &[("a", Some("1")), ("a", None), ("b", Some("1"))]).await;
    broker.tidy().unwrap();
    assert_eq!(all(&broker, "t", 1).await, [(2, "b".to_owned(), Some("1".to_owned()))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_reads_over_what_compaction_took() {
    let LogInFolder { broker, folder: _folder } = log();
    create(&broker, "t", 1, &[("cleanup.policy", "compact")]).await;
    keyed(&broker, "t", &[("a", Some("1")), ("a", Some("2")), ("a", Some("3"))]).await;
    broker.tidy().unwrap();
    let mut member = Reader::member(&broker, "g", "t").await;
    assert_eq!(member.read(1).await[0].offset, 2);
    assert_eq!(member.consumer.position(&TopicPartition::new("t", 0)).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_bounds_a_partition_and_the_disk() {
    const BOUND: u64 = 4 << 20;
    let LogInFolder { broker, folder: _folder } = log();
    create(&broker, "t", 1, &[("retention.bytes", &BOUND.to_string())]).await;
    let sender = Sender::new(&broker, ClientSpec::named("much"), None).await;
    let value = "z".repeat(1000);
    for round in 0..20 {
        for token in 0..10_000 {
            sender.send(record("t", &value), round * 10_000 + token).await;
        }
        sender.acked().await;
        broker.tidy().unwrap();
    }
    let place = TopicPartition::new("t", 0);
    let marks = admin(&broker).await.watermarks(std::slice::from_ref(&place)).await.unwrap()[&place];
    assert_eq!(marks.end, 200_000);
    assert!((marks.end - marks.start) as u64 * 1000 <= BOUND && marks.start < marks.end, "{marks:?}");
    // 200 MB went in. The journal may hold 128 MiB, and the files as much again as is alive, and some.
    let disk = broker.disk_space().unwrap();
    assert!(disk < 2 * BOUND + (160 << 20), "{disk} bytes on the disk");
    assert_eq!(Reader::whole(&broker, "t", &[]).await.read((marks.end - marks.start) as usize).await[0].offset, marks.start);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_records_are_removed_and_readers_go_on_behind_them() {
    let LogInFolder { broker, folder: _folder } = log();
    create(&broker, "t", 1, &[("retention.ms", "60000")]).await;
    let sender = Sender::new(&broker, ClientSpec::named("old"), None).await;
    sender.send(Outgoing { timestamp: Some(1), ..record("t", "old") }, 1).await;
    sender.acked().await;
    let mut late = Reader::whole(&broker, "t", &[]).await;
    write(&broker, "t", &["new"]).await;
    broker.tidy().unwrap();
    let read = late.read(1).await;
    assert_eq!((read[0].offset, read[0].text()), (1, "new"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_topic_is_gone_with_its_records_and_offsets() {
    let LogInFolder { broker, folder } = log();
    create(&broker, "t", 1, &[]).await;
    write(&broker, "t", &["a"]).await;
    let mut member = Reader::member(&broker, "g", "t").await;
    member.read(1).await;
    member.commit("t", 1).await;
    drop(member);
    admin(&broker).await.delete_topics(&["t".into()]).await.unwrap();
    broker.tidy().unwrap();
    drop(broker);
    let broker = LocalBroker::open(folder.path()).unwrap();
    create(&broker, "t", 1, &[]).await;
    write(&broker, "t", &["again"]).await;
    assert_eq!(admin(&broker).await.group_offsets("g").await.unwrap(), BTreeMap::new());
    let read = Reader::whole(&broker, "t", &[]).await.read(1).await;
    assert_eq!((read[0].offset, read[0].text()), (0, "again"));
}

#[test]
fn a_folder_in_use_is_named() {
    let LogInFolder { broker, folder } = log();
    let error = LocalBroker::open(folder.path()).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::InUse);
    let text = error.to_string();
    assert!(text.contains(folder.path().to_str().unwrap()) && text.contains("local.log.dir"), "{text}");
    drop(broker);
    LocalBroker::open(folder.path()).unwrap();
}

#[test]
fn a_folder_that_cannot_be_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "no folder").unwrap();
    for wrong in [file.as_path(), &file.join("below"), Path::new("/proc/no-log-here")] {
        let error = LocalBroker::open(wrong).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Disk);
        assert!(error.to_string().contains(wrong.to_str().unwrap()), "{error}");
    }
}
