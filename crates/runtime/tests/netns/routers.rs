//! The host's FRR in a node, by spec.

use model::spec::{FileSpec, NodeSpec, ProcessKind, ProcessSpec, ReadyWhen};

use runtime::NodeDriver;

use super::lab::{host, lab, service, with};

fn daemon(name: &str) -> ProcessSpec {
    let ready = ReadyWhen::PathExists(format!("/run/frr/{name}.vty"));
    ProcessSpec {
        ready,
        ..service(name, &[&format!("/usr/lib/frr/{name}"), "-A", "127.0.0.1"])
    }
}

fn router() -> NodeSpec {
    let load = ProcessSpec {
        kind: ProcessKind::Once,
        ..service("configuration", &["vtysh", "-b"])
    };
    let mut mgmtd = daemon("mgmtd");
    mgmtd.optional = true;
    let text = "hostname r1\nrouter ospf\n ospf router-id 9.9.9.9\n";
    with(host("r1"), |spec| {
        spec.processes = vec![
            daemon("zebra"),
            mgmtd,
            daemon("staticd"),
            daemon("ospfd"),
            load,
        ];
        let conf = FileSpec {
            content: text.into(),
            mode: 0o640,
            owner: "frr".into(),
        };
        spec.files.insert("/etc/frr/frr.conf".into(), conf);
    })
}

#[tokio::test]
async fn a_router_starts_its_daemons_and_its_vty_answers() {
    let Some(lab) = lab("a_router_starts_its_daemons") else {
        return;
    };
    if !std::path::Path::new("/usr/lib/frr/zebra").exists() {
        eprintln!("SKIP a_router_starts_its_daemons: FRR is not installed");
        return;
    }
    let node = lab.started(&router()).await;
    let seen = lab.until(node, "running").await;
    let names: Vec<&str> = seen
        .processes
        .iter()
        .filter(|p| p.running)
        .map(|p| p.name.as_str())
        .collect();
    assert!(
        names.starts_with(&["zebra"]) && names.ends_with(&["staticd", "ospfd"]),
        "{names:?}"
    );
    let ospf = lab.exec(node, &["vtysh", "-c", "show ip ospf"]).await;
    assert!(ospf.out.contains("Router ID: 9.9.9.9"), "{ospf:?}");
    let written = lab.exec(node, &["vtysh", "-c", "write"]).await;
    assert!(written.out.contains("[OK]"), "{written:?}");
    let stopping = std::time::Instant::now();
    lab.driver
        .stop(node, std::time::Duration::from_secs(20))
        .await
        .unwrap();
    assert!(
        stopping.elapsed() < std::time::Duration::from_secs(3),
        "FRR ends when asked, {:?}",
        stopping.elapsed()
    );
    lab.remove(node).await;
}
