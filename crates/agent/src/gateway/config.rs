//! What dnsmasq is told: DHCP, router advertisements and DNS for one network, and nothing of the host's
//! own but where the host itself asks for names. Pure.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use model::NetworkId;
use model::lab::Gateway;

use super::addresses;

const LEASE: &str = "12h";
/// SLAAC needs exactly this much.
const SLAAC_PREFIX: u8 = 64;

/// Where the server sees the lab's folder, whoever it runs as.
pub(super) const FOLDER: &str = "/mnt";

/// One network's server.
pub(crate) struct Served<'a> {
    pub network: NetworkId,
    pub bridge: &'a str,
    pub domain: &'a str,
    pub gateway: &'a Gateway,
    /// An account without rights, where the host has one.
    pub user: Option<&'a str>,
}

/// The file's text, and what the network does without.
pub(super) fn text(served: &Served<'_>) -> (String, Vec<String>) {
    let Served {
        network,
        bridge,
        domain,
        gateway,
        user,
    } = served;
    let mut lines = vec![
        "# Made by nova-ve-agent; changed by hand it is made anew.".to_owned(),
        format!("interface={bridge}"),
        "bind-interfaces\nexcept-interface=lo\nno-hosts\nlog-facility=-".to_owned(),
    ];
    lines.extend(user.map(|user| format!("user={user}")));
    lines.push(if gateway.dns {
        format!(
            "domain-needed\nexpand-hosts\ndomain={domain}\nlocal=/{domain}/\naddn-hosts={FOLDER}/n{network}.names"
        )
    } else {
        "port=0".to_owned()
    });
    let mut without = Vec::new();
    if gateway.dhcp {
        lines.push("dhcp-authoritative\nno-ping\nquiet-dhcp\nquiet-dhcp6\nquiet-ra".to_owned());
        lines.push(format!("dhcp-leasefile={FOLDER}/n{network}.leases"));
        lines.push(format!("dhcp-hostsfile={FOLDER}/n{network}.dhcp"));
        for net in addresses(gateway) {
            match net {
                IpNet::V4(net) => lines.push(ipv4(net, gateway)),
                IpNet::V6(net) => match ipv6(net, bridge, gateway) {
                    Ok(of_net) => lines.push(of_net),
                    Err(why) => without.push(why),
                },
            }
        }
    }
    (lines.join("\n") + "\n", without)
}

fn ipv4(net: Ipv4Net, gateway: &Gateway) -> String {
    let (first, last) = (
        u32::from(net.network()) + 1,
        u32::from(net.broadcast()).saturating_sub(1),
    );
    let range = if gateway.management {
        format!("{},static", net.network())
    } else {
        format!("{},{}", Ipv4Addr::from(first), Ipv4Addr::from(last))
    };
    let mut lines = format!("dhcp-range={range},{},{LEASE}", net.netmask());
    let mut option = |name: &str, is_given: bool| {
        if !is_given {
            // An empty one is not sent, and neither is what would be sent by itself.
            write!(lines, "\ndhcp-option=option:{name}").expect("a String takes every write");
        }
    };
    option("router", gateway.outward);
    option("dns-server", gateway.dns);
    lines
}

fn ipv6(net: Ipv6Net, bridge: &str, gateway: &Gateway) -> Result<String, String> {
    let prefix = net.prefix_len();
    if !(SLAAC_PREFIX..=120).contains(&prefix) {
        return Err(format!(
            "no IPv6 addresses are given out: {} is none of /{SLAAC_PREFIX} to /120",
            net.trunc()
        ));
    }
    let base = u128::from(net.network());
    let at = |place: u128| Ipv6Addr::from(base + place);
    let range = match (gateway.management, prefix) {
        (true, _) => format!("{},static", net.network()),
        (false, SLAAC_PREFIX) => format!("{},{},slaac", at(0x1_0000), at(0x1_ffff)),
        (false, _) => format!("{},{}", at(2), at(0xfe)),
    };
    let mut lines = format!("dhcp-range={range},{prefix},{LEASE}\nenable-ra");
    if !gateway.outward {
        // A router that is no way to anywhere.
        write!(lines, "\nra-param={bridge},60,0").expect("a String takes every write");
    }
    if !gateway.dns {
        lines.push_str("\ndhcp-option=option6:dns-server");
    }
    Ok(lines)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::testing::id;

    fn gateway(ipv6: &str) -> Gateway {
        Gateway {
            ipv4: Some("10.222.3.0/24".parse().unwrap()),
            ipv6: Some(ipv6.parse().unwrap()),
            dhcp: true,
            dns: true,
            outward: true,
            management: false,
        }
    }

    fn lines(gateway: &Gateway) -> (Vec<String>, Vec<String>) {
        let served = Served {
            network: id(3),
            bridge: "nove3866n3",
            domain: "my-lab",
            gateway,
            user: Some("dnsmasq"),
        };
        let (text, without) = text(&served);
        (text.lines().map(str::to_owned).collect(), without)
    }

    #[test]
    fn a_network_with_everything_gives_addresses_routes_and_names() {
        let (lines, without) = lines(&gateway("fd00::/64"));
        for line in [
            "interface=nove3866n3",
            "no-hosts",
            "user=dnsmasq",
            "local=/my-lab/",
            "addn-hosts=/mnt/n3.names",
            "dhcp-range=10.222.3.1,10.222.3.254,255.255.255.0,12h",
            "dhcp-range=fd00::1:0,fd00::1:ffff,slaac,64,12h",
        ] {
            assert!(lines.iter().any(|own| own == line), "{line}: {lines:#?}");
        }
        assert!(!lines.iter().any(|line| line.starts_with("dhcp-option")));
        assert!(without.is_empty());
    }

    #[test]
    fn what_it_shall_not_serve_is_not_told() {
        let closed = Gateway {
            dns: false,
            outward: false,
            ..gateway("fd00::/80")
        };
        let (lines, _) = lines(&closed);
        for line in [
            "port=0",
            "dhcp-option=option:router",
            "dhcp-option=option:dns-server",
            "dhcp-range=fd00::2,fd00::fe,80,12h",
            "ra-param=nove3866n3,60,0",
        ] {
            assert!(lines.iter().any(|own| own == line), "{line}: {lines:#?}");
        }
    }

    #[test]
    fn a_management_network_gives_only_what_is_written_down() {
        let management = Gateway {
            management: true,
            ..gateway("fd00::/48")
        };
        let (lines, without) = lines(&management);
        let range = "dhcp-range=10.222.3.0,static,255.255.255.0,12h";
        assert!(lines.iter().any(|line| line == range), "{lines:#?}");
        assert!(without[0].contains("fd00::/48"), "{without:?}");
    }
}
