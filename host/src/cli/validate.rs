//! `caisson validate`: checks files without running anything.

use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::config::properties;
use crate::config::worker::WorkerConfig;
use crate::herder::connector_file;
use crate::herder::own_checks::OwnChecks;
use crate::herder::validation::Validation;
use crate::sandbox::Sandbox;

/// Arguments of `caisson validate`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The worker's properties
    worker: PathBuf,
    /// Connectors to check
    connectors: Vec<PathBuf>,
}

/// Prints what is wrong with each connector; fails if anything is. No broker is asked.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let props = properties::load(&args.worker)?;
    let config = WorkerConfig::of_either_kind(props).with_context(|| args.worker.display().to_string())?;
    super::logging::start(config.log_level())?;
    let sandbox = Sandbox::of_worker(&config)?;
    let catalogue = sandbox.catalogue(&config).await;
    let own = OwnChecks::new(sandbox, config.sandbox_limits().clone());
    let validation = Validation { catalogue: &catalogue, worker: &config, own: &own };
    println!("{}: ok", args.worker.display());
    let mut errors = 0;
    for path in &args.connectors {
        let request = connector_file::read(path)?;
        let infos = validation.connector(&request.config).await.with_context(|| path.display().to_string())?;
        errors += infos.error_count;
        let verdict = if infos.error_count == 0 { "ok".to_owned() } else { format!("{} error(s)", infos.error_count) };
        println!("{}: {verdict}", path.display());
        for value in infos.configs.iter().filter_map(|config| config.value.as_ref()) {
            for error in &value.errors {
                println!("  {}: {error}", value.name);
            }
        }
    }
    if errors > 0 {
        bail!("{errors} error(s) in all");
    }
    Ok(())
}
