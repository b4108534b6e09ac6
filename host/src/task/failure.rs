//! Why a task ends before it is told to.

use std::fmt;

use crate::broker::error::BrokerError;
use crate::sandbox::error::CallError;

/// The end of a task; its text is the trace that a status shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFailure(String);

impl TaskFailure {
    /// A failure with this trace.
    pub fn new(trace: impl Into<String>) -> Self {
        Self(trace.into())
    }

    /// A Kafka Connect exception, as Java prints it.
    pub fn connect(message: impl fmt::Display) -> Self {
        Self(format!("org.apache.kafka.connect.errors.ConnectException: {message}"))
    }

    /// A call into the plugin of this class failed. `what` is Kafka Connect's text for it.
    pub fn call(what: &str, class: &str, error: &CallError) -> Self {
        Self(format!(
            "org.apache.kafka.connect.errors.ConnectException: {what}\n\tat plugin {class}\nCaused by: {}: {error}",
            error.class()
        ))
    }

    /// A broker refused.
    pub fn broker(what: &str, error: &BrokerError) -> Self {
        Self(format!(
            "org.apache.kafka.connect.errors.ConnectException: {what}\n\
             Caused by: {}: {error}",
            error.exception()
        ))
    }
}

impl fmt::Display for TaskFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TaskFailure {}
