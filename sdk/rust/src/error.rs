//! The failure every plugin call can end in.

use std::borrow::Cow;
use std::fmt;

/// How the worker treats a failure; the `kind` of the contract's `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The call may be made again later.
    Retriable,
    /// This record is bad.
    Data,
    /// A setting is bad.
    Config,
    /// Anything else.
    Connect,
}

impl ErrorKind {
    /// The word that crosses to the host.
    pub fn name(self) -> &'static str {
        match self {
            Self::Retriable => "retriable",
            Self::Data => "data",
            Self::Config => "config",
            Self::Connect => "connect",
        }
    }

    /// The kind of that word; any other is [`ErrorKind::Connect`].
    pub fn named(word: &str) -> Self {
        match word {
            "retriable" => Self::Retriable,
            "data" => Self::Data,
            "config" => Self::Config,
            _ => Self::Connect,
        }
    }
}

/// A failure, with the Java exception class that tools expect to read in traces and dead letter headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    class: Cow<'static, str>,
    message: String,
    options: Vec<(String, String)>,
}

impl Error {
    /// This record is bad: `DataException`.
    pub fn data(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Data, "org.apache.kafka.connect.errors.DataException", message)
    }

    /// A setting is bad: `ConfigException`.
    pub fn config(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Config, "org.apache.kafka.common.config.ConfigException", message)
    }

    /// A setting has a bad value, in the words of Kafka's `ConfigException(name, value, message)`.
    pub fn invalid_value(name: &str, value: Option<&str>, message: &str) -> Self {
        let value = value.unwrap_or("null");
        if message.is_empty() {
            return Self::config(format!("Invalid value {value} for configuration {name}"));
        }
        Self::config(format!("Invalid value {value} for configuration {name}: {message}"))
    }

    /// Anything else: `ConnectException`.
    pub fn connect(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Connect, "org.apache.kafka.connect.errors.ConnectException", message)
    }

    /// The call may be made again later: `RetriableException`.
    pub fn retriable(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Retriable, "org.apache.kafka.connect.errors.RetriableException", message)
    }

    /// A schema cannot be built: `SchemaBuilderException`, a `DataException` as well.
    pub fn schema_builder(message: impl Into<String>) -> Self {
        Self::of(ErrorKind::Data, "org.apache.kafka.connect.errors.SchemaBuilderException", message)
    }

    /// Of that kind, and that Java class.
    pub fn of(kind: ErrorKind, class: &'static str, message: impl Into<String>) -> Self {
        Self { kind, class: Cow::Borrowed(class), message: message.into(), options: Vec::new() }
    }

    /// The same failure, told as that Java exception class.
    pub fn with_class(mut self, class: impl Into<Cow<'static, str>>) -> Self {
        self.class = class.into();
        self
    }

    /// The same failure with more about it.
    pub fn with_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.push((name.into(), value.into()));
        self
    }

    /// How the worker treats it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The Java exception class, fully qualified.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// What a user reads.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// One of its options.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// More about it, as name and value.
    pub fn options(&self) -> &[(String, String)] {
        &self.options
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
