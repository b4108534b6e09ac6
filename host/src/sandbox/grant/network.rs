//! Which sockets an instance may open.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::sockets::SocketAddrUse;

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

/// An IPv4 address in any of its IPv6 disguises as itself: mapped (`::ffff:a.b.c.d`), compatible (`::a.b.c.d`), NAT64 (`64:ff9b::/96`)
/// and 6to4 (`2002::/16`).
fn plain(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip else {
        return ip;
    };
    if v6 == Ipv6Addr::LOCALHOST || v6.is_unspecified() {
        return ip;
    }
    match v6.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            IpAddr::V4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        _ => ip,
    }
}

/// Link-local addresses, among them the metadata services of clouds (169.254.169.254, fd00:ec2::254): a name must not lead there, only
/// a config that names the number.
fn is_internal(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast() || v4.is_multicast() || v4.is_unspecified(),
        IpAddr::V6(v6) => {
            v6.is_unicast_link_local()
                || v6.is_multicast()
                || v6.is_unspecified()
                || v6.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]
        }
    }
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

    #[test]
    fn sees_through_disguises() {
        for text in ["::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"] {
            assert!(is_internal(plain(text.parse().unwrap())), "{text}");
        }
        assert_eq!(plain("::1".parse().unwrap()).to_string(), "::1");
    }
}
