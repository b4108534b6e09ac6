//! `caisson standalone`: one worker in this process (Kafka: `connect-standalone`).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use tokio_util::sync::CancellationToken;

use crate::broker::Broker;
use crate::broker::kafka::KafkaBroker;
use crate::broker::local::LocalBroker;
use crate::config::worker::WorkerConfig;
use crate::config::{Props, environment_keys, properties};
use crate::herder::connector_file::{self, ConnectorRequest};
use crate::herder::herding::Herding;
use crate::herder::loggers::Loggers;
use crate::herder::own_checks::OwnChecks;
use crate::herder::parts::Parts;
use crate::herder::refused_classes::RefusedClasses;
use crate::herder::standalone::Herder;
use crate::rest::listener::{self, Listener};
use crate::rest::server::Server;
use crate::sandbox::Sandbox;
use crate::storage::offset_store::OffsetStore;
use crate::storage::offset_topics::OffsetTopics;
use crate::storage::status_store::StatusStore;
use crate::task::environment::Environment;
use crate::worker::Worker;

use super::traces::Traces;

/// Arguments of `caisson standalone`.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The worker's properties
    worker: PathBuf,
    /// Connectors to create: .properties, or JSON as POST /connectors takes it or as a bare configuration
    connectors: Vec<PathBuf>,
    /// Take the worker's keys from the environment too, before the file's: CONNECT_LISTENERS is listeners
    #[arg(long)]
    env: bool,
}

const HELP: &str = "The least that a worker needs:
  key.converter=org.apache.kafka.connect.storage.StringConverter
  value.converter=org.apache.kafka.connect.json.JsonConverter
  offset.storage.file.filename=/var/lib/caisson/offsets

With bootstrap.servers topics are in Kafka; without it they are kept on this machine, in local.log.dir.
The REST API listens on port 8083 unless listeners (such as http://127.0.0.1:8084) says otherwise.
SIGTERM and SIGINT stop the worker: tasks are drained and offsets committed first.";

/// Runs a worker until it is told to stop.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let (props, source) = worker_props(Some(&args.worker), args.env)?;
    let config = WorkerConfig::standalone(props).with_context(|| source.clone())?;
    let traces = Traces::of_environment()?;
    let loggers = super::logging::start_with(config.log_level(), traces.tracer())?;
    let requests = args.connectors.iter().map(|path| connector_file::read(path)).collect::<Result<Vec<_>, _>>()?;
    let stop = stop_signal()?;
    let server = Server::of_worker(&config)?;
    let listeners = listener::bind(&config).await?;
    let herder = start(config, loggers, &listeners).await.with_context(|| source)?;
    let serving = tokio::spawn(serve(server, Arc::new(Arc::clone(&herder)), listeners, stop.clone()));
    let created = tokio::select! {
        created = create_all(&herder, &requests, &args.connectors) => created,
        () = stop.cancelled() => Ok(()),
    };
    if created.is_ok() {
        stop.cancelled().await;
    }
    stop.cancel();
    tracing::info!("stopping");
    herder.stop().await;
    // Clients may keep connections open; what they were answered is complete by now.
    let _ = tokio::time::timeout(Duration::from_secs(1), serving).await;
    traces.end().await;
    tracing::info!("stopped");
    created
}

/// A worker's properties, and where they are from, for errors.
pub(super) fn worker_props(file: Option<&Path>, environment: bool) -> anyhow::Result<(Props, String)> {
    let mut props = file.map(properties::load).transpose()?.unwrap_or_default();
    let mut sources: Vec<String> = file.map(|file| file.display().to_string()).into_iter().collect();
    if environment {
        // A variable that is not text is no key's value.
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        props.extend(environment_keys::keys(variables));
        sources.push("the environment".to_owned());
    }
    Ok((props, sources.join(" and ")))
}

/// Serves the REST API; a worker that nobody can reach stops.
pub(super) async fn serve(server: Server, herder: Arc<dyn Herding>, listeners: Vec<Listener>, stop: CancellationToken) {
    if let Err(error) = server.serve(herder, listeners, stop.clone()).await {
        tracing::error!("the REST API has ended: {error}");
    }
    stop.cancel();
}

