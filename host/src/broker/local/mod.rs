//! The local log: topics on the disk of this process, for a worker without `bootstrap.servers`.
//!
//! It gives Kafka's semantics on one machine: partitions, offsets, keys, tombstones, headers, timestamps, retention, compaction,
//! consumer groups within the process, and atomic transactions, of which readers see committed records only. An ack means that
//! the record is on the disk; one fsync serves whatever arrived since the last. A record is stored once, in chunks of many.

mod admin;
mod append;
mod chunk;
mod consumer;
mod group;
mod layout;
mod log;
mod producer;
mod retain;
mod store;
mod topic;

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;

use self::admin::LocalAdmin;
use self::consumer::{LocalConsumer, Reset};
use self::group::Wants;
use self::log::{Log, lock};
use self::producer::{BUFFER_BYTES, Bounds, LocalProducer};
use super::error::{BrokerError, ErrorKind};
use super::kafka::properties::{ClientKind, check_overrides};
use super::subscription::Subscription;
use super::{Admin, Broker, ClientSpec, Consumer, ConsumerSpec, Producer, ProducerSpec};

/// How often retention and compaction look, and so how far a partition may exceed its bounds for a while.
const TIDY_EVERY: Duration = Duration::from_secs(30);

/// The local log of this process. When it is dropped, what was sent is written and the folder is free for another process.
pub struct LocalBroker {
    log: Arc<Log>,
    stop: Arc<(Mutex<bool>, Condvar)>,
    threads: Vec<JoinHandle<()>>,
}

impl LocalBroker {
    /// Opens the log in this folder (`local.log.dir`), or makes it. Only one process at a time may have it open.
    pub fn open(folder: &Path) -> Result<Self, BrokerError> {
        let log = Arc::new(Log::open(folder)?);
        log.topics_loaded();
        let mut broker = Self { log, stop: Arc::default(), threads: Vec::new() };
        let writer = Arc::clone(&broker.log);
        broker.spawn("log-writer", move || append::run(&writer))?;
        let (tidied, stop) = (Arc::clone(&broker.log), Arc::clone(&broker.stop));
        broker.spawn("log-tidy", move || tidy_until(&tidied, &stop))?;
        Ok(broker)
    }

    /// Applies retention and compaction now, and compacts however little is new. Blocks.
    pub fn tidy(&self) -> Result<(), BrokerError> {
        retain::tidy(&self.log, true)
    }

    /// Bytes on the disk.
    pub fn disk_space(&self) -> Result<u64, BrokerError> {
        self.log.store.disk_space()
    }

    fn spawn(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), BrokerError> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        let thread =
            thread.map_err(|error| BrokerError::new(ErrorKind::Other, format!("no thread for the local log: {error}")))?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for LocalBroker {
    fn drop(&mut self) {
        self.log.queue.close();
        *lock(&self.stop.0) = true;
        self.stop.1.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the local log panicked");
            }
        }
    }
}

fn tidy_until(log: &Log, (stopped, bell): &(Mutex<bool>, Condvar)) {
    let mut guard = lock(stopped);
    while !*guard {
        let (again, waited) = bell.wait_timeout(guard, TIDY_EVERY).unwrap_or_else(PoisonError::into_inner);
        guard = again;
        if waited.timed_out() {
            drop(guard);
            if let Err(error) = retain::tidy(log, false) {
                tracing::warn!("cleaning the local log: {error}");
            }
            guard = lock(stopped);
        }
    }
}

#[async_trait]
impl Broker for LocalBroker {
    async fn producer(&self, spec: ProducerSpec) -> Result<Box<dyn Producer>, BrokerError> {
        check_overrides(ClientKind::Producer, &spec.client)?;
        let bounds = Bounds {
            buffer: number(&spec.client, "buffer.memory", BUFFER_BYTES)?,
            record: number(&spec.client, "max.request.size", 1 << 20)?,
        };
        Ok(Box::new(LocalProducer::new(Arc::clone(&self.log), bounds, spec.transactional_id, spec.on_ack)))
    }

    async fn consumer(&self, spec: ConsumerSpec) -> Result<Box<dyn Consumer>, BrokerError> {
        check_overrides(ClientKind::Consumer, &spec.client)?;
        let max = number(&spec.client, "max.poll.records", 500)?.max(1);
        let reset = match property(&spec.client, "auto.offset.reset").unwrap_or("earliest") {
            "earliest" => Reset::Earliest,
            "latest" => Reset::Latest,
            "none" => Reset::None,
            other => return Err(wrong("auto.offset.reset", other, "`earliest`, `latest` or `none`")),
        };
        let create = property(&spec.client, "allow.auto.create.topics") != Some("false");
        let group = property(&spec.client, "group.id").unwrap_or(&spec.group_id).to_owned();
        let wants = match spec.subscription {
            Subscription::Partitions(places) => {
                let mut consumer = LocalConsumer::new(Arc::clone(&self.log), None, max, reset);
                consumer.assign(places)?;
                return Ok(Box::new(consumer));
            }
            Subscription::Pattern(pattern) => Wants::Pattern(pattern),
            Subscription::Topics(names) => {
                for name in names.iter().filter(|_| create) {
                    self.log.topic_or_create(name)?;
                }
                Wants::Names(names.into_iter().collect())
            }
        };
        if group.is_empty() {
            return Err(wrong("group.id", "", "set: a subscription needs a group"));
        }
        let member = lock(&self.log.groups).join(&group, &spec.client.client_id, wants);
        self.log.wake();
        Ok(Box::new(LocalConsumer::new(Arc::clone(&self.log), Some((group, member)), max, reset)))
    }

    async fn admin(&self, spec: ClientSpec) -> Result<Box<dyn Admin>, BrokerError> {
        check_overrides(ClientKind::Admin, &spec)?;
        Ok(Box::new(LocalAdmin::new(Arc::clone(&self.log))))
    }

    async fn cluster_id(&self) -> Result<String, BrokerError> {
        self.log.cluster_id()
    }

    fn place(&self) -> &str {
        &self.log.place
    }
}

fn property<'a>(spec: &'a ClientSpec, key: &str) -> Option<&'a str> {
    spec.overrides.get(key).or_else(|| spec.worker.get(key)).map(|value| value.trim())
}

fn number(spec: &ClientSpec, key: &str, default: usize) -> Result<usize, BrokerError> {
    property(spec, key).map_or(Ok(default), |text| text.parse().map_err(|_| wrong(key, text, "a whole number")))
}

fn wrong(key: &str, value: &str, wanted: &str) -> BrokerError {
    BrokerError::new(ErrorKind::Config, format!("the client property `{key}`=`{value}` must be {wanted}"))
}
