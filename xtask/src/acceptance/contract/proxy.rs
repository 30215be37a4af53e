//! The machine's way to the package registries: an HTTP proxy that listens inside its network and asks
//! from ours. The machine has no other way out.
//!
//! ```text
//! apt, cargo, npm in the machine ──127.0.0.1:3128 there──▶ a thread here ──▶ the registry, or the proxy that this host uses itself
//! ```

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use nix::sched::{CloneFlags, setns};

pub const ADDRESS: &str = "127.0.0.1:3128";
const HEAD_MAX_BYTES: usize = 64 << 10;
const CONNECT_WITHIN: Duration = Duration::from_secs(30);

/// Serves until the machine's network is gone with the machine.
pub fn serve(machine: i32) -> anyhow::Result<()> {
    let listener = listen_inside(machine)?;
    thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(client) = client else { return };
            thread::spawn(move || {
                // The client sees the end of its connection, and says what it was about.
                let _ = relay(client);
            });
        }
    });
    Ok(())
}

/// A thread enters the machine's network for as long as it takes to make the socket, which stays there.
fn listen_inside(machine: i32) -> anyhow::Result<TcpListener> {
    let path = format!("/proc/{machine}/ns/net");
    let network = File::open(&path).with_context(|| format!("failed to open {path}"))?;
    let made = thread::spawn(move || -> io::Result<TcpListener> {
        setns(network.as_fd(), CloneFlags::CLONE_NEWNET)?;
        TcpListener::bind(ADDRESS)
    });
    let made = made.join().ok().context("the thread that listens ended")?;
    made.with_context(|| format!("failed to listen on {ADDRESS} in the machine"))
}

fn relay(mut client: TcpStream) -> io::Result<()> {
    let head = read_head(&mut client)?;
    let request = Request::parse(&head).ok_or_else(|| io::Error::other("no request"))?;
    let mut server;
    if let Some(proxy) = own_proxy(request.tunnel) {
        server = connect(&proxy)?;
        server.write_all(&head)?;
    } else {
        server = connect(&request.to)?;
        if request.tunnel {
            client.write_all(b"HTTP/1.1 200 connected\r\n\r\n")?;
        } else {
            server.write_all(&request.rewritten)?;
        }
    }
    let (mut up, mut down) = (client.try_clone()?, server.try_clone()?);
    let upward = thread::spawn(move || copy_until_end(&mut up, &mut down));
    copy_until_end(&mut server, &mut client);
    let _ = upward.join();
    Ok(())
}

fn copy_until_end(from: &mut TcpStream, to: &mut TcpStream) {
    let _ = io::copy(from, to);
    let _ = to.shutdown(Shutdown::Write);
}

fn connect(to: &str) -> io::Result<TcpStream> {
    use std::net::ToSocketAddrs;
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in to.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_WITHIN) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn read_head(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > HEAD_MAX_BYTES || client.read(&mut byte)? == 0 {
            return Err(io::Error::other("no request"));
        }
        head.push(byte[0]);
    }
    Ok(head)
}

/// The proxy that programs of this host are told to use: `host:port`.
fn own_proxy(tunnel: bool) -> Option<String> {
    let names = if tunnel {
        ["https_proxy", "HTTPS_PROXY"]
    } else {
        ["http_proxy", "HTTP_PROXY"]
    };
    let value = names.iter().find_map(|name| std::env::var(name).ok())?;
    let value = value.strip_prefix("http://").unwrap_or(&value);
    let value = value.trim_end_matches('/');
    (!value.is_empty()).then(|| value.to_owned())
}

struct Request {
    /// `CONNECT`: bytes both ways.
    tunnel: bool,
    /// `host:port`.
    to: String,
    /// As the server itself wants it: a path, and the connection ends with the answer.
    rewritten: Vec<u8>,
}

impl Request {
    fn parse(head: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(head).ok()?;
        let (line, headers) = text.split_once("\r\n")?;
        let mut words = line.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        if method == "CONNECT" {
            return Some(Self {
                tunnel: true,
                to: target.to_owned(),
                rewritten: Vec::new(),
            });
        }
        let rest = target.strip_prefix("http://")?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let to = if host.contains(':') {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        let kept = headers.trim_end().lines().filter(|header| {
            let header = header.to_ascii_lowercase();
            !header.starts_with("proxy-") && !header.starts_with("connection:")
        });
        let kept: Vec<&str> = kept.collect();
        let rewritten = format!(
            "{method} /{path} HTTP/1.1\r\n{}\r\nConnection: close\r\n\r\n",
            kept.join("\r\n")
        );
        Some(Self {
            tunnel: false,
            to,
            rewritten: rewritten.into_bytes(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_plain_request_is_rewritten_for_its_server() {
        let head =
            b"GET http://deb.example/debian/x HTTP/1.1\r\nHost: deb.example\r\nProxy-Connection: keep-alive\r\n\r\n";
        let request = Request::parse(head).unwrap();
        assert_eq!(request.to, "deb.example:80");
        assert_eq!(
            String::from_utf8(request.rewritten).unwrap(),
            "GET /debian/x HTTP/1.1\r\nHost: deb.example\r\nConnection: close\r\n\r\n"
        );
    }

    #[test]
    fn a_tunnel_goes_where_it_says() {
        let request = Request::parse(b"CONNECT a.example:443 HTTP/1.1\r\n\r\n").unwrap();
        assert!(request.tunnel);
        assert_eq!(request.to, "a.example:443");
    }
}
