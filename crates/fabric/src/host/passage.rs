//! A way for our devices through the filter of somebody else who drops what he does not know.
//!
//! Docker, as other firewalls, sets the policy of `FORWARD` to drop. With `br_netfilter` every frame
//! between the ports of a bridge comes by there, so that a network of three ends would pass nothing, and
//! a network with a way outward has none. A drop wins over whatever our own table says, so the way is
//! opened where it is closed: in `DOCKER-USER`, which is there for rules of others, else in front of
//! `FORWARD`. What our devices may do at all is decided in our own table, which is asked before; into
//! Docker's own networks we open no way that Docker does not.
//!
//! The rules are in the form that the program `iptables` gives to its own, so that it can show them, and
//! carry a mark in the place of a comment. Filters of the old kind (`iptables-legacy`) are not reached.

use netlink_sys::Socket;

use super::closing::{ask_all, exchange};
use crate::error::Result;
use crate::wire::nft::{self, Batch, ChainSeen, Family, Match, RuleSeen, Verdict};

const MARK: &[u8] = b"nova-ve";
const TABLE: &str = "filter";

/// In the order in which they are asked.
const RULES: [(Option<Match>, Option<Match>, Verdict); 4] = [
    (LABS_IN, Some(Match::OutNamed("docker")), Verdict::Return),
    (LABS_IN, Some(Match::OutNamed("br-")), Verdict::Return),
    (LABS_IN, None, Verdict::Accept),
    (None, Some(Match::OutNamed("nove")), Verdict::Accept),
];
const LABS_IN: Option<Match> = Some(Match::InNamed("nove"));

/// How many changes it took.
pub(super) fn ensure(socket: &mut Socket) -> Result<u32> {
    let mut changes = 0;
    for family in [Family::Ipv4, Family::Ipv6] {
        let Some(chain) = closed_chain(socket, family)? else {
            continue;
        };
        let own = own_rules(socket, family, &chain)?;
        if own.len() == RULES.len() {
            continue;
        }
        let mut batch = Batch::new(1);
        for rule in own {
            batch.delete_rule(family, &chain, rule.handle);
        }
        // Each goes in front of the one before.
        for (from, to, verdict) in RULES.iter().rev() {
            let of: Vec<Match> = from.iter().chain(to).cloned().collect();
            batch.rule_in_front(family, &chain, (&of, *verdict), MARK);
        }
        exchange(socket, batch.end_answered())?;
        changes += 1;
    }
    Ok(changes)
}

/// Takes them away wherever they are.
pub(super) fn remove(socket: &mut Socket) -> Result<()> {
    for family in [Family::Ipv4, Family::Ipv6] {
        for chain in chains(socket, family)? {
            let own = own_rules(socket, family, &chain)?;
            if own.is_empty() {
                continue;
            }
            let mut batch = Batch::new(1);
            for rule in own {
                batch.delete_rule(family, &chain, rule.handle);
            }
            exchange(socket, batch.end_answered())?;
        }
    }
    Ok(())
}

/// Docker's, or one that drops.
fn closed_chain(socket: &mut Socket, family: Family) -> Result<Option<ChainSeen>> {
    let chains = chains(socket, family)?;
    let user = chains.iter().find(|chain| chain.name == "DOCKER-USER");
    let drops = |chain: &&ChainSeen| chain.name == "FORWARD" && chain.drops;
    Ok(user.or_else(|| chains.iter().find(drops)).cloned())
}

fn chains(socket: &mut Socket, family: Family) -> Result<Vec<ChainSeen>> {
    let mut chains = ask_all(socket, &nft::get_chains(1, family), nft::read_chain)?;
    chains.retain(|chain| {
        chain.table == TABLE && ["DOCKER-USER", "FORWARD"].contains(&chain.name.as_str())
    });
    Ok(chains)
}

fn own_rules(socket: &mut Socket, family: Family, chain: &ChainSeen) -> Result<Vec<RuleSeen>> {
    let mut rules = ask_all(socket, &nft::get_rules(1, family, chain), nft::read_rule)?;
    rules.retain(|rule| rule.mark == MARK);
    Ok(rules)
}
