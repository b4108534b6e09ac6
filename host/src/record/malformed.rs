//! What is wrong with bytes that a plugin gave.

use std::fmt;

/// Bytes that do not follow `wit/record.cddl`. The text does not name the plugin: whoever called it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    what: String,
}

impl Malformed {
    /// `what` is wrong, as a sentence without a subject's name.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }

    /// The same, with the place in front.
    pub fn within(self, place: impl fmt::Display) -> Self {
        Self { what: format!("{place}: {}", self.what) }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Malformed {}

impl From<minicbor::decode::Error> for Malformed {
    fn from(error: minicbor::decode::Error) -> Self {
        Self { what: error.to_string() }
    }
}
