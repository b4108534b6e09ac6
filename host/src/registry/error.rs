//! What a registry could not do.

/// A failure of a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// None of its URLs gave an answer; it may later.
    #[error("no schema registry answers: {0}")]
    Unreachable(String),
    /// It answered with an error.
    #[error("{message}; error code: {code}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The registry's own code, such as 40401; the status where it has none.
        code: i64,
        /// What it says.
        message: String,
    },
    /// Its answer is none of the API.
    #[error("the answer of the schema registry cannot be read: {0}")]
    Unreadable(String),
}

impl RegistryError {
    pub(super) fn unreadable(what: impl std::fmt::Display) -> Self {
        Self::Unreadable(what.to_string())
    }

    /// The Java exception class that tools expect in a trace.
    pub fn class(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "org.apache.kafka.connect.errors.RetriableException",
            Self::Refused { .. } => "io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException",
            Self::Unreadable(_) => "org.apache.kafka.connect.errors.ConnectException",
        }
    }
}
