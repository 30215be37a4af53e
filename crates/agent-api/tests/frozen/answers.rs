//! What an agent says: every kind of it at least once.

use std::collections::BTreeMap;
use std::time::Duration;

use agent_api::message::{ErrorBody, FromAgent};
use agent_api::{
    ApplyOutcome, Capabilities, Event, HelloReply, HostFigures, HostStatus, Reply, ReplyBody,
    StepFigures,
};
use model::drift::{Drift, DriftKind, Found};
use model::spec::HiddenBridge;
use model::status::{
    EndStatus, LabStatus, LinkStatus, NodeState, NodeStatus, Plumbed, Port, ProcessStatus, Usage,
};
use model::{Generation, HostId, InstanceId, LabId};
use telemetry::{Durations, ProcessFigures};
use uuid::Uuid;

use super::requests::{lab, node, request_id, ticket};

/// The words of protocol 2, to the letter.
const REFUSED: &str =
    "it speaks protocol 3, this agent 2: install server and agent of the same version";

pub fn hello_replies() -> Vec<HelloReply> {
    let kinds = [("netns", ""), ("qemu", "there is no qemu here")];
    let kinds = kinds.map(|(kind, why)| (kind.into(), why.into()));
    let capabilities = Capabilities {
        kinds: BTreeMap::from(kinds),
        hidden_bridge: HiddenBridge::Always,
        rootless: false,
        drift: true,
    };
    vec![
        HelloReply::Welcome {
            protocol: 2,
            instance: InstanceId("test-instance".into()),
            host: HostId(Uuid::from_u128(3)),
            capabilities,
        },
        HelloReply::StreamOpen,
        HelloReply::Refused {
            why: REFUSED.into(),
            speaks: None,
        },
    ]
}

pub fn from_agent() -> Vec<FromAgent> {
    let replies = (0..).zip(replies());
    let replies = replies.map(|(id, body)| FromAgent::Reply(Reply { id, body }));
    let events = events().into_iter().map(FromAgent::Event);
    replies.chain(events).collect()
}

fn replies() -> Vec<ReplyBody> {
    let labs = BTreeMap::from([(lab(), status())]);
    let removed = BTreeMap::from([(LabId(Uuid::from_u128(0x0002_2222)), Generation(8))]);
    vec![
        ReplyBody::Applied(outcomes()),
        ReplyBody::Status(HostStatus { labs, removed }),
        ReplyBody::Subscribed,
        ReplyBody::Ticket(ticket()),
        ReplyBody::Pong,
        ReplyBody::Taken,
        ReplyBody::Error(ErrorBody {
            code: "unknown_node".into(),
            message: "lab … has no node 9".into(),
        }),
        ReplyBody::Figures(Box::new(figures())),
    ]
}

fn events() -> Vec<Event> {
    let notice = |node, request_id| Event::Notice {
        lab: lab(),
        node,
        message: "zebra ended with signal 6, started again".into(),
        request_id,
    };
    vec![
        Event::Lab {
            lab: lab(),
            status: status(),
        },
        Event::LabRemoved {
            lab: lab(),
            generation: Generation(9),
        },
        notice(Some(node(1)), Some(request_id())),
        notice(None, None),
    ]
}

fn outcomes() -> BTreeMap<LabId, ApplyOutcome> {
    let problems = vec!["/srv is in no bind root".to_owned()];
    let have = Generation(8);
    let outcomes = [
        ApplyOutcome::Accepted,
        ApplyOutcome::Unchanged,
        ApplyOutcome::StaleGeneration { have },
        ApplyOutcome::Conflict { have },
        ApplyOutcome::Invalid {
            problems: problems.clone(),
        },
        ApplyOutcome::Forbidden { problems },
        ApplyOutcome::HashTaken { by: lab() },
    ];
    let numbered = (1..).zip(outcomes);
    let named = numbered.map(|(number, outcome)| (LabId(Uuid::from_u128(number)), outcome));
    named.collect()
}

