//! Values as text and back, and as values of other types: Kafka's `org.apache.kafka.connect.data.Values`.

pub mod convert;
pub mod infer;
mod integer;
mod merge;
pub mod number;
pub mod parse;
pub mod print;
mod temporal;
mod tokens;
