//! How a container does, by what was heard of it. Pure.
//!
//! ```text
//! Rest ─its container is started─▶ Coming ─its gate knocks─▶ Held ─let go─▶ Running
//!   ▲                                │                        │              │
//!   └────────────────────────────────┴── its process ends ────┴──────────────┘
//! ```
//! Whoever starts it, we or somebody by hand (`docker restart`), it comes by the gate. Why it ended decides
//! what follows: an end of its own goes by the node's restart policy; anything else (killed by hand, its
//! engine restarted, nobody saw it) is mended, as long as the node is wished on.

use model::lab::RestartPolicy;
use model::status::NodeState;
use serde::{Deserialize, Serialize};

use super::folder::Command;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Rest,
    Coming,
    Held,
    Running,
}

/// Its main process ended by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    pub status: i64,
    /// It was killed for want of memory.
    pub oom: bool,
    /// What it said last.
    pub last_lines: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Health {
    /// Nobody asks.
    #[default]
    Unchecked,
    Starting,
    Healthy,
    Unhealthy,
}

impl Health {
    /// Of an event, and of the words in a list: `Up 3 seconds (health: starting)`.
    pub fn of_words(words: &str) -> Self {
        if words.contains("unhealthy") {
            Self::Unhealthy
        } else if words.contains("healthy") {
            Self::Healthy
        } else if words.contains("starting") {
            Self::Starting
        } else {
            Self::Unchecked
        }
    }
}

impl End {
    /// `exit status 1`, `signal 9`: Docker counts signals from 128.
    pub fn words(&self) -> String {
        match self.status {
            _ if self.oom => "no memory left for it".into(),
            signal @ 129..=192 => format!("signal {}", signal - 128),
            status => format!("exit status {status}"),
        }
    }

    pub fn why(&self) -> String {
        let said = match self.last_lines.as_str() {
            "" => String::new(),
            lines => format!(" ({lines})"),
        };
        format!("its main process ended with {}{said}", self.words())
    }

    pub fn starts_again(&self, policy: RestartPolicy) -> bool {
        match policy {
            RestartPolicy::Always => true,
            RestartPolicy::OnFailure => self.status != 0,
            RestartPolicy::Never => false,
        }
    }

    /// Of the node that it was the end of.
    pub fn state(&self, policy: RestartPolicy) -> NodeState {
        if self.status == 0 && !self.starts_again(policy) {
            return NodeState::Stopped;
        }
        NodeState::Failed { why: self.why() }
    }
}

/// A node whose main process runs. `lines`: the commands that it was to run.
pub fn running(lines: &[String], commands: &[Command], health: &Health) -> NodeState {
    let done = commands
        .iter()
        .take_while(|command| command.status.is_some());
    if let Some(line) = lines.get(done.count()) {
        return NodeState::Starting {
            step: format!("running {}", shortened(line)),
        };
    }
    let failed = lines.iter().zip(commands).filter_map(|(line, command)| {
        let status = command.status.filter(|status| *status != 0)?;
        Some(failure(line, status, &command.last_line))
    });
    let unhealthy = (*health == Health::Unhealthy).then(|| "its health check fails".to_owned());
    let problems: Vec<String> = failed.chain(unhealthy).collect();
    if problems.is_empty() {
        let booted = *health != Health::Starting;
        return NodeState::Running { booted };
    }
    NodeState::Degraded {
        why: problems.join("; "),
    }
}

fn failure(line: &str, status: i64, last_line: &str) -> String {
    let said = match last_line {
        "" => String::new(),
        line => format!(" ({line})"),
    };
    format!("{} ended with exit status {status}{said}", shortened(line))
}

const LINE_SHOWN: usize = 60;

fn shortened(line: &str) -> String {
    let line = line.trim();
    if line.chars().count() <= LINE_SHOWN {
        return format!("`{line}`");
    }
    let beginning: String = line.chars().take(LINE_SHOWN).collect();
    format!("`{beginning}…`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(status: i64) -> End {
        End {
            status,
            oom: false,
            last_lines: "no such file".into(),
        }
    }

    #[test]
    fn an_end_of_its_own_goes_by_the_policy() {
        for (policy, clean, failed) in [
            (RestartPolicy::Always, true, true),
            (RestartPolicy::OnFailure, false, true),
            (RestartPolicy::Never, false, false),
        ] {
            assert_eq!(end(0).starts_again(policy), clean);
            assert_eq!(end(1).starts_again(policy), failed);
        }
        assert_eq!(end(0).state(RestartPolicy::Never), NodeState::Stopped);
        let why = "its main process ended with exit status 1 (no such file)".to_owned();
        assert_eq!(
            end(1).state(RestartPolicy::Never),
            NodeState::Failed { why }
        );
        assert_eq!(end(137).words(), "signal 9");
    }

    #[test]
    fn commands_are_run_before_it_is_booted_and_a_failed_one_is_told() {
        let lines = ["ip route add x".to_owned(), "true".to_owned()];
        let command = |status| Command {
            id: String::new(),
            status,
            last_line: "bad x".into(),
        };
        let state = |commands: &[Command]| running(&lines, commands, &Health::Unchecked);
        assert_eq!(state(&[]).detail(), "running `ip route add x`");
        assert_eq!(
            state(&[command(Some(0)), command(None)]).detail(),
            "running `true`"
        );
        let both = [command(Some(0)), command(Some(0))];
        assert_eq!(state(&both), NodeState::Running { booted: true });
        let failed = state(&[command(Some(2)), command(Some(0))]);
        assert_eq!(failed.word(), "degraded");
        assert_eq!(
            failed.detail(),
            "`ip route add x` ended with exit status 2 (bad x)"
        );
    }

    #[test]
    fn health_says_whether_it_is_booted() {
        for (words, state) in [
            (
                "health_status: healthy",
                NodeState::Running { booted: true },
            ),
            (
                "Up 3 seconds (health: starting)",
                NodeState::Running { booted: false },
            ),
            ("Up 3 seconds", NodeState::Running { booted: true }),
        ] {
            assert_eq!(
                running(&[], &[], &Health::of_words(words)),
                state,
                "{words}"
            );
        }
        let unhealthy = running(&[], &[], &Health::of_words("health_status: unhealthy"));
        assert_eq!(unhealthy.word(), "degraded");
    }
}
