//! Images: what is there, what is like it, and fetching what is missing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::errors::Error;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::{CreateImageOptionsBuilder, ListImagesOptions};
use futures_util::{Stream, StreamExt, stream};
use model::image::nearest;
use model::lab::PullPolicy;

use super::engine::{failed, is_status, words};
use crate::driver::DriverError;

/// Nodes of a lab that start together ask once; a tag that somebody moves counts a moment later.
const HOLDS: Duration = Duration::from_secs(2);
/// A registry that says nothing for so long is given up.
const STALLS: Duration = Duration::from_mins(2);

/// What a container of an image begins with.
#[derive(Debug, Clone, Default)]
pub struct Image {
    pub id: String,
    pub entrypoint: Vec<String>,
    pub command: Vec<String>,
    /// By which its main process is asked to end.
    pub stop_signal: u32,
}

/// Those that were asked for lately, each asked by one at a time.
#[derive(Default)]
pub struct Images(Mutex<BTreeMap<String, Arc<Asked>>>);

type Asked = tokio::sync::Mutex<Option<(Instant, Image)>>;

impl Images {
    fn of(&self, name: &str) -> Arc<Asked> {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        asked.entry(name.to_owned()).or_default().clone()
    }

    /// `None`: this host has none of the name.
    pub async fn find(&self, client: &Docker, name: &str) -> Result<Option<Image>, DriverError> {
        let asked = self.of(name);
        let mut asked = asked.lock().await;
        if let Some((at, image)) = &*asked
            && at.elapsed() < HOLDS
        {
            return Ok(Some(image.clone()));
        }
        *asked = inspect(client, name)
            .await?
            .map(|image| (Instant::now(), image));
        Ok(asked.as_ref().map(|(_, image)| image.clone()))
    }

    /// As the policy has it; `tell` hears how far it is. Two nodes of one image wait for the same.
    pub async fn ensure(
        &self,
        client: &Docker,
        (name, policy): (&str, PullPolicy),
        tell: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<(), DriverError> {
        let asked = self.of(name);
        let mut asked = asked.lock().await;
        let is_fresh = asked.as_ref().is_some_and(|(at, _)| at.elapsed() < HOLDS);
        if is_fresh {
            return Ok(());
        }
        let there = inspect(client, name).await?;
        let image = match (there, policy) {
            (Some(image), PullPolicy::Missing | PullPolicy::Never) => image,
            (None, PullPolicy::Never) => {
                return Err(missing(client, name, "it is not to be pulled").await);
            }
            (None, PullPolicy::Missing) | (_, PullPolicy::Always) => {
                if let Err(why) = pull(client, name, tell).await {
                    return Err(missing(client, name, &why).await);
                }
                let pulled = inspect(client, name).await?;
                pulled.ok_or_else(|| {
                    DriverError::failed("pull its image", "it is not there after all")
                })?
            }
        };
        *asked = Some((Instant::now(), image));
        Ok(())
    }
}

async fn inspect(client: &Docker, name: &str) -> Result<Option<Image>, DriverError> {
    let found = match client.inspect_image(name).await {
        Err(error) if is_status(&error, 404) => return Ok(None),
        found => found.map_err(failed(format!("look for the image {name}")))?,
    };
    let config = found.config.unwrap_or_default();
    Ok(Some(Image {
        id: found.id.unwrap_or_default(),
        entrypoint: config.entrypoint.unwrap_or_default(),
        command: config.cmd.unwrap_or_default(),
        stop_signal: signal(&config.stop_signal.unwrap_or_default()),
    }))
}

/// A number, or a name as `SIGRTMIN+3`; `SIGTERM` where there is none.
fn signal(text: &str) -> u32 {
    const TERM: u32 = 15;
    const RTMIN: u32 = 34;
    let name = text.trim_start_matches("SIG");
    let known = [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("KILL", 9),
        ("USR1", 10),
        ("USR2", 12),
        ("WINCH", 28),
    ];
    let named = known
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, number)| *number);
    let real_time = name.strip_prefix("RTMIN").and_then(|more| {
        let more = more.strip_prefix('+').unwrap_or("0");
        Some(RTMIN + more.parse::<u32>().ok()?)
    });
    text.parse().ok().or(named).or(real_time).unwrap_or(TERM)
}

async fn pull(
    client: &Docker,
    name: &str,
    tell: &(dyn Fn(&str) + Send + Sync),
) -> Result<(), String> {
    let mut news = std::pin::pin!(pull_news(client, name));
    while let Some(said) = news.next().await {
        tell(&said?);
    }
    Ok(())
}

