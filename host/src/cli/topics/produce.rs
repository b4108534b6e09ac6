//! Writing: lines of standard input as records.

use std::io::{BufRead, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::bail;

use crate::broker::error::{BrokerError, SendError};
use crate::broker::record::{Ack, Outgoing};
use crate::broker::{Broker, ClientSpec, Producer, ProducerSpec};

/// How long the last acks are waited for.
const LAST_ACKS: Duration = Duration::from_secs(60);

/// Arguments of `caisson topics produce`.
#[derive(clap::Args)]
pub(super) struct Produce {
    /// The topic
    topic: String,
    /// What parts key and value of a line; without it, or in a line without it, there is no key
    #[arg(long, value_name = "TEXT")]
    key_separator: Option<String>,
    /// The partition; without it, by the key
    #[arg(long, value_name = "NUMBER")]
    partition: Option<i32>,
    /// Print line number, partition and offset of each record once it is stored
    #[arg(short, long)]
    verbose: bool,
}

#[derive(Default)]
struct Outcome {
    stored: AtomicU64,
    first_error: Mutex<Option<BrokerError>>,
}

/// Sends every line; fails if one was not stored.
pub(super) async fn run(broker: &dyn Broker, mut client: ClientSpec, args: &Produce) -> anyhow::Result<()> {
    client.worker.entry("acks".into()).or_insert_with(|| "all".into());
    let outcome = Arc::new(Outcome::default());
    let (noted, verbose) = (Arc::clone(&outcome), args.verbose);
    let on_ack = Arc::new(move |line: u64, ack: Result<Ack, BrokerError>| match ack {
        Ok(ack) => {
            noted.stored.fetch_add(1, Ordering::Relaxed);
            if verbose {
                // A reader that has gone away is no reason to stop storing.
                let _ = writeln!(std::io::stdout(), "{line} {} {}", ack.partition, ack.offset);
            }
        }
        Err(error) => {
            noted.first_error.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    });
    let producer = broker.producer(ProducerSpec { client, transactional_id: None, on_ack }).await?;
    let mut input = std::io::stdin().lock();
    let mut line = Vec::new();
    let mut sent = 0;
    while input.read_until(b'\n', &mut line)? > 0 {
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let (key, value) = split(text, args.key_separator.as_deref());
        let record =
            Outgoing { topic: &args.topic, partition: args.partition, timestamp: None, key, value: Some(value), headers: &[] };
        send(&*producer, record, sent).await?;
        sent += 1;
        line.clear();
    }
    producer.flush(LAST_ACKS).await?;
    if let Some(error) = outcome.first_error.lock().unwrap_or_else(PoisonError::into_inner).take() {
        bail!("{} of {sent} records were stored: {error}", outcome.stored.load(Ordering::Relaxed));
    }
    eprintln!("{sent} record(s) stored in {}", args.topic);
    Ok(())
}

async fn send(producer: &dyn Producer, record: Outgoing<'_>, token: u64) -> anyhow::Result<()> {
    loop {
        match producer.send(record, token) {
            Ok(()) => return Ok(()),
            Err(SendError::Full) => producer.room().await,
            Err(SendError::Refused(error)) => return Err(error.into()),
        }
    }
}

/// Key and value of a line.
fn split<'l>(line: &'l [u8], separator: Option<&str>) -> (Option<&'l [u8]>, &'l [u8]) {
    let Some(separator) = separator.map(str::as_bytes).filter(|separator| !separator.is_empty()) else { return (None, line) };
    match line.windows(separator.len()).position(|window| window == separator) {
        Some(at) => (line.get(..at), line.get(at + separator.len()..).unwrap_or_default()),
        None => (None, line),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_line_is_parted_at_the_first_separator() {
        assert_eq!(split(b"k::v::w", Some("::")), (Some(b"k".as_slice()), b"v::w".as_slice()));
        assert_eq!(split(b"v", Some(":")), (None, b"v".as_slice()));
        assert_eq!(split(b"k:v", None), (None, b"k:v".as_slice()));
    }
}
