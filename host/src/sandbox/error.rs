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

/// What the sandbox limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Work in a call.
    Fuel,
    /// Time of a call.
    Time,
    /// Memory of an instance.
    Memory,
    /// Elements of an instance's tables.
    TableElements,
    /// Depth of calls.
    Stack,
    /// What a call hands to the host.
    Data,
    /// Resources that an instance holds.
    Handles,
}

impl Limit {
    /// All of them, in the order in which they are declared.
    pub const ALL: [Self; 7] =
        [Self::Fuel, Self::Time, Self::Memory, Self::TableElements, Self::Stack, Self::Data, Self::Handles];

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fuel => "fuel",
            Self::Time => "time in a call",
            Self::Memory => "memory",
            Self::TableElements => "table elements",
            Self::Stack => "stack",
            Self::Data => "data handed to the host in one call",
            Self::Handles => "handles",
        }
    }

    /// Its name as the label of a metric.
    pub fn label(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::TableElements => "table",
            Self::Data => "data",
            other => other.name(),
        }
    }

    /// The connector keys that change it; none: it is the same for every plugin.
    pub fn key(self) -> Option<&'static str> {
        match self {
            Self::Fuel => Some("sandbox.fuel.per.call and sandbox.fuel.per.record"),
            Self::Time => Some("sandbox.call.timeout.ms"),
            Self::Memory | Self::Data => Some("sandbox.memory.bytes"),
            Self::TableElements => Some("sandbox.table.elements"),
            Self::Stack => None,
            Self::Handles => Some("sandbox.handles"),
        }
    }
}

/// A limit that a call hit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitHit {
    /// What is limited.
    pub limit: Limit,
    /// What it was set to, with its unit.
    pub configured: String,
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
            Self::Limit(LimitHit { limit, configured, function }) => {
                write!(f, "the plugin hit its limit of {} in {function}: {configured} ", limit.name())?;
                match limit.key() {
                    Some(key) => write!(f, "(set by {key}; raise it in the connector's config or in the worker's properties)"),
                    None => f.write_str("(the same for every plugin: correct the plugin)"),
                }
            }
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
        Self { limit: Limit::Time, configured: format!("{} ms", configured.as_millis()), function: function.to_owned() }
    }
}
