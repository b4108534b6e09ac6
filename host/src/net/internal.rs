//! Addresses that a name must not lead to.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// An IPv4 address in any of its IPv6 disguises as itself: mapped (`::ffff:a.b.c.d`), compatible (`::a.b.c.d`), NAT64 (`64:ff9b::/96`)
/// and 6to4 (`2002::/16`).
pub fn plain(ip: IpAddr) -> IpAddr {
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
pub fn is_internal(ip: IpAddr) -> bool {
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

// I17: a name is resolved here and leads to no address that only a number in the configuration may name.
/// The addresses that a name leads to, and may lead to.
///
/// # Errors
/// What the name server says; `NotFound` where none is left.
pub async fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let found = tokio::net::lookup_host((host, port)).await?;
    let allowed: Vec<SocketAddr> = found.filter(|address| !is_internal(plain(address.ip()))).collect();
    match allowed.is_empty() {
        true => Err(io::Error::new(io::ErrorKind::NotFound, "the name leads to no address that a name may lead to")),
        false => Ok(allowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_through_disguises() {
        for text in ["::ffff:169.254.169.254", "::169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"] {
            assert!(is_internal(plain(text.parse().unwrap())), "{text}");
        }
        assert_eq!(plain("::1".parse().unwrap()).to_string(), "::1");
    }
}
