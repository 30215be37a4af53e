//! From lab and wishes to spec: the server's decisions, pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ConsoleSpec, DriverSpec, FileSpec, HiddenBridge, InterfaceSpec, LabSpec, LinkSpec, MTU,
    NetnsSpec, NetworkSpec, NodeSpec, ProcessKind, ProcessSpec, ReadyWhen, RouteSpec, RunWishes,
    frr,
};
use crate::id::NodeId;
use crate::lab::{File, Interface, Lab, NetnsNode, Node, NodeKind};
use crate::names::Names;
use crate::problem::Problem;
use crate::template::{Template, TemplateRuns, Templates};
use crate::validate::validate;

/// The spec of `lab` as it shall stand on a host, or everything that is wrong with it.
///
/// A node whose template is not installed here is `CannotRun`, as is one of a kind we cannot run:
/// it fails alone.
pub fn plan_spec(
    lab: &Lab,
    wishes: &RunWishes,
    templates: &Templates,
    names: &Names,
    hidden_bridge: HiddenBridge,
) -> Result<LabSpec, Vec<Problem>> {
    let mut problems = validate(lab);
    let mut nodes = BTreeMap::new();
    for (&id, node) in &lab.nodes {
        let wish = wishes.get(&id).copied().unwrap_or_default();
        match plan_driver(node, templates) {
            Ok(driver) => {
                let (name, run, wipe) = (node.name.clone(), wish.run(), wish.wipe);
                let interfaces = plan_interfaces(id, node, names);
                nodes.insert(
                    id,
                    NodeSpec {
                        name,
                        run,
                        wipe,
                        interfaces,
                        driver,
                    },
                );
            }
            Err(what) => {
                let at = format!("nodes/{id}");
                problems.push(Problem::new(at, what.code, what.message));
            }
        }
    }
    if problems.is_empty() {
        problems = taken_macs(&nodes);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let networks = lab.networks.iter();
    let links = lab.links.iter();
    Ok(LabSpec {
        lab: lab.id,
        name: lab.name.clone(),
        hidden_bridge,
        nodes,
        networks: networks
            .map(|(id, n)| {
                (
                    *id,
                    NetworkSpec {
                        name: n.name.clone(),
                    },
                )
            })
            .collect(),
        links: links
            .map(|(id, link)| (*id, LinkSpec::from(link)))
            .collect(),
    })
}

impl From<&crate::lab::Link> for LinkSpec {
    fn from(link: &crate::lab::Link) -> Self {
        let crate::lab::Link {
            a,
            b,
            network,
            state,
            ..
        } = *link;
        Self {
            a,
            b,
            network,
            state,
        }
    }
}

/// What is wrong with a node that only its template can tell.
struct Wrong {
    code: &'static str,
    message: String,
}

fn plan_driver(node: &Node, templates: &Templates) -> Result<DriverSpec, Wrong> {
    match &node.kind {
        NodeKind::Other(other) => Ok(DriverSpec::CannotRun {
            kind: other.original.clone(),
        }),
        NodeKind::Netns(settings) => {
            let Some(template) = templates.get(&node.template) else {
                let kind = format!(
                    "the template {:?}, which is not installed here",
                    node.template
                );
                return Ok(DriverSpec::CannotRun { kind });
            };
            plan_netns(node, settings, template).map(DriverSpec::Netns)
        }
    }
}

fn plan_netns(node: &Node, settings: &NetnsNode, template: &Template) -> Result<NetnsSpec, Wrong> {
    let hostname = if settings.hostname.is_empty() {
        &node.name
    } else {
        &settings.hostname
    };
    let routes = settings.routes.iter();
    let files = settings.files.iter();
    let consoles = template.consoles.iter();
    let mut spec = NetnsSpec {
        hostname: hostname.clone(),
        gateways: settings.gateways.clone(),
        routes: routes
            .map(|r| RouteSpec {
                to: r.to,
                via: r.via,
            })
            .collect(),
        sysctls: plan_sysctls(settings.ip_forward.unwrap_or(template.ip_forward)),
        env: settings.env.clone(),
        dirs: BTreeMap::new(),
        files: files
            .map(|(path, file)| (path.clone(), plan_file(path, file)))
            .collect(),
        processes: Vec::new(),
        consoles: consoles
            .map(|(name, argv)| (name.clone(), ConsoleSpec { argv: argv.clone() }))
            .collect(),
    };
    spec.processes = plan_processes(&mut spec, settings, template.runs)?;
    Ok(spec)
}

/// Template's services, the node's own processes, then its commands; FRR reads its configuration
/// where `frr::config_before` says.
fn plan_processes(
    spec: &mut NetnsSpec,
    settings: &NetnsNode,
    runs: TemplateRuns,
) -> Result<Vec<ProcessSpec>, Wrong> {
    let mut processes = Vec::new();
    let mut commands: Vec<ProcessSpec> = settings
        .exec
        .iter()
        .enumerate()
        .map(|(n, line)| plan_command(n + 1, line))
        .collect();
    match runs {
        TemplateRuns::Nothing => {}
        TemplateRuns::Frr => {
            frr::add_base(spec);
            let text = settings
                .files
                .get(frr::DAEMONS_FILE)
                .map_or("", |f| f.content.as_str());
            processes = frr::plan_services(text).map_err(|error| Wrong {
                code: "frr_daemons_unreadable",
                message: format!("{} of the node: {error}", frr::DAEMONS_FILE),
            })?;
            commands.insert(frr::config_before(&settings.exec), frr::load_config());
        }
    }
    processes.extend(settings.processes.iter().map(|process| ProcessSpec {
        name: process.name.clone(),
        argv: process.argv.clone(),
        kind: ProcessKind::Service {
            restart: process.restart,
        },
        optional: false,
        ready: ReadyWhen::Started,
    }));
    processes.extend(commands);
    let mut seen = BTreeSet::new();
    match processes.iter().find(|process| !seen.insert(&process.name)) {
        None => Ok(processes),
        Some(twice) => Err(Wrong {
            code: "process_name_taken",
            message: format!(
                "two processes are named {:?}; rename the node's own",
                twice.name
            ),
        }),
    }
}

fn plan_command(number: usize, line: &str) -> ProcessSpec {
    ProcessSpec {
        name: format!("exec-{number}"),
        argv: ["/bin/sh", "-c", line].map(String::from).into(),
        kind: ProcessKind::Once,
        optional: false,
        ready: ReadyWhen::Started,
    }
}

/// A router also takes packets that come in where its own answer would not leave.
fn plan_sysctls(ip_forward: bool) -> BTreeMap<String, String> {
    let forwarding = [
        ("net.ipv4.ip_forward", "1"),
        ("net.ipv4.conf.all.rp_filter", "0"),
        ("net.ipv4.conf.default.rp_filter", "0"),
        ("net.ipv6.conf.all.forwarding", "1"),
    ];
    let chosen = forwarding.into_iter().filter(|_| ip_forward);
    chosen
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

/// FRR's own files are FRR's: its daemons run as the user `frr`.
fn plan_file(path: &str, file: &File) -> FileSpec {
    let of_frr = path.starts_with("/etc/frr/");
    let given = file
        .mode
        .as_deref()
        .and_then(|text| u32::from_str_radix(text, 8).ok());
    FileSpec {
        content: file.content.clone(),
        mode: given.unwrap_or(if of_frr { 0o640 } else { 0o644 }),
        owner: if of_frr { "frr" } else { "root" }.into(),
    }
}

fn plan_interfaces(
    id: NodeId,
    node: &Node,
    names: &Names,
) -> BTreeMap<crate::id::IfaceIndex, InterfaceSpec> {
    let plan = |(&index, interface): (&_, &Interface)| {
        let spec = InterfaceSpec {
            name: interface.name.clone(),
            mac: interface.mac.unwrap_or_else(|| names.mac(id, index)),
            mtu: MTU,
            addresses: interface.addresses.clone(),
        };
        (index, spec)
    };
    node.interfaces.iter().map(plan).collect()
}

/// A hardware address given by hand may be one that another interface has by derivation.
fn taken_macs(nodes: &BTreeMap<NodeId, NodeSpec>) -> Vec<Problem> {
    let mut owners = BTreeMap::new();
    let mut problems = Vec::new();
    for (node, spec) in nodes {
        for (index, interface) in &spec.interfaces {
            let at = format!("nodes/{node}/interfaces/{index}");
            if let Some(other) = owners.insert(interface.mac, at.clone()) {
                let message = format!(
                    "{} is already the address of {other}; give one of them another",
                    interface.mac
                );
                problems.push(Problem::new(at, "mac_taken", message));
            }
        }
    }
    problems
}
