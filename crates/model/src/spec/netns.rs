//! What a `netns` node runs: its template and its own settings made one.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ConsoleSpec, DriverSpec, FileSpec, HostAsks, NetnsSpec, ProcessKind, ProcessSpec, ReadyWhen,
    RouteSpec, frr,
};
use crate::lab::{File, NetnsNode, Node, NodeKind, Process};
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
        host: HostAsks {
            binds: settings.binds.clone(),
            ..HostAsks::default()
        },
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
