//! One of our programs, kept running.
//!
//! ```text
//! running ──dies──▶ pausing ──pause over──▶ running     the pause doubles from 0.5 s to 30 s,
//!    └──────────────end──────────────▶ ended            and is short again after 10 s of life
//! ```

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context;
use tokio::process::{Child, Command};
use tokio::time::Instant;

use super::{Log, NOT_OURS, ProcessId};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const LONG_LIFE: Duration = Duration::from_secs(10);

pub struct Service {
    pub name: &'static str,
    pub program: PathBuf,
    pub args: Vec<String>,
    pub log: Log,
    /// Given to the program as its standard input.
    input: Option<OwnedFd>,
    settings: Vec<(&'static str, &'static str)>,
    state: State,
    pause: Duration,
}

enum State {
    Running { child: Child, since: Instant },
    Pausing { until: Instant },
}

/// What happened to a service.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    Died {
        status: ExitStatus,
        pause: Duration,
    },
    Started,
    /// It could not be started; the next try comes.
    Refused {
        why: String,
    },
}

impl Service {
    /// Not started yet.
    pub fn new(name: &'static str, program: PathBuf, args: Vec<String>, log: Log) -> Self {
        Self {
            name,
            program,
            args,
            log,
            input: None,
            settings: Vec::new(),
            state: State::Pausing {
                until: Instant::now(),
            },
            pause: FIRST_PAUSE,
        }
    }

    /// With a socket that each new process of it serves on.
    #[must_use]
    pub fn on_socket(mut self, socket: OwnedFd) -> Self {
        self.input = Some(socket);
        self
    }

    /// With a variable of its own.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.settings.push((name, value));
        self
    }

    pub fn start(&mut self) -> anyhow::Result<()> {
        let log = self.log.open()?;
        let errors = log.try_clone().context("failed to share a log")?;
        let input = match &self.input {
            Some(socket) => Stdio::from(socket.try_clone().context("failed to share a socket")?),
            None => Stdio::null(),
        };
        let mut command = Command::new(&self.program);
        for name in NOT_OURS {
            command.env_remove(name);
        }
        let child = command
            .args(&self.args)
            // It puts the file aside itself when it grows long; what it cannot write there comes by the two.
            .env("NOVA_VE_LOG_FILE", &self.log.path)
            .envs(self.settings.iter().copied())
            .stdin(input)
            .stdout(log)
            .stderr(errors)
            // A group of its own, so that Ctrl-C reaches only the keeper, which ends its parts in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("failed to start {}", self.program.display()))?;
        self.state = State::Running {
            child,
            since: Instant::now(),
        };
        Ok(())
    }

    pub fn process(&self) -> Option<ProcessId> {
        match &self.state {
            State::Running { child, .. } => child.id().and_then(ProcessId::of),
            State::Pausing { .. } => None,
        }
    }

    /// Waits until something happens. Cancel-safe: `Child::wait` is, and the pause has a fixed end.
    pub async fn turn(&mut self) -> Turn {
        match &mut self.state {
            State::Running { child, since } => {
                let status = child.wait().await;
                let lived = since.elapsed();
                let pause = self.pause;
                self.pause = next_pause(pause, lived);
                let pause = if lived >= LONG_LIFE {
                    FIRST_PAUSE
                } else {
                    pause
                };
                self.state = State::Pausing {
                    until: Instant::now() + pause,
                };
                match status {
                    Ok(status) => Turn::Died { status, pause },
                    Err(error) => Turn::Refused {
                        why: error.to_string(),
                    },
                }
            }
            State::Pausing { until } => {
                tokio::time::sleep_until(*until).await;
                match self.start() {
                    Ok(()) => Turn::Started,
                    Err(error) => {
                        self.state = State::Pausing {
                            until: Instant::now() + LONGEST_PAUSE,
                        };
                        Turn::Refused {
                            why: format!("{error:#}"),
                        }
                    }
                }
            }
        }
    }

    /// SIGTERM, and SIGKILL after `patience`.
    pub async fn end(&mut self, patience: Duration) {
        let State::Running { child, .. } = &mut self.state else {
            return;
        };
        if let Some(process) = child.id().and_then(ProcessId::of) {
            // The wait for the end blocks, so it has a thread of its own.
            let _ = tokio::task::spawn_blocking(move || process.end(patience)).await;
        }
        let _ = child.wait().await;
    }
}

/// The pause after the one that follows now.
fn next_pause(pause: Duration, lived: Duration) -> Duration {
    if lived >= LONG_LIFE {
        return FIRST_PAUSE * 2;
    }
    (pause * 2).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn pauses_double_to_half_a_minute_and_a_long_life_shortens_them() {
        let short = Duration::from_secs(1);
        let mut pause = FIRST_PAUSE;
        for _ in 0..10 {
            pause = next_pause(pause, short);
        }
        assert_eq!(pause, LONGEST_PAUSE);
        assert_eq!(next_pause(pause, LONG_LIFE), FIRST_PAUSE * 2);
    }

    #[tokio::test]
    async fn a_program_that_dies_is_started_again_and_ends_when_told() {
        let temp = tempfile::tempdir().unwrap();
        let flag = temp.path().join("second");
        let script = format!(
            "test -e {0} && exec sleep 60; touch {0}; exit $CODE",
            flag.display()
        );
        let log = Log {
            path: temp.path().join("log"),
        };
        let mut service = Service::new("test", "sh".into(), vec!["-c".into(), script], log);
        service = service.with("CODE", "3");
        service.start().unwrap();
        let Turn::Died { status, pause } = service.turn().await else {
            panic!("the first run ends");
        };
        assert_eq!((status.code(), pause), (Some(3), FIRST_PAUSE));
        assert_eq!(service.turn().await, Turn::Started);
        let process = service.process().unwrap();
        assert!(process.is_alive());
        service.end(Duration::from_secs(5)).await;
        assert!(!process.is_alive());
    }
}
