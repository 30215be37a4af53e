//! Long lists, a page at a time. A cursor is the sort key of the last row, opaque to its bearer.

use std::fmt;
use std::str::FromStr;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub after: Option<Cursor>,
    /// Taken as 1 to 200.
    pub limit: u32,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            after: None,
            limit: DEFAULT_LIMIT,
        }
    }
}

/// One page, and where the next begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    pub items: Vec<T>,
    pub next: Option<Cursor>,
}

impl Page {
    /// One row more than the page holds is asked for: it tells whether there is a next page.
    pub(crate) fn rows(&self) -> u64 {
        u64::from(self.size()) + 1
    }

    fn size(&self) -> u32 {
        self.limit.clamp(1, MAX_LIMIT)
    }

    /// The key to go on after, or `first` where the list begins.
    pub(crate) fn key<const N: usize>(&self, first: [&str; N]) -> [String; N] {
        let parts = self.after.as_ref().map(|cursor| cursor.0.as_slice());
        match parts.and_then(|parts| <&[String; N]>::try_from(parts).ok()) {
            Some(parts) => parts.clone(),
            None => first.map(str::to_owned),
        }
    }

    pub(crate) fn cut<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> Vec<String>) -> Paged<T> {
        let size = self.size() as usize;
        let more = items.len() > size;
        items.truncate(size);
        let next = if more {
            items.last().map(|item| Cursor(key(item)))
        } else {
            None
        };
        Paged { items, next }
    }
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(Vec<String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is none of ours; ask for the first page without one")]
pub struct BadCursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(&self.0).map_err(|_| fmt::Error)?;
        text.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let digits = text.as_bytes();
        if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(BadCursor);
        }
        let nibble = |digit: u8| (digit as char).to_digit(16).unwrap_or(0);
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .filter_map(|pair| u8::try_from(nibble(pair[0]) << 4 | nibble(pair[1])).ok())
            .collect();
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|_| BadCursor)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    #[test]
    fn a_cursor_survives_a_round_trip() {
        let cursor = Cursor(vec!["café \"x\"".into(), "7".into()]);
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
    }

    #[test]
    fn odd_cursors_are_refused() {
        for text in ["x", "7", "zz", "5b5d5d", "ünï"] {
            assert_eq!(text.parse::<Cursor>(), Err(BadCursor), "{text}");
        }
    }

    #[test]
    fn a_page_knows_whether_another_follows() {
        let page = Page {
            after: None,
            limit: 2,
        };
        let key = |n: &u32| vec![n.to_string()];
        assert_eq!(page.cut(vec![1, 2], key).next, None);
        let first = page.cut(vec![1, 2, 3], key);
        assert_eq!(first.items, [1, 2]);
        assert_eq!(first.next, Some(Cursor(vec!["2".into()])));
    }
}
