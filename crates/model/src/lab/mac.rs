//! Hardware addresses. A large lab's wish holds thousands: neither writing nor reading one allocates.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::id::IdError;

/// A hardware address, written `02:e4:e6:00:02:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "utoipa", schema(value_type = String))]
pub struct Mac(pub [u8; 6]);

const EXPECTED: &str = "six hexadecimal bytes, not multicast, like 02:00:00:00:00:01";

impl Mac {
    fn with_text<T>(self, act: impl FnOnce(&str) -> T) -> T {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b':'; 17];
        for (place, byte) in text.chunks_mut(3).zip(self.0) {
            place[0] = DIGITS[usize::from(byte >> 4)];
            place[1] = DIGITS[usize::from(byte & 15)];
        }
        act(std::str::from_utf8(&text).expect("digits and colons"))
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl FromStr for Mac {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        read(text).ok_or_else(|| IdError {
            what: "a MAC address",
            expected: EXPECTED,
            got: text.chars().take(64).collect(),
        })
    }
}

fn read(text: &str) -> Option<Mac> {
    let mut parts = text.split([':', '-']);
    let mut bytes = [0; 6];
    for byte in &mut bytes {
        let part = parts.next()?;
        if part.len() != 2 || !part.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    let is_one = parts.next().is_none() && bytes[0] & 1 == 0 && bytes != [0; 6];
    is_one.then_some(Mac(bytes))
}

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| to.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text)
    }
}

struct Text;

impl de::Visitor<'_> for Text {
    type Value = Mac;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Mac, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_back_as_it_went() {
        let mac = Mac([0x02, 0xe4, 0xe6, 0, 0xa2, 0xff]);
        assert_eq!(mac.to_string(), "02:e4:e6:00:a2:ff");
        let json = serde_json::to_string(&mac).unwrap();
        assert_eq!(json, "\"02:e4:e6:00:a2:ff\"");
        assert_eq!(serde_json::from_str::<Mac>(&json).unwrap(), mac);
        assert_eq!("02-E4-E6-00-A2-FF".parse::<Mac>().unwrap(), mac);
    }

    #[test]
    fn what_is_no_address_of_one_device_is_refused() {
        for bad in [
            "",
            "02:00:00:00:00",
            "02:00:00:00:00:01:00",
            "02:00:00:00:00:+1",
            "01:00:00:00:00:01",
            "00:00:00:00:00:00",
            "2:0:0:0:0:1",
        ] {
            bad.parse::<Mac>().unwrap_err();
        }
    }
}
