//! A TCP port of a node as a stream.
//!
//! ```text
//! client ─Data─▶ port ─Data─▶ client    EndOfInput: the client writes no more, and may still read
//!                 └ its end ─▶ Exit 0
//! ```

use std::os::fd::OwnedFd;

use agent_api::client::{NodeEnd, pair};
use agent_api::stream::{Control, StreamFrame};
use agent_api::{AgentError, AgentStream};
use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// Frames that wait in each direction.
const DEPTH: usize = 16;
const CHUNK_BYTES: usize = 32 << 10;

/// Fails when nothing in the node answers on the port.
pub async fn open(netns: OwnedFd, port: u16) -> Result<AgentStream, AgentError> {
    let refused = |error: std::io::Error| AgentError::Failed {
        code: "port_closed".into(),
        message: format!("nothing in the node answers on TCP port {port}: {error}"),
    };
    let stream = fabric::dial(netns, port).await.map_err(refused)?;
    stream.set_nonblocking(true).map_err(refused)?;
    let stream = TcpStream::from_std(stream).map_err(refused)?;
    let (client, end) = pair(DEPTH);
    tokio::spawn(serve(stream, end));
    Ok(client)
}

async fn serve(stream: TcpStream, end: NodeEnd) {
    // A latency of 40 ms is told from none by whoever types.
    let _ = stream.set_nodelay(true);
    let (from_port, to_port) = stream.into_split();
    let NodeEnd { input, output } = end;
    // Both arms are dropped only when the connection as a whole is over.
    tokio::select! {
        () = up(input, to_port) => {}
        () = down(from_port, output) => {}
    }
}

/// Ends when the client is gone, not when it merely writes no more.
async fn up(mut input: tokio::sync::mpsc::Receiver<StreamFrame>, mut to_port: OwnedWriteHalf) {
    while let Some(frame) = input.recv().await {
        let written = match frame {
            StreamFrame::Data(bytes) => to_port.write_all(&bytes).await,
            StreamFrame::Control(Control::EndOfInput) => to_port.shutdown().await,
            StreamFrame::Stderr(_) | StreamFrame::Control(_) => Ok(()),
        };
        if written.is_err() {
            // What the port said before it closed is still on its way down.
            std::future::pending::<()>().await;
        }
    }
}

async fn down(mut from_port: OwnedReadHalf, output: tokio::sync::mpsc::Sender<StreamFrame>) {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(CHUNK_BYTES);
        let read = from_port.read_buf(&mut buffer).await;
        let frame = match read {
            Ok(0) | Err(_) => StreamFrame::Control(Control::Exit { status: 0 }),
            Ok(_) => StreamFrame::Data(buffer.split().freeze()),
        };
        let is_last = matches!(frame, StreamFrame::Control(_));
        if output.send(frame).await.is_err() || is_last {
            return;
        }
    }
}
