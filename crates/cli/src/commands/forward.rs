//! `forward LAB/NODE:PORT [LOCAL]`: a TCP port of a node on this machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use anyhow::Context;
use api::client::{Client, TerminalFrame, TerminalReceiver, TerminalSender};
use model::{LabId, NodeId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::node::one::find;
use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::lookup::NodePath;
use crate::output::remark;

const CHUNK_BYTES: usize = 32 << 10;

#[derive(Debug, clap::Args)]
#[command(after_help = "Ends with Ctrl-C. Only this machine reaches the local port.")]
pub struct Args {
    /// The node, and the port that something in it listens on
    #[arg(value_name = "LAB/NODE:PORT")]
    port: NodePort,
    /// The port on this machine; 0: a free one [default: the same, or a free one when it is taken]
    local: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct NodePort {
    node: NodePath,
    port: u16,
}

impl std::str::FromStr for NodePort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a port is written LAB/NODE:PORT, as in mylab/r1:22".to_owned();
        let (node, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().ok().filter(|port| *port != 0);
        let node: NodePath = node.parse().map_err(|_| wrong())?;
        match (port, &node.console) {
            (Some(port), None) => Ok(Self { node, port }),
            (_, _) => Err(wrong()),
        }
    }
}

/// Where each connection leads.
struct Target {
    client: Client,
    lab: LabId,
    node: NodeId,
    port: u16,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let found = find(&client, &args.port.node).await?;
    let port = args.port.port;
    let listener = listen(args.local, port).await?;
    let local = listener.local_addr()?;
    remark(&format!("{local} leads to {}:{port}", found.path()));
    let target = Arc::new(Target {
        client,
        lab: found.lab.id,
        node: found.id,
        port,
    });
    loop {
        let (stream, _) = listener.accept().await?;
        let target = target.clone();
        tokio::spawn(async move {
            if let Err(error) = carry(&target, stream).await {
                remark(&format!("{error:#}"));
            }
        });
    }
}

async fn listen(asked: Option<u16>, port: u16) -> anyhow::Result<TcpListener> {
    let here = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match asked {
        Some(local) => TcpListener::bind(here(local))
            .await
            .with_context(|| format!("failed to listen on port {local} of this machine")),
        None => match TcpListener::bind(here(port)).await {
            Ok(listener) => Ok(listener),
            // Taken, or below 1024 and we are not root.
            Err(_) => Ok(TcpListener::bind(here(0)).await?),
        },
    }
}

/// One connection, until the node's side has closed it.
async fn carry(target: &Target, stream: TcpStream) -> anyhow::Result<()> {
    let Target {
        client,
        lab,
        node,
        port,
    } = target;
    let (to_node, from_node) = client.open_port(*lab, *node, *port).await?.split();
    let (from_here, to_here) = stream.into_split();
    // Neither loses what matters when the other is done: then the connection is over.
    tokio::select! {
        () = up(from_here, to_node) => Ok(()),
        ended = down(from_node, to_here) => ended,
    }
}

/// Never ends: with its half of the socket the whole would close, and the node may still answer.
async fn up(mut from_here: OwnedReadHalf, mut to_node: TerminalSender) {
    let mut buffer = vec![0; CHUNK_BYTES];
    while let Ok(read @ 1..) = from_here.read(&mut buffer).await {
        if to_node.send(&buffer[..read]).await.is_err() {
            break;
        }
    }
    // A node that is gone needs no end.
    let _ = to_node.end_of_input().await;
    std::future::pending::<()>().await;
}

async fn down(mut from_node: TerminalReceiver, mut to_here: OwnedWriteHalf) -> anyhow::Result<()> {
    while let Some(frame) = from_node.next().await {
        match frame? {
            TerminalFrame::Output(bytes) | TerminalFrame::Stderr(bytes) => {
                to_here.write_all(&bytes).await?;
            }
            TerminalFrame::Failed { message } => anyhow::bail!("{message}"),
            TerminalFrame::Exit { .. } => break,
            TerminalFrame::Replay { .. } => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_named_with_its_node() {
        let right: NodePort = "my lab/r1:22".parse().expect("right");
        assert_eq!((right.node.node.as_str(), right.port), ("r1", 22));
        for wrong in [
            "r1:22",
            "lab/r1",
            "lab/r1:0",
            "lab/r1:70000",
            "lab/r1/vtysh:22",
        ] {
            assert!(wrong.parse::<NodePort>().is_err(), "{wrong}");
        }
    }
}
