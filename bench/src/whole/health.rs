//! `/api/health` with its look at the database, beside a bare axum handler that does the same query.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use store::{Config, Store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Embedded, PACKAGES};
use crate::benchmark::{Benchmark, Context};
use crate::figure::Figure;
use crate::statistics::median;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "health",
    about: "`GET /api/health` with its database check at 64 connections, beside a bare axum handler in a process of its own that does the same query on a database of its own; taken in turns. (GNS3's version request: 510 a second at 16 connections.)",
    needs_root: true,
    packages: PACKAGES,
    run,
};

const CONNECTIONS: usize = 64;
const TURNS: usize = 15;
const TURN: Duration = Duration::from_secs(1);

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let embedded = Embedded::start(context)?;
    let record = embedded.file("up.json")?;
    let url = record["url"].as_str().context("no address")?;
    let ours: SocketAddr = url.trim_start_matches("http://").parse()?;
    let folder = tempfile::tempdir()?;
    let peer = Peer::start(folder.path())?;
    let (mut a_second, mut ratios, mut peers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let we = runtime.block_on(answers_a_second(ours))?;
        let they = runtime.block_on(answers_a_second(peer.address))?;
        a_second.push(we);
        peers.push(they);
        ratios.push(we / they);
    }
    let mut ratio = Figure::ratio("answers a second", median(&a_second), median(&peers), "/s");
    ratio.value = median(&ratios);
    Ok(vec![ratio.at_least(0.5)])
}

async fn answers_a_second(address: SocketAddr) -> anyhow::Result<f64> {
    let count = Arc::new(AtomicU64::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        clients.spawn(ask(address, Arc::clone(&count), Arc::clone(&over)));
    }
    let begun = Instant::now();
    tokio::time::sleep(TURN).await;
    over.store(true, Ordering::Relaxed);
    while let Some(client) = clients.join_next().await {
        client??;
    }
    let answers = u32::try_from(count.load(Ordering::Relaxed))?;
    Ok(f64::from(answers) / begun.elapsed().as_secs_f64())
}

/// One connection that asks again as soon as it is answered.
async fn ask(
    address: SocketAddr,
    count: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let request = format!("GET /api/health HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let mut buffer = Vec::with_capacity(4096);
    while !over.load(Ordering::Relaxed) {
        stream.write_all(request.as_bytes()).await?;
        buffer.clear();
        while !is_whole(&buffer)? {
            if stream.read_buf(&mut buffer).await? == 0 {
                bail!("the connection was closed");
            }
        }
        count.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Head and as many bytes as it promises.
fn is_whole(answer: &[u8]) -> anyhow::Result<bool> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(false);
    };
    let head = std::str::from_utf8(&answer[..end])?.to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        bail!("answered {head}");
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .context("an answer without a length")?;
    Ok(answer.len() >= end + 4 + length.trim().parse::<usize>()?)
}

struct Peer {
    child: Child,
    address: SocketAddr,
}

impl Peer {
    fn start(folder: &Path) -> anyhow::Result<Self> {
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(std::env::current_exe()?)
            .args(["bare-health", &address.to_string()])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let peer = Self { child, address };
        let begun = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            if begun.elapsed() > Duration::from_secs(10) {
                bail!("the peer does not answer");
            }
            std::thread::yield_now();
        }
        Ok(peer)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.child.kill().and_then(|()| self.child.wait()).ok();
    }
}

/// The peer: nothing but axum and the query.
pub fn bare(address: SocketAddr, folder: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let config = Config::sqlite(folder.join("bare.db"));
        Store::migrate(&config, 1).await?;
        let store = Store::open(&config).await?;
        let ping = move || {
            let store = store.clone();
            async move {
                match store.ping().await {
                    Ok(()) => (StatusCode::OK, "{\"status\":\"ok\"}"),
                    Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "{\"status\":\"down\"}"),
                }
            }
        };
        let listener = tokio::net::TcpListener::bind(address).await?;
        let router = Router::new().route("/api/health", get(ping));
        Ok(axum::serve(listener, router).await?)
    })
}
