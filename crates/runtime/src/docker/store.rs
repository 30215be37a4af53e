//! The engine's images: listed, brought, removed.

use std::collections::BTreeMap;

use bollard::Docker;
use bollard::models::{BuildInfo, ImageDeleteResponseItem, ImageSummary};
use bollard::query_parameters::{
    ImportImageOptions, ListContainersOptionsBuilder, ListImagesOptions, PruneImagesOptions,
    RemoveImageOptions,
};
use futures_util::{StreamExt, TryStreamExt};

use super::driver::Driver;
use super::engine::{failed, is_status, words};
use super::image::pull_news;
use crate::driver::{BoxFuture, DriverError};
use crate::images::{
    Archive, DiskRoom, ImageNews, ImageNewsStream, ImageStore, Removed, StoredImage,
};

impl ImageStore for Driver {
    fn list(&self) -> BoxFuture<'_, Result<(Vec<StoredImage>, DiskRoom), DriverError>> {
        Box::pin(async move {
            let client = self.asked_client().await?;
            let images = client.list_images(None::<ListImagesOptions>).await;
            let images = images.map_err(failed("list its images"))?;
            let used = containers(&client).await?;
            let count = |image: &ImageSummary| used.get(&image.id).copied().unwrap_or_default();
            let images = images.into_iter().map(|image| stored(count(&image), image));
            Ok((images.collect(), room(&client).await))
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Removed, DriverError>> {
        Box::pin(async move {
            let client = self.asked_client().await?;
            remove(&client, name).await
        })
    }

    fn prune<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<Removed, DriverError>> {
        Box::pin(async move {
            let client = self.asked_client().await?;
            let pruned = client.prune_images(None::<PruneImagesOptions>).await;
            let pruned = pruned.map_err(failed("remove images without a name"))?;
            let mut all = Removed {
                names: taken(pruned.images_deleted.unwrap_or_default()),
                freed_bytes: bytes(pruned.space_reclaimed.unwrap_or_default()),
            };
            for name in names {
                // One that is in use, or gone already, stays out of the answer.
                if let Ok(removed) = remove(&client, name).await {
                    all.names.extend(removed.names);
                    all.freed_bytes += removed.freed_bytes;
                }
            }
            Ok(all)
        })
    }

    fn pull(&self, name: String) -> BoxFuture<'_, Result<ImageNewsStream, DriverError>> {
        Box::pin(async move {
            let client = self.asked_client().await?;
            let loaded =
                futures_util::stream::once(std::future::ready(Ok(ImageNews::Loaded(name.clone()))));
            let news = pull_news(&client, &name).map_ok(ImageNews::Doing);
            let news = news.map_err(move |why| DriverError::failed(format!("pull {name}"), why));
            Ok(ended_by_error(news.chain(loaded)))
        })
    }

    fn load(&self, archive: Archive) -> BoxFuture<'_, Result<ImageNewsStream, DriverError>> {
        Box::pin(async move {
            let client = self.asked_client().await?;
            let options = ImportImageOptions::default();
            let news = client.import_image(options, bollard::body_try_stream(archive), None);
            let news = news.map_err(|error| DriverError::failed("take the archive", words(&error)));
            let news = news.try_filter_map(|info| std::future::ready(Ok(loading(&info))));
            Ok(ended_by_error(news))
        })
    }
}

impl Driver {
    /// The engine's, once it was looked for.
    async fn asked_client(&self) -> Result<Docker, DriverError> {
        self.engine.asked().await;
        self.engine.client()
    }
}

/// Nothing comes after an error.
fn ended_by_error(
    news: impl futures_util::Stream<Item = Result<ImageNews, DriverError>> + Send + 'static,
) -> ImageNewsStream {
    let news = news.scan(false, |over, next| {
        let is_over = std::mem::replace(over, next.is_err());
        std::future::ready((!is_over).then_some(next))
    });
    Box::pin(news)
}

/// `Loaded image: nova-ve/frr:latest`, or `… ID: sha256:…` for one without a name.
fn loading(info: &BuildInfo) -> Option<ImageNews> {
    let said = info.stream.as_deref()?.trim();
    let name = said
        .strip_prefix("Loaded image ID: ")
        .or_else(|| said.strip_prefix("Loaded image: "))?;
    Some(ImageNews::Loaded(name.to_owned()))
}

async fn containers(client: &Docker) -> Result<BTreeMap<String, u32>, DriverError> {
    let options = ListContainersOptionsBuilder::default().all(true).build();
    let containers = client.list_containers(Some(options)).await;
    let containers = containers.map_err(failed("list its containers"))?;
    let mut used = BTreeMap::new();
    for image in containers.into_iter().filter_map(|one| one.image_id) {
        *used.entry(image).or_default() += 1;
    }
    Ok(used)
}

fn stored(containers: u32, image: ImageSummary) -> StoredImage {
    let mut names = image.repo_tags;
    names.retain(|name| !name.contains("<none>"));
    StoredImage {
        id: image.id,
        names,
        bytes: bytes(image.size),
        created_ms: bytes(image.created).saturating_mul(1000),
        containers,
    }
}

fn bytes(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// Zeros where it cannot be told.
async fn room(client: &Docker) -> DiskRoom {
    let root = client
        .info()
        .await
        .ok()
        .and_then(|info| info.docker_root_dir);
    let look = move || rustix::fs::statvfs(root?).ok();
    let seen = tokio::task::spawn_blocking(look).await.ok().flatten();
    seen.map_or_else(DiskRoom::default, |seen| DiskRoom {
        free_bytes: seen.f_bavail * seen.f_frsize,
        bytes: seen.f_blocks * seen.f_frsize,
    })
}

async fn remove(client: &Docker, name: &str) -> Result<Removed, DriverError> {
    let size = client.inspect_image(name).await;
    let size = match size {
        Err(error) if is_status(&error, 404) => {
            return Err(DriverError::NoSuchImage { name: name.into() });
        }
        size => {
            size.map_err(failed(format!("look for the image {name}")))?
                .size
        }
    };
    let items = client
        .remove_image(name, None::<RemoveImageOptions>, None)
        .await;
    let items = items.map_err(failed(format!("remove the image {name}")))?;
    let is_gone = items.iter().any(|item| item.deleted.is_some());
    Ok(Removed {
        names: taken(items),
        freed_bytes: if is_gone {
            bytes(size.unwrap_or_default())
        } else {
            0
        },
    })
}

/// The names that went; of an image without one its id.
fn taken(items: Vec<ImageDeleteResponseItem>) -> Vec<String> {
    let (names, ids): (Vec<_>, Vec<_>) = items
        .into_iter()
        .map(|item| (item.untagged, item.deleted))
        .unzip();
    // A digest by which it was pulled goes with its name.
    let names: Vec<String> = names
        .into_iter()
        .flatten()
        .filter(|name| !name.contains('@'))
        .collect();
    if names.is_empty() {
        return ids.into_iter().flatten().take(1).collect();
    }
    names
}
