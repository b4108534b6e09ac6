//! `caisson version`.

/// Prints the version, and that of Kafka Connect whose behaviour it has.
#[allow(clippy::unnecessary_wraps)] // every command has this form
pub(super) fn run() -> anyhow::Result<()> {
    println!("caisson {} (Kafka Connect 4.3.1)", env!("CARGO_PKG_VERSION"));
    Ok(())
}
