//! A host in memory: plays steps as kernel and drivers do, and shows itself as an agent would see it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::drift::judged;
use model::lab::Gateway;
use model::names::Names;
use model::plan::{Plan, Step};
use model::seen::{
    BridgeSeen, GatewaySeen, InnerSeen, LabSeen, NodePhase, NodeSeen, PortId, PortSeen,
    RedirectSeen, Stranger,
};
use model::spec::{LabSpec, RunWish};
use model::{InstanceId, NetworkId, NodeId};

pub fn names(spec: &LabSpec) -> Names {
    Names::new(&InstanceId("test".into()), spec.lab)
}

#[derive(Debug, Clone, Default)]
pub struct Host {
    pub nodes: BTreeMap<NodeId, NodeSeen>,
    pub ports: BTreeMap<PortId, Port>,
    pub bridges: BTreeSet<NetworkId>,
    pub gateways: BTreeMap<NetworkId, Gateway>,
    pub foreign: BTreeSet<String>,
    pub strangers: Vec<Stranger>,
    /// Host ends stay for a while after their node's namespace is gone, as the kernel takes its time.
    pub ports_linger: bool,
    pub devices: u32,
}

#[derive(Debug, Clone)]
pub struct Port {
    /// Inside the node.
    pub name: String,
    pub device: u32,
    pub admin_up: bool,
    pub inner_up: bool,
    pub master: Option<NetworkId>,
    pub foreign_master: Option<String>,
    /// The device it leads to, and the port that was when it was made.
    pub redirect: Option<(u32, PortId)>,
}

impl Host {
    pub fn observe(&self) -> LabSeen {
        LabSeen {
            nodes: self.nodes.clone(),
            ports: self
                .ports
                .iter()
                .map(|(id, port)| (*id, self.seen(port)))
                .collect(),
            bridges: self.bridges.iter().map(|id| (*id, bridge())).collect(),
            gateways: self
                .gateways
                .iter()
                .map(|(id, own)| (*id, stands(own)))
                .collect(),
            foreign: self.foreign.clone(),
            strangers: self.strangers.clone(),
        }
    }

    fn seen(&self, port: &Port) -> PortSeen {
        let redirect = port.redirect.map(|(device, to)| {
            let alive = self
                .ports
                .get(&to)
                .is_some_and(|port| port.device == device);
            if alive {
                RedirectSeen::To(to)
            } else {
                RedirectSeen::Stale
            }
        });
        PortSeen {
            ifindex: port.device,
            admin_up: port.admin_up,
            carrier: port.admin_up && port.inner_up,
            master: port.master,
            foreign_master: port.foreign_master.clone(),
            redirect,
        }
    }

    pub fn apply(&mut self, plan: &Plan, wanted: &LabSpec) {
        plan.steps().for_each(|step| self.play(step, wanted));
    }

