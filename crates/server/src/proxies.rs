//! Which proxies are believed when they say that they ended TLS, and for whom.
//!
//! Anybody who reaches the port could say so; who is not a trusted proxy is not let in at all, since
//! what it sends has come unencrypted.

use std::net::IpAddr;

use ipnet::IpNet;

/// Networks whose hosts are proxies that end TLS.
#[derive(Debug, Clone)]
pub struct Proxies(Vec<IpNet>);

/// Loopback, private and link-local networks (RFC 1122, RFC 1918, RFC 3927, RFC 4193, RFC 4291): where
/// a proxy stands that no network is named for.
const NEAR: [&str; 8] = [
    "127.0.0.0/8",
    "::1/128",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
];

impl Default for Proxies {
    /// Hosts of loopback, private and link-local networks.
    fn default() -> Self {
        Self(NEAR.iter().filter_map(|net| net.parse().ok()).collect())
    }
}

impl Proxies {
    /// Hosts of these networks alone.
    #[must_use]
    pub fn of(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether the host at this address is one.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_far_networks_are_no_proxies_unless_they_are_named() {
        let (near, far) = ("10.1.2.3".parse().unwrap(), "198.51.100.7".parse().unwrap());
        assert!(Proxies::default().trusts(near) && !Proxies::default().trusts(far));
        assert_eq!(Proxies::default().0.len(), NEAR.len());
        let named = Proxies::of(vec!["198.51.100.0/24".parse().unwrap()]);
        assert!(named.trusts(far) && !named.trusts(near));
    }
}