/// What a pull says of itself, why it failed at the end.
pub fn pull_news(
    client: &Docker,
    name: &str,
) -> impl Stream<Item = Result<String, String>> + Send + use<> {
    let (image, tag) = split(name);
    let options = CreateImageOptionsBuilder::default()
        .from_image(image)
        .tag(tag);
    let client = client.clone();
    let begun = stream::once(std::future::ready(Ok(format!("pulling {name}"))));
    let news = client.create_image(Some(options.build()), None, None);
    let rest = stream::unfold(
        (news.boxed(), Layers::default()),
        |(mut news, mut layers)| async {
            let said = next_news(&mut news, &mut layers).await.transpose()?;
            Some((said, (news, layers)))
        },
    );
    begun.chain(rest)
}

/// `None` at its end.
async fn next_news(
    news: &mut (impl Stream<Item = Result<CreateImageInfo, Error>> + Unpin),
    layers: &mut Layers,
) -> Result<Option<String>, String> {
    loop {
        let next = tokio::time::timeout(STALLS, news.next()).await;
        let stalled = |_| format!("its registry said nothing for {} s", STALLS.as_secs());
        let Some(info) = next.map_err(stalled)? else {
            return Ok(None);
        };
        let info = info.map_err(|error| words(&error))?;
        if let Some(why) = info
            .error_detail
            .as_ref()
            .and_then(|error| error.message.clone())
        {
            return Err(why);
        }
        if let Some(percent) = layers.take(info) {
            return Ok(Some(format!("pulling {percent} %")));
        }
    }
}

/// Name, and tag or digest; `latest` where there is none, as everywhere.
fn split(name: &str) -> (&str, &str) {
    if let Some((image, digest)) = name.split_once('@') {
        return (image, digest);
    }
    match name.rsplit_once(':') {
        Some((image, tag)) if !tag.contains('/') => (image, tag),
        Some(_) | None => (name, "latest"),
    }
}

/// How far each layer is, by its name.
#[derive(Default)]
struct Layers {
    bytes: BTreeMap<String, (i64, i64)>,
    told: Option<i64>,
}

impl Layers {
    /// When it is another number than before.
    fn take(&mut self, info: CreateImageInfo) -> Option<i64> {
        let (id, progress) = (info.id?, info.progress_detail?);
        if info.status.as_deref() != Some("Downloading") {
            return None;
        }
        self.bytes.insert(id, (progress.current?, progress.total?));
        let sums = self.bytes.values();
        let (done, all) = sums.fold((0, 0), |(done, all), (now, total)| {
            (done + now, all + total)
        });
        let percent = (done * 100).checked_div(all)?;
        let is_news = self.told != Some(percent);
        self.told = Some(percent);
        is_news.then_some(percent)
    }
}

/// What a person does about it, with what he may have meant.
async fn missing(client: &Docker, name: &str, why: &str) -> DriverError {
    let local = local(client).await;
    let nearest = nearest(name, &local);
    let like = if nearest.is_empty() {
        String::new()
    } else {
        format!(" (this host has {})", nearest.join(", "))
    };
    DriverError::failed(
        format!("the image {name} is not on this host{like} and cannot be had"),
        format!(
            "{why}; bring it by `nova-ve image pull`, `import` or `build`, or name another image"
        ),
    )
}

async fn local(client: &Docker) -> Vec<String> {
    let images = client.list_images(None::<ListImagesOptions>).await;
    let tags = images.unwrap_or_default().into_iter();
    let tags = tags.flat_map(|image| image.repo_tags);
    tags.filter(|tag| !tag.contains("<none>")).collect()
}

#[cfg(test)]
mod tests {
    use bollard::models::ProgressDetail;

    use super::*;

    #[test]
    fn a_name_has_a_tag_or_a_digest() {
        for (name, expected) in [
            ("frr", ("frr", "latest")),
            ("nova-ve/frr:1", ("nova-ve/frr", "1")),
            ("quay.io:5000/a/b", ("quay.io:5000/a/b", "latest")),
            ("a@sha256:00", ("a", "sha256:00")),
        ] {
            assert_eq!(split(name), expected);
        }
    }

    #[test]
    fn a_stop_signal_is_a_number_or_a_name() {
        for (text, number) in [("", 15), ("SIGQUIT", 3), ("9", 9), ("SIGRTMIN+3", 37)] {
            assert_eq!(signal(text), number, "{text}");
        }
    }

    #[test]
    fn layers_together_make_one_number() {
        let mut layers = Layers::default();
        let mut take = |id: &str, current| {
            layers.take(CreateImageInfo {
                id: Some(id.into()),
                status: Some("Downloading".into()),
                progress_detail: Some(ProgressDetail {
                    current: Some(current),
                    total: Some(100),
                }),
                ..CreateImageInfo::default()
            })
        };
        assert_eq!(take("a", 50), Some(50));
        assert_eq!(take("a", 50), None);
        assert_eq!(take("b", 0), Some(25));
    }
}
