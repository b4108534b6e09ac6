//! `caisson new`: a project for a plugin.

use std::path::{Path, PathBuf};

use caisson_toolchain::project::Language;
use caisson_toolchain::template::{KINDS, NewProject};

/// Arguments of `caisson new`.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// What to make
    #[arg(value_parser = KINDS)]
    kind: String,
    /// Its name, such as upper-case; the folder is called so
    name: String,
    /// The language: rust, python, javascript, typescript, go or c
    #[arg(long = "lang")]
    language: Language,
    /// The folder `sdk` of a checkout of Caisson, to build with its SDK rather than a published one [env: CAISSON_SDK]
    #[arg(long)]
    sdk: Option<PathBuf>,
}

const HELP: &str = "The project builds, tests and runs as it is:
  caisson new transform upper-case --lang python
  cd upper-case && caisson build && caisson test";

/// Makes the project in the current folder.
pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let sdk = args.sdk.or_else(|| std::env::var_os("CAISSON_SDK").map(PathBuf::from));
    let project = NewProject { kind: args.kind, name: args.name, language: args.language, sdk };
    let folder = project.make(Path::new("."))?;
    println!("{} is ready; its README.md says what to do with it", folder.display());
    Ok(())
}
