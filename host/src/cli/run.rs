//! `caisson run`: a plugin fed with records, without a worker and without Kafka.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;

use anyhow::Context;

use super::desk;
use crate::authoring::feed::{Cost, Feed};
use crate::authoring::guest::Guest;
use crate::authoring::json::JsonRecord;
use crate::plugin::Kind;

/// Arguments of `caisson run`.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The plugin's configuration, as key=value
    config: Vec<String>,
    /// The project's folder, or a component
    #[arg(long, default_value = ".")]
    component: PathBuf,
    /// The plugin's class, where the component has several
    #[arg(long)]
    class: Option<String>,
    /// A file of records, one JSON object a line; standard input unless named
    #[arg(long)]
    records: Option<PathBuf>,
    /// Keys and values are {"schema": …, "payload": …}, as JsonConverter has them
    #[arg(long)]
    schemas: bool,
    /// The most records of a source
    #[arg(long, default_value_t = 1000)]
    most: usize,
}

const HELP: &str = r#"A record is a line such as
  {"topic": "people", "key": "7", "value": {"name": "ada"}, "headers": {"from": "a test"}}
and only `value` is needed. What comes out goes to standard output in the same form; failures, and what the plugin took, to standard error."#;

/// Feeds it, and prints what comes out.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    super::logging::start("info")?;
    let guest = Guest::open(&desk::component(&args.component)?).await?;
    let plugin = guest.plugin(args.class.as_deref())?;
    let config = desk::config(&args.config)?;
    let records = match (plugin.kind, &args.records) {
        (Kind::Source, _) => Vec::new(),
        (_, Some(path)) => {
            let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
            read(BufReader::new(file)).with_context(|| path.display().to_string())?
        }
        (_, None) => read(io::stdin().lock()).context("standard input")?,
    };
    let feed =
        Feed { guest: &guest, plugin: &plugin, config: &config, schemas: args.schemas, records: &records, most: args.most };
    // Neither is locked: what logs on another thread meanwhile, such as the compiler, would wait for us and we for it.
    let (mut out, mut errors) = (io::stdout(), io::stderr());
    let cost = feed.run(&mut out, &mut errors).await?;
    out.flush()?;
    tell(&cost, &mut errors)?;
    Ok(())
}

fn read(lines: impl BufRead) -> anyhow::Result<Vec<JsonRecord>> {
    let mut records = Vec::new();
    for (number, line) in (1..).zip(lines.lines()) {
        let line = line?;
        if !line.trim().is_empty() {
            records.push(serde_json::from_str(&line).with_context(|| format!("line {number} is no record"))?);
        }
    }
    Ok(records)
}

fn tell(cost: &Cost, out: &mut impl Write) -> io::Result<()> {
    let per_record = cost.fuel.checked_div(cost.records as u64).unwrap_or_default();
    writeln!(
        out,
        "{} records, {} dropped, {} failed; fuel {} ({per_record} a record); memory {} KiB; {:.1} ms in the plugin",
        cost.records,
        cost.dropped,
        cost.failed,
        cost.fuel,
        cost.memory / 1024,
        cost.time.as_secs_f64() * 1000.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_record_is_named() {
        let error = read("{\"value\": 1}\n\n{\"valeu\": 2}\n".as_bytes()).unwrap_err();
        assert!(format!("{error:#}").starts_with("line 3 is no record: unknown field `valeu`"), "{error:#}");
    }

    #[test]
    fn what_was_taken_is_told() {
        let cost = Cost { records: 2, fuel: 1000, memory: 2048, ..Cost::default() };
        let mut out = Vec::new();
        tell(&cost, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "2 records, 0 dropped, 0 failed; fuel 1000 (500 a record); memory 2 KiB; 0.0 ms in the plugin\n");
    }
}
