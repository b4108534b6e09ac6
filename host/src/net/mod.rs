//! What every connection needs: TLS by Kafka's keys, and the addresses that names must not lead to; one request over HTTP, and HTTP over
//! connections that are kept.

pub mod client;
pub mod http_client;
pub mod internal;
mod key_store;
pub mod tls;
