//! Connections to TCP ports inside namespaces.

use std::io::{self, Read, Write};
use std::net::TcpListener;

use fabric::dial;

use crate::ground::{Node, ground, ip};

/// Says what was asked, once.
fn answer(listener: &TcpListener) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut word = [0; 5];
    stream.read_exact(&mut word).unwrap();
    stream.write_all(&word).unwrap();
}

#[tokio::test]
async fn a_port_is_reached_on_the_loopback_and_on_an_address_that_it_listens_on_alone() {
    let Some(lab) = ground() else { return };
    let node = Node::new(1);
    lab.plug(&node, None).await;
    ip(&node.netns, "link set lo up");
    ip(&node.netns, "link set eth0 up");
    ip(&node.netns, "addr add 10.9.0.1/24 dev eth0");
    for address in ["127.0.0.1:0", "[::1]:0", "10.9.0.1:0"] {
        let bind = move || TcpListener::bind(address).unwrap();
        let listener = node.netns.run(bind).unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || answer(&listener));
        let netns = node.netns.descriptor().unwrap();
        let mut stream = dial(netns, port).await.unwrap();
        stream.write_all(b"hello").unwrap();
        let mut word = [0; 5];
        stream.read_exact(&mut word).unwrap();
        assert_eq!(&word, b"hello", "{address}");
        thread.join().unwrap();
    }
    let closed = dial(node.netns.descriptor().unwrap(), 1).await.unwrap_err();
    assert_eq!(closed.kind(), io::ErrorKind::ConnectionRefused);
}
