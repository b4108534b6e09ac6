//! Clients as the contract uses them: blocking in spirit, with deadlines.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use caisson::broker::error::{BrokerError, SendError};
use caisson::broker::record::{Ack, Fetched, Header, Outgoing};
use caisson::broker::subscription::{Start, Subscription};
use caisson::broker::topic::{NewTopic, TopicPartition};
use caisson::broker::{Admin, Broker, ClientSpec, Consumer, ConsumerSpec, PollEvent, Producer, ProducerSpec};

/// No wait of these tests is longer; it is reached only when something is wrong.
pub const LIMIT: Duration = Duration::from_secs(60);
/// One poll.
const POLL: Duration = Duration::from_millis(100);

/// A record that was read, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub timestamp: Option<i64>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Read {
    fn from(record: &Fetched<'_>) -> Self {
        let count = record.headers.map_or(0, |headers| headers.count());
        let header = |at| record.headers.and_then(|headers| headers.header(at)).unwrap();
        Self {
            topic: record.topic.to_owned(),
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: (0..count).map(header).map(|Header { key, value }| (key.to_owned(), value.map(<[u8]>::to_vec))).collect(),
        }
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(self.value.as_deref().unwrap()).unwrap()
    }
}

pub type Fate = (u64, Result<Ack, BrokerError>);

/// A producer and what came back to it.
pub struct Sender {
    pub producer: Box<dyn Producer>,
    pub acks: Arc<Mutex<Vec<Fate>>>,
}

impl Sender {
    pub async fn new(broker: &dyn Broker, client: ClientSpec, transactional_id: Option<&str>) -> Self {
        let acks: Arc<Mutex<Vec<Fate>>> = Arc::default();
        let kept = Arc::clone(&acks);
        let on_ack = Arc::new(move |token, fate| kept.lock().unwrap().push((token, fate)));
        let transactional_id = transactional_id.map(str::to_owned);
        let producer = broker.producer(ProducerSpec { client, transactional_id, on_ack }).await.unwrap();
        Self { producer, acks }
    }

    /// Sends, waiting for room as long as it takes.
    pub async fn send(&self, record: Outgoing<'_>, token: u64) {
        loop {
            match self.producer.send(record, token) {
                Ok(()) => return,
                Err(SendError::Full) => self.producer.room().await,
                Err(SendError::Refused(error)) => panic!("{error}"),
            }
        }
    }

    /// Flushes, and returns the offsets of all acks so far in the order of their coming.
    pub async fn acked(&self) -> Vec<(u64, Ack)> {
        self.producer.flush(LIMIT).await.unwrap();
        self.acks.lock().unwrap().iter().map(|(token, fate)| (*token, fate.clone().unwrap())).collect()
    }
}

pub fn record<'a>(topic: &'a str, value: &'a str) -> Outgoing<'a> {
    Outgoing { topic, partition: Some(0), timestamp: None, key: None, value: Some(value.as_bytes()), headers: &[] }
}

/// Writes texts to partition 0 and waits for their acks.
pub async fn write(broker: &dyn Broker, topic: &str, texts: &[&str]) {
    let sender = Sender::new(broker, ClientSpec::named("writer"), None).await;
    for (token, text) in texts.iter().enumerate() {
        sender.send(record(topic, text), token as u64).await;
    }
    assert_eq!(sender.acked().await.len(), texts.len());
}

pub async fn admin(broker: &dyn Broker) -> Box<dyn Admin> {
    broker.admin(ClientSpec::named("admin")).await.unwrap()
}

pub async fn create(broker: &dyn Broker, name: &str, partitions: i32, config: &[(&str, &str)]) {
    let config = config.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let topic = NewTopic { name: name.to_owned(), partitions, replication_factor: 1, config };
    assert!(admin(broker).await.create_topic(&topic).await.unwrap());
}

/// A consumer that keeps what it read and which rebalances it saw.
pub struct Reader {
    pub consumer: Box<dyn Consumer>,
    pub events: Vec<PollEvent>,
}

impl Reader {
    pub async fn of(broker: &dyn Broker, group: &str, subscription: Subscription, overrides: &[(&str, &str)]) -> Self {
        let mut client = ClientSpec::named("reader");
        client.overrides = overrides.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let spec = ConsumerSpec { client, group_id: group.to_owned(), subscription };
        Self { consumer: broker.consumer(spec).await.unwrap(), events: Vec::new() }
    }

    pub async fn member(broker: &dyn Broker, group: &str, topic: &str) -> Self {
        // A quick session, so that a broker notices soon who is gone; and soon told of new topics.
        let overrides = [("session.timeout.ms", "6000"), ("metadata.max.age.ms", "500")];
        Self::of(broker, group, Subscription::Topics(vec![topic.to_owned()]), &overrides).await
    }

    /// All of partition 0, without a group.
    pub async fn whole(broker: &dyn Broker, topic: &str, overrides: &[(&str, &str)]) -> Self {
        let places = vec![(TopicPartition::new(topic, 0), Start::Beginning)];
        Self::of(broker, "", Subscription::Partitions(places), overrides).await
    }

    /// One poll; rebalances are acknowledged and noted.
    pub async fn step(&mut self) -> Vec<Read> {
        let mut read = Vec::new();
        let event = self.consumer.poll(None, POLL, &mut |record| read.push(Read::from(&record))).await.unwrap();
        if !matches!(event, PollEvent::Records(_)) {
            self.consumer.acknowledge_rebalance().await.unwrap();
            self.events.push(event);
        }
        read
    }

    /// Polls until it has read so many records.
    pub async fn read(&mut self, count: usize) -> Vec<Read> {
        let start = Instant::now();
        let mut read = Vec::new();
        while read.len() < count {
            assert!(start.elapsed() < LIMIT, "{} of {count} records came", read.len());
            read.extend(self.step().await);
        }
        assert_eq!(read.len(), count, "more records than expected");
        read
    }

    /// Polls until it holds so many partitions. No record may come meanwhile.
    pub async fn hold(&mut self, partitions: usize) {
        let start = Instant::now();
        while self.consumer.assignment().len() != partitions {
            assert!(start.elapsed() < LIMIT, "holds {:?}, not {partitions}", self.consumer.assignment());
            assert_eq!(self.step().await, []);
        }
    }

    pub async fn commit(&mut self, topic: &str, offset: i64) {
        self.consumer.commit_sync(&BTreeMap::from([(TopicPartition::new(topic, 0), offset)])).await.unwrap();
    }
}

pub fn texts(read: &[Read]) -> Vec<&str> {
    read.iter().map(Read::text).collect()
}
