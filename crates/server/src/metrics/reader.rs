//! Who may read the figures. They name no lab and no user, but tell how busy a place is.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, header};

/// `NOVA_VE_METRICS`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Readers {
    /// Nobody.
    Off,
    /// Programs of this host.
    #[default]
    Loopback,
    /// Everybody who reaches the server.
    On,
}

/// What proxies say of whom they speak for. Behind one, every peer is loopback.
const FORWARDED: [HeaderName; 6] = [
    header::FORWARDED,
    header::VIA,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

impl Readers {
    pub fn admit(self, peer: IpAddr, headers: &HeaderMap) -> bool {
        match self {
            Self::Off => false,
            Self::On => true,
            Self::Loopback => {
                let forwarded = FORWARDED.iter().any(|name| headers.contains_key(name));
                peer.to_canonical().is_loopback() && !forwarded
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn only_this_host_itself_counts_as_loopback() {
        let none = HeaderMap::new();
        let admits = |readers: Readers, peer: &str, headers: &HeaderMap| {
            readers.admit(peer.parse().unwrap(), headers)
        };
        for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(admits(Readers::Loopback, peer, &none), "{peer}");
            assert!(!admits(Readers::Off, peer, &none), "{peer}");
        }
        for peer in ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"] {
            assert!(!admits(Readers::Loopback, peer, &none), "{peer}");
            assert!(admits(Readers::On, peer, &none), "{peer}");
        }
        for name in FORWARDED {
            let through_proxy = HeaderMap::from_iter([(name.clone(), "x".parse().unwrap())]);
            assert!(
                !admits(Readers::Loopback, "127.0.0.1", &through_proxy),
                "{name}"
            );
        }
    }
}
