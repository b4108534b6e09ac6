//! Why a request to the herder failed.

use crate::config::value::ConfigError;
use crate::plugin::error::PluginError;

/// A request could not be carried out. The texts are Kafka Connect's: tools look for them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HerderError {
    /// What the request names does not exist.
    #[error("{0}")]
    NotFound(String),
    /// A connector of that name exists already.
    #[error("Connector {0} already exists")]
    AlreadyExists(String),
    /// The request itself is wrong.
    #[error("{0}")]
    BadRequest(String),
    /// The worker's configuration forbids it.
    #[error("{0}")]
    Forbidden(String),
    /// Another worker must be asked (Kafka: `RequestTargetException`).
    #[error("{message}")]
    Elsewhere {
        /// Why not this one.
        message: String,
        /// The URL of the other; none: it is not known at the moment.
        url: Option<String>,
    },
    /// Not now: it conflicts with something that is under way.
    #[error("{0}")]
    Conflict(String),
    /// A request between workers that is not signed well; the status to answer.
    #[error("{message}")]
    Unsigned {
        /// HTTP status.
        status: u16,
        /// What is wrong.
        message: String,
    },
    /// The configuration cannot even be judged: a setting has the wrong type, or a reference in it cannot be followed.
    #[error(transparent)]
    Config(ConfigError),
    /// It did not succeed.
    #[error("{0}")]
    Failed(String),
}

impl HerderError {
    /// No connector of that name.
    pub(super) fn no_connector(name: &str) -> Self {
        Self::NotFound(format!("Connector {name} not found"))
    }
}

impl From<PluginError> for HerderError {
    fn from(error: PluginError) -> Self {
        Self::BadRequest(error.to_string())
    }
}
