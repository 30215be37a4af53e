//! What passes a network that the host is on: the rules of our table that open just that.
//!
//! ```text
//! to the host      questions for an address or a name, a ping of the host's own address there;
//!                  answers to what the host asked, on a management network
//! from the host    answers; on a management network everything
//! through the host with a way outward: to whatever is no lab's, behind the host's address, and back
//! ```
//! Between two networks nothing passes the host, whatever they are.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::wire::nft::{Batch, Family, Hook, Match, Verdict};

/// A network that the host is on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Gate {
    /// The name of its bridge.
    pub bridge: String,
    /// The host's addresses there, with the network's size.
    pub addresses: Vec<IpNet>,
    pub dhcp: bool,
    pub dns: bool,
    /// Whether nodes reach what the host reaches.
    pub outward: bool,
    /// Whether the host reaches the nodes.
    pub inward: bool,
}

const LABS: &str = "nove";

const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP6: u8 = 58;
const ECHO: u8 = 8;
const ECHO6: u8 = 128;
const ROUTER_SOLICITATION: u8 = 133;
const ROUTER_ADVERTISEMENT: u8 = 134;
const NEIGHBOUR_SOLICITATION: u8 = 135;
const NEIGHBOUR_ADVERTISEMENT: u8 = 136;
const MULTICAST_REPORT: u8 = 143;
const DNS: u16 = 53;
const DHCP: u16 = 67;
const DHCP6: u16 = 547;

pub(super) type Rule = (Hook, Vec<Match>, Verdict);

impl Gate {
    /// In their order within each hook; what they do not accept is dropped by them or by the rules that
    /// every network has.
    pub(super) fn rules(&self) -> Vec<Rule> {
        let mut rules = self.rules_to_host();
        rules.extend(self.rules_from_host());
        rules.extend(self.rules_through_host());
        rules
    }

    /// Who asks for the host's own address there, and for no other.
    pub(super) fn add_arp(&self, batch: &mut Batch, table: &str) {
        for net in &self.addresses {
            if let IpAddr::V4(ip) = net.addr() {
                let of = [self.comes_in(), Match::ArpTo(ip)];
                batch.rule(Family::Arp, table, Hook::Input, &of, Verdict::Accept);
            }
        }
    }

    fn comes_in(&self) -> Match {
        Match::In(self.bridge.clone())
    }

    fn goes_out(&self) -> Match {
        Match::Out(self.bridge.clone())
    }

    fn has_ipv6(&self) -> bool {
        self.addresses.iter().any(|net| net.addr().is_ipv6())
    }

    fn rules_to_host(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        let mut accept = |of: &[Match]| {
            let of = [&[self.comes_in()], of].concat();
            rules.push((Hook::Input, of, Verdict::Accept));
        };
        for net in self.addresses.iter().filter(|_| self.inward) {
            accept(&[Match::From(*net), Match::Replies]);
        }
        if self.dhcp {
            accept(&[Match::Protocol(UDP), Match::ToPort(DHCP)]);
        }
        if self.dhcp && self.has_ipv6() {
            accept(&[Match::Protocol(UDP), Match::ToPort(DHCP6)]);
        }
        for net in &self.addresses {
            let to = Match::To(net.addr());
            for protocol in [UDP, TCP].into_iter().filter(|_| self.dns) {
                let question = [to.clone(), Match::Protocol(protocol), Match::ToPort(DNS)];
                accept(&question);
            }
            let (protocol, echo) = match net {
                IpNet::V4(_) => (ICMP, ECHO),
                IpNet::V6(_) => (ICMP6, ECHO6),
            };
            accept(&[to, Match::Protocol(protocol), Match::Icmp(echo)]);
        }
        if self.has_ipv6() {
            for kind in [
                ROUTER_SOLICITATION,
                NEIGHBOUR_SOLICITATION,
                NEIGHBOUR_ADVERTISEMENT,
            ] {
                accept(&[Match::Protocol(ICMP6), Match::Icmp(kind)]);
            }
        }
        rules
    }

    fn rules_from_host(&self) -> Vec<Rule> {
        if self.inward {
            return Vec::new();
        }
        let mut rules = Vec::new();
        let mut add = |of: &[Match], verdict| {
            let of = [&[self.goes_out()], of].concat();
            rules.push((Hook::Output, of, verdict));
        };
        add(&[Match::Replies], Verdict::Accept);
        if self.dhcp {
            for port in [DHCP, DHCP6] {
                let answer = [Match::Protocol(UDP), Match::FromPort(port)];
                add(&answer, Verdict::Accept);
            }
        }
        for kind in [
            ROUTER_ADVERTISEMENT,
            NEIGHBOUR_SOLICITATION,
            NEIGHBOUR_ADVERTISEMENT,
            MULTICAST_REPORT,
        ] {
            add(
                &[Match::Protocol(ICMP6), Match::Icmp(kind)],
                Verdict::Accept,
            );
        }
        add(&[], Verdict::Drop);
        rules
    }

    fn rules_through_host(&self) -> Vec<Rule> {
        let mut rules = Vec::new();
        let mut forward = |of: Vec<Match>, verdict| rules.push((Hook::Forward, of, verdict));
        // What its own bridge carries from port to port passes here where `br_netfilter` is.
        forward(vec![self.comes_in(), self.goes_out()], Verdict::Accept);
        forward(vec![Match::InNamed(LABS), self.goes_out()], Verdict::Drop);
        if self.outward {
            forward(vec![self.goes_out(), Match::Replies], Verdict::Accept);
        }
        forward(vec![self.goes_out()], Verdict::Drop);
        for net in self.addresses.iter().filter(|_| self.outward) {
            let outward = Match::OutNotNamed(LABS);
            let of = vec![self.comes_in(), outward.clone(), Match::From(*net)];
            forward(of, Verdict::Accept);
        }
        for net in self.addresses.iter().filter(|_| self.outward) {
            let of = vec![Match::OutNotNamed(LABS), Match::From(*net)];
            rules.push((Hook::Postrouting, of, Verdict::Masquerade));
        }
        rules
    }
}
