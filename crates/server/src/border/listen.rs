//! The loop that takes connections in, and the task of each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::Connection;
use super::doors::{Doors, Full};
use super::{Border, HEAD_MAX_BYTES, HEADERS_MAX};
use crate::error::Error;

/// Whoever finds no place is told so, so many at once; the rest is only closed.
const TOLD_AT_ONCE: usize = 64;
const TOLD_WITHIN: Duration = Duration::from_secs(1);
/// After an error of the kernel, such as no free descriptor, it is asked again so much later.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// Serves until `stopping`, then lets every connection end what it has begun.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    border: Border,
    open_files: usize,
    stopping: CancellationToken,
) {
    let doors = Doors::new(&border, open_files);
    let told = Arc::new(Semaphore::new(TOLD_AT_ONCE));
    let tasks = TaskTracker::new();
    loop {
        // Both arms are cancel-safe: `accept` loses no connection.
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.cancelled() => break,
        };
        let (stream, peer) = match accepted {
            Ok((stream, peer)) => (stream, canonical(peer)),
            Err(error) => {
                note_accept_error(&error).await;
                continue;
            }
        };
        match doors.enter(peer.ip()) {
            Ok(place) => {
                let _ = stream.set_nodelay(true);
                let connection = Connection::new(stream, place, border.answer_silence);
                let one = run(connection, peer, router.clone(), border, stopping.clone());
                tasks.spawn(one);
            }
            Err(full) => tell_full(&tasks, &told, stream, peer, full),
        }
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

/// On a socket of both families an IPv4 client has an IPv6 address; loopback shall be loopback.
fn canonical(peer: SocketAddr) -> SocketAddr {
    SocketAddr::new(peer.ip().to_canonical(), peer.port())
}

/// A client that went away before it was taken in is none of our concern.
async fn note_accept_error(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        return;
    }
    tracing::error!(%error, "no connection can be taken in");
    tokio::time::sleep(ACCEPT_AGAIN).await;
}

async fn run(
    connection: Connection,
    peer: SocketAddr,
    router: Router,
    border: Border,
    stopping: CancellationToken,
) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request)
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(border.head_within)
        .max_header_size(HEAD_MAX_BYTES)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(connection), service)
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    // Errors here are the client's: a broken head, a connection that broke off.
    tokio::select! {
        ended = serving.as_mut() => return note_end(ended),
        () = stopping.cancelled() => serving.as_mut().graceful_shutdown(),
    }
    note_end(serving.await);
}

fn note_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

fn tell_full(
    tasks: &TaskTracker,
    told: &Arc<Semaphore>,
    stream: TcpStream,
    peer: SocketAddr,
    full: Full,
) {
    tracing::warn!(client.address = %peer.ip(), ?full, "a connection was refused, there are too many");
    let Ok(permit) = told.clone().try_acquire_owned() else {
        return;
    };
    tasks.spawn(async move {
        let _permit = permit;
        let _ = tokio::time::timeout(TOLD_WITHIN, refuse(stream, full)).await;
    });
}

/// Answers without reading the request, then reads until the client closes: a socket that is closed
/// with input unread is reset, and the answer lost.
async fn refuse(mut stream: TcpStream, full: Full) -> std::io::Result<()> {
    let problem = Error::TooManyConnections {
        from_one: full == Full::Address,
    };
    let body = serde_json::to_string(&problem.document()).expect("strings and numbers serialize");
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n\
         X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'\r\n\
         Cache-Control: no-store\r\nRetry-After: 10\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn an_ipv4_client_of_a_socket_of_both_families_is_known_by_its_ipv4_address() {
        for (seen, known) in [
            ("[::ffff:127.0.0.1]:80", "127.0.0.1:80"),
            ("[::ffff:192.0.2.7]:80", "192.0.2.7:80"),
            ("[::1]:80", "[::1]:80"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            let peer = canonical(seen.parse().unwrap());
            assert_eq!(peer, known.parse().unwrap());
        }
        assert!(
            canonical("[::ffff:127.0.0.1]:80".parse().unwrap())
                .ip()
                .is_loopback()
        );
    }
}
