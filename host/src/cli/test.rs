//! `caisson test`: a plugin in the real sandbox, against the contract suite and its author's cases.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use caisson_toolchain::project::Project;

use super::desk;
use crate::authoring::cases::{self, Case};
use crate::authoring::guest::Guest;
use crate::authoring::suite::{self, Check};

/// Arguments of `caisson test`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The project's folder, or a component
    #[arg(default_value = ".")]
    component: PathBuf,
    /// The cases, for a component; a project names them in its caisson.json
    #[arg(long)]
    cases: Option<PathBuf>,
}

/// Runs everything and prints a line for each check. An error when one fails.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    super::logging::start("warn")?;
    let component = desk::component(&args.component)?;
    let file = match args.cases {
        Some(cases) => Some(cases),
        None if args.component.is_dir() => Project::open(&args.component)?.cases(),
        None => None,
    };
    let file = file.context("no cases: name a file in caisson.json under `cases`, or with --cases")?;
    let cases = cases::read(&file)?;
    let guest = Guest::open(&component).await?;
    let mut out = io::stdout();
    let mut failed = 0;
    let mut total = 0;
    for case in suite_cases(&guest, &cases, &file)? {
        writeln!(out, "{}: the contract suite, with the configuration of {:?}", case.class, case.name)?;
        for check in suite::run(&guest, case).await? {
            show(&mut out, &check)?;
            (total, failed) = (total + 1, failed + usize::from(check.kept.is_err()));
        }
    }
    writeln!(out, "{}", file.display())?;
    for case in &cases {
        let kept = cases::run(&guest, case).await.with_context(|| format!("case {:?} of {}", case.name, file.display()))?;
        show(&mut out, &Check { name: case.name.clone(), kept: kept.clone() })?;
        (total, failed) = (total + 1, failed + usize::from(kept.is_err()));
    }
    out.flush()?;
    if failed > 0 {
        bail!("{failed} of {total} checks failed");
    }
    println!("all {total} checks passed");
    Ok(())
}

fn show(out: &mut impl Write, check: &Check) -> io::Result<()> {
    match &check.kept {
        Ok(()) => writeln!(out, "  ok      {}", check.name),
        Err(violation) => writeln!(out, "  FAILED  {}: {violation}", check.name),
    }
}

/// Of each class the first case that can be run. Every plugin of the component needs one.
fn suite_cases<'a>(guest: &Guest, cases: &'a [Case], file: &std::path::Path) -> anyhow::Result<Vec<&'a Case>> {
    let mut chosen = Vec::new();
    let mut classes = BTreeSet::new();
    for case in cases.iter().filter(|case| case.error.is_none()) {
        if classes.insert(case.class.as_str()) {
            chosen.push(case);
        }
    }
    if let Some(plugin) = guest.plugins.iter().find(|plugin| !classes.contains(plugin.class())) {
        bail!(
            "{} has no case of {} without an `error`: the suite takes its configuration from one",
            file.display(),
            plugin.class()
        );
    }
    Ok(chosen)
}
