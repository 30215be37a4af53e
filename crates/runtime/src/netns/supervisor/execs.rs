//! Commands run for a client: their bytes go to and from its connection alone.
//!
//! A command lives as long as its connection: a client that goes away takes it along. Its status is
//! sent when its outputs are closed, or shortly after its end when something it left behind still
//! holds them.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use nix::poll::PollFlags;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::conn::{Conn, ConnId, Role};
use super::services::End;
use super::spawn::{self, Pipes};
use super::turn::Source;
use crate::netns::protocol::{Control, Frame};
use crate::stream::WindowSize;

const INPUT_BYTES: usize = 256 << 10;
const READ_BYTES: usize = 32 << 10;
/// For outputs that something left behind keeps open.
const LINGER: Duration = Duration::from_millis(100);
/// From asking a command without a client to end, to making it.
const KILL_AFTER: Duration = Duration::from_secs(2);
const END_OF_TRANSMISSION: u8 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Input,
    Output,
    Errors,
}

#[derive(Default)]
pub struct Execs {
    running: BTreeMap<ConnId, Exec>,
    /// Without a client any more: pid, and when it is killed.
    dying: Vec<(u32, Duration)>,
}

struct Exec {
    pid: u32,
    /// A terminal is input and output in one; then `input` is none.
    terminal: bool,
    input: Option<OwnedFd>,
    output: Option<OwnedFd>,
    errors: Option<OwnedFd>,
    waiting_input: BytesMut,
    input_ends: bool,
    ended: Option<(i32, Duration)>,
}

impl Execs {
    pub fn add_piped(&mut self, id: ConnId, pid: u32, pipes: Pipes) {
        let Pipes {
            input,
            output,
            errors,
        } = pipes;
        self.running
            .insert(id, Exec::new(pid, false, Some(input), output, Some(errors)));
    }

    pub fn add_terminal(&mut self, id: ConnId, pid: u32, terminal: OwnedFd) {
        self.running
            .insert(id, Exec::new(pid, true, None, terminal, None));
    }

    pub fn type_in(&mut self, id: ConnId, bytes: &[u8]) {
        if let Some(exec) = self.running.get_mut(&id).filter(|exec| !exec.input_ends) {
            exec.waiting_input.extend_from_slice(bytes);
            exec.write();
        }
    }

    pub fn end_input(&mut self, id: ConnId) {
        if let Some(exec) = self.running.get_mut(&id) {
            if exec.terminal {
                exec.waiting_input.extend_from_slice(&[END_OF_TRANSMISSION]);
            }
            exec.input_ends = true;
            exec.write();
        }
    }

    pub fn resize(&mut self, id: ConnId, size: WindowSize) {
        let exec = self.running.get(&id).filter(|exec| exec.terminal);
        if let Some(terminal) = exec.and_then(|exec| exec.output.as_ref()) {
            spawn::resize(terminal, size);
        }
    }

    pub fn takes_input(&self, id: ConnId) -> bool {
        let exec = self.running.get(&id);
        exec.is_none_or(|exec| exec.waiting_input.len() < INPUT_BYTES)
    }

    pub fn interests<'a>(
        &'a self,
        conns: &BTreeMap<ConnId, Conn>,
        add: &mut impl FnMut(Source, BorrowedFd<'a>, PollFlags),
    ) {
        for (id, exec) in &self.running {
            let writes = !exec.waiting_input.is_empty();
            let reads = conns.get(id).is_some_and(Conn::has_room);
            if let Some(input) = exec.input.as_ref().filter(|_| writes) {
                add(
                    Source::Exec(*id, Stream::Input),
                    input.as_fd(),
                    PollFlags::POLLOUT,
                );
            }
            if let Some(output) = &exec.output {
                let mut flags = PollFlags::empty();
                flags.set(PollFlags::POLLIN, reads);
                flags.set(PollFlags::POLLOUT, exec.terminal && writes);
                if !flags.is_empty() {
                    add(Source::Exec(*id, Stream::Output), output.as_fd(), flags);
                }
            }
            if let Some(errors) = exec.errors.as_ref().filter(|_| reads) {
                add(
                    Source::Exec(*id, Stream::Errors),
                    errors.as_fd(),
                    PollFlags::POLLIN,
                );
            }
        }
    }

