//! A connection to a TCP port inside a network namespace, made as a process in there would make it.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

use crate::NodeNet;
use crate::thread::inside;

/// All of it is inside one kernel: a port answers at once, or a firewall in there swallows the packets.
const WITHIN: Duration = Duration::from_secs(3);

/// Tries the loopback's addresses, then the namespace's others: a program may listen on one alone.
///
/// Errors are those of the last address, `ConnectionRefused` when nothing listens on the port.
pub async fn dial(netns: OwnedFd, port: u16) -> io::Result<TcpStream> {
    let others = addresses(&netns).await?;
    let connecting = tokio::task::spawn_blocking(move || {
        let loopback = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        let all = loopback.into_iter().chain(others);
        inside(netns, move || first_of(all, port))?
    });
    connecting.await.map_err(io::Error::other)?
}

async fn addresses(netns: &OwnedFd) -> io::Result<BTreeSet<IpAddr>> {
    let net = NodeNet::open(netns.try_clone()?).await;
    let interfaces = net.map_err(io::Error::other)?.observe().await;
    let interfaces = interfaces.map_err(io::Error::other)?;
    let all = interfaces.values().flat_map(|inner| &inner.addresses);
    let all = all.map(|address| address.0.addr());
    Ok(all.filter(|address| !is_link_local(address)).collect())
}

/// Means nothing without an interface.
fn is_link_local(address: &IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local())
}

fn first_of(addresses: impl Iterator<Item = IpAddr>, port: u16) -> io::Result<TcpStream> {
    let mut last = io::ErrorKind::ConnectionRefused.into();
    for address in addresses {
        match TcpStream::connect_timeout(&SocketAddr::new(address, port), WITHIN) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
