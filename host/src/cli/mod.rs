//! The command line.

mod bench_guest;
mod build;
mod completions;
mod desk;
mod distributed;
mod inspect;
mod logging;
mod new;
mod plugins;
mod run;
mod standalone;
mod test;
mod topics;
mod traces;
mod validate;
mod version;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Kafka Connect with every plugin in a sandbox of its own.
#[derive(Parser)]
#[command(name = "caisson", version, about, long_about = None, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  caisson standalone worker.properties source.json    run a worker and one connector
  caisson distributed worker.properties               run a worker of a cluster
  caisson validate worker.properties source.json      check both without running anything
  caisson plugins worker.properties                   what the worker can run
  caisson inspect plugin.wasm                         what a component holds and wants
  caisson new transform upper-case --lang python      start a plugin; then caisson build, test and run
  caisson standalone --help                           the least that a worker needs

Logs go to standard error; RUST_LOG or the worker's log.level says how much.";

#[derive(Subcommand)]
enum Command {
    /// Run one worker, with the connectors of the files given and those that the REST API creates
    Standalone(standalone::Args),
    /// Run one worker of a cluster, which shares connectors and tasks with the other workers of its group.id
    Distributed(distributed::Args),
    /// Check a worker's and connectors' files, and print everything that is wrong with them
    Validate(validate::Args),
    /// List topics, look into them, and write to them: of Kafka and of the local log alike
    Topics(topics::Args),
    /// List the plugins that a worker has: those built in, and those on its plugin.path
    Plugins(plugins::Args),
    /// Show what a component is: its plugins, their configuration, and what it wants of a worker
    Inspect(inspect::Args),
    /// Make a project for a plugin: a transform, a source or a sink, in one of the languages with an SDK
    New(new::Args),
    /// Build a project's component, and show what it is
    Build(build::Args),
    /// Run a plugin through the contract suite and its author's cases, in the real sandbox
    Test(test::Args),
    /// Feed a plugin records from a file or standard input and print what comes out, without Kafka
    Run(run::Args),
    /// Measure what a transformation costs
    BenchGuest(bench_guest::Args),
    /// Print the script with which a shell completes this command line
    Completions(completions::Args),
    /// Print the version
    Version,
}

/// Runs the command line. Errors go to standard error; the exit code is then 1.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        match cli.command {
            Command::Standalone(args) => standalone::run(args).await,
            Command::Distributed(args) => distributed::run(args).await,
            Command::Validate(args) => validate::run(args).await,
            Command::Topics(args) => topics::run(args).await,
            Command::Plugins(args) => plugins::run(args).await,
            Command::Inspect(args) => inspect::run(args).await,
            Command::New(args) => new::run(args),
            Command::Build(args) => build::run(args).await,
            Command::Test(args) => test::run(args).await,
            Command::Run(args) => run::run(args).await,
            Command::BenchGuest(args) => bench_guest::run(args).await,
            Command::Completions(args) => completions::run(&args),
            Command::Version => version::run(),
        }
    });
    // A plugin that would not stop must not hold the process.
    runtime.shutdown_background();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
