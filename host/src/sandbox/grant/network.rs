//! Which sockets an instance may open.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::sockets::SocketAddrUse;

use crate::net::internal::{is_internal, plain};
use crate::sandbox::grant::address::Address;
use crate::sandbox::grant::refusals::Refusals;

/// The addresses of an instance.
#[derive(Clone)]
pub(in crate::sandbox) struct Network {
    addresses: Arc<[Address]>,
    refusals: Refusals,
}

impl Network {
    pub(in crate::sandbox) fn new(addresses: Vec<Address>, refusals: Refusals) -> Self {
        Self { addresses: addresses.into(), refusals }
    }

    /// Lets TCP connect to the granted addresses and to nothing else. Without any there is no network at all.
    ///
    /// Names are resolved anew for every connection and the number asked for must be one of the answers: what is checked is what is
    /// connected to, whatever a name server said before.
    pub(in crate::sandbox) fn allow(&self, builder: &mut WasiCtxBuilder) {
        builder.allow_udp(false);
        builder.allow_tcp(true);
        builder.allow_ip_name_lookup(true);
        let network = self.clone();
        builder.socket_addr_check(move |wanted, purpose| {
            let network = network.clone();
            Box::pin(async move {
                let allowed = is_allowed(&network.addresses, wanted, purpose).await;
                if !allowed {
                    network.refuse(&format!("connecting to {wanted}"), &wanted.to_string());
                }
                allowed
            })
        });
    }

    /// Whether a granted address names that host: no other name is looked up, since a question to a name server can carry data out.
    pub(super) fn may_look_up(&self, host: &str) -> bool {
        let granted = self.addresses.iter().any(|address| address.host.eq_ignore_ascii_case(host));
        if !granted {
            self.refuse(&format!("looking up {host}"), &format!("{host}:<port>"));
        }
        granted
    }

    fn refuse(&self, doing: &str, target: &str) {
        self.refusals.add(|| {
            format!("the sandbox refused {doing}: nothing in the connector's config grants it; if it is meant, add connect:{target} to the connector's sandbox.grants")
        });
    }
}

async fn is_allowed(addresses: &[Address], wanted: SocketAddr, purpose: SocketAddrUse) -> bool {
    match purpose {
        // A connecting socket is bound to the wildcard address first.
        SocketAddrUse::TcpBind => return wanted.ip().is_unspecified() && wanted.port() == 0,
        SocketAddrUse::TcpConnect => {}
        _ => return false,
    }
    let ip = plain(wanted.ip());
    for address in addresses.iter().filter(|address| address.port == wanted.port()) {
        if let Ok(named) = address.host.parse::<IpAddr>() {
            if plain(named) == ip {
                return true;
            }
            continue;
        }
        if is_internal(ip) {
            continue;
        }
        let Ok(mut answers) = tokio::net::lookup_host((address.host.as_str(), address.port)).await else {
            continue;
        };
        if answers.any(|answer| plain(answer.ip()) == ip) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::grant::address;

    async fn allowed(granted: &str, wanted: &str) -> bool {
        let addresses = address::parse_all("k", granted).unwrap();
        is_allowed(&addresses, wanted.parse().unwrap(), SocketAddrUse::TcpConnect).await
    }

    #[tokio::test]
    async fn only_what_is_granted() {
        assert!(allowed("127.0.0.1:80", "127.0.0.1:80").await);
        assert!(!allowed("127.0.0.1:80", "127.0.0.1:81").await);
        assert!(!allowed("127.0.0.1:80", "127.0.0.2:80").await);
        assert!(allowed("localhost:80", "127.0.0.1:80").await);
        assert!(!allowed("localhost:80", "169.254.169.254:80").await);
        assert!(allowed("169.254.169.254:80", "169.254.169.254:80").await);
    }

    #[test]
    fn only_granted_names_are_looked_up() {
        let refusals = Refusals::default();
        let network = Network::new(address::parse_all("k", "db:5432").unwrap(), refusals.clone());
        assert!(network.may_look_up("DB"));
        assert!(refusals.first().is_none());
        assert!(!network.may_look_up("secret.example.org"));
        assert!(refusals.first().unwrap().contains("connect:secret.example.org:<port>"));
    }
}
