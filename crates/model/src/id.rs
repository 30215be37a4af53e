//! Typed identifiers. A value past the border is right by its type.
//!
//! Ranges come from the contract's device names, which must fit the kernel's 15 bytes:
//! node ≤ 9999, interface ≤ 99, network ≤ 99999.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An identifier outside its range or not of its form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {expected}, not {got:?}")]
pub struct IdError {
    pub what: &'static str,
    pub expected: &'static str,
    pub got: String,
}

/// Reads a number, also as a text of digits: keys of a JSON object are texts, and inside tagged enums
/// serde hands them on as such.
struct NumberOrKey(&'static str);

impl serde::de::Visitor<'_> for NumberOrKey {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_u64<E>(self, number: u64) -> Result<u64, E> {
        Ok(number)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<u64, E> {
        u64::try_from(number)
            .map_err(|_| E::invalid_value(serde::de::Unexpected::Signed(number), &self))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<u64, E> {
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        plain
            .then(|| text.parse().ok())
            .flatten()
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}

macro_rules! numeric_id {
    ($(#[$doc:meta])* $name:ident($int:ty), $min:literal..=$max:literal, $what:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
        #[serde(into = "u64")]
        pub struct $name($int);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(NumberOrKey($expected)).and_then(|number| {
                    Self::try_from(number).map_err(serde::de::Error::custom)
                })
            }
        }

        impl $name {
            pub const MIN: $int = $min;
            pub const MAX: $int = $max;
            /// The smallest.
            pub const FIRST: Self = Self($min);

            pub fn get(self) -> $int {
                self.0
            }
        }

        impl TryFrom<u64> for $name {
            type Error = IdError;

            fn try_from(value: u64) -> Result<Self, IdError> {
                match <$int>::try_from(value) {
                    Ok(n) if (Self::MIN..=Self::MAX).contains(&n) => Ok(Self(n)),
                    _ => Err(IdError { what: $what, expected: $expected, got: value.to_string() }),
                }
            }
        }

        impl From<$name> for u64 {
            fn from(id: $name) -> u64 {
                u64::from(id.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
                let number = if plain { text.parse::<u64>().ok() } else { None };
                number
                    .ok_or_else(|| IdError { what: $what, expected: $expected, got: text.into() })
                    .and_then(Self::try_from)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

numeric_id!(
    /// A node's number in its lab, 1 to 9999.
    NodeId(u16), 1..=9999, "a node id", "a number from 1 to 9999"
);
numeric_id!(
    /// An interface's number in its node, 0 to 99.
    IfaceIndex(u8), 0..=99, "an interface index", "a number from 0 to 99"
);
numeric_id!(
    /// A network's number in its lab, 1 to 99999; shared and hidden networks count in one space.
    NetworkId(u32), 1..=99_999, "a network id", "a number from 1 to 99999"
);
numeric_id!(
    /// A link's number in its lab, 1 to 99999.
    LinkId(u32), 1..=99_999, "a link id", "a number from 1 to 99999"
);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError {
                    what: $what,
                    expected: "a UUID",
                    got: text.chars().take(64).collect(),
                })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

uuid_id!(
    /// A lab. Its hyphenated lower-case form enters every kernel name of the lab.
    LabId, "a lab id"
);
uuid_id!(
    /// A host that runs an agent.
    HostId, "a host id"
);

/// Which installation this is: the text of `instance_id`, trimmed. Not always a UUID in tests, so a string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceId(pub String);

/// Why a text is no instance id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnInstanceId {
    #[error("it is empty")]
    Empty,
    #[error("it is not one word of at most 64 plain characters")]
    Malformed,
}

impl InstanceId {
    /// The text of the file, or of a variable in its place.
    pub fn read(text: &str) -> Result<Self, NotAnInstanceId> {
        const LONGEST: usize = 64;
        let id = text.trim();
        let is_plain = id.len() <= LONGEST && id.bytes().all(|byte| byte.is_ascii_graphic());
        match (id.is_empty(), is_plain) {
            (true, _) => Err(NotAnInstanceId::Empty),
            (false, true) => Ok(Self(id.to_owned())),
            (false, false) => Err(NotAnInstanceId::Malformed),
        }
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            #[must_use]
            pub fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

counter!(
    /// How often a lab was edited; the HTTP entity tag of a lab.
    Revision
);
counter!(
    /// How often the wish for a lab on a host changed; an agent refuses an older one.
    Generation
);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        Nodes { nodes: BTreeMap<NodeId, NodeId> },
    }

    #[test]
    fn ids_are_keys_of_objects_also_inside_tagged_enums() {
        let one = NodeId::try_from(1).unwrap();
        let tagged = Tagged::Nodes {
            nodes: BTreeMap::from([(one, one)]),
        };
        let text = serde_json::to_string(&tagged).unwrap();
        assert_eq!(text, r#"{"kind":"Nodes","nodes":{"1":1}}"#);
        assert_eq!(serde_json::from_str::<Tagged>(&text).unwrap(), tagged);
    }

    #[test]
    fn ids_out_of_range_are_refused_with_the_range() {
        for bad in [
            "0", "10000", "-1", "1.5", "\"\"", "\"+1\"", "\"1 \"", "null",
        ] {
            let error = serde_json::from_str::<NodeId>(bad).unwrap_err().to_string();
            assert!(error.contains("a number from 1 to 9999"), "{bad}: {error}");
        }
    }
}
