//! Runs vectors and tells where Caisson and Kafka differ.
//!
//! `vectors FOLDER [--all] [--class PART] [--differences N] [--keep FOLDER]`

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use caisson_vectors::report::{Report, run_folder};

struct Arguments {
    folder: PathBuf,
    /// Also name the classes that Caisson has no plugin for.
    all: bool,
    /// Show differences of classes with this in their name only.
    class: String,
    differences: usize,
    /// Write the cases that agree to this folder.
    keep: Option<PathBuf>,
}

fn arguments() -> Result<Arguments> {
    let mut given = std::env::args().skip(1);
    let mut parsed = Arguments { folder: PathBuf::new(), all: false, class: String::new(), differences: 10, keep: None };
    while let Some(argument) = given.next() {
        let mut value = || given.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--all" => parsed.all = true,
            "--class" => parsed.class = value()?,
            "--differences" => parsed.differences = value()?.parse().context("--differences needs a number")?,
            "--keep" => parsed.keep = Some(value()?.into()),
            folder if !folder.starts_with('-') => parsed.folder = folder.into(),
            other => bail!("unknown option {other}"),
        }
    }
    if parsed.folder.as_os_str().is_empty() {
        bail!("usage: vectors FOLDER [--all] [--class PART] [--differences N] [--keep FOLDER]");
    }
    Ok(parsed)
}

fn print(report: &Report, arguments: &Arguments) {
    for (class, tally) in &report.tallies {
        if tally.total > 0 {
            print!("{:>5}/{:<5} {class}", tally.agreed, tally.total);
            for (reason, count) in &tally.not_expressible {
                print!("  (and {count} that no batch can say: {reason})");
            }
            println!();
        } else if arguments.all {
            println!("not implemented {class}: {} cases", tally.no_plugin);
        }
    }
    let shown = report.differences.iter().filter(|difference| difference.case.class.contains(&arguments.class));
    for difference in shown.take(arguments.differences) {
        println!("\n{}\n  expected {}\n  got      {}", difference.case.id, difference.case.output, difference.got);
    }
    let others: usize = report.tallies.values().map(|tally| tally.no_plugin).sum();
    println!("\n{} of {} agree; {others} cases are of classes without a plugin here", report.agreed(), report.total());
}

fn keep(report: &Report, folder: &PathBuf) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (family, cases) in &report.agreed {
        let lines: String = cases.iter().map(|case| format!("{}\n", case.line)).collect();
        fs::write(folder.join(format!("{family}.jsonl")), lines)?;
    }
    Ok(())
}

fn main() -> Result<ExitCode> {
    let arguments = arguments()?;
    let report = run_folder(&arguments.folder)?;
    print(&report, &arguments);
    if let Some(folder) = &arguments.keep {
        keep(&report, folder)?;
    }
    Ok(if report.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
