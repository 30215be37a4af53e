//! A console of a simulated node: a line at a time, with echo, a prompt and a few commands.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::tape::Tape;

const CONTROL_C: u8 = 3;
const BACKSPACE: [u8; 2] = [8, 127];

/// One shell on its terminal.
#[derive(Debug)]
pub(super) struct Shell {
    host: String,
    prompt: String,
    ping_every: Duration,
    pub tape: Arc<Tape>,
    line: Mutex<Line>,
}

#[derive(Debug, Default)]
struct Line {
    typed: Vec<u8>,
    /// The command that runs now, if it is one that lasts.
    running: Option<tokio::task::AbortHandle>,
}

impl Shell {
    pub fn new(host: &str, console: &str, ping_every: Duration) -> Arc<Self> {
        let prompt = match console {
            "shell" => format!("root@{host}:~# "),
            _ => format!("{host}# "),
        };
        let tape = Tape::new();
        tape.write(prompt.as_bytes());
        Arc::new(Self {
            host: host.into(),
            prompt,
            ping_every,
            tape,
            line: Mutex::default(),
        })
    }

    /// Keys as a terminal sends them.
    pub fn type_in(self: &Arc<Self>, keys: &[u8]) {
        for &key in keys {
            self.key(key);
        }
    }

    pub fn end(&self) {
        if let Some(running) = self.line().running.take() {
            running.abort();
        }
        self.tape.end();
    }

    fn line(&self) -> std::sync::MutexGuard<'_, Line> {
        self.line
            .lock()
            .expect("no holder of this lock panics: it only edits a line")
    }

    fn key(self: &Arc<Self>, key: u8) {
        let mut line = self.line();
        let busy = line
            .running
            .as_ref()
            .is_some_and(|task| !task.is_finished());
        match key {
            CONTROL_C => {
                line.typed.clear();
                if let Some(task) = line.running.take() {
                    task.abort();
                }
                self.tape.write(b"^C\r\n");
                self.tape.write(self.prompt.as_bytes());
            }
            _ if busy => {}
            b'\r' | b'\n' => {
                self.tape.write(b"\r\n");
                let typed = std::mem::take(&mut line.typed);
                line.running = self.run(&String::from_utf8_lossy(&typed));
            }
            key if BACKSPACE.contains(&key) => {
                if line.typed.pop().is_some() {
                    self.tape.write(b"\x08 \x08");
                }
            }
            key => {
                line.typed.push(key);
                self.tape.write(&[key]);
            }
        }
    }

    /// Runs the line; a command that lasts is a task.
    fn run(self: &Arc<Self>, typed: &str) -> Option<tokio::task::AbortHandle> {
        let words: Vec<&str> = typed.split_whitespace().collect();
        let answer = match words.as_slice() {
            [] => String::new(),
            ["ping", arguments @ ..] => {
                let target = arguments.last().copied().unwrap_or("127.0.0.1").to_owned();
                return Some(tokio::spawn(self.clone().ping(target)).abort_handle());
            }
            ["hostname"] => format!("{}\r\n", self.host),
            ["echo", rest @ ..] => format!("{}\r\n", rest.join(" ")),
            ["help"] => "simulated: ping, hostname, echo, exit\r\n".into(),
            ["exit"] => "logout\r\n\r\n".into(),
            [other, ..] => format!("{other}: command not found (this node is simulated)\r\n"),
        };
        self.tape.write(answer.as_bytes());
        self.tape.write(self.prompt.as_bytes());
        None
    }

    async fn ping(self: Arc<Self>, target: String) {
        self.tape
            .write(format!("PING {target} ({target}) 56(84) bytes of data.\r\n").as_bytes());
        for sequence in 1.. {
            let reply =
                format!("64 bytes from {target}: icmp_seq={sequence} ttl=64 time=0.042 ms\r\n");
            self.tape.write(reply.as_bytes());
            tokio::time::sleep(self.ping_every).await;
        }
    }
}
