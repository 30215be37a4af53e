//! Why an operation was refused, and the problem document (RFC 9457) that says so.
//!
//! One enum for every operation: each variant has a status, a stable `code` and a sentence. What a
//! caller may not see is `NotFound`, so that a refusal tells nothing. Only `Internal` is logged here;
//! its cause stays in the log.

use agent_api::{AgentError, RequestId};
use api::ApiError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{Problem, Revision};
use store::{CreateError, EditError, StoreError};

use crate::http::trace::Refusal;

/// What an operation answers instead of its result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Log in first.")]
    Unauthenticated,
    #[error("The user name or the password is wrong.")]
    WrongPassword,
    #[error("Too many attempts to log in. Try again in {retry_after_s} s.")]
    TooManyAttempts { retry_after_s: u64 },
    #[error("This request comes from another site ({origin}) and was refused.")]
    WrongOrigin { origin: String },
    #[error("You may not {act} in this lab.")]
    Forbidden { act: &'static str },
    #[error("There is no {what}.")]
    NotFound { what: String },
    #[error("{method} is not possible here.")]
    MethodNotAllowed { method: String },
    #[error("{what}")]
    BadRequest { code: &'static str, what: String },
    #[error("The body must be application/json.")]
    WrongMediaType,
    #[error("The body is larger than {limit_bytes} bytes, which is the limit here.")]
    TooLarge { limit_bytes: usize },
    #[error("The header If-Match is missing.")]
    PreconditionRequired,
    #[error("The lab has changed since: it is at revision {now}.")]
    RevisionConflict { now: Revision },
    #[error("{title}")]
    InvalidLab {
        title: String,
        problems: Vec<Problem>,
    },
    #[error("The file of this lab is broken: {why}.")]
    LabBroken { why: String },
    #[error("{what}")]
    Conflict { code: &'static str, what: String },
    #[error("{what}")]
    Unprocessable { code: String, what: String },
    #[error("The agent of this host is not reachable: {0}")]
    AgentUnreachable(String),
    #[error("The database does not answer.")]
    DatabaseDown(#[source] anyhow::Error),
    #[error("The disk that holds the labs and the database is full; nothing was changed.")]
    DiskFull(#[source] anyhow::Error),
    #[error("Something went wrong in the server; its log says more.")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    pub fn internal(source: impl Into<anyhow::Error>) -> Self {
        Self::Internal(source.into())
    }

    /// The status and the stable word.
    pub fn kind(&self) -> (StatusCode, &str) {
        match self {
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::WrongPassword => (StatusCode::UNAUTHORIZED, "wrong_password"),
            Self::TooManyAttempts { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"),
            Self::WrongOrigin { .. } => (StatusCode::FORBIDDEN, "wrong_origin"),
            Self::Forbidden { .. } => (StatusCode::FORBIDDEN, "forbidden"),
            Self::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed { .. } => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::BadRequest { code, .. } => (StatusCode::BAD_REQUEST, code),
            Self::WrongMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_media_type"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::PreconditionRequired => {
                (StatusCode::PRECONDITION_REQUIRED, "precondition_required")
            }
            Self::RevisionConflict { .. } => (StatusCode::PRECONDITION_FAILED, "revision_conflict"),
            Self::InvalidLab { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_lab"),
            Self::LabBroken { .. } => (StatusCode::CONFLICT, "lab_broken"),
            Self::Conflict { code, .. } => (StatusCode::CONFLICT, code),
            Self::Unprocessable { code, .. } => (StatusCode::UNPROCESSABLE_ENTITY, code),
            Self::AgentUnreachable(_) => (StatusCode::SERVICE_UNAVAILABLE, "agent_unreachable"),
            Self::DatabaseDown(_) => (StatusCode::SERVICE_UNAVAILABLE, "database_down"),
            Self::DiskFull(_) => (StatusCode::SERVICE_UNAVAILABLE, "disk_full"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }

    /// What to do about it, where there is something to be done.
    fn detail(&self) -> Option<&'static str> {
        match self {
            Self::PreconditionRequired => Some(
                "Send the lab's revision as If-Match: \"12\", so that nobody's work is overwritten; \
                 GET of the lab answers it as ETag.",
            ),
            Self::RevisionConflict { .. } => {
                Some("Fetch the lab again, look whether your change still fits, and send it anew.")
            }
            Self::LabBroken { .. } => Some(
                "Mend the file in the labs folder, or restore the last good contents; what runs \
                 goes on running meanwhile.",
            ),
            Self::AgentUnreachable(_) => {
                Some("See that nova-ve-agent runs; the server connects again by itself.")
            }
            Self::DiskFull(_) => {
                Some("Make room there, then do it again; what runs goes on running meanwhile.")
            }
            Self::WrongOrigin { .. } => {
                Some("Programs log in for a session and send it as a bearer token.")
            }
            _ => None,
        }
    }

    /// The document that is sent.
    pub fn document(&self) -> ApiError {
        let (status, code) = self.kind();
        ApiError {
            kind: "about:blank".into(),
            status: status.as_u16(),
            code: code.into(),
            title: self.to_string(),
            detail: self.detail().map(str::to_owned),
            problems: match self {
                Self::InvalidLab { problems, .. } => problems.clone(),
                _ => Vec::new(),
            },
            revision: match self {
                Self::RevisionConflict { now } => Some(now.0),
                _ => None,
            },
            request_id: RequestId::current().map(String::from),
        }
    }
}

impl From<AgentError> for Error {
    fn from(error: AgentError) -> Self {
        match error {
            AgentError::Unreachable(why) | AgentError::Refused(why) => Self::AgentUnreachable(why),
            AgentError::Failed { code, message } => Self::Unprocessable {
                code,
                what: message,
            },
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            full if full.is_disk_full() => Self::DiskFull(full.into()),
            StoreError::Database { .. } => Self::DatabaseDown(error.into()),
            other => Self::Internal(other.into()),
        }
    }
}

impl From<CreateError> for Error {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Exists(_) => Self::Conflict {
                code: "lab_exists",
                what: "A lab with this id is there already.".into(),
            },
            CreateError::Invalid(problems) => Self::InvalidLab {
                title: "This is no valid lab.".into(),
                problems,
            },
            CreateError::Store(error) => error.into(),
        }
    }
}

impl From<EditError> for Error {
    fn from(error: EditError) -> Self {
        match error {
            EditError::NotFound => Self::not_found("such lab"),
            EditError::Conflict { have } => Self::RevisionConflict { now: have },
            EditError::Invalid(problems) => Self::InvalidLab {
                title: "The change would make the lab invalid.".into(),
                problems,
            },
            EditError::Broken { why } => Self::LabBroken { why },
            EditError::Missing => Self::LabBroken {
                why: "it was removed from the labs folder".into(),
            },
            EditError::NothingToDo => Self::Conflict {
                code: "nothing_to_do",
                what: "There is nothing to take back or to do again.".into(),
            },
            EditError::InTheWay(way) => Self::Conflict {
                code: "edit_in_the_way",
                what: way.to_string(),
            },
            EditError::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Internal(source) | Self::DatabaseDown(source) | Self::DiskFull(source) = &self
        {
            tracing::error!(error = format!("{source:#}"), "an operation failed");
        }
        let document = self.document();
        let body = serde_json::to_vec(&document).expect("strings and numbers serialize");
        let mut response = (self.kind().0, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Self::TooManyAttempts { retry_after_s } = self {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        response.extensions_mut().insert(Refusal {
            code: document.code,
            why: document.title,
        });
        response
    }
}
