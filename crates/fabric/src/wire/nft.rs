//! nftables' messages in the kernel's bytes: just what our tables need. The netlink crates know nothing
//! of it.
//!
//! A batch is taken as a whole or not at all, so a table is replaced without a moment in which it is
//! not there. Numbers inside the attributes are big-endian, except what is compared with a register.

mod chains;
mod expression;

use super::read::find;
use expression::{expression, verdict};

pub(crate) use chains::{ChainSeen, RuleSeen, get_chains, get_rules, read_chain, read_rule};
pub(crate) use expression::Match;

const SUBSYSTEM: u16 = 10;
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;
const NEW_TABLE: u16 = 0;
const DELETE_TABLE: u16 = 2;
const NEW_CHAIN: u16 = 3;
const GET_CHAIN: u16 = 4;
const NEW_RULE: u16 = 6;
const GET_RULE: u16 = 7;
const DELETE_RULE: u16 = 8;
const GET_GENERATION: u16 = 16;

const REQUEST: u16 = 1;
const ACKNOWLEDGE: u16 = 4;
const DUMP: u16 = 0x300;
const CREATE: u16 = 0x400;
const APPEND: u16 = 0x800;
const NESTED: u16 = 0x8000;

/// Which frames a table sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// IPv4 and IPv6.
    Inet,
    Arp,
    Ipv4,
    Ipv6,
}

impl Family {
    fn number(self) -> u8 {
        match self {
            Self::Inet => 1,
            Self::Arp => 3,
            Self::Ipv4 => 2,
            Self::Ipv6 => 10,
        }
    }
}

/// Where on a packet's way a chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hook {
    /// To this host itself.
    Input,
    /// Through this host to somewhere else.
    Forward,
    /// From this host itself.
    Output,
    /// Where it leaves, and its source may be changed.
    Postrouting,
}

impl Hook {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Forward => "forward",
            Self::Output => "output",
            Self::Postrouting => "postrouting",
        }
    }

    fn number(self, family: Family) -> u32 {
        match (family, self) {
            (Family::Arp, Self::Input) => 0,
            (Family::Arp, Self::Output) | (_, Self::Input) => 1,
            (_, Self::Forward) => 2,
            (_, Self::Output) => 3,
            (_, Self::Postrouting) => 4,
        }
    }

    /// What its chain is for, and when it is asked.
    fn place(self) -> (&'static str, i32) {
        match self {
            // A little before the filters of others (0), whose verdict "accept" cannot undo a drop anyway.
            Self::Input | Self::Forward | Self::Output => ("filter", -10),
            // The kernel's own number for a change of the source.
            Self::Postrouting => ("nat", 100),
        }
    }
}

/// What becomes of a packet for which all of a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// In this table; another may still drop it.
    Accept,
    Drop,
    /// Back to the chain that asked.
    Return,
    /// It leaves with the address of the device that it leaves by.
    Masquerade,
}

/// Messages that are taken together, in order.
pub(crate) struct Batch {
    bytes: Vec<u8>,
    sequence: u32,
    /// Where the last message begins.
    last: usize,
}

impl Batch {
    pub(crate) fn new(sequence: u32) -> Self {
        let mut batch = Self {
            bytes: Vec::new(),
            sequence,
            last: 0,
        };
        batch.add(BATCH_BEGIN, 0, 0, SUBSYSTEM, &[]);
        batch
    }

    pub(crate) fn make_table(&mut self, family: Family, table: &str) {
        self.command(NEW_TABLE, CREATE, family, &string(1, table));
    }

    pub(crate) fn delete_table(&mut self, family: Family, table: &str) {
        self.command(DELETE_TABLE, 0, family, &string(1, table));
    }

    /// A chain whose packets pass unless a rule says otherwise.
    pub(crate) fn make_chain(&mut self, family: Family, table: &str, hook: Hook) {
        let (kind, priority) = hook.place();
        let priority = number(2, priority.cast_unsigned());
        let place = [number(1, hook.number(family)), priority].concat();
        let attributes = [
            string(1, table),
            string(3, hook.name()),
            nest(4, &place),
            string(7, kind),
        ];
        self.command(NEW_CHAIN, CREATE, family, &attributes.concat());
    }

    /// At the end of our own chain: counts what matches, and decides.
    pub(crate) fn rule(
        &mut self,
        family: Family,
        table: &str,
        hook: Hook,
        of: &[Match],
        verdict: Verdict,
    ) {
        let attributes = rule(table, hook.name(), of, verdict);
        self.command(NEW_RULE, CREATE | APPEND, family, &attributes);
    }

    /// Before all others of a chain of somebody else's, with a mark by which it is found again.
    pub(crate) fn rule_in_front(
        &mut self,
        family: Family,
        chain: &ChainSeen,
        (of, verdict): (&[Match], Verdict),
        mark: &[u8],
    ) {
        let mut attributes = rule(&chain.table, &chain.name, of, verdict);
        attributes.extend(attribute(7, mark));
        self.command(NEW_RULE, CREATE, family, &attributes);
    }

    pub(crate) fn delete_rule(&mut self, family: Family, chain: &ChainSeen, handle: u64) {
        let attributes = [
            string(1, &chain.table),
            string(2, &chain.name),
            attribute(3, &handle.to_be_bytes()),
        ];
        self.command(DELETE_RULE, 0, family, &attributes.concat());
    }

