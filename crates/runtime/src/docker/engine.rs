//! The engine: whether it answers, and its client while it does.
//!
//! ```text
//! Unknown ─asked─▶ Up ─its events end─▶ Down ─asked again, four times a second─▶ Up
//! ```
//! One task (`events`) asks; everybody else takes its word and never waits for a socket that is dead.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use bollard::errors::Error;
use tokio::sync::watch;

use crate::driver::DriverError;

/// Of one request; making a container on a busy host takes seconds.
const ANSWER_TIMEOUT_S: u64 = 120;
const LOOK_AGAIN: Duration = Duration::from_millis(50);
const PING_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub enum State {
    Unknown,
    Up(Docker),
    /// In one clause: `no Docker engine answers at …`.
    Down(Arc<str>),
}

pub struct Engine {
    socket: PathBuf,
    state: watch::Sender<State>,
}

impl Engine {
    pub fn new(socket: &Path) -> Self {
        Self {
            socket: socket.into(),
            state: watch::Sender::new(State::Unknown),
        }
    }

    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Its client, if it answers.
    pub fn client(&self) -> Result<Docker, DriverError> {
        match &*self.state.borrow() {
            State::Up(client) => Ok(client.clone()),
            State::Down(why) => Err(DriverError::failed("ask Docker", why)),
            State::Unknown => Err(DriverError::failed("ask Docker", "it was not found yet")),
        }
    }

    /// Why it does not answer.
    pub fn down(&self) -> Option<Arc<str>> {
        match &*self.state.borrow() {
            State::Down(why) => Some(why.clone()),
            State::Up(_) | State::Unknown => None,
        }
    }

    /// A new client, and the version that both speak.
    pub async fn connect(&self) -> Result<Docker, Arc<str>> {
        let path = self.socket.to_string_lossy();
        let client =
            Docker::connect_with_unix(&path, ANSWER_TIMEOUT_S, bollard::API_DEFAULT_VERSION);
        let asked = async { client?.negotiate_version().await };
        match tokio::time::timeout(PING_TIMEOUT, asked).await {
            Ok(Ok(client)) => Ok(client),
            Ok(Err(error)) => Err(silent(&self.socket, &words(&error)).into()),
            Err(_) => Err(silent(&self.socket, "no answer within 5 s").into()),
        }
    }

    /// Whether this is another state than before.
    pub fn set(&self, state: State) -> bool {
        let is_same = |a: &State, b: &State| match (a, b) {
            (State::Up(_), State::Up(_)) => true,
            (State::Down(a), State::Down(b)) => a == b,
            (State::Unknown | State::Up(_) | State::Down(_), _) => false,
        };
        let changed = !is_same(&self.state.borrow(), &state);
        self.state.send_replace(state);
        changed
    }

    /// Until it was asked once.
    pub async fn asked(&self) {
        let mut state = self.state.subscribe();
        // The sender lives as long as we.
        let _ = state
            .wait_for(|state| !matches!(state, State::Unknown))
            .await;
    }

    /// Its client, waited for: Docker may just be starting again.
    pub async fn wait(&self, patience: Duration) -> Result<Docker, DriverError> {
        let mut state = self.state.subscribe();
        let up = async {
            loop {
                // The sender lives as long as we.
                let _ = state.wait_for(|state| matches!(state, State::Up(_))).await;
                // It may have gone just now, and the end of its events is not heard yet.
                if UnixStream::connect(&self.socket).is_ok() {
                    return;
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        // Running out of patience is told by what it is now.
        let _ = tokio::time::timeout(patience, up).await;
        self.client()
    }
}

/// Why no engine can be used at the socket, asked without a runtime.
pub fn unusable(socket: &Path) -> Option<String> {
    let error = UnixStream::connect(socket).err()?;
    Some(silent(socket, &error.to_string()))
}

fn silent(socket: &Path, why: &str) -> String {
    format!(
        "no Docker engine answers at {} ({why}): start one (systemctl start docker), or name its socket by docker_socket in agent.toml",
        socket.display()
    )
}

/// What the engine said, without what the library puts around it.
pub fn words(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        other => {
            let mut text = other.to_string();
            let mut source = std::error::Error::source(other);
            while let Some(cause) = source {
                let cause_text = cause.to_string();
                if !text.contains(&cause_text) {
                    text = format!("{text}: {cause_text}");
                }
                source = cause.source();
            }
            text
        }
    }
}

pub fn is_status(error: &Error, code: u16) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code, .. } if *status_code == code)
}

/// There is nothing of that name, which is what is wanted.
pub fn unless_missing(done: Result<(), Error>) -> Result<(), Error> {
    match done {
        Err(error) if is_status(&error, 404) => Ok(()),
        done => done,
    }
}

/// For a failure of which nothing more is known.
pub fn failed(what: impl Into<String>) -> impl FnOnce(Error) -> DriverError {
    let what = what.into();
    move |error| DriverError::failed(what, words(&error))
}
