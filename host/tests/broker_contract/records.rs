//! Records: what is sent is what is read, in order, once.

use caisson::broker::error::{ErrorKind, SendError};
use caisson::broker::record::{Header, Outgoing};
use caisson::broker::topic::TopicPartition;
use caisson::broker::{Broker, ClientSpec, PollEvent};
use caisson_harness::broker::fresh;
use std::time::Duration;

use crate::client::{Reader, Sender, create, record, texts, write};

pub async fn order(broker: &dyn Broker) {
    const COUNT: u64 = 50_000;
    let topic = fresh("order");
    create(broker, &topic, 1, &[]).await;
    let sender = Sender::new(broker, ClientSpec::named("order"), None).await;
    for number in 0..COUNT {
        sender.send(record(&topic, &number.to_string()), number).await;
    }
    for (at, (token, ack)) in sender.acked().await.into_iter().enumerate() {
        assert_eq!((token, ack.partition, ack.offset), (at as u64, 0, at as i64), "acks come in order of sending");
    }
    let read = Reader::whole(broker, &topic, &[]).await.read(COUNT as usize).await;
    for (at, record) in read.iter().enumerate() {
        assert_eq!((record.offset, record.text()), (at as i64, at.to_string().as_str()));
    }
}

pub async fn contents(broker: &dyn Broker) {
    let topic = fresh("contents");
    create(broker, &topic, 3, &[]).await;
    let sender = Sender::new(broker, ClientSpec::named("contents"), None).await;
    let headers = [Header { key: "h", value: Some(b"\xff\x00".as_slice()) }, Header { key: "h", value: None }];
    let full = Outgoing {
        topic: &topic,
        partition: Some(2),
        timestamp: Some(1_700_000_000_123),
        key: Some(b"\x00key"),
        value: Some(b""),
        headers: &headers,
    };
    let tombstone = Outgoing { value: None, headers: &[], timestamp: None, ..full };
    sender.send(full, 1).await;
    sender.send(tombstone, 2).await;
    assert_eq!(sender.acked().await.iter().map(|(_, ack)| ack.partition).collect::<Vec<_>>(), [2, 2]);
    let mut reader = Reader::member(broker, &fresh("contents"), &topic).await;
    let read = reader.read(2).await;
    assert_eq!((read[0].partition, read[0].timestamp), (2, Some(1_700_000_000_123)));
    assert_eq!((read[0].key.as_deref(), read[0].value.as_deref()), (Some(b"\x00key".as_slice()), Some(b"".as_slice())));
    assert_eq!(read[0].headers, [("h".to_owned(), Some(b"\xff\x00".to_vec())), ("h".to_owned(), None)]);
    assert_eq!((read[1].value.as_deref(), read[1].headers.len()), (None, 0));
    assert!(read[1].timestamp.is_some_and(|time| time > 1_700_000_000_123), "now, if it is not given");
}

/// Keys go where the Java producer sends them.
pub async fn partitioner(broker: &dyn Broker) {
    let topic = fresh("partitioner");
    create(broker, &topic, 7, &[]).await;
    let sender = Sender::new(broker, ClientSpec::named("partitioner"), None).await;
    // toPositive(murmur2(key)) % 7, from Kafka's UtilsTest.testMurmur2.
    for (token, key, hash) in [(0, "21", -973_932_308_i32), (1, "foobar", -790_332_482), (2, "abc", 479_470_107)] {
        let keyed = Outgoing { partition: None, key: Some(key.as_bytes()), ..record(&topic, "v") };
        sender.send(keyed, token).await;
        let (_, ack) = *sender.acked().await.iter().find(|(acked, _)| *acked == token).unwrap();
        assert_eq!(ack.partition, (hash & 0x7fff_ffff) % 7, "{key}");
    }
}

pub async fn too_large(broker: &dyn Broker) {
    let topic = fresh("large");
    create(broker, &topic, 1, &[]).await;
    let mut client = ClientSpec::named("large");
    client.overrides.insert("max.request.size".into(), "2000".into());
    let sender = Sender::new(broker, client, None).await;
    let value = "x".repeat(3000);
    match sender.producer.send(record(&topic, &value), 1) {
        Err(SendError::Refused(error)) => {
            assert_eq!(error.kind(), ErrorKind::TooLarge);
            assert!(error.to_string().contains("max.request.size"), "{error}");
        }
        other => panic!("{other:?}"),
    }
    sender.send(record(&topic, "small"), 2).await;
    assert_eq!(sender.acked().await.len(), 1);
}

/// A buffer that is full takes nothing, loses nothing, and has room again.
pub async fn full_buffer(broker: &dyn Broker) {
    const COUNT: u64 = 3000;
    let topic = fresh("full");
    create(broker, &topic, 1, &[]).await;
    let mut client = ClientSpec::named("full");
    client.overrides.insert("buffer.memory".into(), "65536".into());
    let sender = Sender::new(broker, client, None).await;
    let value = "y".repeat(500);
    let mut was_full = 0;
    for token in 0..COUNT {
        while let Err(error) = sender.producer.send(record(&topic, &value), token) {
            assert!(matches!(error, SendError::Full), "{error}");
            was_full += 1;
            sender.producer.room().await;
        }
    }
    assert!(was_full > 0);
    let tokens: Vec<u64> = sender.acked().await.iter().map(|(token, _)| *token).collect();
    assert_eq!(tokens, (0..COUNT).collect::<Vec<_>>());
}

pub async fn pause_resume_seek(broker: &dyn Broker) {
    let topic = fresh("seek");
    create(broker, &topic, 1, &[]).await;
    write(broker, &topic, &["a", "b", "c", "d"]).await;
    let place = TopicPartition::new(&*topic, 0);
    let mut reader = Reader::member(broker, &fresh("seek"), &topic).await;
    assert_eq!(texts(&reader.read(4).await), ["a", "b", "c", "d"]);
    assert_eq!(reader.consumer.position(&place).await.unwrap(), 4);
    reader.consumer.seek(&place, 1).await.unwrap();
    assert_eq!(texts(&reader.read(3).await), ["b", "c", "d"]);

    reader.consumer.pause(std::slice::from_ref(&place)).unwrap();
    write(broker, &topic, &["e"]).await;
    let quiet = reader.consumer.poll(None, Duration::from_secs(1), &mut |_| panic!("paused")).await.unwrap();
    assert_eq!(quiet, PollEvent::Records(0));
    reader.consumer.resume(std::slice::from_ref(&place)).unwrap();
    assert_eq!(texts(&reader.read(1).await), ["e"]);
}

/// At most as many records as asked for, and the rest next time.
pub async fn bounded_polls(broker: &dyn Broker) {
    let topic = fresh("bounded");
    create(broker, &topic, 1, &[]).await;
    write(broker, &topic, &["a", "b", "c", "d", "e"]).await;
    let mut reader = Reader::whole(broker, &topic, &[("max.poll.records", "2")]).await;
    let mut batches = Vec::new();
    while batches.iter().sum::<usize>() < 5 {
        let batch = reader.step().await.len();
        assert!(batch <= 2);
        batches.push(batch);
    }
    let mut reader = Reader::whole(broker, &topic, &[]).await;
    let mut one = 0;
    while one == 0 {
        if let PollEvent::Records(count) =
            reader.consumer.poll(Some(1), Duration::from_millis(100), &mut |_| one += 1).await.unwrap()
        {
            assert_eq!(count, one);
        }
    }
    assert_eq!(one, 1);
}
