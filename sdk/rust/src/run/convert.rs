//! Between the SDK's types and those of the bindings.

use crate::bindings::imports::caisson::connect::types;
use crate::error::Error;
use crate::topic_partition::{TopicPartition, TopicPartitionOffset};

pub(crate) fn error_out(error: Error) -> types::Error {
    types::Error {
        kind: error.kind().name().to_owned(),
        class: error.class().to_owned(),
        message: error.message().to_owned(),
        options: error.options().to_vec(),
    }
}

pub(crate) fn partition_out(partition: TopicPartition) -> types::TopicPartition {
    types::TopicPartition { topic: partition.topic, partition: partition.partition }
}

pub(crate) fn partition_in(partition: types::TopicPartition) -> TopicPartition {
    TopicPartition { topic: partition.topic, partition: partition.partition }
}

pub(crate) fn offset_out(position: TopicPartitionOffset) -> types::TopicPartitionOffset {
    let TopicPartition { topic, partition } = position.partition;
    types::TopicPartitionOffset { topic, partition, offset: position.offset }
}

pub(crate) fn offset_in(position: types::TopicPartitionOffset) -> TopicPartitionOffset {
    let partition = TopicPartition { topic: position.topic, partition: position.partition };
    TopicPartitionOffset { partition, offset: position.offset }
}
