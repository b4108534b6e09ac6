//! Where a consumer will read next, asked of the cluster for as long as Java's `position` asks: `default.api.timeout.ms`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{ConstantBuilder, Retryable};
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};

use super::consumer::partition_list;
use super::failure::translate;
use super::off_the_runtime;
use crate::broker::error::BrokerError;
use crate::broker::topic::TopicPartition;

/// Pause between questions, as `retry.backoff.ms`.
const PAUSE: Duration = Duration::from_millis(100);

/// The position, else the committed offset, else the end or the start of the partition. A broker that has just started may know nothing of
/// the partition yet: it is asked again until `patience` is over.
pub(super) async fn find<C: ConsumerContext + 'static>(
    base: &Arc<BaseConsumer<C>>,
    partition: &TopicPartition,
    starts_latest: bool,
    patience: Duration,
) -> Result<i64, BrokerError> {
    let end = Instant::now() + patience;
    let what = format!("asking for the position of {partition}");
    let ask = || async {
        let (base, wanted) = (Arc::clone(base), partition.clone());
        let left = end.saturating_duration_since(Instant::now());
        let told = off_the_runtime(move || known(&base, &wanted, starts_latest, left)).await?;
        told.map_err(|error| translate(&what, &error))
    };
    let again = |error: &BrokerError| error.retriable() && Instant::now() < end;
    ask.retry(ConstantBuilder::default().with_delay(PAUSE).with_max_times(usize::MAX)).when(again).await
}

/// Asks once, and waits for each answer at most `limit`.
fn known<C: ConsumerContext>(
    base: &BaseConsumer<C>,
    wanted: &TopicPartition,
    starts_latest: bool,
    limit: Duration,
) -> KafkaResult<i64> {
    if let Some(offset) = offsets(&base.position()?).get(wanted) {
        return Ok(*offset);
    }
    let list = partition_list(std::slice::from_ref(wanted));
    if let Some(offset) = offsets(&base.committed_offsets(list, limit)?).get(wanted) {
        return Ok(*offset);
    }
    let (first, next) = base.fetch_watermarks(&wanted.topic, wanted.partition, limit)?;
    Ok(if starts_latest { next } else { first })
}

/// The partitions of a list that have an offset.
pub(super) fn offsets(list: &TopicPartitionList) -> BTreeMap<TopicPartition, i64> {
    let mut offsets = BTreeMap::new();
    for element in list.elements() {
        if let Offset::Offset(offset) = element.offset() {
            offsets.insert(TopicPartition::new(element.topic(), element.partition()), offset);
        }
    }
    offsets
}
