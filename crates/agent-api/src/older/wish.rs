//! A wish, as protocol 2 reads it: a field or a variant that it does not know is an error there, so
//! none may be left. A node of a kind that it does not know becomes `DriverSpec::CannotRun`.

use model::lab::{Bind, End, LinkState, RestartPolicy};
use model::spec::{
    ConsoleSpec, DirSpec, DriverSpec, FileSpec, HiddenBridge, HostAsks, InterfaceSpec, LabSpec,
    LinkSpec, NetnsSpec, NetworkSpec, NodeSpec, ProcessKind, ProcessSpec, ReadyWhen, RouteSpec,
    RunWish,
};

use crate::spec::{HostSpec, LabEntry};

pub(super) fn host(spec: &mut HostSpec) {
    let HostSpec {
        controller: _,
        host: _,
        labs,
        causes: _,
    } = spec;
    for entry in labs.values_mut() {
        match entry {
            LabEntry::Present {
                generation: _,
                spec,
            } => lab(spec),
            LabEntry::Tombstone { generation: _ } => {}
        }
    }
}

fn lab(spec: &mut LabSpec) {
    let LabSpec {
        lab: _,
        name: _,
        hidden_bridge: HiddenBridge::Always | HiddenBridge::OnDemand,
        nodes,
        networks,
        links,
    } = spec;
    nodes.values_mut().for_each(node);
    networks.values_mut().for_each(network);
    links.values_mut().for_each(link);
}

fn node(spec: &mut NodeSpec) {
    let NodeSpec {
        name: _,
        run: RunWish::Off | RunWish::On { start: _ },
        wipe: _,
        interfaces,
        driver,
    } = spec;
    for interface in interfaces.values_mut() {
        let InterfaceSpec {
            name: _,
            mac: _,
            mtu: _,
            addresses: _,
        } = interface;
    }
    match driver {
        DriverSpec::Netns(spec) => netns(spec),
        DriverSpec::Docker(_) => {
            let kind = driver.kind().to_owned();
            *driver = DriverSpec::CannotRun { kind };
        }
        DriverSpec::CannotRun { kind: _ } => {}
    }
}

fn netns(spec: &mut NetnsSpec) {
    let NetnsSpec {
        hostname: _,
        gateways: _,
        routes,
        sysctls: _,
        env: _,
        dirs,
        files,
        host,
        processes,
        consoles,
    } = spec;
    for RouteSpec { to: _, via: _ } in routes {}
    for DirSpec { mode: _, owner: _ } in dirs.values_mut() {}
    for FileSpec {
        content: _,
        mode: _,
        owner: _,
    } in files.values_mut()
    {}
    asks(host);
    processes.iter_mut().for_each(process);
    for ConsoleSpec { argv: _ } in consoles.values_mut() {}
}

fn asks(host: &mut HostAsks) {
    let HostAsks {
        binds,
        devices: _,
        capabilities: _,
        security_options,
        privileged: _,
    } = host;
    // Of containers alone, and less than was asked for is never a danger.
    security_options.clear();
    for Bind {
        source: _,
        target: _,
        write: _,
    } in binds
    {}
}

fn process(spec: &mut ProcessSpec) {
    let ProcessSpec {
        name: _,
        argv: _,
        kind,
        optional: _,
        ready: ReadyWhen::Started | ReadyWhen::PathExists(_),
    } = spec;
    match kind {
        ProcessKind::Service {
            restart: RestartPolicy::Always | RestartPolicy::OnFailure | RestartPolicy::Never,
        }
        | ProcessKind::Once => {}
    }
}

fn network(spec: &mut NetworkSpec) {
    let NetworkSpec {
        name: _,
        uplink: _,
        gateway,
    } = spec;
    // The network itself goes on without what its gateway would offer.
    *gateway = None;
}

fn link(spec: &mut LinkSpec) {
    let LinkSpec {
        a: End::Interface { .. } | End::Network(_),
        b: End::Interface { .. } | End::Network(_),
        network: _,
        state: LinkState::Up | LinkState::Cut,
    } = spec;
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn node_of(driver: DriverSpec) -> NodeSpec {
        NodeSpec {
            name: "n".into(),
            run: RunWish::On { start: 1 },
            wipe: 0,
            interfaces: BTreeMap::new(),
            driver,
        }
    }

    #[test]
    fn a_container_is_a_node_that_an_agent_of_2_cannot_run() {
        let mut spec = node_of(DriverSpec::Docker(Box::default()));
        node(&mut spec);
        let kind = String::from("docker");
        assert_eq!(spec, node_of(DriverSpec::CannotRun { kind }));
    }

    #[test]
    fn a_netns_node_and_a_network_keep_what_2_knows() {
        let mut netns = NetnsSpec::default();
        let options = &mut netns.host.security_options;
        options.insert("seccomp=unconfined".into());
        let mut spec = node_of(DriverSpec::Netns(netns));
        node(&mut spec);
        let plain = node_of(DriverSpec::Netns(NetnsSpec::default()));
        assert_eq!(spec, plain);
        let with_gateway = json!({"name": "lan", "uplink": "eth1", "gateway": {"ipv4": "auto"}});
        let mut spec: NetworkSpec = serde_json::from_value(with_gateway).unwrap();
        assert!(spec.gateway.is_some());
        network(&mut spec);
        let left = serde_json::to_value(&spec).unwrap();
        assert_eq!(left, json!({"name": "lan", "uplink": "eth1"}));
    }
}