    pub fn play(&mut self, step: &Step, wanted: &LabSpec) {
        match step {
            Step::RemoveRedirect { port } => self.port(*port).redirect = None,
            Step::StopNode { node } => self.stop(*node),
            Step::RemovePort { port } => self.remove_port(*port),
            Step::RemoveAllPorts => {
                let all: Vec<PortId> = self.ports.keys().copied().collect();
                for port in all {
                    self.remove_port(port);
                }
            }
            Step::WipeNode { node, wipe } => self.nodes.get_mut(node).unwrap().wipe = *wipe,
            Step::RemoveNode { node } => _ = self.nodes.remove(node),
            Step::RemoveGateway { network } => _ = self.gateways.remove(network),
            Step::EnsureGateway { network, gateway } => {
                assert!(self.bridges.contains(network), "a gateway without a bridge");
                self.gateways.insert(*network, gateway.clone());
            }
            Step::RemoveBridge { network } => self.remove_bridge(*network),
            Step::EnsureBridge { network, .. } => _ = self.bridges.insert(*network),
            Step::EnsureNode { node } => self.ensure_node(*node, wanted),
            Step::EnsurePort {
                port,
                name,
                mac,
                mtu,
                master,
            } => {
                let node = self.nodes.get_mut(&port.node).unwrap();
                assert_ne!(
                    node.phase,
                    NodePhase::Data,
                    "a port of a node that is not there"
                );
                let inner = InnerSeen {
                    mac: *mac,
                    mtu: *mtu,
                    admin_up: true,
                    addresses: BTreeSet::new(),
                    fresh: true,
                    leads_out: true,
                };
                Arc::make_mut(&mut node.interfaces).insert(name.clone(), inner);
                self.devices += 1;
                let (device, redirect) = (self.devices, None);
                let new = Port {
                    name: name.clone(),
                    device,
                    admin_up: true,
                    inner_up: true,
                    master: *master,
                    foreign_master: None,
                    redirect,
                };
                self.ports.insert(*port, new);
            }
            Step::SetMaster { port, master } => {
                let port = self.port(*port);
                (port.master, port.foreign_master) = (*master, None);
            }
            Step::ConfigureNode { node } => {
                let own = wanted.nodes[node].interfaces.keys();
                own.for_each(|index| self.configure(PortId::new(*node, *index), wanted));
            }
            Step::ConfigureInterface { port } => self.configure(*port, wanted),
            Step::EnsureRedirect { from, to } => {
                let device = self.port(*to).device;
                self.port(*from).redirect = Some((device, *to));
            }
            Step::SetAdmin { port, up } => self.port(*port).admin_up = *up,
            Step::ReleaseNode { node } => {
                let node = self.nodes.get_mut(node).unwrap();
                assert_eq!(node.phase, NodePhase::Held, "only a held node is released");
                node.phase = NodePhase::Running;
            }
        }
    }

    fn configure(&mut self, port: PortId, wanted: &LabSpec) {
        self.port(port).inner_up = true;
        let name = &wanted.nodes[&port.node].interfaces[&port.interface].name;
        let node = self.nodes.get_mut(&port.node).unwrap();
        let interfaces = Arc::make_mut(&mut node.interfaces);
        interfaces.get_mut(name).unwrap().fresh = false;
    }

    fn port(&mut self, port: PortId) -> &mut Port {
        self.ports.get_mut(&port).unwrap()
    }

    /// Both ends of it.
    pub fn remove_port(&mut self, port: PortId) {
        let name = self.ports.remove(&port).map(|port| port.name);
        if let (Some(name), Some(node)) = (name, self.nodes.get_mut(&port.node)) {
            Arc::make_mut(&mut node.interfaces).remove(&name);
        }
    }

    /// Every node that runs as wished, in its first life.
    pub fn lives(&self, wanted: &LabSpec) -> BTreeMap<NodeId, u64> {
        judged(wanted, &self.observe(), |_| Some(1))
    }

    /// The kernel lets its ports go.
    pub fn remove_bridge(&mut self, network: NetworkId) {
        self.bridges.remove(&network);
        let members = self
            .ports
            .values_mut()
            .filter(|port| port.master == Some(network));
        members.for_each(|port| port.master = None);
    }

    /// Its namespace goes, and with it its ends of the ports.
    pub fn stop(&mut self, node: NodeId) {
        let seen = self.nodes.get_mut(&node).unwrap();
        seen.phase = NodePhase::Data;
        seen.start = 0;
        seen.interfaces = Arc::default();
        if !self.ports_linger {
            self.ports.retain(|port, _| port.node != node);
        }
    }

    fn ensure_node(&mut self, node: NodeId, wanted: &LabSpec) {
        let spec = &wanted.nodes[&node];
        let RunWish::On { start } = spec.run else {
            panic!("{node} is not wished on")
        };
        let wipe = self.nodes.get(&node).map_or(spec.wipe, |old| old.wipe);
        let (fingerprint, interfaces) = (spec.fingerprint(), BTreeMap::new());
        let phase = NodePhase::Held;
        self.nodes.insert(
            node,
            NodeSeen {
                phase,
                start,
                wipe,
                fingerprint,
                interfaces: interfaces.into(),
            },
        );
    }
}

fn stands(gateway: &Gateway) -> GatewaySeen {
    GatewaySeen {
        gateway: gateway.clone(),
        stands: true,
    }
}

fn bridge() -> BridgeSeen {
    BridgeSeen {
        ifindex: 1,
        admin_up: true,
    }
}
