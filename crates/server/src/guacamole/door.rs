//! Where guacd comes in: a listening socket for one connection.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustix::net::sockopt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::Instant;

use super::Guacamole;

/// Whoever comes before it is his turn waits in the kernel; guacd comes once.
const WAITING: u32 = 8;
/// After an error of the kernel, such as no free descriptor, it is asked again so much later.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);
/// guacd that is gone without a word is noticed after a minute and a half.
const ALIVE_AFTER: Duration = Duration::from_secs(30);
const ALIVE_EVERY: Duration = Duration::from_secs(20);
const ALIVE_TRIES: u32 = 3;

pub struct Door {
    listener: TcpListener,
    address: SocketAddr,
    guacd: IpAddr,
    until: Instant,
}

impl Door {
    /// On a free port of this host's address in guacd's network.
    pub fn open(guacamole: &Guacamole) -> io::Result<Self> {
        let network = &guacamole.network;
        let socket = match network.host {
            IpAddr::V4(_) => TcpSocket::new_v4()?,
            IpAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // An address alone is heard on every interface of the host.
        socket.bind_device(network.bridge.as_deref().map(str::as_bytes))?;
        socket.bind(SocketAddr::new(network.host, 0))?;
        let listener = socket.listen(WAITING)?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
            guacd: network.guacd,
            until: Instant::now() + guacamole.bounds.connect_within,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The first connection of guacd's; `None`: it did not come in time. The door is shut after either.
    pub async fn guest(self) -> Option<TcpStream> {
        let guest = tokio::time::timeout_at(self.until, async {
            let mut is_told = false;
            loop {
                match self.listener.accept().await {
                    Ok((stream, peer)) if peer.ip() == self.guacd => return stream,
                    // Once: who comes again and again fills no log.
                    Ok((_, peer)) if !std::mem::replace(&mut is_told, true) => {
                        tracing::warn!(%peer, "somebody else than guacd was at a console's door");
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "guacd cannot be let in");
                        tokio::time::sleep(ACCEPT_AGAIN).await;
                    }
                }
            }
        });
        let guest = guest.await.ok()?;
        if let Err(error) = look_after(&guest) {
            tracing::warn!(%error, "a guacd that is gone will not be noticed");
        }
        Some(guest)
    }
}

fn look_after(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    sockopt::set_socket_keepalive(stream, true)?;
    sockopt::set_tcp_keepidle(stream, ALIVE_AFTER)?;
    sockopt::set_tcp_keepintvl(stream, ALIVE_EVERY)?;
    sockopt::set_tcp_keepcnt(stream, ALIVE_TRIES)?;
    Ok(())
}
