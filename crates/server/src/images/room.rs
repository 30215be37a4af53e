//! Before containers start: are their images here, is there disk and memory for them.

use std::collections::BTreeMap;

use agent_api::{HostRoom, ImageList};
use api::event::Event;
use model::image::{images_of, nearest};
use model::lab::PullPolicy;
use model::{Lab, NodeId, NodeKind, Problem};

use super::{find, name_of, names, words};
use crate::app::App;
use crate::error::Error;

/// What a started lab leaves free on the engine's disk.
pub const DISK_FREE_BYTES: u64 = 512 << 20;
/// What the smallest router in a container needs.
pub const NODE_MEMORY_BYTES: u64 = 16 << 20;

impl App {
    /// Refuses what cannot come up, and tells who watches the lab of what may take long or come short.
    /// An engine that does not answer is each node's to tell.
    pub async fn require_room(&self, lab: &Lab, nodes: &[NodeId]) -> Result<(), Error> {
        let wanted = images_wanted(self, lab, nodes);
        if wanted.is_empty() {
            return Ok(());
        }
        let Ok(list) = self.stored_images().await else {
            return Ok(());
        };
        require_images(lab, &wanted, &list)?;
        require_disk(list.room)?;
        let containers: usize = wanted.values().map(Vec::len).sum();
        require_memory(list.room, containers)?;
        for message in notices(lab, &wanted, &list) {
            let notice = Event::Notice {
                node: None,
                message,
                request_id: None,
            };
            self.publish_lab(lab.id, notice).await?;
        }
        Ok(())
    }
}

type Wanted = BTreeMap<String, Vec<NodeId>>;

fn images_wanted(app: &App, lab: &Lab, nodes: &[NodeId]) -> Wanted {
    let mut wanted = images_of(lab, &app.templates);
    for users in wanted.values_mut() {
        users.retain(|id| nodes.contains(id));
    }
    wanted.retain(|_, users| !users.is_empty());
    wanted
}

/// Missing images that are not to be pulled.
fn require_images(lab: &Lab, wanted: &Wanted, list: &ImageList) -> Result<(), Error> {
    let local: Vec<String> = names(list).map(str::to_owned).collect();
    let mut problems = Vec::new();
    for (image, users) in missing(wanted, list) {
        let never = users
            .iter()
            .filter(|id| pull_of(lab, **id) == PullPolicy::Never);
        let problem = |id: &NodeId| {
            let message = lacks(image, &nearest(image, &local));
            Problem::new(
                format!("nodes/{id}/settings/image"),
                "image_missing",
                message,
            )
        };
        problems.extend(never.map(problem));
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::InvalidLab {
        title: "The lab needs images that this host does not have and that are not to be pulled."
            .into(),
        problems,
    })
}

fn lacks(image: &str, nearest: &[&str]) -> String {
    let like = match nearest {
        [] => String::new(),
        like => format!(" (it has {})", like.join(", ")),
    };
    format!(
        "this host has no image {image}{like}; bring it by `nova-ve image pull`, `import` or `build`, \
         or name another"
    )
}

fn missing<'a>(
    wanted: &'a Wanted,
    list: &ImageList,
) -> impl Iterator<Item = (&'a String, &'a Vec<NodeId>)> {
    wanted
        .iter()
        .filter(|(image, _)| find(list, image).is_none())
}

fn pull_of(lab: &Lab, node: NodeId) -> PullPolicy {
    match lab.nodes.get(&node).map(|node| &node.kind) {
        Some(NodeKind::Docker(settings)) => settings.pull,
        Some(NodeKind::Netns(_) | NodeKind::Other(_)) | None => PullPolicy::default(),
    }
}

fn require_disk(room: HostRoom) -> Result<(), Error> {
    if room.disk_bytes == 0 || room.disk_free_bytes >= DISK_FREE_BYTES {
        return Ok(());
    }
    Err(Error::Conflict {
        code: "no_disk",
        what: format!(
            "The disk with images and containers has {} free, and {} are kept for what runs; remove images \
             (`nova-ve image prune`) or nodes, then start again.",
            mib(room.disk_free_bytes),
            mib(DISK_FREE_BYTES)
        ),
    })
}

fn require_memory(room: HostRoom, containers: usize) -> Result<(), Error> {
    let needs = NODE_MEMORY_BYTES.saturating_mul(u64::try_from(containers).unwrap_or(u64::MAX));
    if room.memory_bytes == 0 || room.memory_free_bytes >= needs {
        return Ok(());
    }
    Err(Error::Conflict {
        code: "no_memory",
        what: format!(
            "The host has {} of memory free, and {containers} containers need {} at the least; stop other \
             nodes, then start again.",
            mib(room.memory_free_bytes),
            mib(needs)
        ),
    })
}

fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

fn notices(lab: &Lab, wanted: &Wanted, list: &ImageList) -> Vec<String> {
    let absent = missing(wanted, list).map(|(image, users)| {
        let users = words(users.iter().map(|id| name_of(lab, *id)));
        format!("this host has no image {image}, which {users} need; it is pulled first")
    });
    let limits = wanted
        .values()
        .flatten()
        .filter_map(|id| memory_of(lab, *id));
    let most: u64 = limits.sum();
    let free = list.room.memory_free_bytes;
    let short = (free > 0 && most > free).then(|| {
        format!(
            "these nodes may use {} of memory together, and the host has {} free",
            mib(most),
            mib(free)
        )
    });
    absent.chain(short).collect()
}

fn memory_of(lab: &Lab, node: NodeId) -> Option<u64> {
    match &lab.nodes.get(&node)?.kind {
        NodeKind::Docker(settings) => settings.resources.memory_bytes,
        NodeKind::Netns(_) | NodeKind::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(disk: u64, memory: u64) -> HostRoom {
        HostRoom {
            disk_free_bytes: disk,
            disk_bytes: 1 << 40,
            memory_free_bytes: memory,
            memory_bytes: 1 << 40,
        }
    }

    #[test]
    fn a_lab_starts_with_just_enough_disk_and_not_with_less() {
        assert!(require_disk(room(DISK_FREE_BYTES, 0)).is_ok());
        assert!(require_disk(room(DISK_FREE_BYTES - 1, 0)).is_err());
        assert!(require_disk(HostRoom::default()).is_ok(), "it was not told");
    }

    #[test]
    fn a_lab_starts_with_just_enough_memory_and_not_with_less() {
        assert!(require_memory(room(0, 3 * NODE_MEMORY_BYTES), 3).is_ok());
        assert!(require_memory(room(0, 3 * NODE_MEMORY_BYTES - 1), 3).is_err());
        assert!(
            require_memory(HostRoom::default(), 3).is_ok(),
            "it was not told"
        );
    }
}
