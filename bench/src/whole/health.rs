//! `/api/health` with its look at the database, beside a bare axum handler that does the same query.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Embedded, PACKAGES};
use crate::benchmark::{Benchmark, Context, nothing};
use crate::figure::Figure;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "health",
    about: "`GET /api/health` with its database check at 64 connections, beside a bare axum handler with sqlx (none of nova-ve's code) in a process of its own that does the same query on an SQLite database of its own; taken in turns. (GNS3's version request: 510 a second at 16 connections.)",
    needs_root: true,
    packages: PACKAGES,
    lacks: nothing,
    run,
};

const CONNECTIONS: usize = 64;
/// To its database, as many as read in nova-ve.
const PEERS_CONNECTIONS: u32 = 4;
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
    let (mut a_second, mut peers) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        a_second.push(runtime.block_on(answers_a_second(ours))?);
        peers.push(runtime.block_on(answers_a_second(peer.address))?);
    }
    let ratio = Figure::of_pairs("answers a second", &a_second, &peers, "/s");
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

/// The peer: nothing but axum and sqlx. The same statement on a table of the same kind, as many
/// connections, the same journal.
pub fn bare(address: SocketAddr, folder: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let options = SqliteConnectOptions::new()
            .filename(folder.join("bare.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal);
        let pool = SqlitePoolOptions::new().max_connections(PEERS_CONNECTIONS);
        let pool = pool.connect_with(options).await?;
        let table = "CREATE TABLE schema_migrations (number INTEGER PRIMARY KEY)";
        sqlx::query(table).execute(&pool).await?;
        let row = "INSERT INTO schema_migrations VALUES (1)";
        sqlx::query(row).execute(&pool).await?;
        let router = Router::new()
            .route("/api/health", get(look))
            .with_state(pool);
        let listener = tokio::net::TcpListener::bind(address).await?;
        Ok(axum::serve(listener, router).await?)
    })
}

async fn look(State(pool): State<SqlitePool>) -> (StatusCode, &'static str) {
    let query = sqlx::query("SELECT number FROM schema_migrations LIMIT 1");
    match query.fetch_optional(&pool).await {
        Ok(_) => (StatusCode::OK, "{\"status\":\"ok\"}"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "{\"status\":\"down\"}"),
    }
}
