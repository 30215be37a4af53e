//! Images of the host.

use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use model::LabId;
use reqwest::{Body, Method};

use super::{ByteStream, Client, ClientError};
use crate::image::{
    Images, LabImage, LabImages, LoadedImages, PruneImages, PullImage, PullProgress, RemoveImage,
    RemovedImages,
};

impl Client {
    pub async fn images(&self) -> Result<Images, ClientError> {
        self.get("/images").await
    }

    /// What a lab needs, and whether it is here.
    pub async fn lab_images(&self, lab: LabId) -> Result<Vec<LabImage>, ClientError> {
        let images: LabImages = self.get(&format!("/labs/{lab}/images")).await?;
        Ok(images.items)
    }

    /// News until the image is there or cannot be had. For administrators.
    pub async fn pull_image(
        &self,
        name: &str,
    ) -> Result<impl Stream<Item = Result<PullProgress, ClientError>> + use<>, ClientError> {
        let body = PullImage { name: name.into() };
        let request = self.request(Method::POST, "/images/pull").json(&body);
        let response = self.send(request).await?;
        let client = self.clone();
        let bytes = response.bytes_stream();
        let bytes = bytes.map_err(move |error| client.broken_off(error));
        let state = (bytes.boxed(), Vec::new());
        Ok(stream::try_unfold(state, |(mut bytes, mut rest)| async {
            while !rest.contains(&b'\n') {
                let Some(chunk) = bytes.try_next().await? else {
                    return Ok(None);
                };
                rest.extend_from_slice(&chunk);
            }
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
            let line: Vec<u8> = rest.drain(..=end).collect();
            let said = serde_json::from_slice(&line);
            let said =
                said.map_err(|error| ClientError::Protocol(format!("a pull says {error}")))?;
            Ok(Some((said, (bytes, rest))))
        }))
    }

    /// Takes an archive as `docker save` writes it. For administrators.
    pub async fn load_images(&self, archive: ByteStream) -> Result<LoadedImages, ClientError> {
        let request = self.request(Method::PUT, "/images");
        let request = request.header(reqwest::header::CONTENT_TYPE, "application/x-tar");
        self.read(request.body(Body::wrap_stream(archive))).await
    }

    /// For administrators.
    pub async fn remove_image(&self, which: &RemoveImage) -> Result<RemovedImages, ClientError> {
        let request = self.request(Method::DELETE, "/images").query(which);
        self.read(request).await
    }

    /// For administrators.
    pub async fn prune_images(&self, which: &PruneImages) -> Result<RemovedImages, ClientError> {
        self.post_json("/images/prune", which).await
    }
}
