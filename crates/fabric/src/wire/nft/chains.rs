//! Chains and rules of others, as far as we must know of them.

use super::{DUMP, Family, GET_CHAIN, GET_RULE, HEADER_BYTES, REQUEST, SUBSYSTEM, message, string};
use crate::wire::read::{find, text};

/// A chain of any table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChainSeen {
    pub table: String,
    pub name: String,
    /// What no rule decides is dropped; of a chain that a packet comes to by itself.
    pub drops: bool,
}

/// A rule: what we need to find and to delete it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleSeen {
    pub handle: u64,
    pub mark: Vec<u8>,
}

pub(crate) fn get_chains(sequence: u32, family: Family) -> Vec<u8> {
    let kind = SUBSYSTEM << 8 | GET_CHAIN;
    message(kind, REQUEST | DUMP, sequence, family.number(), 0, &[])
}

pub(crate) fn get_rules(sequence: u32, family: Family, chain: &ChainSeen) -> Vec<u8> {
    let kind = SUBSYSTEM << 8 | GET_RULE;
    let of = [string(1, &chain.table), string(2, &chain.name)].concat();
    message(kind, REQUEST | DUMP, sequence, family.number(), 0, &of)
}

pub(crate) fn read_chain(payload: &[u8]) -> Option<ChainSeen> {
    let attributes = payload.get(HEADER_BYTES..)?;
    let policy = find(attributes, 5).and_then(<[u8]>::first_chunk);
    Some(ChainSeen {
        table: text(find(attributes, 1)?),
        name: text(find(attributes, 3)?),
        drops: policy == Some(&[0; 4]),
    })
}

pub(crate) fn read_rule(payload: &[u8]) -> Option<RuleSeen> {
    let attributes = payload.get(HEADER_BYTES..)?;
    Some(RuleSeen {
        handle: u64::from_be_bytes(*find(attributes, 3)?.first_chunk()?),
        mark: find(attributes, 7).unwrap_or_default().to_vec(),
    })
}
