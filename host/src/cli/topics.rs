//! `caisson topics`: looks into topics, of Kafka and of the local log alike.

mod produce;
mod show;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;

use crate::broker::kafka::KafkaBroker;
use crate::broker::local::LocalBroker;
use crate::broker::{Broker, ClientSpec};
use crate::config::properties;
use crate::config::worker::WorkerConfig;

/// Arguments of `caisson topics`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  caisson topics --worker worker.properties list
  caisson topics --local-log-dir /var/lib/caisson/log tail lines --from-beginning
  caisson topics --bootstrap-server localhost:9092 tail lines -n 5 --follow
  echo 'key:value' | caisson topics --bootstrap-server localhost:9092 produce lines --key-separator :

A local log belongs to one process at a time: stop its worker before looking into it.";

/// Where the topics are; one of these.
#[derive(clap::Args)]
#[group(multiple = false)]
struct Place {
    /// A Kafka cluster, as host:port,…
    #[arg(long, value_name = "SERVERS", global = true)]
    bootstrap_server: Option<String>,
    /// The folder of a local log
    #[arg(long, value_name = "FOLDER", global = true)]
    local_log_dir: Option<PathBuf>,
    /// Where this worker keeps its topics, by its properties file
    #[arg(long, value_name = "FILE", global = true)]
    worker: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Print the names of all topics
    List,
    /// Print partitions, offsets and configuration of topics
    Describe {
        /// Topics; all if none is given
        topics: Vec<String>,
    },
    /// Print the last records of a topic
    Tail(show::Tail),
    /// Write lines of standard input as records
    Produce(produce::Produce),
}

/// Runs one command.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    super::logging::start("warn")?;
    let writes = matches!(args.command, Command::Produce(_));
    let (broker, client) = open(args.place, writes)?;
    broker.cluster_id().await?;
    let admin = broker.admin(client.clone()).await?;
    match args.command {
        Command::List => show::list(&*admin).await,
        Command::Describe { topics } => show::describe(&*admin, topics).await,
        Command::Tail(tail) => show::tail(&*broker, &*admin, client, &tail).await,
        Command::Produce(produce) => produce::run(&*broker, client, &produce).await,
    }
}

/// The broker, and what its clients are made of.
fn open(place: Place, writes: bool) -> anyhow::Result<(Box<dyn Broker>, ClientSpec)> {
    let mut client = ClientSpec::named("caisson-topics");
    if let Some(servers) = place.bootstrap_server {
        return Ok((Box::new(KafkaBroker::new(servers, BTreeMap::new())), client));
    }
    let folder = match (place.local_log_dir, place.worker) {
        (Some(folder), _) => folder,
        (None, Some(file)) => {
            let config = WorkerConfig::of_either_kind(properties::load(&file)?).with_context(|| file.display().to_string())?;
            if let Some(servers) = config.bootstrap_servers() {
                // The worker's own connection; the group and topics of a distributed worker are no business of these clients.
                client.worker = config.all().clone();
                client.worker.extend(config.with_prefix("admin."));
                client.worker.retain(|key, _| !matches!(key.as_str(), "group.id" | "client.id" | "bootstrap.servers"));
                return Ok((Box::new(KafkaBroker::new(servers, client.worker.clone())), client));
            }
            config.local_log_dir()
        }
        (None, None) => bail!("one of --bootstrap-server, --local-log-dir and --worker is needed"),
    };
    if !writes && !folder.is_dir() {
        bail!("there is no local log in {}", folder.display());
    }
    Ok((Box::new(LocalBroker::open(&folder)?), client))
}
