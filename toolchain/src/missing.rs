//! A tool that is not there.

use std::fmt;

/// A tool that a build needs, and how to get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What is missing, such as `python3 3.10 or newer`.
    pub tool: String,
    /// How to get it.
    pub remedy: String,
}

impl Missing {
    /// That tool, to be had that way.
    pub fn new(tool: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { tool: tool.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing; {}", self.tool, self.remedy)
    }
}

impl std::error::Error for Missing {}
