//! How a call into a plugin fails.

use std::fmt;
use std::time::Duration;

/// A failed call. The text names plugin, limit and remedy; connector and task are added by whoever knows them.
///
/// After [`CallError::Limit`], [`CallError::Trap`] and [`CallError::Contract`] the instance is lost: drop it and make a
/// new one from the same spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// The plugin says no. The instance lives on.
    Plugin(PluginFailure),
    /// A limit of the sandbox was hit.
    Limit(LimitHit),
    /// The plugin crashed: a panic, an out-of-bounds access and the like.
    Trap {
        /// The exported function under way.
        function: String,
        /// What happened.
        message: String,
        /// The plugin's stack, innermost frame first, one a line; empty when there is none.
        backtrace: String,
    },
    /// The component or its answer breaks the contract.
    Contract(String),
    /// The component cannot be had: unreadable, no component, of another contract version, or wanting an import that nobody gives.
    Component(String),
    /// The config asks for something that the worker does not allow or that is not there. Names key, path and remedy.
    Denied(String),
    /// The instance was lost by an earlier failure and must be made anew.
    Lost,
}

/// What a plugin answered instead of a result. Mirrors `record error` of `wit/types.wit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginFailure {
    /// `retriable`, `data`, `config` or `connect`; others mean `connect`.
    pub kind: String,
    /// Java exception class for traces and headers.
    pub class: String,
    /// The plugin's message. What the sandbox refused during the call is added to it.
    pub message: String,
    /// More about it.
    pub options: Vec<(String, String)>,
}

/// Stands for a key where no key changes the limit.
pub const FIXED: &str = "";

/// A limit that a call hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitHit {
    /// What is limited, such as `fuel`.
    pub limit: &'static str,
    /// What it was set to, with its unit.
    pub configured: String,
    /// The connector key that changes it, or [`FIXED`].
    pub key: &'static str,
    /// The exported function under way.
    pub function: String,
}

impl CallError {
    /// Whether the call may be tried again as it is (`RetriableException`).
    pub fn is_retriable(&self) -> bool {
        matches!(self, Self::Plugin(failure) if failure.kind == "retriable")
    }

    /// Whether the instance is lost with the call.
    pub fn is_fatal_to_instance(&self) -> bool {
        !matches!(self, Self::Plugin(_) | Self::Denied(_))
    }

    /// What happened, without the plugin's stack.
    pub fn message(&self) -> String {
        match self {
            Self::Trap { function, message, .. } => format!("the plugin crashed in {function}: {message}"),
            other => other.to_string(),
        }
    }

    /// The plugin's stack, innermost frame first, one a line; empty when there is none.
    pub fn frames(&self) -> &str {
        match self {
            Self::Trap { backtrace, .. } => backtrace,
            _ => "",
        }
    }

    /// The Java exception class that tools expect in a trace.
    pub fn class(&self) -> &str {
        match self {
            Self::Plugin(failure) => &failure.class,
            Self::Denied(_) => "org.apache.kafka.common.config.ConfigException",
            _ => "org.apache.kafka.connect.errors.ConnectException",
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plugin(failure) => f.write_str(&failure.message),
            Self::Limit(hit) if hit.key == FIXED => write!(
                f,
                "the plugin hit its limit of {} in {}: {} (the same for every plugin: correct the plugin)",
                hit.limit, hit.function, hit.configured
            ),
            Self::Limit(hit) => write!(
                f,
                "the plugin hit its limit of {} in {}: {} (set by {}; raise it in the connector's config or in the worker's properties)",
                hit.limit, hit.function, hit.configured, hit.key
            ),
            Self::Trap { backtrace, .. } => {
                f.write_str(&self.message())?;
                if !backtrace.is_empty() {
                    write!(f, "\n{backtrace}")?;
                }
                Ok(())
            }
            Self::Contract(message) | Self::Component(message) | Self::Denied(message) => f.write_str(message),
            Self::Lost => f.write_str("the plugin's instance was lost by an earlier failure"),
        }
    }
}

impl std::error::Error for CallError {}

impl LimitHit {
    pub(super) fn timeout(configured: Duration, function: &str) -> Self {
        Self {
            limit: "time in a call",
            configured: format!("{} ms", configured.as_millis()),
            key: "sandbox.call.timeout.ms",
            function: function.to_owned(),
        }
    }
}
