//! HTTP written by hand, where a client would put in order what shall be wrong.

use std::collections::BTreeMap;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::{SOON, TestApp};

pub struct Wire(TcpStream);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: BTreeMap<String, String>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.headers.keys().map(String::as_str)
    }

    /// The problem document's code.
    pub fn code(&self) -> String {
        let problem: api::ApiError = serde_json::from_str(&self.body).unwrap_or_else(|error| {
            panic!("{error}: {:?}", self.body);
        });
        problem.code
    }
}

impl Wire {
    pub async fn open(test: &TestApp) -> Self {
        Self(TcpStream::connect(address(test)).await.unwrap())
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // A server that has said no may have closed already.
        let _ = self.0.write_all(bytes.as_ref()).await;
    }

    /// One answer: its head, and a body of the length that the head says.
    pub async fn answer(&mut self) -> Answer {
        let answer = tokio::time::timeout(SOON, self.read_answer()).await;
        answer.expect("an answer comes in time").expect("an answer")
    }

    /// Reads until the server closes; whether it did so in time.
    pub async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        let closed = self.0.read_to_end(&mut rest);
        tokio::time::timeout(SOON, closed).await.is_ok()
    }

    async fn read_answer(&mut self) -> Option<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let (line, fields) = head.split_once("\r\n").unwrap();
        let headers: BTreeMap<String, String> = fields
            .lines()
            .filter_map(|field| field.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let length = headers.get("content-length").and_then(|l| l.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        // The answer to HEAD tells a length and has no body.
        let _ = tokio::time::timeout(SOON / 20, self.0.read_exact(&mut body)).await;
        Some(Answer {
            status: line.split(' ').nth(1)?.parse().ok()?,
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    }
}

pub fn address(test: &TestApp) -> &str {
    test.url.strip_prefix("http://").unwrap()
}

/// A request without a body, to our own address.
pub async fn ask(test: &TestApp, line: &str, headers: &[&str]) -> Answer {
    ask_body(test, line, headers, "").await
}

/// A request for JSON, to our own address unless the headers name a `Host`.
pub async fn ask_body(test: &TestApp, line: &str, headers: &[&str], body: &str) -> Answer {
    let mut lines = vec![format!("{line} HTTP/1.1")];
    if !headers.iter().any(|header| header.starts_with("Host:")) {
        lines.push(format!("Host: {}", address(test)));
    }
    let given = headers.iter().filter(|header| !header.is_empty());
    lines.extend(given.map(|header| (*header).to_owned()));
    if !body.is_empty() {
        lines.push("Content-Type: application/json".into());
        lines.push(format!("Content-Length: {}", body.len()));
    }
    let head = lines.join("\r\n");
    let mut wire = Wire::open(test).await;
    wire.send(format!("{head}\r\n\r\n{body}")).await;
    wire.answer().await
}
