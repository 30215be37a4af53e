//! Ways past the agent, tried by a client that has the server's own rights on its socket: what reaches
//! the host is refused with the key of `agent.toml` that would allow it, and works where that is set.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::common::{
    Daemon, as_ordinary_user, eventually, exec, in_own_namespace, lab_id, node_id, two_hosts, wish,
};
use agent_api::unix::UnixAgent;
use agent_api::{AgentClient, ApplyOutcome};
use model::lab::Bind;
use model::spec::{DriverSpec, HostAsks, LabSpec, LinkSpec, NetnsSpec, NetworkSpec};
use model::status::NodeState;
use model::{End, LinkState, NodeId};

#[test]
fn a_bind_works_below_an_allowed_root_and_nowhere_else_as_root() {
    in_own_namespace(
        "past::a_bind_works_below_an_allowed_root_and_nowhere_else_as_root",
        || {
            story(binds);
        },
    );
}

#[test]
fn a_bind_works_below_an_allowed_root_and_nowhere_else_without_root() {
    as_ordinary_user(
        "past::a_bind_works_below_an_allowed_root_and_nowhere_else_without_root",
        || {
            story(binds);
        },
    );
}

#[test]
fn an_allowed_device_is_in_the_node_and_any_other_is_refused() {
    in_own_namespace(
        "past::an_allowed_device_is_in_the_node_and_any_other_is_refused",
        || {
            story(devices);
        },
    );
}

#[test]
fn an_allowed_interface_joins_a_network_and_any_other_is_refused_as_root() {
    in_own_namespace(
        "past::an_allowed_interface_joins_a_network_and_any_other_is_refused_as_root",
        || story(interfaces),
    );
}

#[test]
fn an_allowed_interface_joins_a_network_and_any_other_is_refused_without_root() {
    as_ordinary_user(
        "past::an_allowed_interface_joins_a_network_and_any_other_is_refused_without_root",
        || story(interfaces),
    );
}

#[test]
fn a_hostile_spec_is_refused_whole_and_touches_nothing() {
    in_own_namespace(
        "past::a_hostile_spec_is_refused_whole_and_touches_nothing",
        || story(hostile),
    );
}

#[test]
fn broken_frames_end_their_connection_and_nothing_else() {
    in_own_namespace(
        "past::broken_frames_end_their_connection_and_nothing_else",
        || story(broken),
    );
}

#[test]
fn a_device_that_is_not_ours_is_never_touched() {
    in_own_namespace("past::a_device_that_is_not_ours_is_never_touched", || {
        story(not_ours);
    });
}

#[test]
fn another_user_is_refused_by_the_kernels_word_for_who_connects() {
    in_own_namespace(
        "past::another_user_is_refused_by_the_kernels_word_for_who_connects",
        || {
            story(another_user);
        },
    );
}

/// An agent whose `agent.toml` allows one of each, and the folder that binds may come from.
async fn stage() -> Daemon {
    Daemon::start_allowing(|data| {
        format!(
            "[allow]\nbind_roots = [{:?}]\ndevices = [\"/dev/net/tun\"]\nhost_interfaces = [\"up0\"]\n",
            data.join("shared").to_string_lossy()
        )
    })
    .await
}

fn story<F: Future<Output = ()>>(tell: impl FnOnce(Daemon) -> F) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let daemon = stage().await;
        let folder = crate::common::SweptAtTheEnd(daemon.folder());
        tell(daemon).await;
        crate::common::sweep_leaves_nothing(&folder.0);
    });
}

fn settings(spec: &mut LabSpec, node: u64) -> &mut NetnsSpec {
    match &mut spec.nodes.get_mut(&node_id(node)).unwrap().driver {
        DriverSpec::Netns(netns) => netns,
        DriverSpec::Docker(_) | DriverSpec::CannotRun { .. } => panic!("a netns node"),
    }
}

fn asking(asks: HostAsks) -> LabSpec {
    let mut spec = two_hosts();
    settings(&mut spec, 1).host = asks;
    spec
}

fn bind(source: &Path, target: &str, write: bool) -> Bind {
    Bind {
        source: source.to_str().unwrap().to_owned(),
        target: target.into(),
        write,
    }
}

/// Applies what is allowed, in a generation of its own, and waits until both nodes run.
async fn runs(agent: &UnixAgent, generation: u64, spec: LabSpec) {
    let outcome = agent.apply(wish(agent, generation, spec)).await.unwrap();
    assert_eq!(outcome[&lab_id()], ApplyOutcome::Accepted);
    eventually("every node runs", || async {
        let status = agent.status().await.unwrap();
        let lab = status.labs.get(&lab_id()).cloned().unwrap_or_default();
        let failed = lab
            .nodes
            .values()
            .find(|node| matches!(node.state, NodeState::Failed { .. }));
        assert!(failed.is_none(), "{failed:?}");
        let up =
            |node: &model::status::NodeStatus| node.state == NodeState::Running { booted: true };
        !lab.nodes.is_empty() && lab.nodes.values().all(up)
    })
    .await;
}

