//! Whether a process listens on a port: another installation's server may be the one that answers there.

use std::net::SocketAddr;

use super::ProcessId;

/// By the sockets that `process` has open. Only its owner and root can tell.
pub fn listens(process: ProcessId, address: SocketAddr) -> bool {
    let sockets: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .flat_map(|table| {
            listening(
                &std::fs::read_to_string(table).unwrap_or_default(),
                address.port(),
            )
        })
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    let open = std::fs::read_dir(format!("/proc/{}/fd", process.pid));
    open.into_iter()
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .any(|target| {
            sockets
                .iter()
                .any(|socket| target.as_os_str() == socket.as_str())
        })
}

/// Inodes of the sockets that listen on a port: `sl local_address rem_address st … inode`, in hex.
fn listening(table: &str, port: u16) -> Vec<u64> {
    const LISTEN: &str = "0A";
    let end = format!(":{port:04X}");
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line.split_whitespace().collect();
            let ours = columns.get(1)?.ends_with(&end) && *columns.get(3)? == LISTEN;
            ours.then(|| columns.get(9)?.parse().ok()).flatten()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::net::TcpListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn the_process_that_listens_is_told_from_another() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let me = ProcessId::of(std::process::id()).unwrap();
        assert!(listens(me, address));
        let mut other = Command::new("sleep").arg("60").spawn().unwrap();
        assert!(!listens(ProcessId::of(other.id()).unwrap(), address));
        other.kill().unwrap();
        other.wait().unwrap();
        drop(listener);
        assert!(!listens(me, address));
    }
}
