//! What a server says: every kind of it at least once.

use std::collections::{BTreeMap, BTreeSet};

use agent_api::stream::{Control, WindowSize};
use agent_api::{
    ControllerId, Discovery, Hello, HostSpec, LabEntry, Opening, Repair, Request, RequestBody,
    RequestId, StreamFrame, Ticket,
};
use model::lab::{Address, Bind, End, LinkState, RestartPolicy};
use model::spec::{
    ConsoleSpec, DirSpec, DriverSpec, FileSpec, HiddenBridge, HostAsks, InterfaceSpec, LabSpec,
    LinkSpec, NetnsSpec, NetworkSpec, NodeSpec, ProcessKind, ProcessSpec, ReadyWhen, RouteSpec,
    RunWish,
};
use model::{Generation, HostId, LabId};
use uuid::Uuid;

pub fn lab() -> LabId {
    LabId(Uuid::from_u128(0x0001_1111))
}

pub fn node<T: TryFrom<u64, Error: std::fmt::Debug>>(number: u64) -> T {
    T::try_from(number).unwrap()
}

pub fn request_id() -> RequestId {
    RequestId::parse("6f1e0c52-6a5b-4d0e-9d0a-3b1f5a7c0009").unwrap()
}

pub fn ticket() -> Ticket {
    Ticket("0123456789abcdef0123456789abcdef".into())
}

pub fn hellos() -> Vec<Hello> {
    let controller = ControllerId("server-1".into());
    vec![
        Hello::Control {
            protocol: 2,
            controller,
        },
        Hello::Stream {
            protocol: 2,
            ticket: ticket(),
        },
    ]
}

pub fn requests() -> Vec<Request> {
    let only = BTreeSet::from(["lost-link-1-d1i0".to_owned()]);
    let repair = |only| RequestBody::Repair(Repair { lab: lab(), only });
    let mut bodies = vec![
        RequestBody::Apply(wish()),
        RequestBody::Status,
        RequestBody::Subscribe,
        RequestBody::Ping,
        RequestBody::Figures,
        RequestBody::Discovery(Discovery { cadence_s: 45 }),
        repair(None),
        repair(Some(only)),
    ];
    bodies.extend(openings().into_iter().map(RequestBody::Open));
    let numbered = (0..).zip(bodies);
    let request = |(id, body)| Request {
        id,
        request_id: (id % 2 == 1).then(request_id),
        body,
    };
    numbered.map(request).collect()
}

fn openings() -> Vec<Opening> {
    let size = WindowSize {
        columns: 80,
        rows: 24,
    };
    let (lab, node) = (lab(), node(1));
    let exec = |tty| Opening::Exec {
        lab,
        node,
        argv: vec!["ping".into(), "10.0.0.2".into()],
        env: BTreeMap::from([("TERM".into(), "xterm".into())]),
        tty,
    };
    let logs = |process: Option<&str>| Opening::Logs {
        lab,
        node,
        process: process.map(Into::into),
        follow: true,
    };
    vec![
        Opening::Console {
            lab,
            node,
            console: "shell".into(),
            size,
            from_offset: 4096,
        },
        exec(Some(size)),
        exec(None),
        logs(Some("zebra")),
        logs(None),
        Opening::GetFile {
            lab,
            node,
            path: "/etc/hosts".into(),
        },
        Opening::PutFile {
            lab,
            node,
            path: "/root".into(),
        },
    ]
}

/// On a stream, both ways.
pub fn stream_frames() -> Vec<StreamFrame> {
    let controls = [
        Control::Resize(WindowSize {
            columns: 132,
            rows: 43,
        }),
        Control::EndOfInput,
        Control::Replay { offset: 12_345 },
        Control::Exit { status: 3 },
        Control::Failed {
            status: 127,
            message: "there is no program frr".into(),
        },
    ];
    let data = [
        StreamFrame::Data(b"\x00\xffls\r".as_slice().into()),
        StreamFrame::Stderr(b"oh".as_slice().into()),
    ];
    let controls = controls.into_iter().map(StreamFrame::Control);
    data.into_iter().chain(controls).collect()
}

