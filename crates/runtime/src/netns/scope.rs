//! A node in a systemd scope of its own, so that it is in nobody else's unit: stopping or restarting
//! the agent's does not touch it, and the host's administrator sees each node under its name.
//!
//! ```text
//! launcher waits for its launch ── StartTransientUnit(PIDs = launcher) ──▶ it is in the scope ── launch goes in
//! ```
//! Everything of the node is a child of its launcher, and so is in the scope from its first moment on.
//! The name holds the launcher's pid: a node that is started again need not wait until systemd has
//! forgotten the scope before. Asked for over the system's D-Bus, of which this is the one call that
//! is needed.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep, timeout};

mod message;

use message::{Call, Kind, Reply};

const BUS: &str = "/run/dbus/system_bus_socket";
/// All scopes of nodes, for whoever wants to see or limit them together.
const SLICE: &str = "nova_ve.slice";
/// systemd answers in a millisecond or two; while it reloads, in a second.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(1);
/// Longer messages are no answer to what is asked here.
const MESSAGE_MAX_BYTES: usize = 1 << 16;

/// Puts the process `pid` into a scope named for `node`, and returns when it is there.
pub async fn enter(node: &str, pid: u32) -> io::Result<()> {
    let name = format!("nova-ve-{node}-{pid}.scope");
    timeout(PATIENCE, async {
        start(&name, node, pid).await?;
        // The answer comes when the job is queued, the process is moved when it runs.
        while !is_in(&name, pid)? {
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    })
    .await
    .unwrap_or_else(|_| Err(io::Error::other("systemd does not make it in time")))
}

fn is_in(name: &str, pid: u32) -> io::Result<bool> {
    let groups = std::fs::read_to_string(format!("/proc/{pid}/cgroup"))?;
    Ok(groups.lines().any(|line| line.ends_with(name)))
}

async fn start(name: &str, node: &str, pid: u32) -> io::Result<()> {
    let mut bus = Bus::connect().await?;
    bus.call(&message::hello()).await?;
    bus.call(&message::start_scope(name, node, SLICE, pid))
        .await
}

struct Bus {
    stream: UnixStream,
    serial: u32,
}

impl Bus {
    async fn connect() -> io::Result<Self> {
        let mut stream = UnixStream::connect(BUS).await?;
        // The user's number in decimal, each digit as the hex of its letter: 0 is 30.
        let user = rustix::process::geteuid().as_raw().to_string();
        let user: String = user.chars().flat_map(|digit| ['3', digit]).collect();
        stream
            .write_all(format!("\0AUTH EXTERNAL {user}\r\n").as_bytes())
            .await?;
        let answer = line(&mut stream).await?;
        if !answer.starts_with("OK ") {
            return Err(io::Error::other(format!("D-Bus refuses us: {answer}")));
        }
        stream.write_all(b"BEGIN\r\n").await?;
        Ok(Self { stream, serial: 0 })
    }

    /// Its answer; what else comes meanwhile is not for us.
    async fn call(&mut self, call: &Call) -> io::Result<()> {
        self.serial += 1;
        self.stream.write_all(&call.encode(self.serial)).await?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let reply = self.receive().await?;
            if reply.to != Some(self.serial) {
                continue;
            }
            return match reply.kind {
                Kind::Return => Ok(()),
                Kind::Error => Err(io::Error::other(reply.text)),
                Kind::Other => Err(io::Error::other("an answer of no known kind")),
            };
        }
        Err(io::Error::from(io::ErrorKind::TimedOut))
    }

    async fn receive(&mut self) -> io::Result<Reply> {
        let mut head = vec![0; message::HEAD_BYTES];
        self.stream.read_exact(&mut head).await?;
        let rest = message::rest_bytes(&head)
            .filter(|rest| *rest <= MESSAGE_MAX_BYTES)
            .ok_or_else(|| io::Error::other("D-Bus says what is no message"))?;
        head.resize(message::HEAD_BYTES + rest, 0);
        self.stream
            .read_exact(&mut head[message::HEAD_BYTES..])
            .await?;
        message::decode(&head).ok_or_else(|| io::Error::other("D-Bus says what is no message"))
    }
}

/// A line of the handshake.
async fn line(stream: &mut UnixStream) -> io::Result<String> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n") {
        if text.len() > 512 {
            return Err(io::Error::other("D-Bus says no line"));
        }
        text.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&text).trim().to_owned())
}
