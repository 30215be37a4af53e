//! What a `netns` node runs: its template and its own settings made one.

use std::collections::{BTreeMap, BTreeSet};

use super::docker::{self, plan_docker};
use super::{
    ConsoleSpec, DriverSpec, FileSpec, HostAsks, NetnsSpec, ProcessKind, ProcessSpec, ReadyWhen,
    RouteSpec, frr,
};
use crate::lab::{File, NetnsNode, Node, NodeKind, Process, Route};
use crate::template::{Template, TemplateRuns, Templates};

/// What is wrong with a node that only its template can tell.
pub struct Wrong {
    pub code: &'static str,
    pub message: String,
}

pub fn plan_driver(node: &Node, templates: &Templates) -> Result<DriverSpec, Wrong> {
    match &node.kind {
        NodeKind::Other(other) => Ok(DriverSpec::CannotRun {
            kind: other.original.clone(),
        }),
        NodeKind::Netns(settings) => match template_of(node, templates) {
            Ok(template) => plan_netns(node, settings, template).map(DriverSpec::Netns),
            Err(kind) => Ok(DriverSpec::CannotRun { kind }),
        },
        NodeKind::Docker(settings) => Ok(match template_of(node, templates) {
            Ok(template) => DriverSpec::Docker(Box::new(plan_docker(node, settings, template))),
            Err(kind) => DriverSpec::CannotRun { kind },
        }),
    }
}

/// What the node's spec would ask of the host; `None`: it cannot run here.
pub fn host_asks(node: &Node, templates: &Templates) -> Option<HostAsks> {
    match &node.kind {
        NodeKind::Netns(settings) => {
            template_of(node, templates).ok()?;
            Some(netns_asks(settings))
        }
        NodeKind::Docker(settings) => {
            let template = template_of(node, templates).ok()?;
            Some(docker::asks(settings, template))
        }
        NodeKind::Other(_) => None,
    }
}

fn netns_asks(settings: &NetnsNode) -> HostAsks {
    HostAsks {
        binds: settings.binds.clone(),
        ..HostAsks::default()
    }
}

/// The node's template, when it is one of this kind.
fn template_of<'a>(node: &Node, templates: &'a Templates) -> Result<&'a Template, String> {
    let (word, kind) = (&node.template, node.kind.word());
    match templates.get(word) {
        Some(template) if template.kind == kind => Ok(template),
        Some(template) => {
            let other = &template.kind;
            Err(format!(
                "{kind} with the template {word:?}, which is one of kind {other}"
            ))
        }
        None => Err(format!(
            "the template {word:?}, which is not installed here"
        )),
    }
}

fn plan_netns(node: &Node, settings: &NetnsNode, template: &Template) -> Result<NetnsSpec, Wrong> {
    let hostname = if settings.hostname.is_empty() {
        &node.name
    } else {
        &settings.hostname
    };
    let mut spec = NetnsSpec {
        hostname: hostname.clone(),
        gateways: settings.gateways.clone(),
        routes: plan_routes(&settings.routes),
        sysctls: plan_sysctls(settings.ip_forward.unwrap_or(template.ip_forward)),
        env: settings.env.clone(),
        dirs: BTreeMap::new(),
        files: plan_files(&settings.files),
        host: netns_asks(settings),
        processes: Vec::new(),
        consoles: plan_consoles(template),
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
    let lines = settings.exec.iter().enumerate();
    let mut commands: Vec<_> = lines.map(|(n, line)| plan_command(n + 1, line)).collect();
    let mut processes = match runs {
        TemplateRuns::Nothing => Vec::new(),
        TemplateRuns::Frr => {
            frr::add_base(spec);
            commands.insert(frr::config_before(&settings.exec), frr::load_config());
            plan_frr(settings)?
        }
    };
    processes.extend(settings.processes.iter().map(plan_process));
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

fn plan_frr(settings: &NetnsNode) -> Result<Vec<ProcessSpec>, Wrong> {
    let file = settings.files.get(frr::DAEMONS_FILE);
    frr::plan_services(file.map_or("", |file| &file.content)).map_err(|error| Wrong {
        code: "frr_daemons_unreadable",
        message: format!("{} of the node: {error}", frr::DAEMONS_FILE),
    })
}

fn plan_process(process: &Process) -> ProcessSpec {
    ProcessSpec {
        name: process.name.clone(),
        argv: process.argv.clone(),
        kind: ProcessKind::Service {
            restart: process.restart,
        },
        optional: false,
        ready: ReadyWhen::Started,
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

pub(super) fn plan_routes(routes: &[Route]) -> Vec<RouteSpec> {
    let plan = |&Route { to, via }: &Route| RouteSpec { to, via };
    routes.iter().map(plan).collect()
}

/// By path.
pub(super) fn plan_files(files: &BTreeMap<String, File>) -> BTreeMap<String, FileSpec> {
    let plan = |(path, file): (&String, &File)| (path.clone(), plan_file(path, file));
    files.iter().map(plan).collect()
}

pub(super) fn plan_consoles(template: &Template) -> BTreeMap<String, ConsoleSpec> {
    let consoles = template.consoles.iter();
    consoles
        .map(|(name, argv)| (name.clone(), ConsoleSpec { argv: argv.clone() }))
        .collect()
}

/// A router also takes packets that come in where its own answer would not leave.
pub(super) fn plan_sysctls(ip_forward: bool) -> BTreeMap<String, String> {
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
