//! The guard before every operation but health, log-in and the documents: no session and no token,
//! no entry.
//!
//! One rule says which counts: a request with an `Authorization` header is judged by that alone,
//! whatever cookie it carries; it needs no origin, since no other site can make a browser send it.

use std::net::SocketAddr;

use agent_api::RequestId;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use store::Key;

use super::caller::Asked;
use super::origin::{client_address, require_same_origin};
use super::{Caller, IDLE_MS, SessionSecret, TokenSecret};
use crate::app::App;
use crate::error::Error;
use crate::http::operation::operation_id;
use crate::http::trace;

/// What a request shows.
enum Shown {
    Cookie(SessionSecret),
    /// A program that logged in with a password.
    Session(SessionSecret),
    Token(TokenSecret),
}

pub async fn require_session(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let shown = find_secret(request.headers()).ok_or(Error::Unauthenticated)?;
    if matches!(shown, Shown::Cookie(_)) && must_prove_origin(&request) {
        require_same_origin(request.headers(), peer.ip())?;
    }
    let asked = Asked {
        operation: operation_of(&request),
        address: client_address(request.headers(), peer.ip()),
        request_id: RequestId::current(),
    };
    let caller = app.identify(&shown, asked).await?;
    let caller = caller.ok_or(Error::Unauthenticated)?;
    trace::record_user(&caller.user.username);
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

impl App {
    /// Whose session or token it is, while it lives.
    async fn identify(&self, shown: &Shown, asked: Asked) -> Result<Option<Caller>, Error> {
        let now_ms = self.clock.now_ms();
        match shown {
            Shown::Cookie(secret) | Shown::Session(secret) => {
                let session = self.store.session(&secret.key(), now_ms, IDLE_MS).await?;
                Ok(session.map(|session| Caller {
                    user: session.user,
                    key: Key::Session(session.key),
                    expires_ms: session.expires_ms,
                    token: None,
                    asked,
                }))
            }
            Shown::Token(secret) => {
                let key = secret.key();
                let found = self.store.token(&key, now_ms).await?;
                Ok(found.map(|(token, user)| Caller {
                    user,
                    key: Key::Token(key),
                    expires_ms: token.expires_ms,
                    token: Some(token.name),
                    asked,
                }))
            }
        }
    }
}

fn find_secret(headers: &HeaderMap) -> Option<Shown> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().ok()?.strip_prefix("Bearer ")?.trim();
        return match TokenSecret::parse(text) {
            Some(token) => Some(Shown::Token(token)),
            None => SessionSecret::parse(text).map(Shown::Session),
        };
    }
    let cookies = headers.get_all(header::COOKIE).iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("nova_session="))
        .and_then(SessionSecret::parse)
        .map(Shown::Cookie)
}

fn operation_of(request: &Request) -> &'static str {
    let path = request.extensions().get::<MatchedPath>();
    path.and_then(|path| operation_id(request.method(), path.as_str()))
        .unwrap_or("unknown")
}

/// Reading is safe; a WebSocket begins as a read and is not.
fn must_prove_origin(request: &Request) -> bool {
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    !safe || request.headers().contains_key(header::UPGRADE)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_bearer_goes_before_a_cookie() {
        let (bearer, cookie) = ("ab".repeat(32), "cd".repeat(32));
        let mut headers = HeaderMap::new();
        let line = format!("theme=dark; nova_session={cookie}");
        headers.insert(header::COOKIE, line.parse().unwrap());
        assert!(matches!(find_secret(&headers), Some(Shown::Cookie(_))));
        let line = format!("Bearer {bearer}");
        headers.insert(header::AUTHORIZATION, line.parse().unwrap());
        assert!(matches!(find_secret(&headers), Some(Shown::Session(_))));
        let line = format!("Bearer nvt_{bearer}");
        headers.insert(header::AUTHORIZATION, line.parse().unwrap());
        assert!(matches!(find_secret(&headers), Some(Shown::Token(_))));
    }

    #[test]
    fn a_malformed_token_is_no_session_and_does_not_fall_back_to_the_cookie() {
        let mut headers = HeaderMap::new();
        let line = format!("nova_session={}", "cd".repeat(32));
        headers.insert(header::COOKIE, line.parse().unwrap());
        headers.insert(header::AUTHORIZATION, "Bearer nonsense".parse().unwrap());
        assert!(find_secret(&headers).is_none());
    }
}
