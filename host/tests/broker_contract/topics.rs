//! Administration, transactions and errors.

use std::collections::BTreeMap;
use std::time::Duration;

use caisson::broker::error::{ErrorKind, SendError};
use caisson::broker::topic::{NewTopic, TopicPartition, Watermarks};
use caisson::broker::{Broker, ClientSpec};
use caisson_harness::broker::fresh;

use crate::client::{LIMIT, Reader, Sender, admin, create, record, texts, write};

pub async fn administration(broker: &dyn Broker) {
    let (topic, absent) = (fresh("admin"), fresh("absent"));
    let admin = admin(broker).await;
    create(broker, &topic, 2, &[("retention.ms", "123456")]).await;
    assert!(!admin.create_topic(&NewTopic::new(&*topic)).await.unwrap(), "it is there already");
    write(broker, &topic, &["a", "b"]).await;

    let listed = admin.list_topics().await.unwrap();
    let found = listed.iter().find(|listed| listed.name == topic).unwrap();
    assert_eq!((found.partitions.as_slice(), found.replication_factor, found.internal), ([0, 1].as_slice(), 1, false));
    let described = admin.describe_topics(&[topic.clone(), absent.clone()]).await.unwrap();
    assert_eq!(described.len(), 1, "an absent topic is left out, and not created");
    assert_eq!(described[0].config["retention.ms"], "123456");
    assert!(described[0].config.contains_key("cleanup.policy"), "defaults are shown");

    let places = [TopicPartition::new(&*topic, 0), TopicPartition::new(&*topic, 1), TopicPartition::new(&*absent, 0)];
    let marks = admin.watermarks(&places).await.unwrap();
    assert_eq!(marks.len(), 2);
    assert_eq!((marks[&places[0]], marks[&places[1]]), (Watermarks { start: 0, end: 2 }, Watermarks { start: 0, end: 0 }));

    admin.delete_topics(&[topic.clone(), absent]).await.unwrap();
    let deadline = std::time::Instant::now() + LIMIT;
    while !admin.describe_topics(std::slice::from_ref(&topic)).await.unwrap().is_empty() {
        assert!(std::time::Instant::now() < deadline);
    }
}

pub async fn broker_defaults(broker: &dyn Broker) {
    let topic = fresh("defaults");
    let admin = admin(broker).await;
    assert!(admin.create_topic(&NewTopic::new(&*topic)).await.unwrap());
    // Brokers learn of a new topic one after the other.
    let deadline = std::time::Instant::now() + LIMIT;
    let described = loop {
        let described = admin.describe_topics(std::slice::from_ref(&topic)).await.unwrap();
        if !described.is_empty() {
            break described;
        }
        assert!(std::time::Instant::now() < deadline);
    };
    assert_eq!(described[0].partitions, [0]);
}

pub async fn wrong_topics(broker: &dyn Broker) {
    let admin = admin(broker).await;
    assert!(admin.create_topic(&NewTopic::new("no/slash")).await.is_err());
    let many = NewTopic { replication_factor: 30, ..NewTopic::new(fresh("many")) };
    assert!(admin.create_topic(&many).await.is_err());
    let config = BTreeMap::from([("no.such.config".to_owned(), "1".to_owned())]);
    let error = admin.create_topic(&NewTopic { config, ..NewTopic::new(fresh("config")) }).await.unwrap_err();
    assert!(!error.retriable(), "{error}");
}

/// What has no key cannot be compacted.
pub async fn no_key_in_a_compacted_topic(broker: &dyn Broker) {
    let topic = fresh("compacted");
    create(broker, &topic, 1, &[("cleanup.policy", "compact")]).await;
    let sender = Sender::new(broker, ClientSpec::named("compacted"), None).await;
    let refused = sender.producer.send(record(&topic, "x"), 1).is_err();
    sender.producer.flush(LIMIT).await.unwrap();
    assert!(refused || sender.acks.lock().unwrap()[0].1.is_err());
}

pub async fn group_offsets(broker: &dyn Broker) {
    let (topic, group) = (fresh("offsets"), fresh("offsets"));
    create(broker, &topic, 2, &[]).await;
    let admin = admin(broker).await;
    assert_eq!(admin.group_offsets(&group).await.unwrap(), BTreeMap::new());
    let (zero, one) = (TopicPartition::new(&*topic, 0), TopicPartition::new(&*topic, 1));
    admin.alter_group_offsets(&group, &BTreeMap::from([(zero.clone(), Some(5)), (one.clone(), Some(6))])).await.unwrap();
    assert_eq!(admin.group_offsets(&group).await.unwrap(), BTreeMap::from([(zero.clone(), 5), (one.clone(), 6)]));
    admin.alter_group_offsets(&group, &BTreeMap::from([(zero, None)])).await.unwrap();
    assert_eq!(admin.group_offsets(&group).await.unwrap(), BTreeMap::from([(one, 6)]));
    admin.delete_group(&group).await.unwrap();
    assert_eq!(admin.group_offsets(&group).await.unwrap(), BTreeMap::new());
    admin.delete_group(&group).await.unwrap();
}

