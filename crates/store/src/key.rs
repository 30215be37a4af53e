//! SHA-256 of a secret that its bearer alone has: of a session, of a token.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::db::Value;

/// The SHA-256 of a session's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub [u8; 32]);

/// The SHA-256 of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenKey(pub [u8; 32]);

/// What a request shows to say whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    Session(SessionKey),
    Token(TokenKey),
}

impl SessionKey {
    /// Names the session where it is listed. The half of a hash leads to no secret, and opens
    /// nothing.
    pub fn id(&self) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0[..16]);
        Uuid::from_bytes(bytes)
    }
}

macro_rules! in_hex {
    ($($key:ident)*) => { $(
        impl fmt::Display for $key {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl FromStr for $key {
            type Err = std::num::ParseIntError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse(text).map(Self)
            }
        }

        impl From<$key> for Value {
            fn from(key: $key) -> Self {
                Self::from(key.to_string())
            }
        }
    )* };
}
in_hex!(SessionKey TokenKey);

fn parse(text: &str) -> Result<[u8; 32], std::num::ParseIntError> {
    let mut key = [0; 32];
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2).unwrap_or(""), 16)?;
    }
    Ok(key)
}
