//! Groups: each record to one member, offsets that outlive it, partitions that change hands only when let go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use caisson::broker::error::ErrorKind;
use caisson::broker::record::Outgoing;
use caisson::broker::subscription::{Subscription, TopicPattern};
use caisson::broker::topic::TopicPartition;
use caisson::broker::{Broker, ClientSpec, PollEvent};
use caisson_harness::broker::fresh;

use crate::client::{LIMIT, Reader, Sender, admin, create, record, texts, write};

pub async fn commit_and_restart(broker: &dyn Broker) {
    let (topic, group) = (fresh("commit"), fresh("commit"));
    create(broker, &topic, 1, &[]).await;
    write(broker, &topic, &["a", "b", "c"]).await;
    let place = TopicPartition::new(&*topic, 0);
    let mut first = Reader::member(broker, &group, &topic).await;
    first.read(3).await;
    assert_eq!(first.consumer.committed(std::slice::from_ref(&place)).await.unwrap(), BTreeMap::new());
    let (tell, told) = tokio::sync::oneshot::channel();
    let offsets = BTreeMap::from([(place.clone(), 1)]);
    first.consumer.commit_async(&offsets, Box::new(move |answer| tell.send(answer).unwrap())).unwrap();
    tokio::time::timeout(LIMIT, told).await.unwrap().unwrap().unwrap();
    first.commit(&topic, 2).await;
    assert_eq!(first.consumer.committed(std::slice::from_ref(&place)).await.unwrap()[&place], 2);
    first.consumer.close().await.unwrap();

    let mut second = Reader::member(broker, &group, &topic).await;
    assert_eq!(texts(&second.read(1).await), ["c"]);
}

/// The position a member starts at is known before its first record.
pub async fn first_position(broker: &dyn Broker) {
    let (topic, group) = (fresh("position"), fresh("position"));
    create(broker, &topic, 1, &[]).await;
    write(broker, &topic, &["a", "b", "c"]).await;
    let place = TopicPartition::new(&*topic, 0);
    let offsets = BTreeMap::from([(place.clone(), Some(2))]);
    admin(broker).await.alter_group_offsets(&group, &offsets).await.unwrap();
    let mut reader = Reader::member(broker, &group, &topic).await;
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < LIMIT);
        let event =
            reader.consumer.poll(None, Duration::from_millis(100), &mut |_| panic!("not acknowledged yet")).await.unwrap();
        if event == PollEvent::Assigned(vec![place.clone()]) {
            break;
        }
    }
    assert_eq!(reader.consumer.position(&place).await.unwrap(), 2);
    // A seek before the acknowledgement decides where reading begins.
    reader.consumer.seek(&place, 1).await.unwrap();
    reader.consumer.acknowledge_rebalance().await.unwrap();
    assert_eq!(texts(&reader.read(2).await), ["b", "c"]);
}

pub async fn rebalance(broker: &dyn Broker, strategy: &str) {
    const PARTITIONS: i32 = 4;
    let (topic, group) = (fresh("rebalance"), fresh("rebalance"));
    create(broker, &topic, PARTITIONS, &[]).await;
    let overrides = [("session.timeout.ms", "6000"), ("partition.assignment.strategy", strategy)];
    let subscription = || Subscription::Topics(vec![topic.clone()]);
    let mut one = Reader::of(broker, &group, subscription(), &overrides).await;
    one.hold(PARTITIONS as usize).await;
    let mut two = Reader::of(broker, &group, subscription(), &overrides).await;

    // The first is asked to let go, and keeps its partitions, and may commit, until it does.
    let start = Instant::now();
    let revoked = loop {
        assert!(start.elapsed() < LIMIT);
        match one.consumer.poll(None, Duration::from_millis(100), &mut |_| {}).await.unwrap() {
            PollEvent::Revoked(partitions) => break partitions,
            PollEvent::Records(_) => assert_eq!(two.step().await, []),
            other => panic!("{other:?}"),
        }
    };
    assert!(revoked.len() >= 2 && one.consumer.assignment().len() == PARTITIONS as usize);
    assert_eq!(two.step().await, []);
    assert!(two.consumer.assignment().is_disjoint(&revoked.iter().cloned().collect()));
    let offsets = revoked.iter().map(|partition| (partition.clone(), 0)).collect();
    one.consumer.commit_sync(&offsets).await.unwrap();
    one.consumer.acknowledge_rebalance().await.unwrap();

    let start = Instant::now();
    while one.consumer.assignment().len() != 2 || two.consumer.assignment().len() != 2 {
        assert!(start.elapsed() < LIMIT, "{:?} and {:?}", one.consumer.assignment(), two.consumer.assignment());
        assert_eq!((one.step().await, two.step().await), (vec![], vec![]));
    }
    assert!(one.consumer.assignment().is_disjoint(&two.consumer.assignment()));
    each_record_once(broker, &topic, PARTITIONS, &mut one, &mut two).await;

    two.consumer.close().await.unwrap();
    one.hold(PARTITIONS as usize).await;
}

