//! What can go wrong between a client and its broker.

use std::fmt;

/// Of which kind a [`BrokerError`] is; callers decide by it, users read the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A property is wrong or has no equal here.
    Config,
    /// No broker answers at all.
    Unreachable,
    /// No answer in the given time.
    Timeout,
    /// The topic or partition does not exist.
    UnknownTopic,
    /// No topic may have that name.
    InvalidTopic,
    /// More replicas are wanted than there are brokers.
    Replication,
    /// No right to do this.
    Unauthorized,
    /// The record or transaction is larger than allowed.
    TooLarge,
    /// A newer producer or member has taken this one's place.
    Fenced,
    /// The group is being rebalanced, or this member is not in it: commits must wait for the next assignment.
    Rebalance,
    /// The offset is not in the log and `auto.offset.reset=none`.
    OutOfRange,
    /// The disk refused: full, read-only or broken. The local log takes nothing more until the worker is restarted.
    Disk,
    /// Another process uses the local log.
    InUse,
    /// The client is closed, or its records were purged.
    Closed,
    /// Whatever else the broker said.
    Other,
}

/// An error of a client; its message names what to look at.
#[derive(Debug, Clone)]
pub struct BrokerError {
    kind: ErrorKind,
    retriable: bool,
    message: String,
}

impl BrokerError {
    /// An error that doing the same again cannot mend.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, retriable: false, message: message.into() }
    }

    /// An error that may be gone at the next try (Kafka's `RetriableException`).
    pub fn retry(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, retriable: true, message: message.into() }
    }

    /// Its kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later.
    pub fn retriable(&self) -> bool {
        self.retriable
    }

    /// The Java exception class that stands for it in traces and headers.
    pub fn exception(&self) -> &'static str {
        match self.kind {
            ErrorKind::Timeout | ErrorKind::Unreachable => "org.apache.kafka.common.errors.TimeoutException",
            ErrorKind::UnknownTopic => "org.apache.kafka.common.errors.UnknownTopicOrPartitionException",
            ErrorKind::InvalidTopic => "org.apache.kafka.common.errors.InvalidTopicException",
            ErrorKind::Replication => "org.apache.kafka.common.errors.InvalidReplicationFactorException",
            ErrorKind::Unauthorized => "org.apache.kafka.common.errors.AuthorizationException",
            ErrorKind::TooLarge => "org.apache.kafka.common.errors.RecordTooLargeException",
            ErrorKind::Fenced => "org.apache.kafka.common.errors.ProducerFencedException",
            _ => "org.apache.kafka.common.KafkaException",
        }
    }

    /// The same error in the broker's own words.
    pub fn with_message(self, message: impl Into<String>) -> Self {
        Self { message: message.into(), ..self }
    }

    /// The same error with words in front of its message.
    pub fn context(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl fmt::Display for BrokerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BrokerError {}

/// Why [`super::Producer::send`] did not take a record.
#[derive(Debug, Clone)]
pub enum SendError {
    /// The buffer (`buffer.memory`) is full; await [`super::Producer::room`] and send again.
    Full,
    /// The record cannot be sent: no use to send it again.
    Refused(BrokerError),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the producer's buffer is full"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SendError {}
