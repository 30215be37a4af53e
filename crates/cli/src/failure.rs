//! Why a command failed: the sentence and the next step a person reads, the exit code a script gets.
//!
//! Codes are those of `sysexits.h`, plus 1 (what was asked for was tried, and it failed in the lab)
//! and 130 (ended by Ctrl-C). `exec` gives the command's own status.

use std::fmt;

use api::client::ClientError;

use crate::embedded::{MAKE_ROOM, is_full};
use crate::reading::Refused;

/// The status this program ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit(pub u8);

impl Exit {
    pub const DONE: Self = Self(0);
    /// Tried, and failed in the lab: a node failed, `doctor` found what must be mended.
    pub const FAILED: Self = Self(1);
    pub const USAGE: Self = Self(sysexits::ExitCode::Usage as u8);
    pub const BAD_DATA: Self = Self(sysexits::ExitCode::DataErr as u8);
    pub const NOT_FOUND: Self = Self(sysexits::ExitCode::NoInput as u8);
    pub const UNAVAILABLE: Self = Self(sysexits::ExitCode::Unavailable as u8);
    pub const SOFTWARE: Self = Self(sysexits::ExitCode::Software as u8);
    pub const OS: Self = Self(sysexits::ExitCode::OsErr as u8);
    pub const CANNOT_CREATE: Self = Self(sysexits::ExitCode::CantCreat as u8);
    pub const IO: Self = Self(sysexits::ExitCode::IoErr as u8);
    pub const TRY_AGAIN: Self = Self(sysexits::ExitCode::TempFail as u8);
    pub const PROTOCOL: Self = Self(sysexits::ExitCode::Protocol as u8);
    pub const NO_PERMISSION: Self = Self(sysexits::ExitCode::NoPerm as u8);
    pub const CONFIG: Self = Self(sysexits::ExitCode::Config as u8);
    pub const INTERRUPTED: Self = Self(130);
}

/// The table of exit codes at the end of `--help`.
pub const EXIT_CODES: &str = "\
Exit codes (sysexits.h):
   0  done                          70  an error of nova-ve itself
   1  tried, but it failed: a node  71  the operating system refused
      failed, a check failed        73  it cannot be created
  64  wrong usage                   74  reading or writing failed
  65  bad input file                75  not now; the same may work later
  66  no such lab, node or file     76  server and nova-ve do not understand each other
  69  the server is not running     77  not logged in, or not allowed
 130  ended by Ctrl-C               78  the set-up of this host or data folder is wrong
`exec` ends with the status of the command it ran.";

/// A failure whose code and next step are known.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub message: String,
    /// What to do next; a sentence, or a command.
    pub hint: Option<String>,
}

impl Failure {
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hint: None,
        }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// What is shown of an error, and the code the program ends with.
pub fn explain(error: &anyhow::Error) -> (String, Exit) {
    let mut text = format!("error: {}", causes(error).join(": "));
    let (exit, hint) = known(error);
    for (n, line) in hint.iter().flat_map(|hint| hint.lines()).enumerate() {
        text.push_str(if n == 0 { "\n hint: " } else { "\n       " });
        text.push_str(line);
    }
    (text, exit)
}

/// All causes, but of a server that cannot be reached only the last: what lies between is the library's.
fn causes(error: &anyhow::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut chain = error.chain();
    while let Some(cause) = chain.next() {
        causes.push(cause.to_string());
        if matches!(
            cause.downcast_ref(),
            Some(ClientError::Unreachable { .. } | ClientError::BrokenOff { .. })
        ) {
            causes.extend(chain.last().map(ToString::to_string));
            break;
        }
    }
    causes
}

/// The code and the next step, as far as a cause is known.
fn known(error: &anyhow::Error) -> (Exit, Option<String>) {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return (failure.exit, failure.hint.clone());
        }
        if cause.downcast_ref::<Refused>().is_some() {
            return (Exit::BAD_DATA, None);
        }
        if let Some(refusal) = cause.downcast_ref::<ClientError>() {
            return of_client(refusal);
        }
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            let hint = is_full(io).then(|| MAKE_ROOM.to_owned());
            return (exit_of_io(io), hint);
        }
    }
    (Exit::SOFTWARE, None)
}

fn of_client(error: &ClientError) -> (Exit, Option<String>) {
    match error {
        ClientError::Unreachable { .. } => (
            Exit::UNAVAILABLE,
            Some("see what runs: nova-ve status; start it: nova-ve up -d".into()),
        ),
        ClientError::BrokenOff { .. } => (
            Exit::IO,
            Some("what came is not whole; once more, or see what runs: nova-ve status".into()),
        ),
        ClientError::Protocol(_) => (
            Exit::PROTOCOL,
            Some("is it a nova-ve server of the same version?".into()),
        ),
        ClientError::Api(error) => of_problem(&error.code, error.status),
    }
}

/// By the problem's stable word where that leads somewhere, else by its status.
fn of_problem(code: &str, status: u16) -> (Exit, Option<String>) {
    match code {
        "last_administrator" => (
            Exit::FAILED,
            Some("make another administrator first: nova-ve user role NAME admin".into()),
        ),
        "wrong_password" => (Exit::NO_PERMISSION, None),
        "session_needed" => (
            Exit::NO_PERMISSION,
            Some(
                "a token does not suffice; log in with a password: nova-ve login --user NAME"
                    .into(),
            ),
        ),
        "username_taken" | "token_name_taken" => (Exit::CANNOT_CREATE, None),
        _ => of_status(status),
    }
}

/// By the HTTP status: its problem document has said the rest.
fn of_status(status: u16) -> (Exit, Option<String>) {
    match status {
        401 => (Exit::NO_PERMISSION, Some("log in: nova-ve login".into())),
        403 => (Exit::NO_PERMISSION, None),
        404 | 410 => (Exit::NOT_FOUND, None),
        409 | 412 | 429 | 503 | 504 => (Exit::TRY_AGAIN, None),
        400 | 413 | 415 | 422 => (Exit::BAD_DATA, None),
        _ => (Exit::SOFTWARE, None),
    }
}

/// An input or output error that nobody gave words to.
fn exit_of_io(io: &std::io::Error) -> Exit {
    use std::io::ErrorKind;
    match io.kind() {
        ErrorKind::NotFound => Exit::NOT_FOUND,
        ErrorKind::PermissionDenied => Exit::NO_PERMISSION,
        ErrorKind::AlreadyExists => Exit::CANNOT_CREATE,
        _ => Exit::IO,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn a_failure_tells_its_story_and_the_next_step() {
        let error = Err::<(), _>(
            Failure::new(
                Exit::UNAVAILABLE,
                "no nova-ve answers at http://127.0.0.1:8000",
            )
            .hint("start it: nova-ve up\nor log in elsewhere: nova-ve login URL"),
        )
        .context("cannot list labs")
        .expect_err("made so");
        let (text, exit) = explain(&error);
        insta::assert_snapshot!(text, @r"
        error: cannot list labs: no nova-ve answers at http://127.0.0.1:8000
         hint: start it: nova-ve up
               or log in elsewhere: nova-ve login URL
        ");
        assert_eq!(exit, Exit(69));
    }

    #[test]
    fn a_plain_io_error_gets_the_code_of_its_kind() {
        let missing = std::fs::read("/no/such/file").expect_err("it is not there");
        let (_, exit) = explain(&anyhow::Error::from(missing).context("cannot read lab.json"));
        assert_eq!(exit, Exit::NOT_FOUND);
    }
}