fn status() -> LabStatus {
    let why = || String::from("zebra keeps ending");
    let states = [
        NodeState::Stopped,
        NodeState::Waiting {
            for_what: "its turn".into(),
        },
        NodeState::Starting {
            step: "namespaces".into(),
        },
        NodeState::Running { booted: true },
        NodeState::Running { booted: false },
        NodeState::Degraded { why: why() },
        NodeState::Stopping,
        NodeState::Failed { why: why() },
    ];
    let nodes = (1..).zip(states);
    let links = (1..).zip([Plumbed::Yes, Plumbed::No, Plumbed::Idle]);
    LabStatus {
        generation: Generation(7),
        nodes: nodes
            .map(|(number, state)| (node(number), of_node(state)))
            .collect(),
        links: links
            .map(|(number, plumbed)| (node(number), of_link(plumbed)))
            .collect(),
        networks: BTreeMap::new(),
        problems: vec!["the bridge cannot be made".into()],
        drifts: drifts(),
    }
}

fn of_node(state: NodeState) -> NodeStatus {
    NodeStatus {
        state,
        since_ms: 1_796_073_670_815,
        start: 4,
        wipe: 1,
        pending: vec!["interfaces".into()],
        consoles: vec!["shell".into()],
        processes: vec![ProcessStatus {
            name: "zebra".into(),
            running: true,
            pid: 17,
            restarts: 2,
            last_end: "signal 6".into(),
        }],
        usage: Usage {
            cpu_percent: 1.5,
            rss_bytes: 1 << 20,
        },
    }
}

fn of_link(plumbed: Plumbed) -> LinkStatus {
    let end = EndStatus {
        present: true,
        carrier: false,
        rx_bytes: 12,
        tx_bytes: 34,
    };
    LinkStatus {
        plumbed,
        why: "node 2 is stopped".into(),
        a: end,
        b: EndStatus {
            carrier: true,
            ..end
        },
    }
}

fn drifts() -> Vec<Drift> {
    let bridge = |network| Found::Bridge {
        name: "br0".into(),
        network,
    };
    let name = || Found::Name {
        name: "mine".into(),
    };
    let found = [
        (DriftKind::DiscoveredLink, None),
        (DriftKind::LostLink, None),
        (DriftKind::MovedLink, Some(bridge(Some(node(2))))),
        (DriftKind::MovedLink, Some(bridge(None))),
        (DriftKind::MovedLink, Some(name())),
        (
            DriftKind::MovedLink,
            Some(Found::Namespace {
                node: Some(node(3)),
            }),
        ),
        (DriftKind::MovedLink, Some(Found::Namespace { node: None })),
    ];
    let drift = |(kind, found)| Drift {
        link: Some(node(1)),
        port: Some(Port {
            node: node(1),
            interface: node(0),
        }),
        node: Some(node(1)),
        network: Some(node(9)),
        device: "nve3866d1i0".into(),
        bridge: Some("nove3866n9".into()),
        found,
        why: "it is elsewhere".into(),
        allowed: true,
        since_ms: 5,
        ..Drift::new("link-1-d1i0".into(), kind)
    };
    let little = Drift::new("eth1".into(), DriftKind::DiscoveredLink);
    found.into_iter().map(drift).chain([little]).collect()
}

fn figures() -> HostFigures {
    let mut took = Durations::default();
    took.record(Duration::from_millis(3));
    took.record(Duration::from_secs(2));
    let step = StepFigures {
        took: took.clone(),
        failures: 1,
    };
    HostFigures {
        version: "0.1.0".into(),
        started_ms: 1_796_073_670_815,
        process: ProcessFigures {
            rss_bytes: 1,
            threads: 2,
            open_fds: 3,
            max_fds: 4,
            cpu_us: 5,
        },
        supervisors: 6,
        passes: took.clone(),
        walks: took.clone(),
        walks_cpu: took,
        steps: BTreeMap::from([("ensure_port".into(), step)]),
        reaper_queue: 7,
        mirror_resyncs: 8,
        netlink_requests: 9,
        netlink_refusals: 10,
        disk_free_bytes: 11,
        disk_bytes: 12,
    }
}