/// The words of a refusal by `agent.toml`.
async fn forbidden(agent: &UnixAgent, spec: LabSpec) -> String {
    let outcome = agent
        .apply(wish(agent, 1000, spec))
        .await
        .unwrap()
        .remove(&lab_id());
    match outcome {
        Some(ApplyOutcome::Forbidden { problems }) => problems.join("; "),
        other => panic!("not forbidden: {other:?}"),
    }
}

async fn binds(daemon: Daemon) {
    let agent = daemon.client().await;
    let shared = daemon.folder().path().join("shared");
    for (name, mode) in [("", 0o755), ("open", 0o777)] {
        std::fs::create_dir_all(shared.join(name)).unwrap();
        std::fs::set_permissions(shared.join(name), Permissions::from_mode(mode)).unwrap();
    }
    std::fs::write(shared.join("file"), "of the host\n").unwrap();
    symlink("/etc", shared.join("link")).unwrap();
    let binds = vec![
        bind(&shared, "/mnt/shared", false),
        bind(&shared.join("open"), "/srv/a/open", true),
        bind(&shared.join("file"), "/opt/file", false),
    ];
    runs(
        &agent,
        1,
        asking(HostAsks {
            binds,
            ..HostAsks::default()
        }),
    )
    .await;
    for path in ["/mnt/shared/file", "/opt/file"] {
        assert_eq!(exec(&*agent, 1, &["cat", path]).await.text, "of the host\n");
    }
    let written = exec(&*agent, 1, &["touch", "/mnt/shared/open/new"]).await;
    assert!(
        written.text.contains("Read-only file system"),
        "{}",
        written.text
    );
    assert_eq!(
        exec(&*agent, 1, &["touch", "/srv/a/open/new"]).await.status,
        0
    );
    assert!(shared.join("open/new").exists());
    assert_ne!(
        exec(&*agent, 2, &["ls", "/mnt/shared"]).await.status,
        0,
        "asked for by one"
    );

    for source in ["/", "/etc", "/dev/mem", "shared", "/proc/1/root"] {
        let binds = vec![bind(Path::new(source), "/mnt/x", false)];
        let said = forbidden(
            &agent,
            asking(HostAsks {
                binds,
                ..HostAsks::default()
            }),
        )
        .await;
        assert!(
            said.contains("bind_roots in agent.toml"),
            "{source}: {said}"
        );
    }
    for source in [shared.join("../../etc"), shared.with_extension("x")] {
        let binds = vec![bind(&source, "/mnt/x", false)];
        let said = forbidden(
            &agent,
            asking(HostAsks {
                binds,
                ..HostAsks::default()
            }),
        )
        .await;
        assert!(said.contains("bind_roots in agent.toml"), "{said}");
    }
    // Allowed by its name, and a way out by what it is: node 2 has it, since node 1 runs.
    let mut spec = two_hosts();
    let binds = vec![bind(&shared.join("link"), "/mnt/x", false)];
    settings(&mut spec, 2).host = HostAsks {
        binds,
        ..HostAsks::default()
    };
    spec.nodes.get_mut(&node_id(2)).unwrap().run = model::spec::RunWish::On { start: 2 };
    agent.apply(wish(&*agent, 2, spec)).await.unwrap();
    eventually("node 2 fails", || async {
        why_failed(&agent, node_id(2)).await.is_some()
    })
    .await;
    let why = why_failed(&agent, node_id(2)).await.unwrap_or_default();
    assert!(why.contains("without following a link"), "{why}");
    daemon.stop().await;
}

async fn why_failed(agent: &UnixAgent, node: NodeId) -> Option<String> {
    let status = agent.status().await.unwrap();
    match &status.labs.get(&lab_id())?.nodes.get(&node)?.state {
        NodeState::Failed { why } => Some(why.clone()),
        _ => None,
    }
}

