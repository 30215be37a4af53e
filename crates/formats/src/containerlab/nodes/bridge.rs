//! A bridge of the host becomes a shared network of the lab itself.

use model::NetworkId;
use model::reach::Reach;
use serde_json::json;

use super::{position, refuse};
use crate::containerlab::levels::Def;
use crate::containerlab::reading::{Reading, texts};
use crate::containerlab::schema::NODE_KEYS;
use crate::containerlab::top::keep_in;

pub fn add(def: &Def<'_>, reading: &mut Reading<'_>) -> Option<NetworkId> {
    let labels = texts(&def.entries("labels", &mut reading.ledger));
    let (id, network) = reading.add_network(def.own, def.name)?;
    network.position = position(&labels);
    if def.kind != "bridge" {
        keep_in(&mut network.extra, "kind", json!(def.kind));
    }
    if !labels.is_empty() {
        keep_in(&mut network.extra, "labels", json!(labels));
    }
    refuse(Reach::HostLink, def.own, "a bridge of the host", reading);
    lose_settings(
        def,
        "a shared network is no node that could have it",
        reading,
    );
    Some(id)
}

/// What a node of another kind inherits from the defaults was not meant for this one.
pub fn lose_settings(def: &Def<'_>, consequence: &str, reading: &mut Reading<'_>) {
    let named = ["kind", "group", "labels", "type"];
    for (key, _) in NODE_KEYS {
        let own = def.own.given(key);
        def.all(key, &mut reading.ledger);
        if let Some(own) = own.filter(|_| !named.contains(key)) {
            let cure = "give it to a node that is linked to it";
            reading.ledger.lose_each(own, consequence, cure);
        }
    }
}
