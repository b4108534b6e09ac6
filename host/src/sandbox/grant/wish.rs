//! `sandbox.grants`: what a connector needs beyond its config's keys.

use crate::config::Props;
use crate::sandbox::error::CallError;
use crate::sandbox::grant::address::{self, Address};

/// The connector key.
pub(super) const KEY: &str = "sandbox.grants";

/// One entry of `sandbox.grants`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// `read:<path>` or `write:<path>`: a file, or a folder and all below it.
    Path {
        /// The path.
        path: String,
        /// Whether it may be written.
        write: bool,
    },
    /// `connect:<host>:<port>`.
    Connect(Address),
    /// `clocks`.
    Clocks,
    /// `random`.
    Random,
}

impl Wish {
    /// Reads a connector's `sandbox.grants`, a comma-separated list; none when it is not set.
    ///
    /// # Errors
    /// As [`Wish::parse_all`].
    pub fn of_connector(config: &Props) -> Result<Vec<Self>, CallError> {
        Self::parse_all(config.get(KEY).map_or("", String::as_str))
    }

    /// Reads the value of `sandbox.grants`, a comma-separated list.
    ///
    /// # Errors
    /// [`CallError::Denied`] names the entry and what may stand there.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, CallError> {
        text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(Self::parse).collect()
    }

    fn parse(entry: &str) -> Result<Self, CallError> {
        match entry.split_once(':') {
            Some(("read", path)) if !path.is_empty() => Ok(Self::Path { path: path.to_owned(), write: false }),
            Some(("write", path)) if !path.is_empty() => Ok(Self::Path { path: path.to_owned(), write: true }),
            Some(("connect", target)) if !target.is_empty() => Ok(Self::Connect(address::parse(KEY, target)?)),
            None if entry == "clocks" => Ok(Self::Clocks),
            None if entry == "random" => Ok(Self::Random),
            _ => Err(CallError::Denied(format!(
                "Invalid value {entry} for configuration {KEY}: an entry is read:<path>, write:<path>, connect:<host>:<port>, clocks or random"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_entries() {
        let wishes = Wish::parse_all("read:/a, write:/b,connect:db:5432,clocks,random").unwrap();
        assert_eq!(wishes.len(), 5);
        assert_eq!(wishes[1], Wish::Path { path: "/b".to_owned(), write: true });
        assert!(Wish::parse_all("").unwrap().is_empty());
    }

    #[test]
    fn names_a_bad_entry() {
        for entry in ["read:", "root", "connect:db", "fly:/x"] {
            assert!(Wish::parse_all(entry).unwrap_err().to_string().contains(KEY), "{entry}");
        }
    }
}
