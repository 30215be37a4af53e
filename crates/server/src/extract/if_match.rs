//! `If-Match` on a lab's revision, and the `ETag` that answers it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use model::Revision;

use crate::error::Error;

/// The revision that the caller has seen; `None` for `If-Match: *`, which means whatever it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<Revision>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let header = parts.headers.get(header::IF_MATCH);
        parse(header.ok_or(Error::PreconditionRequired)?)
    }
}

fn parse(header: &HeaderValue) -> Result<IfMatch, Error> {
    let text = header.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(IfMatch(None));
    }
    let number = text.trim_start_matches("W/").trim_matches('"').parse();
    let number = number.map_err(|_| Error::BadRequest {
        code: "invalid_if_match",
        what: format!("If-Match must be a revision like \"12\", not {text:?}."),
    })?;
    Ok(IfMatch(Some(Revision(number))))
}

/// A revision as an entity tag.
pub fn etag(revision: Revision) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{revision}\"")).expect("digits and quotes are visible ASCII")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_tag_that_was_answered_is_read_back() {
        let tag = etag(Revision(12));
        assert_eq!(parse(&tag).unwrap(), IfMatch(Some(Revision(12))));
    }

    #[test]
    fn a_star_means_any_and_words_are_refused() {
        let star = HeaderValue::from_static("*");
        assert_eq!(parse(&star).unwrap(), IfMatch(None));
        assert!(parse(&HeaderValue::from_static("\"new\"")).is_err());
    }
}
