//! What librdkafka tells a client besides answers: its log and its errors.

use std::sync::{Mutex, PoisonError};

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// Sends librdkafka's log to the worker's, and keeps the last error so that a failure can say why.
pub struct ClientLog {
    client_id: String,
    last_error: Mutex<Option<String>>,
}

impl ClientLog {
    /// For the client of this id.
    pub fn new(client_id: &str) -> Self {
        Self { client_id: client_id.to_owned(), last_error: Mutex::new(None) }
    }

    /// The last error that was reported, for instance that a connection was refused.
    pub fn last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes one line of librdkafka's log.
    pub fn line(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let client = self.client_id.as_str();
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
                tracing::warn!(client, "librdkafka {facility}: {message}");
            }
            RDKafkaLogLevel::Warning | RDKafkaLogLevel::Notice => tracing::info!(client, "librdkafka {facility}: {message}"),
            RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => tracing::debug!(client, "librdkafka {facility}: {message}"),
        }
    }

    /// Notes an error that concerns the whole client.
    pub fn problem(&self, error: &KafkaError, reason: &str) {
        tracing::warn!(client = self.client_id.as_str(), "{error}: {reason}");
        let mut last = self.last_error.lock().unwrap_or_else(PoisonError::into_inner);
        // That all brokers are down follows from the error before it, which says why.
        if last.is_none() || error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) {
            *last = Some(reason.to_owned());
        }
    }
}

/// The context of a client without callbacks of its own.
pub struct PlainContext(ClientLog);

impl PlainContext {
    /// For the client of this id.
    pub fn new(client_id: &str) -> Self {
        Self(ClientLog::new(client_id))
    }

    /// The last error that was reported.
    pub fn last_error(&self) -> Option<String> {
        self.0.last_error()
    }
}

impl ClientContext for PlainContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.0.line(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.problem(&error, reason);
    }
}

impl ConsumerContext for PlainContext {}
