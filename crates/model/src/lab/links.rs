//! `links` is an array in the file and a map in memory; an id used twice is an error.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

use super::Link;
use crate::id::LinkId;

pub fn serialize<S: Serializer>(
    links: &BTreeMap<LinkId, Link>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(links.values())
}

pub fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<LinkId, Link>, D::Error> {
    let mut links = BTreeMap::new();
    for link in Vec::<Link>::deserialize(deserializer)? {
        let id = link.id;
        if links.insert(id, link).is_some() {
            return Err(D::Error::custom(format!(
                "link id {id} is used twice; give one of them another"
            )));
        }
    }
    Ok(links)
}
