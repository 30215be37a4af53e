//! A network with a way outward: DHCP, DNS, masquerade; through a kill of the agent and of the server.

use super::ground::{
    OUTSIDE, OUTSIDE6, Outside, Server, begin, can_be_told, gateway, lab, lab_of, network, run,
    servers, succeeds,
};
use crate::common::{as_ordinary_user, eventually, in_own_namespace_and_mounts, kill};

const NEEDED: [(&str, &str); 4] = [
    ("dnsmasq", "dnsmasq-base"),
    ("udhcpc", "udhcpc"),
    ("ping", "iputils-ping"),
    ("nft", "nftables"),
];

/// Takes what is offered and writes it down: the address, the way, who knows names.
const TAKE: &str = r#"
cat > /tmp/take <<'END'
#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip address flush dev $interface scope global
ip address add $ip/$mask dev $interface
[ -z "$router" ] || ip route replace default via $router
: > /etc/resolv.conf
for server in $dns; do echo "nameserver $server" >> /etc/resolv.conf; done
END
chmod 755 /tmp/take
udhcpc -i eth0 -n -q -f -t 5 -T 1 -s /tmp/take
"#;

#[test]
fn a_node_gets_an_address_a_way_outward_and_names() {
    let test = "networks::nat::a_node_gets_an_address_a_way_outward_and_names";
    if !can_be_told(test, &NEEDED) {
        return;
    }
    in_own_namespace_and_mounts(test, || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(nat());
    });
}

async fn nat() {
    let outside = Outside::new().await;
    let (folder, daemon) = begin().await;
    let server = Server::of(&daemon).await;
    let lab = lab(1);
    server
        .wish(1, lab_of(lab, "NAT lab", 2, gateway("auto", false)))
        .await;
    server.until_up(lab, 2).await;
    assert_eq!(server.gateway(lab).await.0, "10.222.0.1");
    assert_eq!(server.status(lab).await.problems, Vec::<String>::new());

    for node in [1, 2] {
        let taken = server.exec(lab, node, TAKE).await;
        assert_eq!(taken.status, 0, "{}", taken.text);
    }
    assert!(server.pings(lab, 1, OUTSIDE).await, "the outside");
    server
        .until_it_does(
            lab,
            1,
            "getent ahostsv4 outside.example | grep -q '^203.0.113.2 '",
        )
        .await;
    assert!(server.pings(lab, 1, "outside.example").await);
    for name in ["h2", "h2.nat-lab"] {
        assert!(server.pings(lab, 1, name).await, "{name}");
    }
    // IPv6 by the router's word, without a client.
    let global = "ip -6 address show dev eth0 scope global | grep -q 'inet6 fd'";
    server.until_it_does(lab, 1, global).await;
    server
        .until_it_does(lab, 1, &format!("ping -6 -c 1 -W 1 {OUTSIDE6}"))
        .await;

    let address = address_of(&server).await;
    outside.run("ip route add 10.222.0.0/24 via 203.0.113.1");
    assert!(!outside.reaches(&address), "nothing comes in by itself");
    assert!(
        !succeeds(&format!("ping -c 2 -i 0.2 -W 1 {address}")),
        "nor from the host"
    );

    let before = servers(&daemon);
    assert_eq!(before.len(), 1);
    let daemon = daemon.kill_and_start_again().await;
    let server = Server::of(&daemon).await;
    assert!(
        server.pings(lab, 1, OUTSIDE).await,
        "open while the agent begins"
    );
    eventually("the host is on its network", || async {
        server.gateway(lab).await.0 == "10.222.0.1"
    })
    .await;
    assert_eq!(servers(&daemon), before, "the server is the same");
    assert_eq!(server.exec(lab, 1, TAKE).await.status, 0);
    assert_eq!(address_of(&server).await, address, "and so is the lease");

    kill(before[0].into());
    eventually("another server takes its place", || async {
        let now = servers(&daemon);
        now.len() == 1 && now != before
    })
    .await;
    assert_eq!(server.exec(lab, 1, TAKE).await.status, 0);
    assert_eq!(address_of(&server).await, address, "leases are kept");

    // A node more is known by name, without another server.
    let before = servers(&daemon);
    server
        .wish(2, lab_of(lab, "NAT lab", 3, gateway("auto", false)))
        .await;
    server.until_up(lab, 3).await;
    assert_eq!(server.exec(lab, 3, TAKE).await.status, 0);
    assert!(server.pings(lab, 1, "h3").await);
    assert_eq!(servers(&daemon), before);

    // Closed: the nodes stay, the host goes.
    let mut closed = lab_of(lab, "NAT lab", 3, gateway("auto", false));
    closed.networks.get_mut(&network()).unwrap().gateway = None;
    server.wish(3, closed).await;
    eventually("the server has ended", || async {
        servers(&daemon).is_empty()
    })
    .await;
    assert!(!server.pings(lab, 1, OUTSIDE).await);
    assert!(!run("ip address").contains("10.222."));
    server
        .wish(4, lab_of(lab, "NAT lab", 3, gateway("auto", false)))
        .await;
    eventually("the server is there again", || async {
        servers(&daemon).len() == 1
    })
    .await;

    server.remove(lab, 5).await;
    assert_eq!(servers(&daemon), Vec::<u32>::new());
    let kept = folder.0.path().join("runtime/labs").join(lab.to_string());
    assert!(!kept.exists());
    let rules = run("nft list table inet nova_ve");
    assert!(
        !rules.contains("masquerade") && !rules.contains("10.222."),
        "{rules}"
    );
    assert!(!run("ip address").contains("10.222.") && !run("ip link").contains("nove"));
    daemon.stop().await;
}

async fn address_of(server: &Server) -> String {
    let shown = server
        .exec(lab(1), 1, "ip -4 -o address show dev eth0")
        .await
        .text;
    let after = shown.split("inet ").nth(1).unwrap();
    after.split('/').next().unwrap().to_owned()
}

#[test]
fn without_root_addresses_and_names_are_given_out_and_the_rest_is_told() {
    let test = "networks::nat::without_root_addresses_and_names_are_given_out_and_the_rest_is_told";
    if !can_be_told(test, &NEEDED[..3]) {
        return;
    }
    as_ordinary_user(test, || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(without_root());
    });
}

async fn without_root() {
    let (_folder, daemon) = begin().await;
    let server = Server::of(&daemon).await;
    let lab = lab(1);
    server
        .wish(1, lab_of(lab, "NAT lab", 2, gateway("auto", false)))
        .await;
    server.until_up(lab, 2).await;
    for node in [1, 2] {
        let taken = server.exec(lab, node, TAKE).await;
        assert_eq!(taken.status, 0, "{}", taken.text);
    }
    assert!(server.pings(lab, 1, "h2").await);
    let why = &server.status(lab).await.networks[&network()].why;
    assert!(
        why.contains("no way outward") && why.contains("without root"),
        "{why}"
    );
    daemon.stop().await;
}