pub async fn offsets_of_a_live_group_are_safe(broker: &dyn Broker) {
    let (topic, group) = (fresh("live"), fresh("live"));
    create(broker, &topic, 1, &[]).await;
    let mut member = Reader::member(broker, &group, &topic).await;
    member.hold(1).await;
    let offsets = BTreeMap::from([(TopicPartition::new(&*topic, 0), Some(0))]);
    assert!(admin(broker).await.alter_group_offsets(&group, &offsets).await.is_err());
    assert!(admin(broker).await.delete_group(&group).await.is_err());
}

pub async fn overrides(broker: &dyn Broker) {
    let mut client = ClientSpec::named("wrong");
    client.overrides.insert("no.such.property".into(), "1".into());
    let error = broker.admin(client).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("no.such.property"), "{error}");
}

pub async fn cluster_id(broker: &dyn Broker) {
    let id = broker.cluster_id().await.unwrap();
    assert!(!id.is_empty());
    assert_eq!(broker.cluster_id().await.unwrap(), id);
}

/// Committed transactions are seen whole, aborted ones never, and offsets go with them.
pub async fn transactions(broker: &dyn Broker) {
    let (topic, input, group) = (fresh("transactions"), fresh("input"), fresh("transactions"));
    create(broker, &topic, 1, &[]).await;
    create(broker, &input, 1, &[]).await;
    let mut member = Reader::member(broker, &group, &input).await;
    member.hold(1).await;
    let id = fresh("id");
    let sender = Sender::new(broker, ClientSpec::named("transactions"), Some(&id)).await;
    let place = TopicPartition::new(&*input, 0);

    sender.producer.init_transactions(LIMIT).await.unwrap();
    sender.producer.begin_transaction().await.unwrap();
    sender.send(record(&topic, "aborted"), 1).await;
    sender.producer.send_offsets(&BTreeMap::from([(place.clone(), 1)]), &*member.consumer).await.unwrap();
    assert_eq!(sender.acked().await.len(), 1, "records of an open transaction have their acks");
    sender.producer.abort_transaction(LIMIT).await.unwrap();
    assert_eq!(member.consumer.committed(std::slice::from_ref(&place)).await.unwrap(), BTreeMap::new());

    sender.producer.begin_transaction().await.unwrap();
    sender.send(record(&topic, "one"), 2).await;
    sender.send(record(&topic, "two"), 3).await;
    sender.producer.send_offsets(&BTreeMap::from([(place.clone(), 7)]), &*member.consumer).await.unwrap();
    let mut reader = Reader::whole(broker, &topic, &[("isolation.level", "read_committed")]).await;
    assert_eq!(reader.step().await, [], "nothing of an open transaction is seen");
    sender.producer.commit_transaction(LIMIT).await.unwrap();
    assert_eq!(texts(&reader.read(2).await), ["one", "two"]);
    // Kafka writes the marks of a committed transaction after it has answered.
    let deadline = std::time::Instant::now() + LIMIT;
    while member.consumer.committed(std::slice::from_ref(&place)).await.unwrap().get(&place) != Some(&7) {
        assert!(std::time::Instant::now() < deadline);
    }
}

/// A newer producer of the same transactional id takes over.
pub async fn fencing(broker: &dyn Broker) {
    let (topic, id) = (fresh("fencing"), fresh("fencing"));
    create(broker, &topic, 1, &[]).await;
    let old = Sender::new(broker, ClientSpec::named("old"), Some(&id)).await;
    old.producer.init_transactions(LIMIT).await.unwrap();
    old.producer.begin_transaction().await.unwrap();
    old.send(record(&topic, "old"), 1).await;
    let new = Sender::new(broker, ClientSpec::named("new"), Some(&id)).await;
    new.producer.init_transactions(LIMIT).await.unwrap();
    let error = old.producer.commit_transaction(LIMIT).await.unwrap_err();
    assert!(!error.retriable(), "{error}");
    new.producer.begin_transaction().await.unwrap();
    new.send(record(&topic, "new"), 1).await;
    new.producer.commit_transaction(LIMIT).await.unwrap();
    let mut reader = Reader::whole(broker, &topic, &[("isolation.level", "read_committed")]).await;
    assert_eq!(texts(&reader.read(1).await), ["new"]);
}

pub async fn no_transaction_open(broker: &dyn Broker) {
    let topic = fresh("none");
    create(broker, &topic, 1, &[]).await;
    let sender = Sender::new(broker, ClientSpec::named("none"), Some(&fresh("none"))).await;
    sender.producer.init_transactions(LIMIT).await.unwrap();
    assert!(matches!(sender.producer.send(record(&topic, "x"), 1), Err(SendError::Refused(_))));
    assert!(sender.producer.commit_transaction(Duration::from_secs(5)).await.is_err());
}