async fn each_record_once(broker: &dyn Broker, topic: &str, partitions: i32, one: &mut Reader, two: &mut Reader) {
    let sender = Sender::new(broker, ClientSpec::named("once"), None).await;
    for partition in 0..partitions {
        let text = partition.to_string();
        sender.send(Outgoing { partition: Some(partition), ..record(topic, &text) }, partition as u64).await;
    }
    sender.acked().await;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let start = Instant::now();
    while first.len() + second.len() < partitions as usize {
        assert!(start.elapsed() < LIMIT);
        first.extend(one.step().await.into_iter().map(|record| record.partition));
        second.extend(two.step().await.into_iter().map(|record| record.partition));
    }
    let all: BTreeSet<i32> = first.iter().chain(&second).copied().collect();
    assert_eq!((first.len(), second.len(), all.len()), (2, 2, 4));
}

/// A pattern means whole names, and topics that come later.
pub async fn pattern(broker: &dyn Broker) {
    let stem = fresh("pattern");
    let (early, late, other) = (format!("{stem}.early"), format!("{stem}.late"), format!("x{stem}.other"));
    create(broker, &early, 1, &[]).await;
    create(broker, &other, 1, &[]).await;
    write(broker, &early, &["early"]).await;
    write(broker, &other, &["other"]).await;
    let subscription = Subscription::Pattern(TopicPattern::new(&format!("{stem}\\..*")).unwrap());
    let mut reader = Reader::of(broker, &fresh("pattern"), subscription, &[("metadata.max.age.ms", "500")]).await;
    assert_eq!(texts(&reader.read(1).await), ["early"]);
    let place = TopicPartition::new(&*early, 0);
    reader.consumer.commit_sync(&BTreeMap::from([(place, 1)])).await.unwrap();
    create(broker, &late, 1, &[]).await;
    write(broker, &late, &["late"]).await;
    assert_eq!(texts(&reader.read(1).await), ["late"]);
}

/// Where there is no offset `auto.offset.reset` decides, and `none` is an error.
pub async fn reset(broker: &dyn Broker) {
    let topic = fresh("reset");
    create(broker, &topic, 1, &[]).await;
    write(broker, &topic, &["old"]).await;
    let subscription = || Subscription::Topics(vec![topic.clone()]);
    let mut latest = Reader::of(broker, &fresh("reset"), subscription(), &[("auto.offset.reset", "latest")]).await;
    latest.hold(1).await;
    let place = TopicPartition::new(&*topic, 0);
    assert_eq!(latest.consumer.position(&place).await.unwrap(), 1);

    let mut none = Reader::of(broker, &fresh("reset"), subscription(), &[("auto.offset.reset", "none")]).await;
    let start = Instant::now();
    let error = loop {
        assert!(start.elapsed() < LIMIT);
        match none.consumer.poll(None, Duration::from_millis(100), &mut |_| panic!("a record")).await {
            Ok(PollEvent::Records(_)) => {}
            Ok(_) => {
                if let Err(error) = none.consumer.acknowledge_rebalance().await {
                    break error;
                }
            }
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::OutOfRange, "{error}");
}
