//! The names that this server answers to.
//!
//! A page of another site can let its own name point at our address, and is then of the same origin
//! with us in a browser's eyes: `Origin` equals `Host`, both the other site's. So a request is
//! answered only when `Host` is an address (no name that points elsewhere), `localhost`, this
//! machine's own name, or one that the administrator has listed.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::error::Error;

/// Names in lower case, without ports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hosts(BTreeSet<String>);

impl Hosts {
    /// This machine's name and those listed.
    pub fn new(machine: &str, listed: &[String]) -> Self {
        let machine = machine.to_ascii_lowercase();
        let local = format!("{machine}.local");
        let listed = listed.iter().map(|name| name.trim().to_ascii_lowercase());
        let names = listed.chain([machine, local]);
        Self(names.filter(|name| !name.is_empty()).collect())
    }

    pub fn has(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let host = host.strip_suffix('.').unwrap_or(&host);
        is_address(host)
            || host == "localhost"
            || host.ends_with(".localhost")
            || self.0.contains(host)
    }
}

fn is_address(host: &str) -> bool {
    let v6 = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match v6 {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok(),
    }
}

/// Before everything else, the web client among it.
pub async fn require_own_host(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let host = host_of(request.uri(), request.headers())?;
    if !app.config.hosts.has(host.host()) {
        return Err(Error::WrongHost {
            host: host.host().to_owned(),
        });
    }
    Ok(next.run(request).await)
}

/// The one name that a request says it is for.
fn host_of(uri: &Uri, headers: &HeaderMap) -> Result<Authority, Error> {
    let mut named = headers.get_all(header::HOST).iter();
    let (first, second) = (named.next(), named.next());
    let first = first.ok_or(bad_host("is missing"))?;
    if second.is_some() {
        return Err(bad_host("stands there twice"));
    }
    let parsed = Authority::try_from(first.as_bytes());
    let host = parsed.map_err(|_| bad_host("is no host name with a port"))?;
    if host.as_str().contains('@') {
        return Err(bad_host("is no host name with a port"));
    }
    // A request line may name the host as well; then it must be the same.
    if uri.authority().is_some_and(|in_line| *in_line != host) {
        return Err(bad_host("differs from the one in the request line"));
    }
    Ok(host)
}

fn bad_host(what: &str) -> Error {
    Error::BadRequest {
        code: "invalid_host",
        what: format!("The header Host {what}."),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn addresses_and_our_own_names_are_ours_and_others_are_not() {
        let hosts = Hosts::new("Rack7", &["lab.example".into()]);
        for ours in [
            "127.0.0.1",
            "192.0.2.7",
            "[::1]",
            "localhost",
            "LOCALHOST.",
            "nova.localhost",
            "rack7",
            "rack7.local",
            "Lab.Example",
        ] {
            assert!(hosts.has(ours), "{ours}");
        }
        for other in [
            "",
            "evil.example",
            "sub.lab.example",
            "lab.example.evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "[::1",
            "0x7f.1",
        ] {
            assert!(!hosts.has(other), "{other}");
        }
    }

    #[test]
    fn a_machine_without_a_name_adds_none() {
        assert!(!Hosts::new("", &[String::new()]).has(""));
    }

    #[test]
    fn a_request_names_one_host() {
        let of = |line: &str, names: &[&str]| {
            let names = names
                .iter()
                .map(|name| (header::HOST, name.parse().unwrap()));
            host_of(&line.parse().unwrap(), &names.collect()).map(|host| host.host().to_owned())
        };
        assert_eq!(of("/", &["lab.example:80"]).unwrap(), "lab.example");
        assert_eq!(of("http://a/", &["a"]).unwrap(), "a");
        assert!(of("/", &[]).is_err());
        assert!(of("/", &["a", "a"]).is_err());
        assert!(of("http://a/", &["b"]).is_err());
        assert!(of("/", &["user@a"]).is_err());
        assert!(of("/", &["a/b"]).is_err());
    }
}
