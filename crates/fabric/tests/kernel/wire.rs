//! Frames, put on a node's wire and heard on another's.

use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use fabric::scratch::Namespace;
use nix::ifaddrs::getifaddrs;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType, bind, recv, send, socket,
};

const PATIENCE: Duration = Duration::from_secs(5);
/// Sent last: when it has arrived, everything before it has.
const LAST: &str = "the last frame";

/// A raw socket on an interface of a node.
pub struct Wire(OwnedFd);

impl Wire {
    pub fn on(netns: &Namespace, interface: &str) -> Self {
        let interface = interface.to_owned();
        netns.run(move || Self::open(&interface)).unwrap()
    }

    fn open(interface: &str) -> Self {
        let of_interface = |address: nix::ifaddrs::InterfaceAddress| -> Option<LinkAddr> {
            (address.interface_name == interface)
                .then(|| address.address?.as_link_addr().copied())?
        };
        let address = getifaddrs().unwrap().find_map(of_interface).unwrap();
        let every = SockProtocol::EthAll;
        let flags = SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Packet, SockType::Raw, flags, every).unwrap();
        bind(socket.as_raw_fd(), &address).unwrap();
        Self(socket)
    }

    pub fn send(&self, frame: &[u8]) {
        send(self.0.as_raw_fd(), frame, MsgFlags::empty()).unwrap();
    }

    /// The next frame, or None when none came in time.
    fn hear(&self, patience: Duration) -> Option<Vec<u8>> {
        use std::os::fd::AsFd;
        let mut waiting = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
        poll(&mut waiting, PollTimeout::try_from(patience).unwrap()).unwrap();
        let mut buffer = vec![0; 16 * 1024];
        let length = recv(self.0.as_raw_fd(), &mut buffer, MsgFlags::empty()).ok()?;
        buffer.truncate(length);
        Some(buffer)
    }

    /// The frames that carry `marker` and arrive before the last frame does.
    pub fn hear_until_last(&self, marker: &str) -> Vec<Vec<u8>> {
        let deadline = Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        while let Some(frame) = self.hear(deadline.saturating_duration_since(Instant::now())) {
            if carries(&frame, LAST) {
                return heard;
            }
            if carries(&frame, marker) {
                heard.push(frame);
            }
        }
        panic!(
            "the last frame did not arrive; {marker} {} times",
            heard.len()
        );
    }

    pub fn send_last(&self) {
        self.send(&frame(BROADCAST, &[0x88, 0xb5], LAST, 100));
    }
}

/// Waits until frames pass from one wire to the other: carrier needs a moment after both ends are up.
pub fn wait_until_heard(from: &Wire, to: &Wire) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "no frame passed in {PATIENCE:?}");
        let hello = frame(BROADCAST, &[0x88, 0xb5], "hello", 100);
        // Refused while the wire has no carrier.
        let _ = send(from.0.as_raw_fd(), &hello, MsgFlags::empty());
        while let Some(heard) = to.hear(Duration::from_millis(5)) {
            if carries(&heard, "hello") {
                return;
            }
        }
    }
}

/// How often a frame sent at `from` is heard at `to`.
pub fn times_heard(from: &Wire, to: &Wire, sent: &[u8], marker: &str) -> usize {
    from.send(sent);
    from.send_last();
    to.hear_until_last(marker).len()
}

pub const BROADCAST: [u8; 6] = [0xff; 6];

/// `kind` is the Ethernet type, or tags and type, or a length.
pub fn frame(to: [u8; 6], kind: &[u8], marker: &str, bytes: usize) -> Vec<u8> {
    let from = [0x02, 0, 0, 0, 0, 0x77];
    let mut frame = [&to[..], &from, kind, marker.as_bytes()].concat();
    frame.resize(bytes.max(frame.len()), 0);
    frame
}

fn carries(frame: &[u8], marker: &str) -> bool {
    let marker = marker.as_bytes();
    frame.windows(marker.len()).any(|part| part == marker)
}
