//! The floor for the benchmark: a file into a topic and a topic into a file through librdkafka alone, with no worker and no sandbox.
//!
//! ```text
//! bare_librdkafka produce BOOTSTRAP TOPIC FILE            [librdkafka-key=value …]
//! bare_librdkafka consume BOOTSTRAP TOPIC FILE RECORDS    [librdkafka-key=value …]
//! ```
//! Prints one JSON line: records, seconds, CPU seconds (librdkafka's threads included) and records a second.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::{ClientConfig, ClientContext, Message};

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let text: Vec<&str> = args.iter().map(String::as_str).collect();
    match text.as_slice() {
        ["produce", bootstrap, topic, file, settings @ ..] => produce(bootstrap, topic, file, settings),
        ["consume", bootstrap, topic, file, records, settings @ ..] => {
            consume(bootstrap, topic, file, records.parse().context("RECORDS is a number")?, settings)
        }
        _ => bail!("bare_librdkafka produce BOOTSTRAP TOPIC FILE | consume BOOTSTRAP TOPIC FILE RECORDS"),
    }
}

/// Counts deliveries, as the worker's ledger must at least do.
struct Deliveries {
    good: AtomicU64,
    bad: AtomicU64,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, _token: usize) {
        let counter = if result.is_ok() { &self.good } else { &self.bad };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

fn produce(bootstrap: &str, topic: &str, file: &str, settings: &[&str]) -> Result<()> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("acks", "all").set("max.in.flight", "1").set("partitioner", "murmur2_random");
    apply(&mut config, settings)?;
    let deliveries = Deliveries { good: AtomicU64::new(0), bad: AtomicU64::new(0) };
    let producer: Arc<BaseProducer<Deliveries>> = Arc::new(config.create_with_context(deliveries)?);
    let stop = Arc::new(AtomicBool::new(false));
    let poller = {
        let (producer, stop) = (Arc::clone(&producer), Arc::clone(&stop));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                producer.poll(Duration::from_millis(100));
            }
        })
    };
    let start = Instant::now();
    let mut input = BufReader::with_capacity(1 << 20, File::open(file).with_context(|| format!("opening {file}"))?);
    let mut line = Vec::new();
    let mut records = 0;
    while input.read_until(b'\n', &mut line)? > 0 {
        let payload = line.strip_suffix(b"\n").unwrap_or(&line);
        let mut record = BaseRecord::<(), [u8], usize>::with_opaque_to(topic, records).payload(payload);
        while let Err((error, again)) = producer.send(record) {
            if !matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)) {
                return Err(error.into());
            }
            record = again;
            std::thread::park_timeout(Duration::from_millis(1));
        }
        records += 1;
        line.clear();
    }
    producer.flush(Duration::from_secs(600))?;
    report(records as u64, start)?;
    stop.store(true, Ordering::Relaxed);
    if poller.join().is_err() || producer.context().bad.load(Ordering::Relaxed) > 0 {
        bail!("not every record was delivered");
    }
    Ok(())
}

fn consume(bootstrap: &str, topic: &str, file: &str, wanted: u64, settings: &[&str]) -> Result<()> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
    config.set("group.id", format!("bare-{}", std::process::id()));
    apply(&mut config, settings)?;
    let consumer: BaseConsumer = config.create()?;
    let start = Instant::now();
    consumer.subscribe(&[topic])?;
    let mut output = BufWriter::with_capacity(1 << 20, File::create(file).with_context(|| format!("creating {file}"))?);
    let mut records = 0;
    let mut last = Instant::now();
    while records < wanted {
        // `None` is also what a rebalance looks like.
        let Some(message) = consumer.poll(Duration::from_secs(1)) else {
            if last.elapsed() > Duration::from_secs(30) {
                bail!("{records} of {wanted} records, then none for 30 s");
            }
            continue;
        };
        if records % 1024 == 0 {
            last = Instant::now();
        }
        output.write_all(message?.payload().unwrap_or_default())?;
        output.write_all(b"\n")?;
        records += 1;
    }
    output.flush()?;
    report(records, start)
}

fn apply(config: &mut ClientConfig, settings: &[&str]) -> Result<()> {
    for setting in settings {
        let (key, value) = setting.split_once('=').with_context(|| format!("`{setting}` is not key=value"))?;
        config.set(key, value);
    }
    Ok(())
}

fn report(records: u64, start: Instant) -> Result<()> {
    let seconds = start.elapsed().as_secs_f64();
    let cpu = cpu_seconds()?;
    println!(
        "{{\"records\":{records},\"seconds\":{seconds:.3},\"cpu_seconds\":{cpu:.2},\"records_per_second\":{:.0},\"cpu_us_per_record\":{:.3}}}",
        records as f64 / seconds,
        cpu * 1e6 / records as f64
    );
    Ok(())
}

/// User and system time of this process with all its threads, from `/proc/self/stat` (clock ticks are 1/100 s on Linux).
fn cpu_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: u64 = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / 100.0)
}
