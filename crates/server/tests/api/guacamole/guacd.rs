//! A client that speaks telnet as guacd does.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::joined::Way;
use crate::app::SOON;

const IAC: u8 = 255;
/// WILL NAWS, and a window of 132 columns and 50 rows.
const WINDOW: [u8; 12] = [IAC, 251, 31, IAC, 250, 31, 0, 132, 0, 50, IAC, 240];

pub struct Guacd {
    stream: TcpStream,
    /// What was heard and not yet waited for, without telnet's own.
    heard: Vec<u8>,
    /// Of a command of telnet's that has begun.
    begun: Vec<u8>,
}

impl Guacd {
    pub async fn connect(from: Ipv4Addr, door: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(from.into(), 0))?;
        let stream = tokio::time::timeout(SOON, socket.connect(door)).await;
        Ok(Self {
            stream: stream.expect("a connection is taken or refused in time")?,
            heard: Vec::new(),
            begun: Vec::new(),
        })
    }

    pub async fn log_in(&mut self, way: &Way) {
        self.answer(&way.user, &way.password).await;
    }

    pub async fn answer(&mut self, user: &str, password: &str) {
        self.hears("login:").await;
        self.stream.write_all(&WINDOW).await.unwrap();
        self.type_in(&format!("{user}\r")).await;
        self.hears("Password:").await;
        self.type_in(&format!("{password}\r")).await;
    }

    pub async fn type_in(&mut self, keys: &str) {
        self.stream.write_all(keys.as_bytes()).await.unwrap();
    }

    /// What comes up to and with the words.
    pub async fn hears(&mut self, words: &str) -> String {
        let wait = async {
            loop {
                let text = String::from_utf8_lossy(&self.heard).into_owned();
                if let Some(at) = text.find(words) {
                    let (before, after) = text.split_at(at + words.len());
                    self.heard = after.into();
                    return before.to_owned();
                }
                assert!(self.more().await > 0, "{words:?} does not come: {text:?}");
            }
        };
        let heard = tokio::time::timeout(SOON, wait).await;
        heard.unwrap_or_else(|_| panic!("{words:?} does not come in time"))
    }

    /// Everything up to the end.
    pub async fn hears_the_end(mut self) -> String {
        let end = async { while self.more().await > 0 {} };
        tokio::time::timeout(SOON, end)
            .await
            .expect("the connection ends in time");
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// 0 at the end; a reset is one.
    async fn more(&mut self) -> usize {
        let mut buffer = [0; 4096];
        let read = self.stream.read(&mut buffer).await.unwrap_or(0);
        for byte in &buffer[..read] {
            self.take(*byte);
        }
        read
    }

    /// The server's telnet commands all have three bytes; NUL after CR is none of the text.
    fn take(&mut self, byte: u8) {
        match (self.begun.len(), byte) {
            (0, IAC) | (1 | 2, _) => self.begun.push(byte),
            (0, 0) => {}
            _ => self.heard.push(byte),
        }
        if self.begun.len() == 3 {
            self.begun.clear();
        }
    }
}