async fn devices(daemon: Daemon) {
    let agent = daemon.client().await;
    let device = |path: &str| HostAsks {
        devices: [path.to_owned()].into(),
        ..HostAsks::default()
    };
    runs(&agent, 1, asking(device("/dev/net/tun"))).await;
    assert_eq!(
        exec(&*agent, 1, &["test", "-c", "/dev/net/tun"])
            .await
            .status,
        0
    );
    assert_ne!(
        exec(&*agent, 2, &["test", "-e", "/dev/net/tun"])
            .await
            .status,
        0
    );
    for path in [
        "/dev/mem",
        "/dev/vda",
        "/dev/net/../mem",
        "/dev/net/tun/",
        "/etc/shadow",
    ] {
        let said = forbidden(&agent, asking(device(path))).await;
        assert!(said.contains("devices in agent.toml"), "{path}: {said}");
    }
    let capability = HostAsks {
        capabilities: ["SYS_MODULE".to_owned()].into(),
        ..HostAsks::default()
    };
    let said = forbidden(&agent, asking(capability)).await;
    assert!(said.contains("capabilities in agent.toml"), "{said}");
    let privileged = HostAsks {
        privileged: true,
        ..HostAsks::default()
    };
    let said = forbidden(&agent, asking(privileged)).await;
    assert!(said.contains("privileged_labs in agent.toml"), "{said}");
    daemon.stop().await;
}

/// Both hosts on one shared network.
fn on_a_network(uplink: Option<&str>) -> LabSpec {
    let mut spec = two_hosts();
    let network = 1.try_into().unwrap();
    let link = |n: u64| LinkSpec {
        a: End::Interface {
            node: node_id(n),
            interface: 0.try_into().unwrap(),
        },
        b: End::Network(network),
        network: None,
        state: LinkState::Up,
    };
    spec.links = (1..=2).map(|n| (n.try_into().unwrap(), link(n))).collect();
    let shared = NetworkSpec {
        name: "outward".into(),
        uplink: uplink.map(str::to_owned),
        gateway: None,
    };
    spec.networks = BTreeMap::from([(network, shared)]);
    spec
}

async fn interfaces(daemon: Daemon) {
    let agent = daemon.client().await;
    for words in [
        "link add up0 type veth peer name up1",
        "address add 10.0.0.77/24 dev up1",
        "link set up1 up",
    ] {
        let argv: Vec<&str> = ["ip"].into_iter().chain(words.split(' ')).collect();
        daemon.on_its_host(&argv);
    }
    let reaches = || async {
        let ping = ["ping", "-c", "1", "-W", "1", "10.0.0.77"];
        exec(&*agent, 1, &ping).await.status == 0
    };
    let shown = || daemon.on_its_host(&["ip", "link", "show", "dev", "up0"]);
    runs(&agent, 1, on_a_network(None)).await;
    assert!(!reaches().await);
    runs(&agent, 2, on_a_network(Some("up0"))).await;
    eventually("what is behind the uplink answers", reaches).await;
    assert!(shown().contains("master nove"), "{}", shown());
    runs(&agent, 3, on_a_network(None)).await;
    eventually("the uplink is let go", || async {
        !shown().contains("master")
    })
    .await;
    for name in ["up1", "lo", "eth0", "up0\n"] {
        let said = forbidden(&agent, on_a_network(Some(name))).await;
        assert!(
            said.contains("host_interfaces in agent.toml"),
            "{name}: {said}"
        );
    }
    daemon.stop().await;
}

async fn hostile(daemon: Daemon) {
    let agent = daemon.client().await;
    let spoil: [fn(&mut LabSpec); 8] = [
        |spec| {
            drop(
                settings(spec, 1)
                    .sysctls
                    .insert("kernel.core_pattern".into(), "|/x".into()),
            );
        },
        |spec| {
            drop(
                settings(spec, 1)
                    .sysctls
                    .insert("net/../kernel.hostname".into(), "x".into()),
            );
        },
        |spec| {
            drop(
                settings(spec, 1)
                    .dirs
                    .insert("/etc/../../x".into(), folder()),
            );
        },
        |spec| drop(settings(spec, 1).dirs.insert("/etc/a\0b".into(), folder())),
        |spec| first_interface(spec).name = "a/../../b".into(),
        |spec| first_interface(spec).name = "x".repeat(10_000),
        |spec| first_interface(spec).name = "a\nb".into(),
        |spec| spec.lab = model::LabId(uuid::Uuid::from_u128(5)),
    ];
    for (n, spoil) in spoil.into_iter().enumerate() {
        let mut spec = two_hosts();
        spoil(&mut spec);
        let outcome = agent
            .apply(wish(&*agent, 1, spec))
            .await
            .unwrap()
            .remove(&lab_id());
        let refused = matches!(outcome, Some(ApplyOutcome::Invalid { .. }));
        assert!(refused, "{n}: {outcome:?}");
    }
    assert!(daemon.node_folders().is_empty());
    runs(&agent, 1, two_hosts()).await;
    daemon.stop().await;
}

