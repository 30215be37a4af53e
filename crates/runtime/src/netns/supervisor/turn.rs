//! One turn of the supervisor: what is ready is served, then everything that is due is done.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::PollFlags;
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::conn::{Conn, ConnId, Role};
use super::execs::Stream;
use super::services::End;
use super::stopping::Stopping;
use super::{Supervisor, spawn};
use crate::netns::protocol::{Control, Frame};

/// Grace of a stop that comes as a signal (the host shuts down).
const SIGNAL_GRACE: Duration = Duration::from_secs(5);
const READ_BYTES: usize = 64 << 10;

/// Whose descriptor is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Listener,
    Signals,
    Output(usize),
    Conn(ConnId),
    Console(String),
    Exec(ConnId, Stream),
}

impl Supervisor {
    pub fn serve(&mut self, source: &Source, events: PollFlags) {
        match source {
            Source::Listener => self.accept(),
            Source::Signals => self.take_signals(),
            Source::Output(index) => self.read_output(*index),
            Source::Conn(id) => self.serve_conn(*id, events),
            Source::Console(name) => {
                if let Some(console) = self.consoles.get_mut(name) {
                    console.serve(events);
                }
            }
            Source::Exec(id, stream) => {
                if let Some(conn) = self.conns.get_mut(id) {
                    self.execs.serve(*id, *stream, conn);
                }
            }
        }
    }

    /// Everything that is due by time or by what has just been served.
    pub fn tick(&mut self) {
        self.reap();
        self.outputs.retain(|(name, _)| !name.is_empty());
        if self.stopping.is_some() {
            self.go_on_stopping();
        } else {
            self.start_what_is_due();
            self.restart_consoles();
        }
        let now = self.now();
        self.execs.tick(now, &mut self.conns);
        self.show_status();
        self.feed_readers();
        self.conns.retain(|_, conn| conn.flush());
        self.execs.forget_gone(&self.conns, now);
    }

    pub fn wake_in(&self) -> Option<Duration> {
        let now = self.now();
        let waits = [
            self.stopping.as_ref().map(|stopping| stopping.wake_in(now)),
            self.services
                .wake_in(now)
                .filter(|_| self.stopping.is_none()),
            self.consoles
                .values()
                .filter_map(|console| console.wake_in(now))
                .min(),
            self.execs.wake_in(now),
        ];
        waits.into_iter().flatten().min()
    }

    fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            if stream.set_nonblocking(true).is_ok() {
                self.conns.insert(self.next_conn, Conn::new(stream));
                self.next_conn += 1;
            }
        }
    }

    fn take_signals(&mut self) {
        while let Ok(Some(signal)) = self.signals.read_signal() {
            let terminate = i32::try_from(signal.ssi_signo) == Ok(Signal::SIGTERM as i32);
            if terminate && self.stopping.is_none() {
                self.tell("asked to end by a signal");
                self.stopping = Some(Stopping::new(self.now(), SIGNAL_GRACE));
            }
        }
    }

    /// Children and orphans: as pid 1 everybody's.
    fn reap(&mut self) {
        loop {
            let (pid, end) = match waitpid(Pid::from_raw(-1), Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, status)) => (pid, End::Status(status)),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, End::Signal(signal as i32)),
                Ok(WaitStatus::StillAlive) => return,
                Err(Errno::ECHILD) => {
                    if let Some(stopping) = &mut self.stopping {
                        stopping.nobody_left();
                    }
                    return;
                }
                Ok(_) => continue,
                Err(_) => return,
            };
            self.has_ended(u32::try_from(pid.as_raw()).unwrap_or(0), end);
        }
    }

    fn has_ended(&mut self, pid: u32, end: End) {
        let now = self.now();
        if let Some(name) = self.services.name_of(pid).map(str::to_owned) {
            self.drain_outputs_of(&name);
            let last_line = self.logs.last_line(&name);
            let notice = self.services.ended(pid, end, now, &last_line);
            if let Some(notice) = notice.filter(|_| self.stopping.is_none()) {
                self.tell(&notice);
            }
        }
        for console in self.consoles.values_mut() {
            console.ended(pid, end, now);
        }
        self.execs.ended(pid, end, now);
    }

    fn start_what_is_due(&mut self) {
        let exists = |path: &str| std::path::Path::new(path).exists();
        while let Some(index) = self.services.due(self.now(), &exists) {
            let process = self.services.spec(index);
            let (name, argv) = (process.name.clone(), process.argv.clone());
            match spawn::logged(&argv, &self.environment(&BTreeMap::new())) {
                Ok((pid, output)) => {
                    self.services.started(index, pid, self.now());
                    self.note(&format!("{name} started with pid {pid}"));
                    self.outputs.push((name, output));
                }
                Err(error) => {
                    if let Some(told) = self.services.not_started(index, error) {
                        self.tell(&told);
                    }
                }
            }
        }
    }

    /// A process's environment: nothing of the host, then the node's, then its own.
    pub fn environment(&self, own: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut environment = spawn::base_environment();
        environment.extend(self.spec.env.clone());
        environment.extend(own.clone());
        environment
    }

    fn restart_consoles(&mut self) {
        let now = self.now();
        let environment = self.environment(&BTreeMap::new());
        for console in self.consoles.values_mut() {
            console.start_if_due(now, &environment);
        }
    }

    fn read_output(&mut self, index: usize) {
        let (name, pipe) = &mut self.outputs[index];
        if !copy_to_log(name, pipe, &mut self.logs) {
            // Taken out at the next tick: the indices of this turn stay true.
            name.clear();
        }
    }

    /// What it wrote just before its end, for its last words.
    fn drain_outputs_of(&mut self, name: &str) {
        for (its, pipe) in self.outputs.iter().filter(|(its, _)| its == name) {
            copy_to_log(its, pipe, &mut self.logs);
        }
    }

    /// Lines for readers of consoles and logs, as far as each has read what it got before.
    fn feed_readers(&mut self) {
        for conn in self.conns.values_mut() {
            let role = std::mem::replace(&mut conn.role, Role::Closing);
            conn.role = match role {
                Role::Console { name, mut offset } => {
                    if let Some(console) = self.consoles.get_mut(&name) {
                        conn.feed(&mut console.scrollback, &mut offset, true);
                    }
                    Role::Console { name, offset }
                }
                Role::Log {
                    name,
                    mut offset,
                    until,
                } => {
                    if let Some(log) = self.logs.scrollback(&name) {
                        conn.feed(log, &mut offset, false);
                    }
                    match until {
                        Some(until) if offset >= until => Role::Closing,
                        Some(_) | None => Role::Log {
                            name,
                            offset,
                            until,
                        },
                    }
                }
                role @ (Role::New | Role::Watcher | Role::Exec | Role::Closing) => role,
            };
        }
    }

    /// Into the node's log alone.
    pub fn note(&mut self, message: &str) {
        let since_start = self.now().as_secs_f64();
        self.logs.own(&format!("[{since_start:9.3}] {message}\n"));
    }

    /// Into the node's log, and to whoever watches.
    pub fn tell(&mut self, message: &str) {
        self.note(message);
        for conn in self.conns.values_mut() {
            if matches!(conn.role, Role::Watcher) {
                conn.send(Frame::Control(Control::Notice {
                    message: message.into(),
                }));
            }
        }
    }
}

/// Whether there may come more.
fn copy_to_log(name: &str, pipe: &impl AsFd, logs: &mut super::LogBook) -> bool {
    let mut buffer = vec![0; READ_BYTES];
    match (Reader(pipe)).read(&mut buffer) {
        Ok(0) => false,
        Ok(length) => {
            logs.push(name, &buffer[..length]);
            true
        }
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

/// `Read` on any descriptor.
struct Reader<'a, F: AsFd>(&'a F);

impl<F: AsFd> Read for Reader<'_, F> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        Ok(nix::unistd::read(self.0, buffer)?)
    }
}
