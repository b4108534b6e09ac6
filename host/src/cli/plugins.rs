//! `caisson plugins`: what a worker can run.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::Context;

use crate::config::properties;
use crate::config::worker::WorkerConfig;
use crate::plugin::catalogue::Catalogue;
use crate::sandbox::grant::ceiling::Ceiling;
use crate::sandbox::{Sandbox, cache_folder};

/// Arguments of `caisson plugins`.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// A worker's properties; without them only the plugins built in are listed
    worker: Option<PathBuf>,
}

const HELP: &str = "Plugins are WebAssembly components. A worker finds them in the folders of its plugin.path, and in their child
folders. A component that is met for the first time is compiled, which takes a moment.";

/// Lists kind, class, version and component of each plugin.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    let catalogue = match &args.worker {
        Some(path) => {
            let config = WorkerConfig::of_either_kind(properties::load(path)?).with_context(|| path.display().to_string())?;
            super::logging::start(config.log_level())?;
            Sandbox::of_worker(&config)?.catalogue(&config).await
        }
        None => {
            super::logging::start("info")?;
            let cache = cache_folder();
            Sandbox::new(Some(&cache), Ceiling::default())?.catalogue_of("", &cache).await
        }
    };
    print(&catalogue, &mut io::stdout().lock())
}

fn print(catalogue: &Catalogue, out: &mut impl Write) -> anyhow::Result<()> {
    if catalogue.list().is_empty() {
        writeln!(out, "no plugins: build them with `cargo xtask build`, or name a folder of components in plugin.path")?;
        return Ok(());
    }
    let width = catalogue.list().iter().map(|plugin| plugin.class().len()).max().unwrap_or_default();
    for plugin in catalogue.list() {
        let (kind, class, version) = (plugin.kind.as_str(), plugin.class(), plugin.version());
        writeln!(out, "{kind:<16} {class:<width$} {version:<8} {}", plugin.artifact.location())?;
    }
    Ok(())
}
