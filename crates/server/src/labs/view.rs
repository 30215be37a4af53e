//! Labs as they go over the wire.

use api::lab::{
    FileState, LabDetail, LabPage, LabSummary, LinkItem, LinkPage, NetworkItem, NetworkPage,
    NodeItem, NodePage, Thumbnail, ThumbnailNode,
};
use api::page::Paging;
use model::access::LabRight;
use model::status::{LabStatus, NodeState};
use model::template::Templates;
use model::{End, Lab, LinkId, NetworkId, Node, NodeId};
use store::LabRecord;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{page_of, store_page};

impl App {
    pub async fn list_labs(&self, caller: &Caller, paging: &Paging) -> Result<LabPage, Error> {
        let viewer = (!caller.sees_every_lab()).then_some(caller.user.id);
        let page = self.labs.list(viewer, &store_page(paging)?).await?;
        let mut rights = self.store.shares_with(caller.user.id).await?;
        let items = page.items.iter().filter_map(|record| {
            let shared = rights.remove(&record.lab.id);
            let right = caller.right_beside(record.owner.id, shared)?;
            Some(self.summarize(record, right))
        });
        Ok(LabPage {
            items: items.collect(),
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        })
    }

    fn summarize(&self, record: &LabRecord, my_right: LabRight) -> LabSummary {
        let lab = &record.lab;
        let status = self.statuses.of(lab);
        LabSummary {
            id: lab.id,
            name: lab.name.clone(),
            description: lab.description.clone(),
            owner: record.owner.username.clone(),
            my_right,
            revision: lab.revision,
            node_count: count(lab.nodes.len()),
            link_count: count(lab.links.len()),
            running_count: count_nodes(&status, |state| {
                matches!(
                    state,
                    NodeState::Running { .. } | NodeState::Degraded { .. }
                )
            }),
            failed_count: count_nodes(&status, |state| matches!(state, NodeState::Failed { .. })),
            changed_ms: record.changed_ms,
            file: file_state(&record.file),
            thumbnail: thumbnail(lab, Some(&status), &self.templates),
        }
    }

    pub async fn describe_lab(
        &self,
        caller: &Caller,
        record: LabRecord,
    ) -> Result<LabDetail, Error> {
        let words = self.labs.undo_words(record.lab.id, caller.user.id).await?;
        let shared = self.store.share(record.lab.id, caller.user.id).await?;
        let right = caller.right_beside(record.owner.id, shared);
        let my_right = right.ok_or_else(|| Error::not_found(format!("lab {}", record.lab.id)))?;
        Ok(LabDetail {
            status: self.statuses.of(&record.lab),
            lab: Lab::clone(&record.lab),
            owner: record.owner.username,
            file: file_state(&record.file),
            my_right,
            undo: words.undo,
            redo: words.redo,
        })
    }

    pub fn list_nodes(&self, lab: &Lab, paging: &Paging) -> Result<NodePage, Error> {
        let status = self.statuses.of(lab);
        let (items, next_cursor) = page_of(&lab.nodes, paging)?;
        let items = items.into_iter().map(|(id, node)| NodeItem {
            id: *id,
            node: node.clone(),
            status: status.nodes.get(id).cloned(),
        });
        Ok(NodePage {
            items: items.collect(),
            next_cursor,
        })
    }

    pub fn node_of(&self, lab: &Lab, id: NodeId) -> Result<NodeItem, Error> {
        let node = lab.nodes.get(&id).cloned();
        Ok(NodeItem {
            id,
            node: node.ok_or_else(|| Error::not_found(format!("node {id} in this lab")))?,
            status: self.statuses.of(lab).nodes.remove(&id),
        })
    }

    pub fn list_networks(&self, lab: &Lab, paging: &Paging) -> Result<NetworkPage, Error> {
        let (items, next_cursor) = page_of(&lab.networks, paging)?;
        let items = items.into_iter().map(|(id, network)| NetworkItem {
            id: *id,
            network: network.clone(),
        });
        Ok(NetworkPage {
            items: items.collect(),
            next_cursor,
        })
    }

    pub fn network_of(&self, lab: &Lab, id: NetworkId) -> Result<NetworkItem, Error> {
        let network = lab.networks.get(&id).cloned();
        let network = network.ok_or_else(|| Error::not_found(format!("network {id} in this lab")));
        Ok(NetworkItem {
            id,
            network: network?,
        })
    }

    pub fn list_links(&self, lab: &Lab, paging: &Paging) -> Result<LinkPage, Error> {
        let status = self.statuses.of(lab);
        let (items, next_cursor) = page_of(&lab.links, paging)?;
        let items = items.into_iter().map(|(id, link)| LinkItem {
            id: *id,
            link: link.clone(),
            status: status.links.get(id).cloned(),
        });
        Ok(LinkPage {
            items: items.collect(),
            next_cursor,
        })
    }

    pub fn link_of(&self, lab: &Lab, id: LinkId) -> Result<LinkItem, Error> {
        let link = lab.links.get(&id).cloned();
        Ok(LinkItem {
            id,
            link: link.ok_or_else(|| Error::not_found(format!("link {id} in this lab")))?,
            status: self.statuses.of(lab).links.remove(&id),
        })
    }
}

/// Where nodes and networks lie, and what is linked with what; icons as the templates have them.
pub fn thumbnail(lab: &Lab, status: Option<&LabStatus>, templates: &Templates) -> Thumbnail {
    let state = |id: &NodeId| {
        let node = status.and_then(|status| status.nodes.get(id));
        node.map_or("stopped", |node| node.state.word()).to_owned()
    };
    let nodes = lab.nodes.iter().map(|(id, node)| {
        let picture = ThumbnailNode {
            position: node.position,
            icon: icon_of(node, templates),
            state: state(id),
        };
        (*id, picture)
    });
    let networks = lab.networks.iter();
    let mut thumbnail = Thumbnail {
        nodes: nodes.collect(),
        networks: networks
            .map(|(id, network)| (*id, network.position))
            .collect(),
        ..Thumbnail::default()
    };
    for link in lab.links.values() {
        match (link.a, link.b) {
            (End::Interface { node: a, .. }, End::Interface { node: b, .. }) => {
                thumbnail.links.push((a, b));
            }
            (End::Interface { node, .. }, End::Network(network))
            | (End::Network(network), End::Interface { node, .. }) => {
                thumbnail.network_links.push((node, network));
            }
            (End::Network(_), End::Network(_)) => {}
        }
    }
    thumbnail
}

fn icon_of(node: &Node, templates: &Templates) -> String {
    if !node.icon.is_empty() {
        return node.icon.clone();
    }
    let template = templates.get(&node.template);
    template.map_or_else(String::new, |template| template.icon.clone())
}

fn file_state(state: &store::FileState) -> FileState {
    match state {
        store::FileState::Ok => FileState::Ok,
        store::FileState::Broken { why } => FileState::Broken { why: why.clone() },
        store::FileState::Missing => FileState::Missing,
    }
}

/// A lab's name as a file's: what other systems stumble over becomes a dash.
pub fn file_name_of(lab: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = lab.chars().take(60).map(plain).collect();
    match name.trim_matches('-') {
        "" => "lab.json".into(),
        name => format!("{name}.json"),
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn count_nodes(status: &LabStatus, wanted: impl Fn(&NodeState) -> bool) -> u32 {
    count(
        status
            .nodes
            .values()
            .filter(|node| wanted(&node.state))
            .count(),
    )
}