fn folder() -> model::spec::DirSpec {
    model::spec::DirSpec {
        mode: 0o755,
        owner: "root".into(),
    }
}

fn first_interface(spec: &mut LabSpec) -> &mut model::spec::InterfaceSpec {
    let node = spec.nodes.get_mut(&node_id(1)).unwrap();
    node.interfaces.values_mut().next().unwrap()
}

/// A name of ours without our mark: somebody else's, whatever the lab would like to have there.
async fn not_ours(daemon: Daemon) {
    let agent = daemon.client().await;
    let instance = model::InstanceId("test-instance".into());
    let names = model::names::Names::new(&instance, lab_id());
    let port = names.port(model::seen::PortId::new(node_id(1), 0.try_into().unwrap()));
    daemon.on_its_host(&["ip", "link", "add", &port, "type", "bridge"]);
    let before = daemon.on_its_host(&["ip", "-d", "link", "show", "dev", &port]);
    assert!(before.contains(&port), "{before}");
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    eventually("the lab tells of the stranger", || async {
        let status = agent.status().await.unwrap();
        let text = format!("{:?}", status.labs.get(&lab_id()));
        text.contains(&port)
    })
    .await;
    let entry = agent_api::LabEntry::Tombstone {
        generation: model::Generation(2),
    };
    let mut gone = wish(&*agent, 2, two_hosts());
    gone.labs.insert(lab_id(), entry);
    agent.apply(gone).await.unwrap();
    eventually("the lab's nodes are gone", || async {
        daemon.node_pids().is_empty()
    })
    .await;
    let after = daemon.on_its_host(&["ip", "-d", "link", "show", "dev", &port]);
    assert_eq!(after, before);
    daemon.on_its_host(&["ip", "link", "delete", &port]);
    daemon.stop().await;
}

/// The folder and the socket are opened to everybody first, so that it is the question that refuses.
async fn another_user(daemon: Daemon) {
    let socket = daemon.folder().path().join("runtime/agent.sock");
    let open = Permissions::from_mode(0o777);
    for path in socket.ancestors().take(3) {
        std::fs::set_permissions(path, open.clone()).unwrap();
    }
    assert!(daemon.client().await.hello().is_ok());
    let refused = std::thread::spawn(move || {
        use std::io::Read;
        // Of this thread alone.
        let nobody = rustix::thread::Uid::from_raw(65_534);
        rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        let mut stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap_or_default();
        said
    });
    let said = refused.join().unwrap();
    assert!(
        said.contains("user 65534 may not use this socket"),
        "{said:?}"
    );
    daemon.stop().await;
}

/// Before and after a good hello: garbage, half frames, lengths that lie, deep and unknown JSON. Each
/// connection ends or is refused; another one is served as before.
async fn broken(daemon: Daemon) {
    let agent = daemon.client().await;
    let socket = daemon.folder().path().join("runtime/agent.sock");
    let hello = format!(
        r#"{{"hello":"control","protocol":{},"controller":"test-server"}}"#,
        agent_api::PROTOCOL
    );
    let deep = [
        b"{\"id\":1,\"request\":\"apply\",\"with\":".as_slice(),
        &b"[".repeat(60_000),
    ]
    .concat();
    let foreign = br#"{"id":1,"body":{"request":"apply","with":{"controller":"test-server","network_namespace":"/proc/1/ns/net"}}}"#;
    let mut frames: Vec<Vec<u8>> =
        vec![framed(&deep), framed(foreign), framed(b""), vec![0xff; 64]];
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for length in (0..400).step_by(7) {
        let noise = (0..length).map(|_| noise(&mut seed)).collect::<Vec<u8>>();
        frames.extend([framed(&noise), noise]);
    }
    for frame in frames {
        for before in [Vec::new(), framed(hello.as_bytes())] {
            let (socket, bytes) = (socket.clone(), [before, frame.clone()].concat());
            let said = tokio::task::spawn_blocking(move || say(&socket, &bytes))
                .await
                .unwrap();
            assert!(!said.contains("applied"), "{said}");
        }
    }
    assert!(agent.status().await.unwrap().labs.is_empty());
    runs(&agent, 1, two_hosts()).await;
    daemon.stop().await;
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap();
    [&length.to_be_bytes(), payload].concat()
}

/// The next byte of a sequence that is the same in every run.
fn noise(seed: &mut u64) -> u8 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    seed.to_le_bytes()[3]
}

/// What the agent answers until it ends the connection.
fn say(socket: &Path, bytes: &[u8]) -> String {
    use std::io::{Read, Write};
    let mut stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
    // It may have ended the connection before the last byte.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    String::from_utf8_lossy(&said).into_owned()
}
