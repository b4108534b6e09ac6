//! Offsets of sink connectors: `{"kafka_topic", "kafka_partition"}` and `{"kafka_offset"}` (Kafka: `SinkUtils`).

use serde_json::{Value as Json, json};

use crate::broker::topic::TopicPartition;

use super::error::HerderError;
use super::offsets::{Change, GroupOffsets};

/// A committed offset as users see it.
pub(super) fn change((partition, offset): (TopicPartition, i64)) -> Change {
    (json!({"kafka_topic": partition.topic, "kafka_partition": partition.partition}), json!({"kafka_offset": offset}))
}

/// Reads what a user wants committed. Numbers may be texts.
pub(super) fn parse(connector: &str, changes: &[Change]) -> Result<GroupOffsets, HerderError> {
    changes.iter().map(|(partition, offset)| Ok((parse_partition(partition)?, parse_offset(connector, offset)?))).collect()
}

fn parse_partition(partition: &Json) -> Result<TopicPartition, HerderError> {
    if partition.is_null() {
        return Err(refused("The partition for a sink connector offset cannot be null or missing"));
    }
    let (Some(topic), Some(number)) = (partition.get("kafka_topic"), partition.get("kafka_partition")) else {
        return Err(refused(
            "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
        ));
    };
    let partition = text(number).parse().map_err(|_| {
        refused(format!(
            "Failed to parse the following Kafka partition value in the provided offsets: '{}'. Partition values for sink \
             connectors need to be integers.",
            text(number)
        ))
    })?;
    Ok(TopicPartition { topic: text(topic), partition })
}

fn parse_offset(connector: &str, offset: &Json) -> Result<Option<i64>, HerderError> {
    if offset.is_null() {
        return Ok(None);
    }
    let number = offset
        .get("kafka_offset")
        .ok_or_else(|| refused("The offset for a sink connector should either be null or contain the key 'kafka_offset'"))?;
    let offset: i64 = text(number).parse().map_err(|_| {
        refused(format!(
            "Failed to parse the following Kafka offset value in the provided offsets: '{}'. Offset values for sink connectors \
             need to be integers.",
            text(number)
        ))
    })?;
    if offset < 0 {
        return Err(HerderError::Failed(format!("Failed to modify offsets for sink connector {connector}")));
    }
    Ok(Some(offset))
}

fn refused(why: impl Into<String>) -> HerderError {
    HerderError::BadRequest(why.into())
}

/// The text of a JSON string, or the JSON itself.
fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_be_texts() {
        let changes = [
            (json!({"kafka_topic": "t", "kafka_partition": "0"}), json!({"kafka_offset": "4"})),
            (json!({"kafka_topic": "t", "kafka_partition": 1, "x": 1}), Json::Null),
        ];
        let offsets: Vec<Option<i64>> = parse("c", &changes).unwrap().into_values().collect();
        assert_eq!(offsets, [Some(4), None]);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let error = |partition: Json, offset: Json| parse("c", &[(partition, offset)]).unwrap_err().to_string();
        let partition = json!({"kafka_topic": "t", "kafka_partition": 0});
        assert!(error(json!({"kafka_partition": 0}), Json::Null).contains("must contain the keys"));
        assert!(error(json!({"kafka_topic": "t", "kafka_partition": "x"}), Json::Null).contains("'x'"));
        assert!(error(partition.clone(), json!({})).contains("kafka_offset"));
        assert_eq!(error(partition, json!({"kafka_offset": -1})), "Failed to modify offsets for sink connector c");
    }
}
