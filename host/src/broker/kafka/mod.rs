//! An Apache Kafka cluster, through librdkafka. No other module names rdkafka.

pub mod admin;
mod consumer;
mod context;
mod failure;
mod native;
mod position;
mod producer;
pub mod properties;
mod security;
mod topic_creation;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};

use self::admin::KafkaAdmin;
use self::consumer::KafkaConsumer;
use self::context::PlainContext;
use self::failure::translate;
use self::producer::KafkaProducer;
use self::properties::ClientKind;
use super::error::{BrokerError, ErrorKind};
use super::{Admin, Broker, ClientSpec, Consumer, ConsumerSpec, Producer, ProducerSpec};

/// How long the first contact may take before a worker gives up its start.
const FIRST_CONTACT: Duration = Duration::from_secs(15);

/// A cluster, known by its bootstrap servers.
#[derive(Debug, Clone)]
pub struct KafkaBroker {
    bootstrap: String,
    worker: BTreeMap<String, String>,
    fit: Fit,
}

/// Settings of producers that were found fit, each as a hash: the tasks of a worker mostly have the same.
type Fit = Arc<Mutex<HashSet<u64>>>;

impl KafkaBroker {
    /// `bootstrap` is `bootstrap.servers`; `worker` the worker's own client keys without prefix (`security.protocol` …), for asking
    /// after the cluster. Nothing is connected yet.
    pub fn new(bootstrap: impl Into<String>, worker: BTreeMap<String, String>) -> Self {
        Self { bootstrap: bootstrap.into(), worker, fit: Fit::default() }
    }
}

#[async_trait]
impl Broker for KafkaBroker {
    async fn producer(&self, spec: ProducerSpec) -> Result<Box<dyn Producer>, BrokerError> {
        Ok(Box::new(KafkaProducer::new(&self.bootstrap, spec, &self.fit)?))
    }

    async fn consumer(&self, spec: ConsumerSpec) -> Result<Box<dyn Consumer>, BrokerError> {
        Ok(Box::new(KafkaConsumer::new(&self.bootstrap, spec).await?))
    }

    async fn admin(&self, spec: ClientSpec) -> Result<Box<dyn Admin>, BrokerError> {
        Ok(Box::new(KafkaAdmin::new(&self.bootstrap, spec)?))
    }

    async fn cluster_id(&self) -> Result<String, BrokerError> {
        let spec = ClientSpec { client_id: "caisson-start".into(), worker: self.worker.clone(), overrides: BTreeMap::new() };
        let config = properties::map(ClientKind::Admin, &self.bootstrap, &spec)?.config;
        let bootstrap = self.bootstrap.clone();
        off_the_runtime(move || first_contact(&config, &bootstrap)).await?
    }

    fn place(&self) -> &str {
        &self.bootstrap
    }
}

/// Asks for the cluster's id until [`FIRST_CONTACT`] is over, then says what librdkafka complained of last.
fn first_contact(config: &ClientConfig, bootstrap: &str) -> Result<String, BrokerError> {
    let context = PlainContext::new("caisson-start");
    let client: BaseConsumer<PlainContext> =
        config.create_with_context(context).map_err(|error| translate("connecting to Kafka", &error))?;
    let deadline = Instant::now() + FIRST_CONTACT;
    loop {
        if let Some(id) = client.client().fetch_cluster_id(Duration::from_millis(250)) {
            return Ok(id);
        }
        // Log and errors come with polling only.
        while client.poll(Duration::ZERO).is_some() {}
        if Instant::now() >= deadline {
            let why = client.context().last_error().unwrap_or_else(|| "no answer".to_owned());
            let text = format!(
                "no Kafka broker answered at bootstrap.servers={bootstrap} within {} s ({why}); check the address, security.protocol, \
                 and that the broker runs",
                FIRST_CONTACT.as_secs()
            );
            return Err(BrokerError::new(ErrorKind::Unreachable, text));
        }
    }
}

/// Runs a blocking call of librdkafka where it holds up nobody.
async fn off_the_runtime<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> Result<T, BrokerError> {
    tokio::task::spawn_blocking(call)
        .await
        .map_err(|error| BrokerError::new(ErrorKind::Closed, format!("a call to Kafka was cut off: {error}")))
}
