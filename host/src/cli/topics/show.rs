//! Reading: list, describe and tail.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::broker::record::{Fetched, Header};
use crate::broker::subscription::{Start, Subscription};
use crate::broker::topic::{TopicPartition, Watermarks};
use crate::broker::{Admin, Broker, ClientSpec, ConsumerSpec, PollEvent};

/// One poll.
const POLL: Duration = Duration::from_millis(500);
/// After so long without a record the end has been reached: the last offsets may be a transaction's marks or compacted away.
const QUIET: Duration = Duration::from_secs(3);

/// Arguments of `caisson topics tail`.
#[derive(clap::Args)]
pub(super) struct Tail {
    /// The topic
    topic: String,
    /// How many records of each partition
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 10)]
    lines: i64,
    /// All records there are
    #[arg(long, conflicts_with = "lines")]
    from_beginning: bool,
    /// Go on with the records that come
    #[arg(short, long)]
    follow: bool,
}

/// Prints the names of all topics.
pub(super) async fn list(admin: &dyn Admin) -> anyhow::Result<()> {
    for topic in admin.list_topics().await? {
        println!("{}", topic.name);
    }
    Ok(())
}

/// Prints what is known of these topics, or of all.
pub(super) async fn describe(admin: &dyn Admin, mut names: Vec<String>) -> anyhow::Result<()> {
    if names.is_empty() {
        names = admin.list_topics().await?.into_iter().map(|topic| topic.name).collect();
    }
    let topics = admin.describe_topics(&names).await?;
    if let Some(absent) = names.iter().find(|name| !topics.iter().any(|topic| topic.name == **name)) {
        bail!("there is no topic {absent}");
    }
    for topic in topics {
        println!("{}: {} partition(s), {} replica(s) each", topic.name, topic.partitions.len(), topic.replication_factor);
        let places: Vec<TopicPartition> =
            topic.partitions.iter().map(|id| TopicPartition::new(topic.name.clone(), *id)).collect();
        for (place, marks) in admin.watermarks(&places).await? {
            println!("  partition {}: offsets {} to {}", place.partition, marks.start, marks.end);
        }
        for (key, value) in topic.config {
            println!("  {key}={value}");
        }
    }
    Ok(())
}

/// Prints the last records of a topic, and those that come if asked to.
pub(super) async fn tail(broker: &dyn Broker, admin: &dyn Admin, client: ClientSpec, tail: &Tail) -> anyhow::Result<()> {
    let found = admin.describe_topics(std::slice::from_ref(&tail.topic)).await?;
    let Some(topic) = found.first() else { bail!("there is no topic {}", tail.topic) };
    let places: Vec<TopicPartition> = topic.partitions.iter().map(|id| TopicPartition::new(tail.topic.clone(), *id)).collect();
    let marks = admin.watermarks(&places).await?;
    let start =
        |marks: &Watermarks| if tail.from_beginning { marks.start } else { (marks.end - tail.lines.max(0)).max(marks.start) };
    let starts = marks.iter().map(|(place, marks)| (place.clone(), Start::Offset(start(marks)))).collect();
    let mut left: BTreeMap<TopicPartition, i64> =
        marks.iter().filter(|(_, marks)| start(marks) < marks.end).map(|(place, marks)| (place.clone(), marks.end)).collect();
    let spec = ConsumerSpec { client, group_id: String::new(), subscription: Subscription::Partitions(starts) };
    let mut consumer = broker.consumer(spec).await?;
    let mut last = Instant::now();
    let mut text = String::new();
    while tail.follow || (!left.is_empty() && last.elapsed() < QUIET) {
        let print = &mut |record: Fetched<'_>| {
            line(&mut text, &record);
            left.retain(|place, end| place.partition != record.partition || record.offset + 1 < *end);
        };
        let event = consumer.poll(None, POLL, print).await?;
        if !matches!(event, PollEvent::Records(0)) {
            last = Instant::now();
        }
        std::io::stdout().write_all(text.as_bytes())?;
        text.clear();
    }
    Ok(())
}

/// One record on one line. Bytes that are no text are shown as the replacement character.
fn line(text: &mut String, record: &Fetched<'_>) {
    let show = |bytes: Option<&[u8]>| bytes.map_or("null".into(), |bytes| String::from_utf8_lossy(bytes).into_owned());
    let timestamp = record.timestamp.map_or("none".to_owned(), |time| time.to_string());
    // Writing into a String cannot fail.
    let _ = write!(
        text,
        "partition={} offset={} timestamp={timestamp} key={} value={}",
        record.partition,
        record.offset,
        show(record.key),
        show(record.value)
    );
    let headers = record.headers.into_iter().flat_map(|headers| (0..headers.count()).filter_map(|at| headers.header(at)));
    for (at, Header { key, value }) in headers.enumerate() {
        let _ = write!(text, "{}{key}:{}", if at == 0 { " headers=" } else { "," }, show(value));
    }
    text.push('\n');
}