/// Everything up to the point where connectors can be created.
async fn start(config: WorkerConfig, loggers: Loggers, listeners: &[Listener]) -> anyhow::Result<Arc<Herder>> {
    let config = Arc::new(config);
    let offsets = Arc::new(OffsetTopics::single(Arc::new(OffsetStore::open(&config.offset_file())?)));
    let broker = broker(&config)?;
    let cluster_id = broker.cluster_id().await?;
    let sandbox = Sandbox::of_worker(&config)?;
    let catalogue = Arc::new(sandbox.catalogue(&config).await);
    let worker_id = worker_id(&config, listeners);
    tracing::info!(worker = worker_id, topics = broker.place(), plugins = catalogue.list().len(), "the worker has started");
    let statuses = Arc::new(StatusStore::new(worker_id));
    let limits = config.sandbox_limits().clone();
    let worker = Worker::new(Environment {
        config: Arc::clone(&config),
        sandbox: sandbox.clone(),
        catalogue: Arc::clone(&catalogue),
        broker: Arc::clone(&broker),
        offsets: Arc::clone(&offsets),
        statuses: Arc::clone(&statuses),
        fencing: Arc::default(),
    });
    Ok(Herder::new(Parts {
        own_checks: OwnChecks::new(sandbox.clone(), limits),
        config,
        catalogue,
        sandbox,
        worker: Arc::new(worker),
        broker,
        statuses,
        offsets,
        loggers,
        refused_classes: RefusedClasses::default(),
        cluster_id,
    }))
}

/// Kafka if `bootstrap.servers` names one, else the local log.
fn broker(config: &WorkerConfig) -> anyhow::Result<Arc<dyn Broker>> {
    Ok(match config.bootstrap_servers() {
        Some(servers) => Arc::new(KafkaBroker::new(servers, config.all().clone())),
        None => Arc::new(LocalBroker::open(&config.local_log_dir())?),
    })
}

/// Creates the connectors of the command line, in order. The first that is refused ends it.
async fn create_all(herder: &Arc<Herder>, requests: &[ConnectorRequest], paths: &[PathBuf]) -> anyhow::Result<()> {
    for (request, path) in requests.iter().zip(paths) {
        let ConnectorRequest { name, config, initial_state } = request.clone();
        herder.put_connector(&name, config, initial_state, false).await.with_context(|| path.display().to_string())?;
        tracing::info!(connector = name, "created from {}", path.display());
    }
    Ok(())
}

/// `http` or `https`, by which others should reach this worker: if none is named, `http` where it is listened to (Kafka:
/// `RestServer.determineAdvertisedProtocol`).
pub(super) fn advertised_scheme(config: &WorkerConfig, listeners: &[Listener]) -> &'static str {
    let named = config.text("rest.advertised.listener").map(str::to_ascii_lowercase);
    let plain = listeners.is_empty() || listeners.iter().any(|listener| listener.scheme() == "http");
    match named.as_deref() {
        Some("https") => "https",
        None if !plain => "https",
        _ => "http",
    }
}

/// `host:port` by which this worker is known.
pub(super) fn worker_id(config: &WorkerConfig, listeners: &[Listener]) -> String {
    let scheme = advertised_scheme(config, listeners);
    let advertised = listeners.iter().find(|listener| listener.scheme() == scheme);
    let address = advertised.or(listeners.first()).and_then(Listener::address);
    let port = config.advertised_port().or(address.map(|address| address.port())).unwrap_or_default();
    let host = match (config.advertised_host(), address) {
        (Some(host), _) => host.to_owned(),
        (None, Some(address)) if !address.ip().is_unspecified() => address.ip().to_string(),
        _ => host_name(),
    };
    format!("{host}:{port}")
}

/// The machine's name.
fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "localhost".to_owned() } else { name.trim().to_owned() }
}

/// Cancelled by SIGTERM and SIGINT.
pub(super) fn stop_signal() -> anyhow::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| anyhow!("cannot wait for SIGTERM: {error}"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| anyhow!("cannot wait for SIGINT: {error}"))?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}
