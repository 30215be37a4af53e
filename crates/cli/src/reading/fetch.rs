//! A topology by its address: that one file, of a bounded size, by a bounded number of redirects.
//!
//! Nothing of this machine goes along but the address itself: no session, no cookie, no variable.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use ureq::http::{StatusCode, Uri};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, ResponseExt};

use super::source::whole;
use crate::failure::{Exit, Failure};
use crate::output::remark;

const REDIRECTS_MAX: u32 = 5;
const PATIENCE: Duration = Duration::from_mins(1);
const TO_CONNECT: Duration = Duration::from_secs(10);

/// The bytes, and the file's name by its address.
pub async fn fetch(url: &str) -> anyhow::Result<(Vec<u8>, String)> {
    let url = url.to_owned();
    tokio::task::spawn_blocking(move || fetch_now(&url))
        .await
        .context("the fetch was given up")?
}

fn fetch_now(url: &str) -> anyhow::Result<(Vec<u8>, String)> {
    let shown = public_part(url);
    let answer = agent().get(url).call();
    let mut answer = answer.map_err(|error| not_there(&shown, &error))?;
    let from = answer.get_uri().clone();
    let is_secure = |scheme: Option<&str>| scheme.is_some_and(|s| s.eq_ignore_ascii_case("https"));
    let asked = url.split_once("://").map(|(scheme, _)| scheme);
    if is_secure(asked) && !is_secure(from.scheme_str()) {
        let message = format!("{shown} leads to an address that anybody on the way can change");
        return Err(Failure::new(Exit::BAD_DATA, message)
            .hint("fetch the file by hand, look at it, and import it from there")
            .into());
    }
    let is_page = answer
        .body()
        .mime_type()
        .is_some_and(|mime| mime == "text/html");
    if is_page {
        return Err(
            Failure::new(Exit::BAD_DATA, format!("{shown} is a page, not a file"))
                .hint("give the address of the file itself; on GitHub, what the button Raw opens")
                .into(),
        );
    }
    let bytes = whole(answer.body_mut().as_reader(), &shown)?;
    remark(&format!(
        "fetched {} ({} bytes); files that lie beside it are not fetched",
        public_part(&from.to_string()),
        bytes.len()
    ));
    Ok((bytes, file_name(url)))
}

fn agent() -> Agent {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(provider)
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .max_redirects(REDIRECTS_MAX)
        .timeout_connect(Some(TO_CONNECT))
        .timeout_global(Some(PATIENCE))
        .user_agent(concat!("nova-ve/", env!("CARGO_PKG_VERSION")))
        .build();
    config.new_agent()
}

fn not_there(shown: &str, error: &ureq::Error) -> Failure {
    let (exit, why) = match error {
        ureq::Error::StatusCode(404 | 410) => (Exit::NOT_FOUND, "there is no such file".into()),
        ureq::Error::StatusCode(status @ (401 | 403)) => (
            Exit::NO_PERMISSION,
            format!("it is not for everybody (status {status})"),
        ),
        ureq::Error::StatusCode(status) => {
            let status =
                StatusCode::from_u16(*status).map_or(status.to_string(), |s| s.to_string());
            (Exit::UNAVAILABLE, format!("it answers {status}"))
        }
        ureq::Error::TooManyRedirects => {
            let why = format!("it leads on more than {REDIRECTS_MAX} times");
            (Exit::UNAVAILABLE, why)
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => (Exit::USAGE, error.to_string()),
        other => (Exit::UNAVAILABLE, other.to_string()),
    };
    Failure::new(exit, format!("cannot fetch {shown}: {why}"))
        .hint("fetch the lab's folder by hand, and import from there")
}

/// The address without what is a secret in it: a password, a token behind the `?`.
pub fn public_part(url: &str) -> String {
    let plain = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = plain.split_once("://") else {
        return plain.into();
    };
    let (host, path) = rest
        .split_once('/')
        .map_or((rest, None), |(h, p)| (h, Some(p)));
    let host = host.rsplit('@').next().unwrap_or_default();
    match path {
        Some(path) => format!("{scheme}://{host}/{path}"),
        None => format!("{scheme}://{host}"),
    }
}

fn file_name(url: &str) -> String {
    let path = url.parse::<Uri>().map(|uri| uri.path().to_owned());
    let path = path.unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
