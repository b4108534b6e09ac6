//! Kafka's FileStreamSource and FileStreamSink: the lines of a file into a topic, and the records of topics into a file.

pub mod lines;
pub mod sink;
pub mod source;

caisson_sdk::export! {
    sources: [source::FileStreamSource],
    sinks: [sink::FileStreamSink],
}
