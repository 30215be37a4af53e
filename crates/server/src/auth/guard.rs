//! The guard before every operation but health, log-in and the documents: no session, no entry.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use super::origin::require_same_origin;
use super::{Caller, IDLE_MS, SessionSecret};
use crate::app::App;
use crate::error::Error;

/// Where a request carries its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Bearer,
    Cookie,
}

pub async fn require_session(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Result<Response, Error> {
    let (carrier, secret) = find_secret(request.headers()).ok_or(Error::Unauthenticated)?;
    if carrier == Carrier::Cookie && must_prove_origin(&request) {
        require_same_origin(request.headers(), peer.ip())?;
    }
    let now_ms = app.clock.now_ms();
    let session = app.store.session(&secret.key(), now_ms, IDLE_MS).await?;
    let session = session.ok_or(Error::Unauthenticated)?;
    request.extensions_mut().insert(Caller {
        user: session.user,
        key: session.key,
        expires_ms: session.expires_ms,
    });
    Ok(next.run(request).await)
}

fn find_secret(headers: &HeaderMap) -> Option<(Carrier, SessionSecret)> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value.to_str().ok()?.strip_prefix("Bearer ")?;
        return Some((Carrier::Bearer, SessionSecret::parse(token.trim())?));
    }
    let cookies = headers.get_all(header::COOKIE).iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("nova_session="))
        .and_then(SessionSecret::parse)
        .map(|secret| (Carrier::Cookie, secret))
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
    fn a_bearer_token_goes_before_a_cookie() {
        let (bearer, cookie) = ("ab".repeat(32), "cd".repeat(32));
        let mut headers = HeaderMap::new();
        let line = format!("theme=dark; nova_session={cookie}");
        headers.insert(header::COOKIE, line.parse().unwrap());
        assert_eq!(find_secret(&headers).unwrap().0, Carrier::Cookie);
        let line = format!("Bearer {bearer}");
        headers.insert(header::AUTHORIZATION, line.parse().unwrap());
        assert_eq!(find_secret(&headers).unwrap().0, Carrier::Bearer);
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
