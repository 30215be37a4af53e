//! Edits that are made from the short ways to ask for them: ids and names are given here.

use std::collections::BTreeSet;

use api::lab::{CreateLink, CreateNetwork, CreateNode, ReplaceLink};
use model::edit::Edit;
use model::template::{Template, Templates};
use model::{Lab, LinkId, LinkState, Network, NetworkId, NodeId};
use serde_json::Map;

use crate::error::Error;

pub fn add_node_edit(
    templates: &Templates,
    lab: &Lab,
    body: CreateNode,
) -> Result<(NodeId, Edit), Error> {
    let template = templates.get(&body.template);
    let template = template.ok_or_else(|| Error::Unprocessable {
        code: "unknown_template".into(),
        what: format!("There is no template {:?} here.", body.template),
    })?;
    let id = lab.next_node_id().ok_or_else(|| full("nodes"))?;
    let name = body.name.unwrap_or_else(|| free_name(lab, template));
    let node = template.new_node(name, body.position);
    Ok((id, Edit::AddNode { id, node }))
}

pub fn add_network_edit(lab: &Lab, body: CreateNetwork) -> Result<(NetworkId, Edit), Error> {
    let id = lab.next_network_id().ok_or_else(|| full("networks"))?;
    let network = Network {
        name: body.name,
        position: body.position,
        uplink: None,
        gateway: body.gateway,
        extra: Map::new(),
    };
    Ok((id, Edit::AddNetwork { id, network }))
}

pub fn add_link_edit(lab: &Lab, body: &CreateLink) -> Result<(LinkId, Edit), Error> {
    let id = lab.next_link_id().ok_or_else(|| full("links"))?;
    let edit = Edit::AddLink {
        id,
        a: body.a,
        b: body.b,
        network: None,
        state: LinkState::Up,
        extra: Map::new(),
    };
    Ok((id, edit))
}

/// Out and in again under the same number, as one edit.
pub fn replace_link_edit(lab: &Lab, id: LinkId, body: &ReplaceLink) -> Result<Edit, Error> {
    let link = lab.links.get(&id);
    let link = link.ok_or_else(|| Error::not_found(format!("link {id} in this lab")))?;
    let again = Edit::AddLink {
        id,
        a: body.a,
        b: body.b,
        network: None,
        state: link.state,
        extra: link.extra.clone(),
    };
    Ok(Edit::Batch {
        edits: vec![Edit::RemoveLink { id }, again],
    })
}

/// The template and the first number that is free: `frr1`, `host3`.
fn free_name(lab: &Lab, template: &Template) -> String {
    let taken: BTreeSet<String> = lab.nodes.values().map(|n| n.name.to_lowercase()).collect();
    (1..=lab.nodes.len() + 1)
        .map(|number| format!("{}{number}", template.id))
        .find(|name| !taken.contains(name))
        .unwrap_or_else(|| template.id.clone())
}

fn full(what: &str) -> Error {
    Error::Unprocessable {
        code: "lab_full".into(),
        what: format!("A lab cannot have more {what} than this one has."),
    }
}
