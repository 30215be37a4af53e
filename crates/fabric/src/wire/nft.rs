//! nftables' messages in the kernel's bytes: just what our one table needs. The netlink crates know
//! nothing of it.
//!
//! A batch is taken as a whole or not at all, so a table is replaced without a moment in which it is
//! not there. Numbers inside the attributes are big-endian, except what is compared with a register.

use super::read::find;

const SUBSYSTEM: u16 = 10;
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;
const NEW_TABLE: u16 = 0;
const DELETE_TABLE: u16 = 2;
const NEW_CHAIN: u16 = 3;
const NEW_RULE: u16 = 6;
const GET_GENERATION: u16 = 16;

const REQUEST: u16 = 1;
const ACKNOWLEDGE: u16 = 4;
const CREATE: u16 = 0x400;
const APPEND: u16 = 0x800;
const NESTED: u16 = 0x8000;

/// The first register of 16 bytes, and the one that holds the verdict.
const REGISTER: u32 = 1;
const VERDICT: u32 = 0;
const DROP: u32 = 0;

/// Which frames a table sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// IPv4 and IPv6.
    Inet,
    Arp,
}

impl Family {
    fn number(self) -> u8 {
        match self {
            Self::Inet => 1,
            Self::Arp => 3,
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
}

impl Hook {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Forward => "forward",
        }
    }

    fn number(self, family: Family) -> u32 {
        match (family, self) {
            (Family::Inet, Self::Input) => 1,
            (Family::Arp, Self::Input) => 0,
            (Family::Inet | Family::Arp, Self::Forward) => 2,
        }
    }
}

/// What a rule looks at; all of a rule's must hold, and then the packet is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Match {
    InNamed(&'static str),
    OutNotNamed(&'static str),
    /// The bits of the mask of the incoming device's group.
    InGroup {
        mask: u32,
        value: u32,
    },
}

/// Messages that are taken together, in order.
pub(crate) struct Batch {
    bytes: Vec<u8>,
    sequence: u32,
}

impl Batch {
    pub(crate) fn new(sequence: u32) -> Self {
        let mut batch = Self {
            bytes: Vec::new(),
            sequence,
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
        let place = [number(1, hook.number(family)), number(2, BEFORE_FILTERS)].concat();
        let attributes = [
            string(1, table),
            string(3, hook.name()),
            nest(4, &place),
            string(7, "filter"),
        ];
        self.command(NEW_CHAIN, CREATE, family, &attributes.concat());
    }

    /// Counts and drops what matches.
    pub(crate) fn drop_rule(&mut self, family: Family, table: &str, hook: Hook, of: &[Match]) {
        let mut expressions: Vec<u8> = of.iter().flat_map(|one| one.expressions()).collect();
        expressions.extend(expression("counter", &[]));
        let verdict = nest(2, &nest(2, &number(1, DROP)));
        let verdict = [number(1, VERDICT), verdict].concat();
        expressions.extend(expression("immediate", &verdict));
        let attributes = [
            string(1, table),
            string(2, hook.name()),
            nest(4, &expressions),
        ];
        self.command(NEW_RULE, CREATE | APPEND, family, &attributes.concat());
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
        self.bytes
            .extend(message(kind, flags, sequence, family, resource, attributes));
        self.sequence += 1;
    }
}

/// A little before the filters of others (0), whose verdict "accept" cannot undo a drop anyway.
const BEFORE_FILTERS: u32 = (-10_i32).cast_unsigned();

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

impl Match {
    fn expressions(self) -> Vec<u8> {
        const IN_NAME: u32 = 6;
        const OUT_NAME: u32 = 7;
        const IN_GROUP: u32 = 21;
        const EQUAL: u32 = 0;
        const NOT_EQUAL: u32 = 1;
        match self {
            // As many bytes are compared as are given: the beginning of the name.
            Self::InNamed(prefix) => [load(IN_NAME), compare(EQUAL, prefix.as_bytes())],
            Self::OutNotNamed(prefix) => [load(OUT_NAME), compare(NOT_EQUAL, prefix.as_bytes())],
            Self::InGroup { mask, value } => [
                [load(IN_GROUP), masked(mask)].concat(),
                compare(EQUAL, &value.to_ne_bytes()),
            ],
        }
        .concat()
    }
}

fn load(key: u32) -> Vec<u8> {
    expression("meta", &[number(2, key), number(1, REGISTER)].concat())
}

fn compare(how: u32, with: &[u8]) -> Vec<u8> {
    let data = nest(3, &attribute(1, with));
    expression("cmp", &[number(1, REGISTER), number(2, how), data].concat())
}

fn masked(mask: u32) -> Vec<u8> {
    let attributes = [
        number(1, REGISTER),
        number(2, REGISTER),
        number(3, 4),
        nest(4, &attribute(1, &mask.to_ne_bytes())),
        nest(5, &attribute(1, &[0; 4])),
    ];
    expression("bitwise", &attributes.concat())
}

fn expression(name: &str, data: &[u8]) -> Vec<u8> {
    nest(1, &[string(1, name), nest(2, data)].concat())
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
        batch.drop_rule(Family::Inet, "t", Hook::Input, &[Match::InNamed("nve")]);
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
