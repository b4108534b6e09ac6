//! `caisson build`: a project's component.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use caisson_toolchain::project::Project;

use super::inspect;
use crate::authoring::guest::Guest;

/// How often a watched project is looked at.
const WATCH: Duration = Duration::from_millis(500);

/// Arguments of `caisson build`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Build again whenever a file of the project changes
    #[arg(long)]
    watch: bool,
}

/// Builds, and shows what the component is.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    super::logging::start("warn")?;
    if !args.watch {
        return once(&args).await;
    }
    loop {
        let seen = newest(&args.project)?;
        if let Err(error) = once(&args).await {
            eprintln!("error: {error:#}");
        }
        eprintln!("waiting for a change");
        while newest(&args.project)? == seen {
            tokio::time::sleep(WATCH).await;
        }
    }
}

async fn once(args: &Args) -> anyhow::Result<()> {
    let project = Project::open(&args.project)?;
    let project = tokio::task::spawn_blocking(move || caisson_toolchain::build(&project).map(|()| project)).await??;
    let guest = Guest::open(&project.component()).await?;
    let mut out = io::stdout().lock();
    inspect::print(&guest.inspection, &mut out)?;
    out.flush().context("cannot write to standard output")
}

/// The age of the youngest source file, and how many there are.
fn newest(folder: &std::path::Path) -> anyhow::Result<(Option<std::time::SystemTime>, usize)> {
    let (mut newest, mut count) = (None, 0);
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let made = ["target", "dist", "build", "__pycache__", "node_modules", "Cargo.lock", "package-lock.json"];
        if name.starts_with('.') || made.contains(&&*name) {
            continue;
        }
        let (inner, files) = match entry.path().is_dir() {
            true => self::newest(&entry.path())?,
            false => (entry.metadata().and_then(|about| about.modified()).ok(), 1),
        };
        newest = newest.max(inner);
        count += files;
    }
    Ok((newest, count))
}
