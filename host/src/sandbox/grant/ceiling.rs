//! The most that any config can be granted on this worker.

use std::path::{Path, PathBuf};

use crate::sandbox::error::CallError;
use crate::sandbox::grant::address::Address;

/// `sandbox.files.roots` and `sandbox.hosts` of the worker. Not set, whatever a config names is granted, as in Kafka Connect.
#[derive(Clone, Debug, Default)]
pub struct Ceiling {
    /// Folders within which files may be granted; none: anywhere.
    pub files_roots: Option<Vec<PathBuf>>,
    /// Hosts that may be connected to, as `host`, `host:port` or `*.domain`; none: any.
    pub hosts: Option<Vec<String>>,
}

impl Ceiling {
    /// `real` has its links resolved: a link does not lead past the ceiling.
    pub(super) fn check_path(&self, key: &str, value: &str, real: &Path) -> Result<(), CallError> {
        let Some(roots) = &self.files_roots else {
            return Ok(());
        };
        let inside = |root: &PathBuf| real.starts_with(root.canonicalize().unwrap_or_else(|_| root.clone()));
        if roots.iter().any(inside) {
            return Ok(());
        }
        let allowed: Vec<String> = roots.iter().map(|root| root.display().to_string()).collect();
        Err(CallError::Denied(format!(
            "Invalid value {value} for configuration {key}: {} is outside the folders this worker grants ({}); choose a path below them or ask the operator to widen sandbox.files.roots",
            real.display(),
            allowed.join(", ")
        )))
    }

    pub(super) fn check_address(&self, key: &str, address: &Address) -> Result<(), CallError> {
        let Some(hosts) = &self.hosts else {
            return Ok(());
        };
        if hosts.iter().any(|pattern| address.matches(pattern)) {
            return Ok(());
        }
        Err(CallError::Denied(format!(
            "configuration {key} names {address}, which is not among the hosts this worker grants ({}); ask the operator to widen sandbox.hosts",
            hosts.join(", ")
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::grant::address;

    #[test]
    fn a_path_must_be_below_a_root() {
        let ceiling = Ceiling { files_roots: Some(vec![PathBuf::from("/srv/data")]), hosts: None };
        assert!(ceiling.check_path("file", "x", Path::new("/srv/data/in.txt")).is_ok());
        assert!(ceiling.check_path("file", "x", Path::new("/srv/database/in.txt")).is_err());
        let told = ceiling.check_path("file", "/etc/passwd", Path::new("/etc/passwd")).unwrap_err().to_string();
        assert!(told.contains("sandbox.files.roots") && told.contains("configuration file"), "{told}");
    }

    #[test]
    fn a_host_must_match() {
        let ceiling = Ceiling { files_roots: None, hosts: Some(vec!["db:5432".to_owned(), "*.example.org".to_owned()]) };
        let check = |target: &str| ceiling.check_address("url", &address::parse("url", target).unwrap());
        assert!(check("db:5432").is_ok() && check("a.example.org:443").is_ok());
        assert!(check("db:5433").is_err() && check("example.com:443").is_err());
    }
}