    /// The bytes to send, and the number of the message that is acknowledged when all is done.
    pub(crate) fn end(mut self, family: Family, table: &str) -> (Vec<u8>, u32) {
        // Making a table that is there changes nothing; it is here to be answered.
        self.command(NEW_TABLE, CREATE | ACKNOWLEDGE, family, &string(1, table));
        self.close()
    }

    /// The same where nothing may be made at the end.
    pub(crate) fn end_with_deletion(mut self, family: Family, table: &str) -> (Vec<u8>, u32) {
        self.command(DELETE_TABLE, ACKNOWLEDGE, family, &string(1, table));
        self.close()
    }

    /// The same of a batch that makes no table: its last change is answered.
    pub(crate) fn end_answered(mut self) -> (Vec<u8>, u32) {
        let flags = self.bytes.get_mut(self.last + 6..self.last + 8);
        if let Some(flags) = flags {
            let both = u16::from_ne_bytes([flags[0], flags[1]]) | ACKNOWLEDGE;
            flags.copy_from_slice(&both.to_ne_bytes());
        }
        self.close()
    }

    fn close(mut self) -> (Vec<u8>, u32) {
        let answered = self.sequence - 1;
        self.add(BATCH_END, 0, 0, SUBSYSTEM, &[]);
        (self.bytes, answered)
    }

    fn command(&mut self, command: u16, flags: u16, family: Family, attributes: &[u8]) {
        let kind = SUBSYSTEM << 8 | command;
        self.add(kind, flags, family.number(), 0, attributes);
    }

    fn add(&mut self, kind: u16, flags: u16, family: u8, resource: u16, attributes: &[u8]) {
        let (flags, sequence) = (REQUEST | flags, self.sequence);
        self.last = self.bytes.len();
        self.bytes
            .extend(message(kind, flags, sequence, family, resource, attributes));
        self.sequence += 1;
    }
}

fn rule(table: &str, chain: &str, of: &[Match], how: Verdict) -> Vec<u8> {
    let mut expressions: Vec<u8> = of.iter().flat_map(Match::expressions).collect();
    expressions.extend(expression("counter", &[]));
    expressions.extend(verdict(how));
    [string(1, table), string(2, chain), nest(4, &expressions)].concat()
}

/// Asks for the number that changes with every change of the rules, by whomever.
pub(crate) fn get_generation(sequence: u32) -> Vec<u8> {
    let kind = SUBSYSTEM << 8 | GET_GENERATION;
    message(kind, REQUEST, sequence, 0, 0, &[])
}

pub(crate) fn read_generation(payload: &[u8]) -> Option<u32> {
    let id = find(payload.get(HEADER_BYTES..)?, 1)?;
    Some(u32::from_be_bytes(*id.first_chunk()?))
}

/// `struct nfgenmsg`: family, version, a subsystem's number where the message itself has none.
const HEADER_BYTES: usize = 4;

fn message(
    kind: u16,
    flags: u16,
    sequence: u32,
    family: u8,
    resource: u16,
    attributes: &[u8],
) -> Vec<u8> {
    let length = u32::try_from(16 + HEADER_BYTES + attributes.len()).expect("a few hundred bytes");
    [
        &length.to_ne_bytes()[..],
        &kind.to_ne_bytes(),
        &flags.to_ne_bytes(),
        &sequence.to_ne_bytes(),
        &0_u32.to_ne_bytes(),
        &[family, 0],
        &resource.to_be_bytes(),
        attributes,
    ]
    .concat()
}

fn string(kind: u16, text: &str) -> Vec<u8> {
    attribute(kind, &[text.as_bytes(), &[0]].concat())
}

fn number(kind: u16, value: u32) -> Vec<u8> {
    attribute(kind, &value.to_be_bytes())
}

fn nest(kind: u16, inner: &[u8]) -> Vec<u8> {
    attribute(kind | NESTED, inner)
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).expect("a few hundred bytes");
    let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn attributes_end_at_whole_words_and_count_themselves_without_the_padding() {
        assert_eq!(
            string(1, "nve"),
            [8, 0, 1, 0, b'n', b'v', b'e', 0],
            "little-endian hosts"
        );
        assert_eq!(attribute(3, &[7]), [5, 0, 3, 0, 7, 0, 0, 0]);
    }

    #[test]
    fn a_batch_is_one_chain_of_messages_whose_lengths_add_up() {
        let mut batch = Batch::new(7);
        batch.make_table(Family::Inet, "t");
        batch.make_chain(Family::Inet, "t", Hook::Input);
        let ours = [Match::InNamed("nve")];
        batch.rule(Family::Inet, "t", Hook::Input, &ours, Verdict::Drop);
        let (bytes, answered) = batch.end(Family::Inet, "t");
        let mut rest = &bytes[..];
        let mut numbers = Vec::new();
        while !rest.is_empty() {
            let length = u32::from_ne_bytes(*rest.first_chunk().unwrap()) as usize;
            numbers.push(u32::from_ne_bytes(rest[8..12].try_into().unwrap()));
            rest = &rest[length..];
        }
        assert_eq!(numbers, [7, 8, 9, 10, 11, 12]);
        assert_eq!(answered, 11);
    }
}
