//! `caisson completions`: what a shell needs to complete this command line.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;

/// Arguments of `caisson completions`.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

const HELP: &str = "Examples:
  caisson completions bash > /etc/bash_completion.d/caisson
  caisson completions zsh > ~/.zfunc/_caisson
  caisson completions fish > ~/.config/fish/completions/caisson.fish";

/// Prints the script.
#[allow(clippy::unnecessary_wraps)] // every command has this form
pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    clap_complete::generate(args.shell, &mut Cli::command(), "caisson", &mut std::io::stdout());
    Ok(())
}
