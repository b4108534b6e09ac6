//! The JDBC source and sink connectors, of Confluent's class names: tables into topics, and topics into tables. The worker's own drivers speak
//! to the databases; what differs between these is in [`dialect`].

pub mod connection;
pub mod dialect;
pub mod identifier;
pub mod instant;
pub mod pattern;
pub mod sink;
pub mod source;
pub mod time_zone;

caisson_sdk::export! {
    sources: [source::connector::JdbcSource],
    sinks: [sink::connector::JdbcSink],
}
