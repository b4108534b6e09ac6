//! I19: the local log under SIGKILL: what was acknowledged is there, in order and once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use caisson::broker::local::LocalBroker;
use caisson::broker::subscription::{Start, Subscription};
use caisson::broker::topic::TopicPartition;
use caisson::broker::{Broker, ClientSpec, ConsumerSpec};

/// Starts a producer, kills it after so many acks, and returns how many there were in all.
fn killed_after(folder: &Path, round: usize, acks: usize) -> usize {
    let mut child = Command::new(env!("CARGO_BIN_EXE_caisson"))
        .args(["topics", "--local-log-dir"])
        .arg(folder)
        .args(["produce", "t", "--verbose"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || {
        let mut line = 0_u64;
        // Until the pipe breaks.
        while writeln!(input, "{round} {line}").is_ok() {
            line += 1;
        }
    });
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = 0;
    while seen < acks {
        output.next().expect("the producer ended by itself").unwrap();
        seen += 1;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    feeder.join().unwrap();
    // Acks that were on their way count too, but for a line cut short.
    seen + output.map_while(Result::ok).filter(|line| line.split(' ').count() == 3).count()
}

async fn all(folder: &Path) -> Vec<String> {
    let broker = LocalBroker::open(folder).unwrap();
    let subscription = Subscription::Partitions(vec![(TopicPartition::new("t", 0), Start::Beginning)]);
    let spec = ConsumerSpec { client: ClientSpec::named("reader"), group_id: String::new(), subscription };
    let admin = broker.admin(ClientSpec::named("admin")).await.unwrap();
    let place = TopicPartition::new("t", 0);
    let end = admin.watermarks(std::slice::from_ref(&place)).await.unwrap()[&place].end as usize;
    let mut consumer = broker.consumer(spec).await.unwrap();
    let mut read = Vec::new();
    while read.len() < end {
        let sink = &mut |record: caisson::broker::record::Fetched<'_>| {
            assert_eq!(record.offset as usize, read.len());
            read.push(String::from_utf8(record.value.unwrap().to_vec()).unwrap());
        };
        consumer.poll(None, Duration::from_secs(10), sink).await.unwrap();
    }
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = 0;
    for (round, acks) in [1, 500, 20_000].into_iter().enumerate() {
        let acked = killed_after(folder.path(), round, acks);
        let stored = all(folder.path()).await;
        assert!(stored.len() >= before + acked, "{acked} records were acknowledged, {} are there", stored.len() - before);
        for (line, text) in stored[before..].iter().enumerate() {
            assert_eq!(*text, format!("{round} {line}"));
        }
        before = stored.len();
    }
}
