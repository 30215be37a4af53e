//! The host's images: asked for, brought, removed.

use agent_api::client::NodeEnd;
use agent_api::stream::Control;
use agent_api::{
    AgentError, AgentStream, HostImage, HostRoom, ImageAnswer, ImageAsk, ImageList, ImageProgress,
    ImageTransfer, ImagesRemoved, Opening, StreamFrame,
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use runtime::images::{Archive, ImageNewsStream, Removed, StoredImage};
use runtime::{DriverError, ImageNews, ImageStore};
use tokio::sync::mpsc;

use crate::streams::refused;

/// Frames that wait in each direction.
const DEPTH: usize = 16;
const FAILED: i32 = 1;

pub async fn answer(store: &dyn ImageStore, ask: ImageAsk) -> Result<ImageAnswer, AgentError> {
    let answered = match ask {
        ImageAsk::List => list(store).await.map(ImageAnswer::Listed),
        ImageAsk::Remove { name } => store.remove(&name).await.map(removed),
        ImageAsk::Prune { names } => store.prune(&names).await.map(removed),
    };
    answered.map_err(|error| refused(&error))
}

async fn list(store: &dyn ImageStore) -> Result<ImageList, DriverError> {
    let (images, disk) = store.list().await?;
    let (memory_free_bytes, memory_bytes) = memory().await;
    Ok(ImageList {
        images: images.into_iter().map(told).collect(),
        room: HostRoom {
            disk_free_bytes: disk.free_bytes,
            disk_bytes: disk.bytes,
            memory_free_bytes,
            memory_bytes,
        },
    })
}

fn told(image: StoredImage) -> HostImage {
    HostImage {
        id: image.id,
        names: image.names,
        bytes: image.bytes,
        created_ms: image.created_ms,
        containers: image.containers,
    }
}

fn removed(removed: Removed) -> ImageAnswer {
    ImageAnswer::Removed(ImagesRemoved {
        removed: removed.names,
        freed_bytes: removed.freed_bytes,
    })
}

/// Available and in all; zeros where the kernel does not tell.
async fn memory() -> (u64, u64) {
    let text = tokio::fs::read_to_string("/proc/meminfo").await;
    let text = text.unwrap_or_default();
    (bytes(&text, "MemAvailable:"), bytes(&text, "MemTotal:"))
}

fn bytes(text: &str, key: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap_or_default() * 1024
}

/// To be called with an image's opening.
pub async fn open(store: &dyn ImageStore, opening: Opening) -> Result<AgentStream, AgentError> {
    let (stream, NodeEnd { input, output }) = agent_api::client::pair(DEPTH);
    let news = match opening {
        Opening::Image(ImageTransfer::Pull { name }) => store.pull(name).await,
        Opening::Image(ImageTransfer::Load) => {
            let news = store.load(archive(input)).await;
            let news = news.map_err(|error| refused(&error))?;
            tokio::spawn(tell(news, output));
            return Ok(stream);
        }
        Opening::Console { .. }
        | Opening::Exec { .. }
        | Opening::Logs { .. }
        | Opening::GetFile { .. }
        | Opening::PutFile { .. }
        | Opening::Port { .. } => unreachable!("it leads into a node"),
    };
    let news = news.map_err(|error| refused(&error))?;
    // The input is held: a client that is there may close it only by leaving.
    tokio::spawn(async move {
        let mut input = input;
        let gone = async { while input.recv().await.is_some() {} };
        tokio::select! {
            () = tell(news, output) => {}
            () = gone => {}
        }
    });
    Ok(stream)
}

/// What the client sends until it says that this is all; broken off before, it is an error.
fn archive(input: mpsc::Receiver<StreamFrame>) -> Archive {
    let frames = stream::unfold(Some(input), |input| async {
        let mut input = input?;
        loop {
            match input.recv().await {
                Some(StreamFrame::Data(bytes)) => return Some((Ok(bytes), Some(input))),
                Some(StreamFrame::Control(Control::EndOfInput)) => return None,
                Some(StreamFrame::Stderr(_) | StreamFrame::Control(_)) => {}
                None => {
                    let broken = std::io::Error::other("the archive broke off");
                    return Some((Err::<Bytes, _>(broken), None));
                }
            }
        }
    });
    Box::pin(frames)
}

/// Until the end, or until nobody listens.
async fn tell(mut news: ImageNewsStream, output: mpsc::Sender<StreamFrame>) {
    let mut ended = Control::Exit { status: 0 };
    while let Some(said) = news.next().await {
        let progress = match said {
            Ok(ImageNews::Doing(what)) => ImageProgress::Doing { what },
            Ok(ImageNews::Loaded(name)) => ImageProgress::Loaded { name },
            Err(error) => {
                ended = Control::Failed {
                    status: FAILED,
                    message: error.to_string(),
                };
                break;
            }
        };
        if output
            .send(StreamFrame::Data(progress.line()))
            .await
            .is_err()
        {
            return;
        }
    }
    // Nobody listens any more: then nobody is to be told.
    let _ = output.send(StreamFrame::Control(ended)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_the_kernels_table() {
        let text = "MemTotal:       24000 kB\nMemAvailable:    9000 kB\n";
        assert_eq!(bytes(text, "MemAvailable:"), 9000 << 10);
        assert_eq!(bytes(text, "SwapTotal:"), 0);
    }
}
