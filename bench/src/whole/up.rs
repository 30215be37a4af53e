//! `nova-ve up` to the first answered request.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::bail;

use super::{Embedded, PACKAGES};
use crate::benchmark::{Benchmark, Context, nothing};
use crate::figure::Figure;
use crate::statistics::median;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "up",
    about: "From the start of `nova-ve up` to the first answered `GET /api/health`, asked every millisecond; on a folder that was never used (the database is made) and on one that was.",
    needs_root: true,
    packages: PACKAGES,
    lacks: nothing,
    run,
};

const RUNS: usize = 7;
const LIMIT_MS: f64 = 300.0;

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let (mut fresh, mut again) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let embedded = Embedded::prepare(context)?;
        fresh.push(up(&embedded)?);
        embedded.nova(&["down"])?;
        again.push(up(&embedded)?);
    }
    Ok(vec![
        Figure::new("a fresh folder", median(&fresh), "ms").at_most(LIMIT_MS),
        Figure::new("a used folder", median(&again), "ms").at_most(LIMIT_MS),
    ])
}

fn up(embedded: &Embedded) -> anyhow::Result<f64> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let begun = Instant::now();
    let mut starter = embedded
        .command("nova-ve")
        .args(["up", "-d", "--listen", &address.to_string()])
        .stdout(Stdio::null())
        .spawn()?;
    while !answers(address) {
        if begun.elapsed() > Duration::from_secs(30) {
            bail!("nobody answers at {address}");
        }
        pause();
    }
    let took = begun.elapsed();
    if !starter.wait()?.success() {
        bail!("nova-ve up failed");
    }
    Ok(took.as_secs_f64() * 1e3)
}

fn answers(address: SocketAddr) -> bool {
    let asked = TcpStream::connect(address).and_then(|mut stream| {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET /api/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    });
    asked.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

#[expect(clippy::disallowed_methods, reason = "a plain thread that asks again")]
fn pause() {
    std::thread::sleep(Duration::from_millis(1));
}