fn wish() -> HostSpec {
    let gone = LabId(Uuid::from_u128(0x0002_2222));
    let present = LabEntry::Present {
        generation: Generation(7),
        spec: spec(),
    };
    let tombstone = LabEntry::Tombstone {
        generation: Generation(8),
    };
    HostSpec {
        controller: ControllerId("server-1".into()),
        host: HostId(Uuid::from_u128(3)),
        labs: BTreeMap::from([(lab(), present), (gone, tombstone)]),
        causes: BTreeMap::from([(lab(), vec![request_id()])]),
    }
}

fn spec() -> LabSpec {
    let nodes = [
        (RunWish::On { start: 4 }, DriverSpec::Netns(router())),
        (RunWish::Off, DriverSpec::Netns(NetnsSpec::default())),
        (
            RunWish::Off,
            DriverSpec::CannotRun {
                kind: "dynamips".into(),
            },
        ),
    ];
    let nodes = (1..).zip(nodes).map(|(number, (run, driver))| {
        let spec = NodeSpec {
            name: format!("n{number}"),
            run,
            wipe: number,
            interfaces: BTreeMap::from([(node(0), interface())]),
            driver,
        };
        (node(number), spec)
    });
    let end = |number| End::Interface {
        node: node(number),
        interface: node(0),
    };
    let link = |a, b, network, state| LinkSpec {
        a,
        b,
        network,
        state,
    };
    let network = |uplink: Option<&str>| NetworkSpec {
        name: "core".into(),
        uplink: uplink.map(Into::into),
        gateway: None,
    };
    LabSpec {
        lab: lab(),
        name: "a lab".into(),
        hidden_bridge: HiddenBridge::Always,
        nodes: nodes.collect(),
        networks: BTreeMap::from([
            (node(1), network(Some("eth1"))),
            (node(2), network(None)),
            (node(3), network(None)),
        ]),
        links: BTreeMap::from([
            (
                node(1),
                link(end(1), End::Network(node(1)), None, LinkState::Up),
            ),
            (node(2), link(end(2), end(3), Some(node(9)), LinkState::Cut)),
        ]),
    }
}

fn interface() -> InterfaceSpec {
    InterfaceSpec {
        name: "eth0".into(),
        mac: "02:00:00:00:00:01".parse().unwrap(),
        mtu: 1500,
        addresses: vec![Address("10.0.0.1/24".parse().unwrap())],
    }
}

fn router() -> NetnsSpec {
    let process = |kind, ready| ProcessSpec {
        name: "zebra".into(),
        argv: vec!["/usr/lib/frr/zebra".into(), "-A".into()],
        kind,
        optional: true,
        ready,
    };
    let service = |restart| ProcessKind::Service { restart };
    let path = || ReadyWhen::PathExists("/run/frr/zebra.sock".into());
    let words = |key: &str, value: &str| BTreeMap::from([(key.into(), value.into())]);
    let (mode, owner) = (0o640, String::from("frr"));
    NetnsSpec {
        hostname: "r1".into(),
        gateways: vec!["10.0.0.254".parse().unwrap()],
        routes: vec![RouteSpec {
            to: "10.9.0.0/16".parse().unwrap(),
            via: "10.0.0.253".parse().unwrap(),
        }],
        sysctls: words("net.ipv4.ip_forward", "1"),
        env: words("LANG", "C.UTF-8"),
        dirs: BTreeMap::from([(
            "/run/frr".into(),
            DirSpec {
                mode: 0o755,
                owner: owner.clone(),
            },
        )]),
        files: BTreeMap::from([(
            "/etc/frr/frr.conf".into(),
            FileSpec {
                content: "hostname r1\n".into(),
                mode,
                owner,
            },
        )]),
        host: HostAsks {
            binds: vec![bind(true), bind(false)],
            devices: BTreeSet::from(["/dev/kvm".into()]),
            capabilities: BTreeSet::from(["SYS_ADMIN".into()]),
            security_options: BTreeSet::new(),
            privileged: true,
        },
        processes: vec![
            process(service(RestartPolicy::Always), path()),
            process(service(RestartPolicy::OnFailure), ReadyWhen::Started),
            process(service(RestartPolicy::Never), ReadyWhen::Started),
            process(ProcessKind::Once, ReadyWhen::Started),
        ],
        consoles: BTreeMap::from([(
            "shell".into(),
            ConsoleSpec {
                argv: vec!["/bin/sh".into(), "-l".into()],
            },
        )]),
    }
}

fn bind(write: bool) -> Bind {
    Bind {
        source: "/srv/labs/a".into(),
        target: "/srv/a".into(),
        write,
    }
}
