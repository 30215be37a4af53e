//! Requests and their answers.

use model::Revision;
use reqwest::{Method, RequestBuilder, Response, header};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, ClientError};
use crate::{ApiError, BASE};

impl Client {
    /// A request below `/api/v1`.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .http
            .request(method, format!("{}{BASE}{path}", self.url));
        match &self.secret {
            Some(secret) => request.bearer_auth(secret),
            None => request,
        }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.read(self.request(Method::GET, path)).await
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.read(self.request(Method::POST, path)).await
    }

    pub(super) async fn post_json<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.read(self.request(Method::POST, path).json(body)).await
    }

    /// Sends and reads a JSON answer.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, ClientError> {
        let response = self.send(request).await?;
        let url = response.url().path().to_owned();
        let bytes = response
            .bytes()
            .await
            .map_err(|error| self.broken_off(error))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| ClientError::Protocol(format!("{url} answers {error}")))
    }

    /// Sends; every status of 400 and above is an error.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = request.send().await.map_err(|error| self.broken(error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let bytes = response
            .bytes()
            .await
            .map_err(|error| self.broken_off(error))?;
        Err(match serde_json::from_slice::<ApiError>(&bytes) {
            Ok(problem) => ClientError::Api(Box::new(problem)),
            Err(_) => ClientError::Protocol(format!("status {status} without a problem document")),
        })
    }

    /// After the answer began.
    pub(super) fn broken_off(&self, error: reqwest::Error) -> ClientError {
        ClientError::BrokenOff {
            url: self.url.clone(),
            source: Box::new(error),
        }
    }

    pub(super) fn broken(&self, error: reqwest::Error) -> ClientError {
        ClientError::Unreachable {
            url: self.url.clone(),
            source: Box::new(error),
        }
    }
}

/// `If-Match` on a lab's revision.
pub(super) fn if_match(request: RequestBuilder, revision: Revision) -> RequestBuilder {
    request.header(header::IF_MATCH, format!("\"{revision}\""))
}
