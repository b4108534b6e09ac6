//! Confluent's Elasticsearch sink: the records of topics as documents of indices or data streams.
//!
//! A record becomes an [`operation`] on a [`resource`]: a [`document`] to be written, or an id to be deleted. Operations go out
//! in [`bulk`] requests, several of which may be [`flights`] at once, to one of the [`cluster`]'s URLs.

mod bulk;
mod checks;
mod cluster;
mod connector;
mod document;
mod flights;
mod indices;
mod keys;
mod mapping;
mod operation;
mod resource;
mod settings;
mod task;

pub use connector::ElasticsearchSink;

caisson_sdk::export! { sinks: [ElasticsearchSink] }
