//! Why an operation was refused, and the problem document (RFC 9457) that says so.
//!
//! One enum for every operation: each variant has a status, a stable `code` and a sentence. What a
//! caller may not see is `NotFound`, so that a refusal tells nothing. Only `Internal` is logged here;
//! its cause stays in the log.

use agent_api::{AgentError, RequestId};
use api::ApiError;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{NodeId, Problem, Revision};
use store::{CreateError, EditError, LabRecord, StoreError};

use crate::http::trace::Refusal;

/// A refusal says so much, whatever was sent.
const TITLE_MAX_CHARS: usize = 600;
const AT_MAX_CHARS: usize = 200;
const PROBLEMS_MAX: usize = 200;

/// What an operation answers instead of its result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("Log in first.")]
    Unauthenticated,
    #[error("The user name or the password is wrong.")]
    WrongPassword,
    #[error("Too many attempts to log in. Try again in {retry_after_s} s.")]
    TooManyAttempts { retry_after_s: u64 },
    #[error("You have {limit} consoles, commands and other streams open, which is the limit.")]
    TooManyStreams { limit: usize },
    #[error("{} open in Guacamole, which is the limit.", match .of_one {
        true => format!("You have {limit} consoles"),
        false => format!("There are {limit} consoles"),
    })]
    TooManyInGuacamole { limit: usize, of_one: bool },
    #[error("Consoles do not open in Guacamole here: this server is not joined with one.")]
    GuacamoleOff,
    #[error("Guacamole does not answer; the console of nova-ve's own page works without it.")]
    GuacamoleAway(#[source] anyhow::Error),
    #[error("There are too many connections{}.", match .from_one { true => " from this address", false => "" })]
    TooManyConnections { from_one: bool },
    #[error("This server does not answer to the name {host:?}.")]
    WrongHost { host: String },
    #[error("This request comes from another site ({origin}) and was refused.")]
    WrongOrigin { origin: String },
    #[error("You may not {act}.")]
    Forbidden { act: &'static str },
    #[error("A token does not suffice here; log in with the password.")]
    SessionNeeded,
    #[error("There is no {what}.")]
    NotFound { what: String },
    #[error("{method} is not possible here.")]
    MethodNotAllowed { method: String },
    #[error("{what}")]
    BadRequest { code: &'static str, what: String },
    #[error("The body must be application/json.")]
    WrongMediaType,
    #[error("A body cannot be {encoding:?} encoded here; send it as it is.")]
    WrongEncoding { encoding: String },
    #[error("The request did not come to its end in time.")]
    TooSlow,
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
    #[error("The server stops; try again when it runs.")]
    Stopping,
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

    pub fn not_running(record: &LabRecord, node: NodeId) -> Self {
        let name = record.lab.nodes.get(&node).map_or("?", |node| &node.name);
        Self::Unprocessable {
            code: "not_running".into(),
            what: format!("Node {name} does not run; start it first."),
        }
    }

    /// The status and the stable word.
    pub fn kind(&self) -> (StatusCode, &str) {
        match self {
            Self::Unauthenticated => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::WrongPassword => (StatusCode::UNAUTHORIZED, "wrong_password"),
            Self::TooManyAttempts { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"),
            Self::TooManyStreams { .. } => (StatusCode::TOO_MANY_REQUESTS, "too_many_streams"),
            Self::TooManyInGuacamole { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many_in_guacamole")
            }
            Self::GuacamoleOff => (StatusCode::CONFLICT, "guacamole_off"),
            Self::GuacamoleAway(_) => (StatusCode::SERVICE_UNAVAILABLE, "guacamole_unreachable"),
            Self::TooManyConnections { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "too_many_connections")
            }
            Self::WrongHost { .. } => (StatusCode::MISDIRECTED_REQUEST, "wrong_host"),
            Self::WrongOrigin { .. } => (StatusCode::FORBIDDEN, "wrong_origin"),
            Self::Forbidden { .. } => (StatusCode::FORBIDDEN, "forbidden"),
            Self::SessionNeeded => (StatusCode::FORBIDDEN, "session_needed"),
            Self::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed { .. } => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::BadRequest { code, .. } => (StatusCode::BAD_REQUEST, code),
            Self::WrongMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_media_type"),
            Self::WrongEncoding { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong_encoding"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too_slow"),
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
            Self::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
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
            Self::TooManyStreams { .. } | Self::TooManyInGuacamole { .. } => {
                Some("Close some of them, then try again.")
            }
            Self::GuacamoleOff => Some("An administrator joins them by GUACAMOLE_DATABASE_URL."),
            Self::GuacamoleAway(_) => Some(
                "An administrator finds why in the server's log; deploy/scripts/run-guacamole.sh \
                 starts Guacamole.",
            ),
            Self::TooManyConnections { .. } => Some("Close some, or try again later."),
            Self::WrongHost { .. } => Some(
                "Use its address, or let the administrator list the name in NOVA_VE_ALLOWED_HOSTS.",
            ),
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
            title: clip(&self.to_string(), TITLE_MAX_CHARS),
            detail: self.detail().map(str::to_owned),
            problems: match self {
                Self::InvalidLab { problems, .. } => clip_all(problems),
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

/// Text that came in goes out again in part only.
fn clip(text: &str, most_chars: usize) -> String {
    let count = text.chars().count();
    if count <= most_chars {
        return text.to_owned();
    }
    // The end says where it was wrong, and what is expected there.
    let tail = most_chars / 3;
    let head = most_chars - tail;
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(count - tail).collect();
    format!("{head} … {tail}")
}

fn clip_all(problems: &[Problem]) -> Vec<Problem> {
    let mut clipped: Vec<Problem> = problems
        .iter()
        .take(PROBLEMS_MAX)
        .map(|problem| {
            let message = clip(&problem.message, TITLE_MAX_CHARS);
            Problem::new(clip(&problem.at, AT_MAX_CHARS), &problem.code, message)
        })
        .collect();
    if let Some(more) = problems.len().checked_sub(PROBLEMS_MAX + 1) {
        let what = format!("{} more problems are not listed", more + 1);
        clipped.push(Problem::new("", "more_problems", what));
    }
    clipped
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
            refused if refused.is_refused_row() => Self::Internal(refused.into()),
            StoreError::Database { .. } => Self::DatabaseDown(error.into()),
            StoreError::AskerGone => Self::Unauthenticated,
            StoreError::NoSuchUser => Self::not_found("such user"),
            StoreError::LastAdministrator => Self::Conflict {
                code: "last_administrator",
                what: "This is the last administrator; make another one first.".into(),
            },
            StoreError::UsernameTaken { username } => Self::Conflict {
                code: "username_taken",
                what: format!("There is a user {username:?} already; choose another name."),
            },
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
            CreateError::Store(StoreError::TooMany { most, .. }) => Self::Conflict {
                code: "too_many_labs",
                what: format!("You have {most} labs, which is the limit; remove some first."),
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
        if let Self::Internal(source)
        | Self::DatabaseDown(source)
        | Self::DiskFull(source)
        | Self::GuacamoleAway(source) = &self
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use store::{AuditEntry, Config, Store};
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn a_row_that_must_not_be_is_no_lost_database() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::sqlite(folder.path().join("nova-ve.db"));
        Store::migrate(&config, 1).await.unwrap();
        let store = Store::open(&config).await.unwrap();
        let entry = AuditEntry {
            id: Uuid::nil(),
            at_ms: 1,
            user: None,
            username: String::new(),
            action: "act".into(),
            subject: String::new(),
            is_refused: false,
            detail: String::new(),
            address: String::new(),
            request_id: String::new(),
        };
        store.audit(entry.clone()).await.unwrap();
        let told = async || Error::from(store.audit(entry.clone()).await.unwrap_err());
        let twice = told().await;
        assert_eq!(
            twice.kind(),
            (StatusCode::INTERNAL_SERVER_ERROR, "internal")
        );
        store.close().await;
        let lost = told().await;
        assert_eq!(
            lost.kind(),
            (StatusCode::SERVICE_UNAVAILABLE, "database_down")
        );
    }

    #[test]
    fn a_refusal_repeats_little_of_what_was_sent() {
        let long = "x".repeat(5000);
        let error = Error::not_found(format!("template {long}, the end"));
        let title = error.document().title;
        assert!(title.chars().count() < 610, "{title}");
        assert!(title.ends_with("the end."), "{title}");
        let problem = |n: usize| Problem::new(format!("nodes/{n}/{long}"), "name", long.clone());
        let error = Error::InvalidLab {
            title: long.clone(),
            problems: (0..1000).map(problem).collect(),
        };
        let document = error.document();
        assert_eq!(document.problems.len(), PROBLEMS_MAX + 1);
        let last = document.problems.last().map(ToString::to_string);
        assert!(last.is_some_and(|last| last.contains("800 more")));
        let bytes = serde_json::to_vec(&document).map_or(0, |bytes| bytes.len());
        assert!(bytes < 256 << 10, "{bytes} bytes");
    }
}
