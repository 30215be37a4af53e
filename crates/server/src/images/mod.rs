//! The host's images: who uses which, what a lab lacks, and whether a lab has room to start.

mod room;
mod uses;

use std::collections::BTreeSet;

use agent_api::{
    HostImage, ImageAnswer, ImageAsk, ImageList, ImageTransfer, ImagesRemoved, Opening,
};
use api::image::{
    Image, Images, LabImage, LabImages, LoadedImages, PruneImages, RemoveImage, RemovedImages, Room,
};
use axum::body::Body;
use model::access::SystemAction;
use model::image::{full_name, images_of, nearest, wrong_image};
use model::{Lab, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::relay;

impl App {
    /// Of the host's engine, as it is now.
    async fn stored_images(&self) -> Result<ImageList, Error> {
        match self.agent.images(ImageAsk::List).await? {
            ImageAnswer::Listed(list) => Ok(list),
            ImageAnswer::Removed(_) => Err(odd_answer()),
        }
    }

    pub async fn list_images(&self, caller: &Caller) -> Result<Images, Error> {
        let ImageList { images, room } = self.stored_images().await?;
        let uses = self.image_uses(caller).await?;
        let mut items: Vec<Image> = images
            .into_iter()
            .map(|image| {
                let (used_by, other_labs) = uses.of(&image.names);
                Image {
                    id: image.id,
                    names: image.names,
                    bytes: image.bytes,
                    created_ms: image.created_ms,
                    containers: image.containers,
                    used_by,
                    other_labs,
                }
            })
            .collect();
        // Those without a name come last.
        items.sort_by_key(|image| {
            (
                image.names.is_empty(),
                image.names.clone(),
                image.id.clone(),
            )
        });
        let room = Room {
            disk_free_bytes: room.disk_free_bytes,
            disk_bytes: room.disk_bytes,
            memory_free_bytes: room.memory_free_bytes,
            memory_bytes: room.memory_bytes,
        };
        Ok(Images { items, room })
    }

    /// By somebody who may.
    pub async fn open_pull(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<agent_api::AgentStream, Error> {
        self.require_in_system(caller, SystemAction::ManageImages, "")
            .await?;
        require_name(name)?;
        let name = full_name(name);
        self.audit(caller, &name, "").await?;
        let transfer = ImageTransfer::Pull { name };
        Ok(self.agent.open(Opening::Image(transfer)).await?)
    }

    pub async fn load_images(&self, caller: &Caller, body: Body) -> Result<LoadedImages, Error> {
        self.require_in_system(caller, SystemAction::ManageImages, "")
            .await?;
        let stream = self.agent.open(Opening::Image(ImageTransfer::Load)).await?;
        let stay = self.stay_logged_in(caller).await?;
        let silence = self.config.border.upload_silence;
        let names = relay::load(stream, body, stay, silence).await?;
        self.audit(caller, "", &names.join(", ")).await?;
        Ok(LoadedImages { names })
    }

    pub async fn remove_image(
        &self,
        caller: &Caller,
        which: &RemoveImage,
    ) -> Result<RemovedImages, Error> {
        self.require_in_system(caller, SystemAction::ManageImages, "")
            .await?;
        require_name(&which.name)?;
        let (used_by, other_labs) = self
            .image_uses(caller)
            .await?
            .of(std::slice::from_ref(&which.name));
        if let Some(first) = used_by.first()
            && !which.anyway
        {
            return Err(used(&which.name, &first.lab_name, used_by.len() - 1));
        }
        debug_assert_eq!(other_labs, 0, "administrators see every lab");
        self.audit(caller, &which.name, "").await?;
        let ask = ImageAsk::Remove {
            name: which.name.clone(),
        };
        self.removed(ask).await
    }

    pub async fn prune_images(
        &self,
        caller: &Caller,
        which: &PruneImages,
    ) -> Result<RemovedImages, Error> {
        self.require_in_system(caller, SystemAction::ManageImages, "")
            .await?;
        let uses = self.image_uses(caller).await?;
        let list = self.stored_images().await?;
        let unused = list.images.iter().filter(|image| image.containers == 0);
        let going: Vec<_> = unused
            .filter(|image| {
                let is_unnamed = image.names.is_empty();
                is_unnamed || (which.all && uses.none_of(&image.names))
            })
            .collect();
        if which.dry_run {
            return Ok(RemovedImages {
                removed: going.iter().flat_map(|image| labels(image)).collect(),
                freed_bytes: going.iter().map(|image| image.bytes).sum(),
            });
        }
        let names = going.iter().flat_map(|image| image.names.clone()).collect();
        self.audit(caller, "", "").await?;
        self.removed(ImageAsk::Prune { names }).await
    }

    async fn removed(&self, ask: ImageAsk) -> Result<RemovedImages, Error> {
        match self.agent.images(ask).await? {
            ImageAnswer::Removed(ImagesRemoved {
                removed,
                freed_bytes,
            }) => Ok(RemovedImages {
                removed,
                freed_bytes,
            }),
            ImageAnswer::Listed(_) => Err(odd_answer()),
        }
    }

    pub async fn list_lab_images(&self, lab: &Lab) -> Result<LabImages, Error> {
        let wanted = images_of(lab, &self.templates);
        if wanted.is_empty() {
            return Ok(LabImages { items: Vec::new() });
        }
        let list = self.stored_images().await?;
        let local: Vec<String> = names(&list).map(str::to_owned).collect();
        let items = wanted.into_iter().map(|(image, nodes)| {
            let found = find(&list, &image);
            LabImage {
                nodes: nodes.iter().map(|id| name_of(lab, *id)).collect(),
                here: found.is_some(),
                bytes: found.unwrap_or_default(),
                nearest: match found {
                    Some(_) => Vec::new(),
                    None => nearest(&image, &local)
                        .into_iter()
                        .map(str::to_owned)
                        .collect(),
                },
                image,
            }
        });
        Ok(LabImages {
            items: items.collect(),
        })
    }
}

fn names(list: &ImageList) -> impl Iterator<Item = &str> {
    list.images
        .iter()
        .flat_map(|image| image.names.iter().map(String::as_str))
}

/// Its names; without one, its id.
fn labels(image: &HostImage) -> Vec<String> {
    if image.names.is_empty() {
        return vec![image.id.clone()];
    }
    image.names.clone()
}

/// Its size, by any of its names or the beginning of its id.
fn find(list: &ImageList, wanted: &str) -> Option<u64> {
    let full = full_name(wanted);
    let is_it = |image: &&HostImage| {
        let hex = image.id.strip_prefix("sha256:").unwrap_or(&image.id);
        let is_id = wanted.len() >= SHORTEST_ID && hex.starts_with(wanted);
        is_id || image.id == wanted || image.names.iter().any(|name| full_name(name) == full)
    };
    list.images.iter().find(is_it).map(|image| image.bytes)
}

/// Docker shows twelve digits of an id.
const SHORTEST_ID: usize = 12;

fn name_of(lab: &Lab, node: NodeId) -> String {
    lab.nodes
        .get(&node)
        .map(|node| node.name.clone())
        .unwrap_or_default()
}

fn require_name(name: &str) -> Result<(), Error> {
    let wrong = match name {
        "" => Some("is empty"),
        name => wrong_image(name),
    };
    match wrong {
        None => Ok(()),
        Some(wrong) => Err(Error::Unprocessable {
            code: "image_odd".into(),
            what: format!("The image {name:?} {wrong}."),
        }),
    }
}

fn used(name: &str, lab: &str, more: usize) -> Error {
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Error::Conflict {
        code: "image_used",
        what: format!(
            "The lab {lab:?}{more} names the image {name}; its nodes could not start without it."
        ),
    }
}

fn odd_answer() -> Error {
    Error::internal(anyhow::anyhow!(
        "the agent answered another question about images"
    ))
}

/// Distinct, in order.
fn words(nodes: impl IntoIterator<Item = String>) -> String {
    let nodes: BTreeSet<String> = nodes.into_iter().collect();
    nodes.into_iter().collect::<Vec<_>>().join(", ")
}
