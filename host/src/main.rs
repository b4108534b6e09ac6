//! The program `caisson`.

use std::process::ExitCode;

fn main() -> ExitCode {
    caisson::cli::main()
}
