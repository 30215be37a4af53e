//! Guacamole's web application: a token for a user, and the address that uses it.

use std::fmt;

use anyhow::{Context, bail};
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, Uri, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use store::ConnectionUser;
use tokio::net::TcpStream;

/// An answer has a token and a few names.
const ANSWER_MAX_BYTES: usize = 64 << 10;
const TEXT_MAX_CHARS: usize = 1024;

/// Where this server reaches it: `http://127.0.0.1:8081/html5/`. The path is the one that browsers
/// find it at, too: the front door passes it on as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebApp {
    host: String,
    port: u16,
    path: String,
}

/// There is a secret in it, so it is never shown.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    auth_token: String,
    data_source: String,
}

impl WebApp {
    pub fn parse(url: &str) -> Result<Self, String> {
        let uri: Uri = url.trim().parse().map_err(|_| "it is no URL".to_owned())?;
        if uri.scheme_str() != Some("http") {
            return Err("it must begin with http://, since it is on this host".into());
        }
        let authority = uri.authority().filter(|of| !of.as_str().contains('@'));
        let authority = authority.ok_or("it must name a host, and no user")?;
        if uri.query().is_some() {
            return Err("it must end with its path".into());
        }
        Ok(Self {
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(80),
            path: format!("{}/", uri.path().trim_end_matches('/')),
        })
    }

    /// Logs in as the user. The token that was given before goes on where it is still known: it is
    /// the same one that is answered.
    pub async fn token(
        &self,
        user: &ConnectionUser,
        before: Option<&Token>,
    ) -> anyhow::Result<Token> {
        let ConnectionUser { name, password, .. } = user;
        // All are plain words, so that nothing is to be escaped.
        let mut form = format!("username={name}&password={password}");
        if let Some(before) = before {
            form = format!("{form}&token={}", before.auth_token);
        }
        let (status, body) = self.post("api/tokens", form).await?;
        match status {
            StatusCode::OK => read(&body).with_context(|| format!("{self} gave no token")),
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => {
                bail!("{self} does not know a user of guacdb; it reads another database")
            }
            other => bail!("{self} answered {other}"),
        }
    }

    async fn post(&self, path: &str, form: String) -> anyhow::Result<(StatusCode, Vec<u8>)> {
        let request = Request::post(format!("{}{path}", self.path))
            .header(header::HOST, format!("{}:{}", self.bracketed(), self.port))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))?;
        let stream = TcpStream::connect((&*self.host, self.port)).await;
        let stream = stream.with_context(|| format!("failed to connect to {self}"))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let exchange = async {
            let answer = sender.send_request(request).await;
            let answer: Response<Body> = answer
                .with_context(|| format!("{self} did not answer"))?
                .map(Body::new);
            let status = answer.status();
            let body = to_bytes(answer.into_body(), ANSWER_MAX_BYTES).await;
            let body = body.with_context(|| format!("the answer of {self} broke off"))?;
            Ok((status, body.to_vec()))
        };
        let drive = async {
            // How it ends the exchange is told.
            let _ = connection.await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answer = exchange => answer,
            () = drive => unreachable!("driving never ends"),
        }
    }

    /// The page of one connection, on this server's own origin. The token is behind the `#`, so that no
    /// browser sends it along.
    pub fn address(&self, connection: u64, token: &Token) -> String {
        let Token {
            auth_token,
            data_source,
        } = token;
        let id = STANDARD.encode(format!("{connection}\0c\0{data_source}"));
        format!("{}#/client/{id}?token={auth_token}", self.path)
    }

    fn bracketed(&self) -> String {
        if self.host.contains(':') {
            return format!("[{}]", self.host);
        }
        self.host.clone()
    }
}

impl fmt::Display for WebApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}{}", self.bracketed(), self.port, self.path)
    }
}

fn read(body: &[u8]) -> anyhow::Result<Token> {
    // What was sent instead of a token may be one, so the parser's own words are not told.
    let token: Option<Token> = serde_json::from_slice(body).ok();
    let token = token.context("there is no authToken and dataSource in its answer")?;
    let plain = |text: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        (1..=TEXT_MAX_CHARS).contains(&text.len()) && text.bytes().all(plain)
    };
    if !plain(&token.auth_token) || !plain(&token.data_source) {
        bail!("its token has characters that have no place in an address");
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn an_address_is_of_this_host_and_holds_no_user() {
        let app = WebApp::parse("http://127.0.0.1:8081/html5/").unwrap();
        assert_eq!(app.to_string(), "http://127.0.0.1:8081/html5/");
        assert_eq!(WebApp::parse("http://127.0.0.1:8081/html5").unwrap(), app);
        let at_root = WebApp::parse("http://[::1]").unwrap();
        assert_eq!(at_root.to_string(), "http://[::1]:80/");
        for wrong in [
            "https://127.0.0.1/html5/",
            "http://user:secret@127.0.0.1/",
            "http://127.0.0.1/?token=x",
            "/html5/",
            "",
        ] {
            let why = WebApp::parse(wrong).unwrap_err();
            assert!(!why.contains("secret"), "{why}");
        }
    }

    #[test]
    fn a_connections_page_is_named_as_guacamole_names_it_with_the_token_behind_the_fragment() {
        let app = WebApp::parse("http://127.0.0.1:8081/html5/").unwrap();
        let token = read(br#"{"authToken":"A1B2","username":"x","dataSource":"postgresql"}"#);
        let address = app.address(7, &token.unwrap());
        // printf '7\0c\0postgresql' | base64
        assert_eq!(address, "/html5/#/client/NwBjAHBvc3RncmVzcWw=?token=A1B2");
    }

    #[test]
    fn an_answer_that_is_no_token_is_told_without_what_it_says() {
        for wrong in [
            &br#"{"authToken":"s3cret"}"#[..],
            br#"{"authToken":"s3cret&x","dataSource":"postgresql"}"#,
            br#"{"authToken":"","dataSource":"postgresql"}"#,
            b"<html>s3cret",
        ] {
            let why = format!("{:#}", read(wrong).err().unwrap());
            assert!(!why.contains("s3cret"), "{why}");
        }
    }
}
