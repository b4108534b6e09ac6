//! Confluent's transformations that users of Kafka Connect often add, under their class names and by their public documentation.

pub mod drop;
pub mod extract_topic;
pub mod extract_topic_header;
pub mod message_timestamp_router;
pub mod tombstone_handler;

use crate::side::Side;

/// The full Java name of a transformation's form.
fn class<S: Side>(name: &str) -> String {
    format!("io.confluent.connect.transforms.{name}{}", S::SUFFIX)
}
