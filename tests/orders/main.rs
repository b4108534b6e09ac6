//! `examples/orders/run`: the pipeline of the example, shown.

use std::io::Read;

use clap::Parser;

#[derive(Parser)]
#[command(
    name = "orders",
    about = "Orders from MariaDB through Kafka into a search index, on two workers of which one is killed"
)]
struct Cli {
    /// How many orders
    #[arg(long, default_value_t = 1_000_000)]
    orders: u64,
    /// Leave everything up until standard input ends or Enter is pressed
    #[arg(long)]
    keep: bool,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let stage = caisson_tests::orders::run(cli.orders)?;
    if cli.keep {
        println!("{}\nPress Enter to stop everything", stage.places()?);
        let _ = std::io::stdin().read(&mut [0]);
    }
    Ok(())
}
