//! Hosts and ports that a config names, in addresses and URLs.

use std::fmt;

use crate::sandbox::error::CallError;

/// A host, by name or number, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Lower-case name, or number without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl Address {
    /// Whether a pattern of `sandbox.hosts` means it: `host`, `host:port`, `*.domain`, `*.domain:port`.
    pub(super) fn matches(&self, pattern: &str) -> bool {
        let (host, port) = match pattern.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
            _ => (pattern, None),
        };
        if port.is_some_and(|port: u16| port != self.port) {
            return false;
        }
        let host = unbracketed(host).to_ascii_lowercase();
        match host.strip_prefix('*') {
            Some(suffix) => suffix.is_empty() || self.host.ends_with(suffix),
            None => self.host == host,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Every address of a comma-separated list of addresses or URLs.
///
/// # Errors
/// [`CallError::Denied`] names the key and the entry.
pub(super) fn parse_all(key: &str, value: &str) -> Result<Vec<Address>, CallError> {
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(|entry| parse(key, entry)).collect()
}

/// One address (`host:port`, `[::1]:port`) or URL (`https://host/…`, `jdbc:postgresql://host:port/db`).
///
/// # Errors
/// [`CallError::Denied`] names the key and the entry.
pub(super) fn parse(key: &str, entry: &str) -> Result<Address, CallError> {
    let unreadable = || {
        CallError::Denied(format!(
            "Invalid value {entry} for configuration {key}: no host and port can be read from it; write <host>:<port> or a URL"
        ))
    };
    let (scheme, rest) = match entry.split_once("://") {
        Some((scheme, rest)) => (scheme.rsplit(':').next().unwrap_or(scheme), rest),
        None => ("", entry),
    };
    let authority = rest.split(['/', '?', '#', ';']).next().unwrap_or(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, after)| after);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, port.parse().map_err(|_| unreadable())?),
        _ => (authority, default_port(scheme).ok_or_else(unreadable)?),
    };
    let host = unbracketed(host).to_ascii_lowercase();
    if host.is_empty() {
        return Err(unreadable());
    }
    Ok(Address { host, port })
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "postgresql" | "postgres" => Some(5432),
        "mysql" | "mariadb" => Some(3306),
        "sqlserver" => Some(1433),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses_and_urls() {
        let read = |text: &str| parse("k", text).unwrap().to_string();
        assert_eq!(read("DB:5432"), "db:5432");
        assert_eq!(read("https://user:secret@es.example.org/index?x=1"), "es.example.org:443");
        assert_eq!(read("jdbc:postgresql://localhost:5433/test"), "localhost:5433");
        assert_eq!(read("jdbc:postgresql://localhost/test"), "localhost:5432");
        assert_eq!(read("http://[::1]:9200"), "[::1]:9200");
        assert_eq!(parse_all("k", "http://a:1, http://b:2").unwrap().len(), 2);
        for bad in ["nohost", "http://", "a:port"] {
            assert!(parse("k", bad).is_err(), "{bad}");
        }
    }
}
