//! How a node ends: the list backwards, then everybody else, then by force.
//!
//! ```text
//! the list, last first: TERM, wait for its end ─▶ everybody: TERM, HUP ─▶ nobody left, or time over: KILL
//! ```

use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::Supervisor;

/// How soon a process that ignores its TERM lets the one before it have its own.
const TURN: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Stopping {
    deadline: Duration,
    /// The process of the list whose end is waited for, and how long.
    asked: Option<(u32, Duration)>,
    everybody_asked: bool,
    over: bool,
}

impl Stopping {
    pub fn new(now: Duration, grace: Duration) -> Self {
        Self {
            deadline: now + grace,
            asked: None,
            everybody_asked: false,
            over: false,
        }
    }

    /// A second stop in a greater hurry than the first wins.
    pub fn hurry(&mut self, now: Duration, grace: Duration) {
        self.deadline = self.deadline.min(now + grace);
    }

    pub fn nobody_left(&mut self) {
        self.over = true;
    }

    pub fn is_over(&self) -> bool {
        self.over
    }

    pub fn wake_in(&self, now: Duration) -> Duration {
        let turn = self.asked.map_or(self.deadline, |(_, until)| until);
        turn.min(self.deadline).saturating_sub(now)
    }
}

impl Supervisor {
    pub fn go_on_stopping(&mut self) {
        let now = self.now();
        let Some(stopping) = &mut self.stopping else {
            return;
        };
        if now >= stopping.deadline {
            // The kernel ends the rest with pid 1, so this is only to say it first.
            let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
            stopping.over = true;
            return;
        }
        let running: Vec<u32> = self.services.running().map(|(_, pid)| pid).collect();
        if let Some((asked, until)) = stopping.asked
            && running.contains(&asked)
            && now < until
        {
            return;
        }
        let asked = stopping.asked.map(|(pid, _)| pid);
        let position = running.iter().position(|pid| Some(*pid) == asked);
        let earlier = &running[..position.unwrap_or(running.len())];
        match earlier.last() {
            Some(pid) if !stopping.everybody_asked => {
                let pid = *pid;
                stopping.asked = Some((pid, now + TURN));
                if let Ok(group) = i32::try_from(pid) {
                    let _ = killpg(Pid::from_raw(group), Signal::SIGTERM);
                }
            }
            Some(_) | None => self.ask_everybody(),
        }
    }

    fn ask_everybody(&mut self) {
        let Some(stopping) = &mut self.stopping else {
            return;
        };
        stopping.asked = None;
        if !stopping.everybody_asked {
            stopping.everybody_asked = true;
            // A shell ignores TERM and obeys HUP.
            for signal in [Signal::SIGTERM, Signal::SIGHUP] {
                let _ = kill(Pid::from_raw(-1), signal);
            }
        }
    }
}
