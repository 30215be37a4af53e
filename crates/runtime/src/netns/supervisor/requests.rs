//! What clients ask for: the first frame says it, later ones are input.

use std::collections::BTreeMap;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::poll::PollFlags;

use super::conn::{Conn, ConnId, Role};
use super::services::StartError;
use super::stopping::Stopping;
use super::{Supervisor, spawn};
use crate::netns::launcher::sysctls;
use crate::netns::logs::SUPERVISOR;
use crate::netns::protocol::{Control, Frame, Hello, Request};
use crate::stream::WindowSize;

const NOT_FOUND: i32 = 127;
const CANNOT_RUN: i32 = 126;

impl Supervisor {
    pub fn serve_conn(&mut self, id: ConnId, events: PollFlags) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        let hung_up = events.intersects(PollFlags::POLLHUP | PollFlags::POLLERR);
        if !hung_up && !events.contains(PollFlags::POLLIN) {
            return;
        }
        let frames = conn.receive();
        let (over, is_exec) = (conn.input_over, conn.role == Role::Exec);
        if over && hung_up {
            conn.break_off();
        }
        for frame in frames {
            self.take_frame(id, frame);
        }
        if over && is_exec {
            self.execs.end_input(id);
        }
    }

    /// Whether more may come from this client: what it sent before is taken in.
    pub fn takes_input(&self, conn: &Conn) -> bool {
        match &conn.role {
            Role::Console { name, .. } => self
                .consoles
                .get(name)
                .is_none_or(super::Console::takes_input),
            Role::Exec => self
                .conn_id(conn)
                .is_none_or(|id| self.execs.takes_input(id)),
            Role::New | Role::Watcher | Role::Log { .. } | Role::Closing => true,
        }
    }

    fn conn_id(&self, conn: &Conn) -> Option<ConnId> {
        let mut conns = self.conns.iter();
        conns
            .find(|(_, its)| std::ptr::eq(*its, conn))
            .map(|(id, _)| *id)
    }

    fn take_frame(&mut self, id: ConnId, frame: Frame) {
        let Some(conn) = self.conns.get_mut(&id) else {
            return;
        };
        match (&conn.role, frame) {
            (Role::New, Frame::Control(Control::Hello(hello))) => self.begin(id, hello),
            (Role::New, _) => conn.fail(1, "the first frame must say what is wanted".into()),
            (Role::Console { name, .. }, frame) => {
                if let Some(console) = self.consoles.get_mut(name) {
                    match frame {
                        Frame::Data(bytes) => console.type_in(&bytes),
                        Frame::Control(Control::Resize(size)) => console.resize(size),
                        Frame::Control(_) | Frame::Stderr(_) => {}
                    }
                }
            }
            (Role::Exec, Frame::Data(bytes)) => self.execs.type_in(id, &bytes),
            (Role::Exec, Frame::Control(Control::EndOfInput)) => self.execs.end_input(id),
            (Role::Exec, Frame::Control(Control::Resize(size))) => self.execs.resize(id, size),
            (Role::Exec | Role::Watcher | Role::Log { .. } | Role::Closing, _) => {}
        }
    }

    fn begin(&mut self, id: ConnId, hello: Hello) {
        match hello.request {
            Request::Status => {
                let status = Control::Status(Box::new(self.status()));
                self.answer(id, Role::Closing, status);
            }
            Request::Watch => {
                let status = Control::Status(Box::new(self.status()));
                self.answer(id, Role::Watcher, status);
            }
            Request::Release => {
                self.release();
                self.answer(id, Role::Closing, Control::Done);
            }
            Request::Stop { grace_ms } => self.stop(id, Duration::from_millis(grace_ms)),
            Request::Netns => {
                if let Some(conn) = self.conns.get_mut(&id) {
                    conn.send_with_descriptor(self.netns.as_fd());
                }
            }
            Request::Console {
                name,
                size,
                from_offset,
            } => self.open_console(id, name, size, from_offset),
            Request::Exec { argv, env, tty } => self.exec(id, &argv, &env, tty),
            Request::Logs { process, follow } => self.open_log(id, process, follow),
        }
    }

    fn answer(&mut self, id: ConnId, role: Role, control: Control) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.control(control);
            conn.role = role;
        }
    }

    fn fail(&mut self, id: ConnId, status: i32, message: impl Into<String>) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.fail(status, message.into());
        }
    }

    fn release(&mut self) {
        if self.released {
            return;
        }
        self.released = true;
        self.note("released");
        for problem in sysctls(&self.spec) {
            self.tell(&problem);
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
        self.services.release();
    }

    /// The client hears the end by the connection's.
    fn stop(&mut self, id: ConnId, grace: Duration) {
        let now = self.now();
        self.note("asked to end");
        match &mut self.stopping {
            Some(stopping) => stopping.hurry(now, grace),
            None => self.stopping = Some(Stopping::new(now, grace)),
        }
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.role = Role::Watcher;
        }
    }

    fn open_console(&mut self, id: ConnId, name: String, size: WindowSize, from_offset: u64) {
        let now = self.now();
        let open = self.released && self.stopping.is_none();
        let Some(console) = self.consoles.get_mut(&name).filter(|_| open) else {
            return self.fail(id, 1, format!("there is no console {name:?} now"));
        };
        console.open(now, size);
        let offset = console.scrollback.read(from_offset, 0).offset;
        self.answer(
            id,
            Role::Console { name, offset },
            Control::Replay { offset },
        );
    }

    fn open_log(&mut self, id: ConnId, process: Option<String>, follow: bool) {
        let name = process.unwrap_or_else(|| SUPERVISOR.into());
        let Some(log) = self.logs.scrollback(&name) else {
            return self.fail(id, 1, format!("there is no process {name:?}"));
        };
        let (offset, end) = (log.start(), log.end());
        let beginning = self.logs.beginning(&name);
        if let Some(conn) = self.conns.get_mut(&id) {
            if !beginning.is_empty() {
                conn.send(Frame::Data(beginning.into()));
            }
            conn.role = Role::Log {
                name,
                offset,
                until: (!follow).then_some(end),
            };
        }
    }

    fn exec(
        &mut self,
        id: ConnId,
        argv: &[String],
        env: &BTreeMap<String, String>,
        tty: Option<WindowSize>,
    ) {
        if self.stopping.is_some() {
            return self.fail(id, 1, "the node is stopping");
        }
        let environment = self.environment(env);
        let started = match tty {
            Some(size) => spawn::on_terminal(argv, &environment, size)
                .map(|(pid, terminal)| self.execs.add_terminal(id, pid, terminal)),
            None => spawn::piped(argv, &environment)
                .map(|(pid, pipes)| self.execs.add_piped(id, pid, pipes)),
        };
        let program = argv.first().map_or("", String::as_str);
        match started {
            Ok(()) => {
                if let Some(conn) = self.conns.get_mut(&id) {
                    conn.role = Role::Exec;
                }
            }
            Err(StartError::Missing) => {
                self.fail(id, NOT_FOUND, format!("program not found: {program}"));
            }
            Err(StartError::Other(why)) => {
                self.fail(id, CANNOT_RUN, format!("cannot run {program}: {why}"));
            }
        }
    }
}
