//! The developer's commands: `cargo xtask <command>`. Each sets up what it misses, so that a clean clone needs nothing first.

mod apt;
mod bench;
mod check;
mod fixtures;
mod guests;
mod host;
mod orders;
mod quickstart;
mod setup;
mod test;
mod test_binaries;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Caisson's developer commands", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what this machine lacks for the build and the tests: compilers, Java, Kafka's jars, clients
    Setup,
    /// Build every guest crate into a component under target/components
    Guests {
        /// Build file-stream for wasm32-wasip2 too, as the contract tests need it
        #[arg(long)]
        wasi: bool,
    },
    /// Build the guests and the binary target/release/caisson with the project's components in it
    Build,
    /// Write anew what the project's components say of their plugins: guest-connectors/*/manifest.json, which travel in the binary
    Manifests,
    /// Keep components of a new version of the contract for the tests of later builds: tests/fixtures
    Fixtures,
    /// Format, clippy and the rules of tests/tidy.rs
    Check,
    /// Everything that `.ci/run` runs: set up, check, build, every test with real Kafka
    Test,
    /// Build everything and run a pipeline from file to file through the local log; the worker stays up
    Quickstart {
        /// Stop the worker at the end
        #[arg(long)]
        once: bool,
    },
    /// Run the example of examples/orders: MariaDB, Kafka, OpenSearch and two workers, of which one is killed
    Orders {
        /// For the example: --orders N, --keep
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Measure Caisson, the JVM worker and a bare loop of librdkafka on the same workloads
    Bench {
        /// For the harness: --records N, --only source,sink, --no-jvm, --json FILE
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Compare the plugins with vectors of the Java classes; exits with 1 on any difference
    Vectors {
        /// Folder of `*.jsonl` files
        folder: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    let root = root();
    match Cli::parse().command {
        Command::Setup => {
            setup::build().and_then(|()| setup::kafka()).and_then(|_| setup::rest_clients()).and_then(|()| setup::authors())
        }
        Command::Guests { wasi } => guests::build(&root).and_then(|_| if wasi { guests::build_for_wasi(&root) } else { Ok(()) }),
        Command::Build => host::build(&root),
        Command::Manifests => host::manifests(&root),
        Command::Fixtures => fixtures::make(&root),
        Command::Check => check::all(&root),
        Command::Test => test::all(&root),
        Command::Quickstart { once } => quickstart::run(&root, once),
        Command::Orders { arguments } => orders::run(&root, &arguments),
        Command::Bench { arguments } => bench::run(&root, &arguments),
        Command::Vectors { folder } => test::vectors(&root, &folder),
    }
}

/// The repository: the folder above this crate.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}
