//! What a run of vectors showed, class by class.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value as Json;

use super::case::{self, Case};
use super::run::{self, Verdict};

/// A class's cases.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Cases that were run.
    pub total: usize,
    /// Of these, how many agree.
    pub agreed: usize,
    /// Cases whose input the contract cannot say, by reason.
    pub not_expressible: BTreeMap<&'static str, usize>,
    /// Cases of a class without a plugin.
    pub no_plugin: usize,
}

/// A case on which Caisson and Kafka differ.
#[derive(Debug)]
pub struct Difference {
    /// The case.
    pub case: Case,
    /// What Caisson made of it.
    pub got: Json,
}

/// What a run showed.
#[derive(Debug, Default)]
pub struct Report {
    /// By class.
    pub tallies: BTreeMap<String, Tally>,
    /// In the order of the files.
    pub differences: Vec<Difference>,
    /// The cases that agree, by the file's name without ending.
    pub agreed: BTreeMap<String, Vec<Case>>,
}

impl Report {
    /// Cases run in all.
    pub fn total(&self) -> usize {
        self.tallies.values().map(|tally| tally.total).sum()
    }

    /// Cases that agree in all.
    pub fn agreed(&self) -> usize {
        self.tallies.values().map(|tally| tally.agreed).sum()
    }
}

/// Runs every `*.jsonl` of a folder.
pub fn run_folder(folder: &Path) -> Result<Report> {
    let mut report = Report::default();
    for path in files(folder)? {
        let family = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        for case in case::read_file(&path)? {
            add(&mut report, &family, case)?;
        }
    }
    Ok(report)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn add(report: &mut Report, family: &str, case: Case) -> Result<()> {
    let tally = report.tallies.entry(case.class.clone()).or_default();
    match run::run(&case)? {
        Verdict::NoPlugin => tally.no_plugin += 1,
        Verdict::NotExpressible(reason) => *tally.not_expressible.entry(reason).or_default() += 1,
        Verdict::Agreed => {
            tally.total += 1;
            tally.agreed += 1;
            report.agreed.entry(family.to_owned()).or_default().push(case);
        }
        Verdict::Differs(got) => {
            tally.total += 1;
            report.differences.push(Difference { case, got });
        }
    }
    Ok(())
}
