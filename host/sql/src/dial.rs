//! Which addresses a host of a URL leads to.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::error::{Reason, SqlError};
use crate::url::Host;

/// Whether a host may lead to an address.
pub type MayLead = dyn Fn(&Host, IpAddr) -> bool + Send + Sync;

/// Decides over every address before it is connected to.
#[derive(Clone)]
pub struct Gate(Arc<MayLead>);

impl Gate {
    /// By a rule.
    pub fn new(rule: impl Fn(&Host, IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(rule))
    }

    /// Every address.
    pub fn open() -> Self {
        Self::new(|_, _| true)
    }

    /// The addresses of a host that it may lead to: what is checked is what is connected to, whatever a name server says later.
    ///
    /// # Errors
    /// [`Reason::Connection`] when there is none, [`Reason::Config`] when it leads only where it must not.
    pub(crate) async fn addresses(&self, host: &Host) -> Result<Vec<IpAddr>, SqlError> {
        let unknown = |why: String| SqlError::new(Reason::Connection, format!("the host {host} cannot be resolved: {why}"));
        let found = tokio::net::lookup_host((host.name.as_str(), host.port)).await.map_err(|error| unknown(error.to_string()))?;
        let all: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        let allowed: Vec<IpAddr> = all.iter().copied().filter(|address| (self.0)(host, *address)).collect();
        match (allowed.is_empty(), all.first()) {
            (false, _) => Ok(allowed),
            (true, None) => Err(unknown("it has no address".to_owned())),
            (true, Some(address)) => Err(SqlError::new(
                Reason::Config,
                format!(
                    "the sandbox refused connecting to {host}: the name leads to {address}, an address that only its number may name"
                ),
            )),
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_leads_only_where_it_may() {
        let host = Host { name: "localhost".to_owned(), port: 1 };
        assert!(!Gate::open().addresses(&host).await.unwrap().is_empty());
        let told = Gate::new(|_, address| !address.is_loopback()).addresses(&host).await.unwrap_err();
        assert!(told.reason == Reason::Config && told.message.contains("localhost:1"), "{told}");
    }
}
