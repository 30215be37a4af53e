//! Pages of lists that lie in memory or in the store.

use std::collections::BTreeMap;
use std::str::FromStr;

use api::page::Paging;

use crate::error::Error;

const DEFAULT: u32 = 100;
/// The store gives no more at once.
const MOST: u32 = 200;

/// The store's page for a query.
pub fn store_page(paging: &Paging) -> Result<store::Page, Error> {
    let cursor = paging.cursor.as_deref().map(str::parse);
    Ok(store::Page {
        after: cursor.transpose().map_err(|_| bad_cursor())?,
        limit: limit(paging),
    })
}

/// A part of a map, and the cursor of the next.
pub type Part<'a, K, V> = (Vec<(&'a K, &'a V)>, Option<String>);

pub fn page_of<'a, K: Ord + FromStr + ToString, V>(
    map: &'a BTreeMap<K, V>,
    paging: &Paging,
) -> Result<Part<'a, K, V>, Error> {
    use std::ops::Bound::{Excluded, Unbounded};
    let after = paging.cursor.as_deref().map(K::from_str);
    let after = after.transpose().map_err(|_| bad_cursor())?;
    let mut rest = map.range((after.map_or(Unbounded, Excluded), Unbounded));
    let limit = limit(paging) as usize;
    let items: Vec<_> = rest.by_ref().take(limit).collect();
    let next = rest.next().and(items.last()).map(|(id, _)| id.to_string());
    Ok((items, next))
}

fn limit(paging: &Paging) -> u32 {
    paging.limit.unwrap_or(DEFAULT).clamp(1, MOST)
}

fn bad_cursor() -> Error {
    Error::BadRequest {
        code: "invalid_cursor",
        what: "The cursor is none that a page before answered.".into(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_page_has_a_hundred_rows_or_as_many_as_asked_for_up_to_two_hundred() {
        let map: BTreeMap<u32, u32> = (1..=500).map(|n| (n, n)).collect();
        for (asked, rows) in [
            (None, 100),
            (Some(0), 1),
            (Some(200), 200),
            (Some(201), 200),
        ] {
            let paging = Paging {
                limit: asked,
                cursor: None,
            };
            assert_eq!(page_of(&map, &paging).unwrap().0.len(), rows, "{asked:?}");
            assert_eq!(
                store_page(&paging).unwrap().limit as usize,
                rows,
                "{asked:?}"
            );
        }
        for cursor in ["x", "-1", "another's"] {
            let paging = Paging {
                limit: None,
                cursor: Some(cursor.into()),
            };
            let refused = page_of(&map, &paging).unwrap_err();
            assert_eq!(refused.kind().1, "invalid_cursor", "{cursor:?}");
            assert!(store_page(&paging).is_err(), "{cursor:?}");
        }
    }

    #[test]
    fn pages_lead_to_each_other_and_end() {
        let map: BTreeMap<u32, u32> = (1..=5).map(|n| (n, n)).collect();
        let mut paging = Paging {
            limit: Some(2),
            cursor: None,
        };
        let mut seen = Vec::new();
        loop {
            let (items, next) = page_of(&map, &paging).unwrap();
            seen.extend(items.iter().map(|(id, _)| **id));
            paging.cursor = next;
            if paging.cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5]);
    }
}
