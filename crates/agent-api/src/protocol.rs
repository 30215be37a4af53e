//! Which protocols are spoken, and how two of different age find the one that both speak.
//!
//! ```text
//! server ──Hello 3──▶ agent of 2 ──Refused, "this agent 2"──▶ server ──Hello 2──▶ agent ──Welcome 2──▶
//! ```
//! A server says its newest number first. An agent takes every number that it speaks, and whatever it
//! sends on that connection is what the number's first program reads (`older`). One that is refused
//! hears which numbers the agent speaks; when both speak one of them, that is said on the next
//! connection. Else a person hears which of the two is to be upgraded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Raised when there is something to say that the number before cannot read.
///
/// 3: a wish may hold nodes of kind `docker`, and networks that offer services.
pub const PROTOCOL: u32 = 3;
/// The oldest that is still spoken: that of the version before.
pub const OLDEST_PROTOCOL: u32 = 2;

/// The numbers that one program speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speaks {
    pub oldest: u32,
    pub newest: u32,
}

impl Speaks {
    pub const OURS: Self = Self {
        oldest: OLDEST_PROTOCOL,
        newest: PROTOCOL,
    };

    pub fn contains(self, protocol: u32) -> bool {
        (self.oldest..=self.newest).contains(&protocol)
    }

    /// The newest that both speak.
    pub fn common(self, other: Self) -> Option<u32> {
        let newest = self.newest.min(other.newest);
        (newest >= self.oldest.max(other.oldest)).then_some(newest)
    }

    /// What an agent of protocol 2 speaks, whose refusal of the number that was `said` is this sentence
    /// alone. It is compared as a whole up to the agent's number: no other refusal of such an agent
    /// begins like it.
    pub fn from_words(why: &str, said: u32) -> Option<Self> {
        let rest = why.strip_prefix(&format!("it speaks protocol {said}, this agent "))?;
        let (number, _) = rest.split_once(": install server and agent of the same version")?;
        let number = number.parse().ok()?;
        Some(Self {
            oldest: number,
            newest: number,
        })
    }
}

impl fmt::Display for Speaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.oldest == self.newest {
            return write!(f, "{}", self.newest);
        }
        write!(f, "{} to {}", self.oldest, self.newest)
    }
}

/// An agent's word to a server that said a number which the agent does not speak.
pub fn refusal_of(said: u32) -> String {
    let ours = Speaks::OURS;
    let older = if said > ours.newest {
        "agent"
    } else {
        "server"
    };
    format!("it speaks protocol {said}, this agent {ours}: upgrade the {older}")
}

/// A server's word about an agent that speaks none of its numbers.
pub fn nothing_common(theirs: Speaks) -> String {
    let ours = Speaks::OURS;
    let older = if theirs.newest < ours.oldest {
        "agent"
    } else {
        "server"
    };
    format!("it speaks protocol {theirs}, this server {ours}: upgrade the {older}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn speaks(oldest: u32, newest: u32) -> Speaks {
        Speaks { oldest, newest }
    }

    #[test]
    fn the_newest_that_both_speak_is_spoken() {
        assert_eq!(speaks(2, 3).common(speaks(2, 2)), Some(2));
        assert_eq!(speaks(2, 3).common(speaks(3, 4)), Some(3));
        assert_eq!(speaks(2, 3).common(speaks(1, 9)), Some(3));
        assert_eq!(speaks(2, 3).common(speaks(4, 5)), None);
        assert_eq!(speaks(2, 3).common(speaks(1, 1)), None);
    }

    #[test]
    fn the_words_of_protocol_2_are_known_and_no_others() {
        let why =
            "it speaks protocol 3, this agent 2: install server and agent of the same version";
        assert_eq!(Speaks::from_words(why, 3).unwrap(), speaks(2, 2));
        for other in [
            why.replace("protocol 3", "protocol 4"),
            why.replace("agent 2", "agent two"),
            why.replace("install", "do not install"),
            format!("controller {why}"),
            "the ticket is unknown, used or older than 10 s".into(),
        ] {
            assert_eq!(Speaks::from_words(&other, 3), None, "{other}");
        }
    }

    #[test]
    fn the_older_of_the_two_is_to_be_upgraded() {
        let older = |words: String| words.rsplit(' ').next().map(str::to_owned).unwrap();
        assert_eq!(older(refusal_of(PROTOCOL + 1)), "agent");
        assert_eq!(older(refusal_of(OLDEST_PROTOCOL - 1)), "server");
        let (old, new) = (OLDEST_PROTOCOL - 1, PROTOCOL + 1);
        assert_eq!(older(nothing_common(speaks(old, old))), "agent");
        assert_eq!(older(nothing_common(speaks(new, new))), "server");
    }
}
