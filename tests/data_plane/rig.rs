//! A worker without herder and REST, on a local log, with the project's components.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use caisson::broker::local::LocalBroker;
use caisson::broker::record::{Fetched, Outgoing};
use caisson::broker::subscription::{Start, Subscription};
use caisson::broker::topic::{NewTopic, TopicPartition};
use caisson::broker::{ClientSpec, ConsumerSpec, ProducerSpec};
use caisson::config::Props;
use caisson::config::worker::WorkerConfig;
use caisson::herder::distributed::internal_topics;
use caisson::sandbox::Sandbox;
use caisson::storage::offset_store::OffsetStore;
use caisson::storage::offset_topics::OffsetTopics;
use caisson::storage::status_store::{State, StatusStore, TargetState, TaskId};
use caisson::task::environment::{Environment, Fencing};
use caisson::worker::Worker;

const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";
const LIMIT: Duration = Duration::from_secs(60);

/// A worker and what it works with.
pub struct Rig {
    pub folder: PathBuf,
    pub environment: Environment,
    pub worker: Worker,
}

/// A configuration from pairs.
pub fn props(pairs: &[(&str, &str)]) -> Props {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

impl Rig {
    /// A worker whose files are in `folder`; what another one left there is taken over.
    pub async fn new(folder: &Path, worker: &[(&str, &str)]) -> Self {
        let components = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/components");
        let mut config = props(&[
            ("key.converter", STRING),
            ("value.converter", STRING),
            ("offset.flush.interval.ms", "100"),
            ("plugin.path", &components.display().to_string()),
            ("offset.storage.file.filename", &folder.join("offsets").display().to_string()),
            ("local.log.dir", &folder.join("log").display().to_string()),
        ]);
        config.extend(props(worker));
        let config = Arc::new(WorkerConfig::standalone(config).unwrap());
        let sandbox = Sandbox::of_worker(&config).unwrap();
        let environment = Environment {
            catalogue: Arc::new(sandbox.catalogue(&config).await),
            sandbox,
            broker: Arc::new(LocalBroker::open(&config.local_log_dir()).unwrap()),
            offsets: Arc::new(OffsetTopics::single(Arc::new(OffsetStore::open(&config.offset_file()).unwrap()))),
            statuses: Arc::new(StatusStore::new("rig:0")),
            fencing: Arc::default(),
            config,
        };
        Self { folder: folder.to_owned(), worker: Worker::new(environment.clone()), environment }
    }

    /// A worker whose sources write exactly once, as one of a cluster that has fenced whatever is to be fenced. Its topics and offsets are
    /// in the local log in `folder`.
    pub async fn exactly_once(folder: &Path) -> Self {
        let mut rig = Self::new(folder, &[]).await;
        let mut config = rig.environment.config.all().clone();
        // To a cluster that would be a setting of its offset topic.
        config.remove("offset.storage.file.filename");
        config.extend(props(&[
            ("bootstrap.servers", "none:9092"),
            ("group.id", "rig"),
            ("config.storage.topic", "configs"),
            ("offset.storage.topic", "offsets"),
            ("offset.storage.partitions", "1"),
            ("offset.storage.replication.factor", "1"),
            ("status.storage.topic", "statuses"),
            ("exactly.once.source.support", "enabled"),
        ]));
        let config = Arc::new(WorkerConfig::distributed(config).unwrap());
        let broker = Arc::clone(&rig.environment.broker);
        let spec = internal_topics::offsets(&config);
        let offsets = Arc::new(OffsetStore::open_topic(broker.as_ref(), &spec).await.unwrap());
        rig.environment.offsets = Arc::new(OffsetTopics::of_cluster(offsets, broker, Arc::clone(&config), spec));
        rig.environment.config = config;
        rig.worker = Worker::new(rig.environment.clone());
        rig.worker.on_exactly_once(Fencing {
            fence: Box::new(|_| Box::pin(async { Ok(()) })),
            is_current: Box::new(|_, _| Box::pin(async { Ok(true) })),
        });
        rig
    }

    /// Starts a connector and its tasks as the herder does.
    pub async fn start(&self, name: &str, config: &[(&str, &str)], tasks: u32) -> Vec<TaskId> {
        let mut config = props(config);
        config.insert("name".to_owned(), name.to_owned());
        // The witness's tasks write to files of their own beside the one that it names.
        config.insert("sandbox.grants".to_owned(), format!("write:{}", self.folder.display()));
        self.worker.start_connector(name, config.clone(), TargetState::Started).await.unwrap();
        let configs = self.worker.connector_task_configs(name, tasks).await.unwrap();
        let mut ids = Vec::new();
        for (number, task) in (0..).zip(configs) {
            let id = TaskId::new(name, number);
            self.worker.start_task(id.clone(), config.clone(), task, TargetState::Started, 0).await;
            ids.push(id);
        }
        ids
    }

    /// Waits until a task is in this state, and returns its trace.
    pub async fn state(&self, id: &TaskId, state: State) -> String {
        let status = || self.environment.statuses.task(id);
        let reached = || status().filter(|status| status.state == state);
        until(&format!("{id} is {}", state.name()), || reached().is_some()).await;
        reached().and_then(|status| status.trace).unwrap_or_default()
    }

    /// Makes a topic.
    pub async fn topic(&self, name: &str, partitions: i32) {
        let admin = self.environment.broker.admin(ClientSpec::named("rig")).await.unwrap();
        admin.create_topic(&NewTopic { partitions, ..NewTopic::new(name) }).await.unwrap();
    }

    /// Writes string records, in turn to all `partitions` of a topic.
    pub async fn produce(&self, topic: &str, partitions: i32, values: &[String]) {
        let client = ClientSpec::named("rig");
        let spec = ProducerSpec { client, transactional_id: None, on_ack: Arc::new(|_, ack| assert!(ack.is_ok())) };
        let producer = self.environment.broker.producer(spec).await.unwrap();
        for (number, value) in (0..).zip(values) {
            let partition = Some(number % partitions);
            let value = Some(value.as_bytes());
            let record = Outgoing { topic, partition, timestamp: None, key: None, value, headers: &[] };
            while producer.send(record, number as u64).is_err() {
                producer.room().await;
            }
        }
        producer.flush(LIMIT).await.unwrap();
    }

    /// The committed offsets of a group.
    pub async fn committed(&self, group: &str) -> BTreeMap<TopicPartition, i64> {
        let admin = self.environment.broker.admin(ClientSpec::named("rig")).await.unwrap();
        admin.group_offsets(group).await.unwrap()
    }

    /// The values in partition 0 of a topic so far, as readers of committed records see them.
    pub async fn values(&self, topic: &str) -> Vec<String> {
        let places = vec![(TopicPartition::new(topic, 0), Start::Beginning)];
        let client = ClientSpec::named("rig");
        let spec = ConsumerSpec { client, group_id: String::new(), subscription: Subscription::Partitions(places) };
        let mut consumer = self.environment.broker.consumer(spec).await.unwrap();
        let mut values = Vec::new();
        let mut sink = |record: Fetched<'_>| values.push(String::from_utf8(record.value.unwrap_or_default().to_vec()).unwrap());
        consumer.read_to_end(LIMIT, &mut sink).await.unwrap();
        values
    }

    /// What a file holds, line by line.
    pub fn lines(&self, file: &str) -> Vec<String> {
        fs::read_to_string(self.folder.join(file)).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// A path in the rig's folder.
    pub fn path(&self, file: &str) -> String {
        self.folder.join(file).display().to_string()
    }
}

/// Waits until `holds` does; looks often and gives up loudly.
pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    let mut look = tokio::time::interval(Duration::from_millis(5));
    while !holds() {
        assert!(Instant::now() < end, "not within {LIMIT:?}: {what}");
        look.tick().await;
    }
}
