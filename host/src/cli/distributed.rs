//! `caisson distributed`: one worker of a cluster (Kafka: `connect-distributed`).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context;

use crate::broker::Broker;
use crate::broker::kafka::KafkaBroker;
use crate::config::worker::WorkerConfig;
use crate::herder::distributed::{Herder, Stores};
use crate::herder::loggers::Loggers;
use crate::herder::own_checks::OwnChecks;
use crate::herder::parts::Parts;
use crate::herder::refused_classes::RefusedClasses;
use crate::rest::listener::{self, Listener};
use crate::rest::server::Server;
use crate::sandbox::Sandbox;
use crate::storage::assignment::Member;
use crate::task::environment::Environment;
use crate::worker::Worker;

use super::standalone::{advertised_scheme, serve, stop_signal, worker_id, worker_props};
use super::traces::Traces;

/// Arguments of `caisson distributed`.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The worker's properties; with --env they may all come from the environment
    #[arg(required_unless_present = "env")]
    worker: Option<PathBuf>,
    /// Take keys from the environment too, before the file's: CONNECT_GROUP_ID is group.id
    #[arg(long)]
    env: bool,
}

const HELP: &str = "The least that a worker of a cluster needs:
  bootstrap.servers=broker:9092
  group.id=connect-cluster
  config.storage.topic=connect-configs
  offset.storage.topic=connect-offsets
  status.storage.topic=connect-status
  key.converter=org.apache.kafka.connect.json.JsonConverter
  value.converter=org.apache.kafka.connect.json.JsonConverter

Workers with the same group.id share connectors and tasks; connectors are created through the REST API of any of them.
The topics may be those of an Apache Kafka Connect cluster that has stopped. Workers reach each other at the address that
rest.advertised.host.name and rest.advertised.port name, by default the machine's name and the listener's port.
SIGTERM and SIGINT stop the worker: tasks are drained and offsets committed before it leaves the cluster.";

/// How long a worker waits to be part of the cluster before it serves requests all the same.
const JOIN_PATIENCE: Duration = Duration::from_secs(60);

/// Runs a worker until it is told to stop.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let (props, source) = worker_props(args.worker.as_deref(), args.env)?;
    let config = WorkerConfig::distributed(props).with_context(|| source.clone())?;
    let traces = Traces::of_environment()?;
    let loggers = super::logging::start_with(config.log_level(), traces.tracer())?;
    let stop = stop_signal()?;
    let server = Server::of_worker(&config)?;
    let listeners = listener::bind(&config).await?;
    let started = tokio::select! {
        started = start(config, loggers, &listeners) => started,
        () = stop.cancelled() => return Ok(()),
    };
    let herder = started.with_context(|| source)?;
    let joined = tokio::select! {
        joined = tokio::time::timeout(JOIN_PATIENCE, herder.joined()) => joined.is_ok(),
        () = stop.cancelled() => true,
    };
    if !joined {
        tracing::warn!("this worker is not part of the cluster after {} s, and goes on trying", JOIN_PATIENCE.as_secs());
    }
    let serving = tokio::spawn(serve(server, Arc::new(herder.clone()), listeners, stop.clone()));
    stop.cancelled().await;
    tracing::info!("stopping");
    herder.stop().await;
    // Clients may keep connections open; what they were answered is complete by now.
    let _ = tokio::time::timeout(Duration::from_secs(1), serving).await;
    traces.end().await;
    tracing::info!("stopped");
    Ok(())
}

/// Everything up to the point where the worker joins the cluster.
async fn start(config: WorkerConfig, loggers: Loggers, listeners: &[Listener]) -> anyhow::Result<Herder> {
    let config = Arc::new(config);
    let servers = config.bootstrap_servers().unwrap_or_default();
    let broker: Arc<dyn Broker> = Arc::new(KafkaBroker::new(servers, config.all().clone()));
    let cluster_id = broker.cluster_id().await?;
    let sandbox = Sandbox::of_worker(&config)?;
    let catalogue = Arc::new(sandbox.catalogue(&config).await);
    let (scheme, worker_id) = (advertised_scheme(&config, listeners), worker_id(&config, listeners));
    let stores = Stores::open(&broker, &config, &worker_id).await?;
    tracing::info!(worker = worker_id, topics = broker.place(), plugins = catalogue.list().len(), "the worker has started");
    let limits = config.sandbox_limits().clone();
    let worker = Worker::new(Environment {
        config: Arc::clone(&config),
        sandbox: sandbox.clone(),
        catalogue: Arc::clone(&catalogue),
        broker: Arc::clone(&broker),
        offsets: Arc::clone(&stores.offsets),
        statuses: Arc::clone(&stores.statuses),
        fencing: Arc::default(),
    });
    let parts = Parts {
        own_checks: OwnChecks::new(sandbox.clone(), limits),
        config,
        catalogue,
        sandbox,
        worker: Arc::new(worker),
        broker,
        statuses: stores.statuses,
        offsets: stores.offsets,
        loggers,
        refused_classes: RefusedClasses::default(),
        cluster_id,
    };
    let run = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    let me = Member { url: format!("{scheme}://{worker_id}/"), run: u64::try_from(run.as_millis()).unwrap_or_default() };
    Ok(Herder::start(parts, stores.configs, stores.status_topic, stores.notices, me).await?)
}
