//! What a look at a lab's file means, decided without touching anything.

use model::Lab;

use super::folder::{Look, Stamp};
use super::history::Pending;
use super::index::{Entry, State};
use super::parse;

/// What to do about a lab.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The file was looked at before.
    AsKnown,
    /// It holds the contents in force.
    Good {
        stamp: Stamp,
    },
    /// It holds what an edit wrote whose end SQL never saw.
    Written {
        found: Found,
        pending: Pending,
    },
    /// Somebody else wrote a valid lab.
    Outside {
        found: Found,
    },
    Broken {
        why: String,
        stamp: Stamp,
    },
    Missing,
    /// A creation that never got to its file.
    NeverWas,
}

/// A valid file.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) lab: Lab,
    pub(super) text: String,
    pub(super) hash: String,
    pub(super) stamp: Stamp,
}

pub(super) fn decide(entry: &Entry, begun: Vec<Pending>, look: Look) -> Verdict {
    match look {
        Look::Same => Verdict::AsKnown,
        Look::Absent if entry.state == State::Writing => Verdict::NeverWas,
        Look::Absent => Verdict::Missing,
        Look::Unusable { why, stamp } => Verdict::Broken { why, stamp },
        Look::Contents { hash, stamp, .. } if hash == entry.hash => Verdict::Good { stamp },
        Look::Contents { text, hash, stamp } => match parse::lab(&text, entry.id) {
            Err(why) => Verdict::Broken { why, stamp },
            Ok(lab) => {
                let pending = begun.into_iter().find(|pending| pending.file_hash == hash);
                let found = Found {
                    lab,
                    text,
                    hash,
                    stamp,
                };
                match pending {
                    Some(pending) => Verdict::Written { found, pending },
                    None => Verdict::Outside { found },
                }
            }
        },
    }
}
