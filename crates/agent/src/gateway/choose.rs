//! A network's subnets: as asked for where nobody has them, else of the pools. Pure.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use model::InstanceId;
use model::lab::{Gateway, Subnet};
use model::networks::{Chosen, free_ipv4, free_ipv6, ipv4_prefix_for, overlap};
use sha2::{Digest, Sha256};

/// Rarely anybody's: Docker takes 172.17 to 172.31 and 192.168, home routers 192.168 and the first of 10.
const IPV4_POOL: &str = "10.222.0.0/16";

/// What `auto` is chosen from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pools {
    pub ipv4: Ipv4Net,
    pub ipv6: Ipv6Net,
}

impl Pools {
    /// What `agent.toml` does not name: of IPv6 a /48 of its own for each instance, as RFC 4193 has it.
    pub fn new(ipv4: Option<Ipv4Net>, ipv6: Option<Ipv6Net>, instance: &InstanceId) -> Self {
        let usual = || IPV4_POOL.parse().expect("it is an IPv4 network");
        Self {
            ipv4: ipv4.map_or_else(usual, |pool| pool.trunc()),
            ipv6: ipv6.map_or_else(|| own_ipv6(instance), |pool| pool.trunc()),
        }
    }
}

fn own_ipv6(instance: &InstanceId) -> Ipv6Net {
    let digest = Sha256::digest(instance.0.as_bytes());
    let mut bytes = [0; 16];
    bytes[0] = 0xfd;
    bytes[1..6].copy_from_slice(&digest[..5]);
    Ipv6Net::new(bytes.into(), 48).expect("no prefix is longer than 128")
}

/// Somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub net: IpNet,
    /// `this host, which reaches it by eth0`.
    pub by: String,
}

/// A network as it is drawn.
pub struct Asks<'a> {
    pub gateway: &'a Gateway,
    /// How many interfaces are on it.
    pub interfaces: usize,
    /// Where the search for an IPv6 network begins.
    pub number: u16,
}

/// What was chosen before stays, as long as nobody else has it. The error names who does.
pub fn choose(
    asks: &Asks<'_>,
    before: Chosen,
    taken: &[Taken],
    pools: &Pools,
) -> Result<Chosen, String> {
    let nets: Vec<IpNet> = taken.iter().map(|taken| taken.net).collect();
    let free = |net: IpNet| !nets.iter().any(|other| overlap(net, *other));
    let another_ipv4 = || {
        let net = free_ipv4(pools.ipv4, ipv4_prefix_for(asks.interfaces), &nets);
        first_of(net.map(IpNet::V4), IpNet::V4(pools.ipv4))
    };
    let another_ipv6 = || {
        let net = free_ipv6(pools.ipv6, asks.number, &nets);
        first_of(net.map(IpNet::V6), IpNet::V6(pools.ipv6))
    };
    let of_family =
        |wish, before: Option<IpNet>, another: &dyn Fn() -> Result<IpNet, String>| match wish {
            None => Ok(None),
            Some(Subnet::At(net)) => given(net, taken).map(Some),
            Some(Subnet::Auto) => {
                let kept = before.filter(|net| free(*net));
                kept.map_or_else(another, Ok).map(Some)
            }
        };
    let ipv4 = of_family(asks.gateway.ipv4, before.ipv4, &another_ipv4)?;
    let ipv6 = of_family(asks.gateway.ipv6, before.ipv6, &another_ipv6)?;
    Ok(Chosen { ipv4, ipv6 })
}

fn given(net: IpNet, taken: &[Taken]) -> Result<IpNet, String> {
    match taken.iter().find(|other| overlap(net, other.net)) {
        None => Ok(net),
        Some(Taken { net: theirs, by }) => Err(format!(
            "{} cannot be had: {theirs} belongs to {by}; give the network another subnet, or auto",
            net.trunc()
        )),
    }
}

fn first_of(net: Option<IpNet>, pool: IpNet) -> Result<IpNet, String> {
    match net.map(Subnet::at) {
        Some(Subnet::At(net)) => Ok(net),
        Some(Subnet::Auto) | None => Err(format!(
            "nothing of {pool} is free on this host; its administrator can give another pool in agent.toml"
        )),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn pools() -> Pools {
        Pools::new(None, None, &InstanceId("test".into()))
    }

    fn gateway(ipv4: Option<&str>, ipv6: Option<&str>) -> Gateway {
        Gateway {
            ipv4: ipv4.map(|text| text.parse().unwrap()),
            ipv6: ipv6.map(|text| text.parse().unwrap()),
            dhcp: true,
            dns: true,
            outward: true,
            management: false,
        }
    }

    fn chosen(gateway: &Gateway, before: Chosen, taken: &[(&str, &str)]) -> Result<Chosen, String> {
        let taken: Vec<Taken> = taken
            .iter()
            .map(|(net, by)| Taken {
                net: net.parse().unwrap(),
                by: (*by).into(),
            })
            .collect();
        let asks = Asks {
            gateway,
            interfaces: 3,
            number: 0xabcd,
        };
        choose(&asks, before, &taken, &pools())
    }

    #[test]
    fn auto_is_the_first_that_is_free_and_stays() {
        let auto = gateway(Some("auto"), Some("auto"));
        let eth0 = "this host, which reaches it by eth0";
        let first = chosen(&auto, Chosen::default(), &[("10.222.0.0/23", eth0)]).unwrap();
        assert_eq!(first.ipv4.unwrap().to_string(), "10.222.2.1/24");
        let ipv6 = first.ipv6.unwrap().to_string();
        assert!(
            ipv6.starts_with("fd") && ipv6.ends_with(":abcd::1/64"),
            "{ipv6}"
        );
        // What was in the way is gone, and another thing is there.
        let lan = "network lan of the lab x";
        assert_eq!(
            chosen(&auto, first, &[("10.222.7.0/24", lan)]).unwrap(),
            first
        );
        // Somebody took it while the agent was away.
        let other = chosen(&auto, first, &[("10.222.2.0/24", lan)]).unwrap();
        assert_eq!(other.ipv4.unwrap().to_string(), "10.222.0.1/24");
        assert_eq!(other.ipv6, first.ipv6);
    }

    #[test]
    fn a_given_one_is_had_or_refused_with_the_name_of_who_has_it() {
        let given = gateway(Some("10.1.0.0/24"), None);
        let had = chosen(&given, Chosen::default(), &[("10.2.0.0/16", "x")]).unwrap();
        assert_eq!(had.ipv4.unwrap().to_string(), "10.1.0.1/24");
        assert_eq!(had.ipv6, None);
        let eth0 = "this host, which reaches it by eth0";
        let refused = chosen(&given, had, &[("10.1.0.0/16", eth0)]).unwrap_err();
        assert!(
            refused.contains("10.1.0.0/24 cannot be had: 10.1.0.0/16 belongs to this host")
                && refused.contains("eth0"),
            "{refused}"
        );
    }

    #[test]
    fn a_pool_that_is_used_up_is_told() {
        let auto = gateway(Some("auto"), None);
        let refused = chosen(&auto, Chosen::default(), &[("10.0.0.0/8", "x")]).unwrap_err();
        assert!(refused.contains("10.222.0.0/16"), "{refused}");
    }

    #[test]
    fn each_instance_has_an_ipv6_pool_of_its_own() {
        let other = Pools::new(None, None, &InstanceId("other".into()));
        assert_ne!(pools().ipv6, other.ipv6);
        assert_eq!(pools().ipv6.prefix_len(), 48);
    }
}