    pub fn serve(&mut self, id: ConnId, stream: Stream, conn: &mut Conn) {
        let Some(exec) = self.running.get_mut(&id) else {
            return;
        };
        match stream {
            Stream::Input => exec.write(),
            Stream::Output => {
                if exec.terminal {
                    exec.write();
                }
                forward(&mut exec.output, conn, Frame::Data);
            }
            Stream::Errors => forward(&mut exec.errors, conn, Frame::Stderr),
        }
    }

    pub fn ended(&mut self, pid: u32, end: End, now: Duration) {
        self.dying.retain(|(its, _)| *its != pid);
        if let Some(exec) = self.running.values_mut().find(|exec| exec.pid == pid) {
            let status = match end {
                End::Status(status) => status,
                End::Signal(signal) => 128 + signal,
            };
            exec.ended = Some((status, now));
        }
    }

    /// Statuses of commands that are over, and the end of those whose client is gone.
    pub fn tick(&mut self, now: Duration, conns: &mut BTreeMap<ConnId, Conn>) {
        self.running.retain(|id, exec| {
            let (Some((status, since)), Some(conn)) = (exec.ended, conns.get_mut(id)) else {
                return true;
            };
            let all_read = exec.output.is_none() && exec.errors.is_none();
            let over = all_read || (conn.has_room() && now.saturating_sub(since) >= LINGER);
            if over {
                conn.control(Control::Exit { status });
                conn.role = Role::Closing;
            }
            !over
        });
        for (pid, _) in self.dying.extract_if(.., |(_, at)| *at <= now) {
            signal_group(pid, Signal::SIGKILL);
        }
    }

    /// After connections were closed: their commands go too.
    pub fn forget_gone(&mut self, conns: &BTreeMap<ConnId, Conn>, now: Duration) {
        let gone = self.running.extract_if(.., |id, _| !conns.contains_key(id));
        for (_, exec) in gone.filter(|(_, exec)| exec.ended.is_none()) {
            signal_group(exec.pid, Signal::SIGHUP);
            signal_group(exec.pid, Signal::SIGTERM);
            self.dying.push((exec.pid, now + KILL_AFTER));
        }
    }

    pub fn wake_in(&self, now: Duration) -> Option<Duration> {
        let lingering = self.running.values().filter_map(|exec| exec.ended);
        let lingering = lingering.map(|(_, since)| (since + LINGER).saturating_sub(now));
        let dying = self.dying.iter().map(|(_, at)| at.saturating_sub(now));
        // A client that does not read may outlast the linger: then its own event wakes.
        lingering.filter(|wait| !wait.is_zero()).chain(dying).min()
    }
}

impl Exec {
    fn new(
        pid: u32,
        terminal: bool,
        input: Option<OwnedFd>,
        output: OwnedFd,
        errors: Option<OwnedFd>,
    ) -> Self {
        Self {
            pid,
            terminal,
            input,
            output: Some(output),
            errors,
            waiting_input: BytesMut::new(),
            input_ends: false,
            ended: None,
        }
    }

    fn write(&mut self) {
        let to = if self.terminal {
            &self.output
        } else {
            &self.input
        };
        match to
            .as_ref()
            .map(|to| nix::unistd::write(to, &self.waiting_input))
        {
            Some(Ok(length)) => self.waiting_input.advance(length),
            Some(Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EINTR)) => {}
            // It reads no more: what it was to read is dropped, as a shell's pipe would.
            Some(Err(_)) | None => {
                self.waiting_input.clear();
                self.input = None;
            }
        }
        if self.input_ends && self.waiting_input.is_empty() {
            self.input = None;
        }
    }
}

fn forward(from: &mut Option<OwnedFd>, conn: &mut Conn, frame: fn(Bytes) -> Frame) {
    let Some(open) = from else {
        return;
    };
    let mut buffer = vec![0; READ_BYTES];
    match nix::unistd::read(open, &mut buffer) {
        Ok(0) => *from = None,
        Ok(length) => conn.send(frame(Bytes::copy_from_slice(&buffer[..length]))),
        Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EINTR) => {}
        // EIO: the terminal's last process is gone.
        Err(_) => *from = None,
    }
}

/// Each command leads a session and so a group of its own.
fn signal_group(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        // Gone already is as good.
        let _ = killpg(Pid::from_raw(pid), signal);
    }
}
