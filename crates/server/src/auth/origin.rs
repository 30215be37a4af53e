//! Where a browser's request comes from: `Origin` must equal our scheme, host and port.
//!
//! Forwarded headers count only from loopback, where the reverse proxy of the contract lane stands.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, header};

use crate::error::Error;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// What a browser says of who asks; it cannot be set by a page.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Refuses another origin, and none.
pub fn require_same_origin(headers: &HeaderMap, peer: IpAddr) -> Result<(), Error> {
    if let Some(site) = text(headers, &FETCH_SITE).filter(|site| *site != "same-origin") {
        return Err(Error::WrongOrigin {
            origin: format!("{}, says the browser", short(site)),
        });
    }
    if headers.get_all(header::ORIGIN).iter().nth(1).is_some() {
        return Err(Error::WrongOrigin {
            origin: "several Origin headers".into(),
        });
    }
    let origin = text(headers, &header::ORIGIN).unwrap_or_default();
    let own = own_origin(headers, peer);
    match own {
        Some(own) if without_default_port(origin) == own => Ok(()),
        _ => Err(Error::WrongOrigin {
            origin: match origin {
                "" => "no Origin header".into(),
                named => short(named),
            },
        }),
    }
}

/// Refuses another origin; a request that names none is no browser's.
pub fn require_same_origin_if_any(headers: &HeaderMap, peer: IpAddr) -> Result<(), Error> {
    if headers.contains_key(header::ORIGIN) || headers.contains_key(FETCH_SITE) {
        return require_same_origin(headers, peer);
    }
    Ok(())
}

/// The client's address: the last hop that a proxy on this host names, else the peer.
pub fn client_address(headers: &HeaderMap, peer: IpAddr) -> IpAddr {
    let forwarded = peer
        .is_loopback()
        .then(|| headers.get_all(FORWARDED_FOR).iter().next_back())
        .flatten()
        .and_then(|value| value.to_str().ok())
        .and_then(|line| line.rsplit(',').next())
        .and_then(|hop| hop.trim().parse().ok());
    forwarded.unwrap_or(peer)
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

fn own_origin(headers: &HeaderMap, peer: IpAddr) -> Option<String> {
    let host = text(headers, &header::HOST)?;
    let scheme = peer
        .is_loopback()
        .then(|| text(headers, &FORWARDED_PROTO))
        .flatten()
        .unwrap_or("http");
    Some(without_default_port(&format!("{scheme}://{host}")))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn without_default_port(origin: &str) -> String {
    let lower = origin.to_ascii_lowercase();
    let port = if lower.starts_with("https://") {
        ":443"
    } else {
        ":80"
    };
    lower.strip_suffix(port).unwrap_or(&lower).to_owned()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        });
        pairs.collect()
    }

    #[test]
    fn scheme_host_and_port_must_all_be_equal() {
        let from = |origin| {
            let headers = headers(&[("host", "lab.example:8000"), ("origin", origin)]);
            require_same_origin(&headers, ELSEWHERE).is_ok()
        };
        assert!(from("http://lab.example:8000"));
        assert!(from("http://LAB.example:8000"));
        assert!(!from("https://lab.example:8000"));
        assert!(!from("http://lab.example:8001"));
        assert!(!from("http://lab.example.evil:8000"));
        assert!(!from("null"));
    }

    #[test]
    fn a_cookie_without_an_origin_is_refused() {
        let headers = headers(&[("host", "lab.example")]);
        assert!(require_same_origin(&headers, ELSEWHERE).is_err());
        assert!(require_same_origin_if_any(&headers, ELSEWHERE).is_ok());
    }

    #[test]
    fn a_default_port_may_be_named_or_not() {
        let headers = headers(&[("host", "lab.example:80"), ("origin", "http://lab.example")]);
        assert!(require_same_origin(&headers, ELSEWHERE).is_ok());
    }

    #[test]
    fn forwarded_headers_count_only_from_loopback() {
        let headers = headers(&[
            ("host", "lab.example"),
            ("origin", "https://lab.example"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-for", "203.0.113.9, 198.51.100.4"),
        ]);
        assert!(require_same_origin(&headers, LOOPBACK).is_ok());
        assert!(require_same_origin(&headers, ELSEWHERE).is_err());
        assert_eq!(
            client_address(&headers, LOOPBACK).to_string(),
            "198.51.100.4"
        );
        assert_eq!(client_address(&headers, ELSEWHERE), ELSEWHERE);
    }
}
