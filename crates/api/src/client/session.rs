//! Log-in and what the installation says of itself.

use model::template::Template;
use reqwest::{Method, header};

use super::{Client, ClientError};
use crate::session::{LogIn, Session};
use crate::system::{Health, Sample, Samples, System, Templates};

impl Client {
    /// Logs in; the client that is returned holds the session.
    pub async fn log_in(
        url: &str,
        username: &str,
        password: &str,
    ) -> Result<(Self, Session), ClientError> {
        let mut client = Self::new(url, None)?;
        let body = LogIn {
            username: username.into(),
            password: password.into(),
        };
        let request = client.request(Method::POST, "/session").json(&body);
        let response = client.send(request).await?;
        let secret = response
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(|cookie| cookie.strip_prefix("nova_session=")?.split(';').next())
            .map(str::to_owned);
        client.secret = Some(secret.ok_or_else(|| {
            ClientError::Protocol("the log-in was accepted, but no session came with it".into())
        })?);
        let session = response
            .json()
            .await
            .map_err(|error| client.broken(error))?;
        Ok((client, session))
    }

    pub async fn log_out(&self) -> Result<(), ClientError> {
        self.send(self.request(Method::DELETE, "/session")).await?;
        Ok(())
    }

    pub async fn session(&self) -> Result<Session, ClientError> {
        self.get("/session").await
    }

    /// Answers also while the database is down (`Health::status` says so).
    pub async fn health(&self) -> Result<Health, ClientError> {
        let request = self.http.get(format!("{}/api/health", self.url));
        let response = request.send().await.map_err(|error| self.broken(error))?;
        let bytes = response.bytes().await.map_err(|error| self.broken(error))?;
        serde_json::from_slice(&bytes)
            .map_err(|error| ClientError::Protocol(format!("/api/health answers {error}")))
    }

    pub async fn system(&self) -> Result<System, ClientError> {
        self.get("/system").await
    }

    pub async fn templates(&self) -> Result<Vec<Template>, ClientError> {
        let templates: Templates = self.get("/templates").await?;
        Ok(templates.items)
    }

    pub async fn samples(&self) -> Result<Vec<Sample>, ClientError> {
        let samples: Samples = self.get("/samples").await?;
        Ok(samples.items)
    }
}
