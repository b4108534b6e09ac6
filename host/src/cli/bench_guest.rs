//! `caisson bench-guest`: what a transformation costs.

use std::path::PathBuf;

use super::desk;
use crate::authoring::bench::{self, Figures};
use crate::authoring::guest::Guest;

/// Arguments of `caisson bench-guest`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The project's folder, or a component
    component: PathBuf,
    /// The transformation's configuration, as key=value
    config: Vec<String>,
    /// Its class, where the component has several plugins
    #[arg(long)]
    class: Option<String>,
    /// How many records of eight fields it is given
    #[arg(long, default_value_t = 50_000)]
    records: usize,
}

/// Measures and prints.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    super::logging::start("warn")?;
    let guest = Guest::open(&desk::component(&args.component)?).await?;
    let plugin = guest.plugin(args.class.as_deref())?;
    let figures = bench::run(&guest, &plugin, &desk::config(&args.config)?, args.records).await?;
    println!("{}", row(plugin.class(), &figures));
    Ok(())
}

fn row(class: &str, figures: &Figures) -> String {
    format!(
        "{class}: {:.0} records a CPU second, fuel {} a record, memory {:.1} MiB, instance in {:.2} ms, component {} KiB",
        figures.records_per_second,
        figures.fuel_per_record,
        figures.memory as f64 / f64::from(1 << 20),
        figures.instantiation.as_secs_f64() * 1000.0,
        figures.size / 1024
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_row_has_all_figures() {
        let figures = Figures {
            records_per_second: 30_000.4,
            fuel_per_record: 38_000,
            memory: 3 << 20,
            instantiation: Duration::from_micros(1500),
            size: 2048,
        };
        assert_eq!(
            row("a.B", &figures),
            "a.B: 30000 records a CPU second, fuel 38000 a record, memory 3.0 MiB, instance in 1.50 ms, component 2 KiB"
        );
    }
}
