//! The simulated host's images. Every name can be pulled but `missing-…`; an archive of any bytes brings
//! `loaded:latest`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::image::full_name;

use super::now_ms;
use crate::client::{AgentError, AgentStream, NodeEnd, pair};
use crate::image::{
    HostImage, HostRoom, ImageAnswer, ImageAsk, ImageList, ImageProgress, ImageTransfer,
    ImagesRemoved,
};
use crate::stream::{Control, Opening, StreamFrame};

const DEPTH: usize = 16;
const BYTES: u64 = 100 << 20;
const FAILED: i32 = 1;
const ROOM: HostRoom = HostRoom {
    disk_free_bytes: 50 << 30,
    disk_bytes: 100 << 30,
    memory_free_bytes: 12 << 30,
    memory_bytes: 16 << 30,
};

/// Cheap to clone; all clones are one store.
#[derive(Clone)]
pub(super) struct SimImages(Arc<Mutex<Vec<HostImage>>>);

impl Default for SimImages {
    fn default() -> Self {
        let there = ["nova-ve/frr:latest", "nova-ve/host:latest"];
        Self(Arc::new(Mutex::new(there.map(image).into())))
    }
}

fn image(name: &str) -> HostImage {
    HostImage {
        id: format!("sha256:{:064x}", name.len()),
        names: vec![name.into()],
        bytes: BYTES,
        created_ms: now_ms(),
        containers: 0,
    }
}

impl SimImages {
    fn all(&self) -> MutexGuard<'_, Vec<HostImage>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn answer(&self, ask: ImageAsk) -> Result<ImageAnswer, AgentError> {
        Ok(match ask {
            ImageAsk::List => ImageAnswer::Listed(ImageList {
                images: self.all().clone(),
                room: ROOM,
            }),
            ImageAsk::Remove { name } => {
                let name = full_name(&name);
                let removed = self.remove(std::slice::from_ref(&name));
                if removed.removed.is_empty() {
                    return Err(AgentError::Failed {
                        code: "no_such_image".into(),
                        message: format!("there is no image {name} on this host"),
                    });
                }
                ImageAnswer::Removed(removed)
            }
            ImageAsk::Prune { names } => ImageAnswer::Removed(self.remove(&names)),
        })
    }

    fn remove(&self, names: &[String]) -> ImagesRemoved {
        let mut all = self.all();
        let is_named = |image: &HostImage| image.names.iter().any(|name| names.contains(name));
        let (gone, left) = all.drain(..).partition(is_named);
        *all = left;
        let gone: Vec<HostImage> = gone;
        ImagesRemoved {
            freed_bytes: gone.iter().map(|image| image.bytes).sum(),
            removed: gone.into_iter().flat_map(|image| image.names).collect(),
        }
    }

    pub fn open(&self, opening: Opening) -> AgentStream {
        let (stream, end) = pair(DEPTH);
        if let Opening::Image(transfer) = opening {
            tokio::spawn(self.clone().run(end, transfer));
        }
        stream
    }

    async fn run(self, mut end: NodeEnd, transfer: ImageTransfer) {
        let name = match transfer {
            ImageTransfer::Pull { name } => {
                for percent in [0, 50, 100] {
                    let what = format!("pulling {percent} %");
                    say(&end, &ImageProgress::Doing { what }).await;
                }
                name
            }
            ImageTransfer::Load => {
                while let Some(StreamFrame::Data(_)) = end.input.recv().await {}
                "loaded:latest".into()
            }
        };
        if name.starts_with("missing-") {
            let ended = Control::Failed {
                status: FAILED,
                message: format!("its registry has no {name} (simulated)"),
            };
            // A client that is gone needs no answer.
            let _ = end.output.send(StreamFrame::Control(ended)).await;
            return;
        }
        let known = |image: &HostImage| image.names.contains(&name);
        if !self.all().iter().any(known) {
            self.all().push(image(&name));
        }
        say(&end, &ImageProgress::Loaded { name }).await;
        let ended = Control::Exit { status: 0 };
        let _ = end.output.send(StreamFrame::Control(ended)).await;
    }
}

async fn say(end: &NodeEnd, progress: &ImageProgress) {
    // A client that is gone needs no answer.
    let _ = end.output.send(StreamFrame::Data(progress.line())).await;
}
