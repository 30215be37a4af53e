//! What a `docker` node runs: its template and its own settings made one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::netns::{plan_consoles, plan_files, plan_routes, plan_sysctls};
use super::{ConsoleSpec, FileSpec, HostAsks, RouteSpec};
use crate::lab::{
    After, Dns, DockerNode, Healthcheck, Node, PullPolicy, Resources, RestartPolicy, Ulimit,
};
use crate::template::{Template, TemplateRuns};

/// A container: everything the Docker Engine is asked for. Absent is the image's own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DockerSpec {
    pub image: String,
    pub pull: PullPolicy,
    pub hostname: String,
    pub user: String,
    pub entrypoint: Option<Vec<String>>,
    pub command: Option<Vec<String>>,
    pub gateways: Vec<IpAddr>,
    pub routes: Vec<RouteSpec>,
    pub env: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    /// Put in place in a new container.
    pub files: BTreeMap<String, FileSpec>,
    pub volumes: BTreeSet<String>,
    pub tmpfs: BTreeMap<String, String>,
    /// `net.*` keys of the node's own network namespace.
    pub sysctls: BTreeMap<String, String>,
    pub ulimits: BTreeMap<String, Ulimit>,
    pub resources: Resources,
    pub dns: Dns,
    pub healthcheck: Option<Healthcheck>,
    pub start_delay_s: u32,
    pub after: Vec<After>,
    pub restart: RestartPolicy,
    /// By `sh -c`, once in a started container.
    pub exec: Vec<String>,
    pub host: HostAsks,
    /// Commands run in the container; the console of its main process is there besides.
    pub consoles: BTreeMap<String, ConsoleSpec>,
}

pub fn plan_docker(node: &Node, settings: &DockerNode, template: &Template) -> DockerSpec {
    let own = |given: &String, usual: &String| {
        let chosen = if given.is_empty() { usual } else { given };
        chosen.clone()
    };
    let mut sysctls = plan_sysctls(settings.ip_forward.unwrap_or(template.ip_forward));
    sysctls.extend(settings.sysctls.clone());
    DockerSpec {
        image: own(&settings.image, &template.image),
        pull: settings.pull,
        hostname: own(&settings.hostname, &node.name),
        user: settings.user.clone(),
        entrypoint: settings.entrypoint.clone(),
        command: settings.command.clone(),
        gateways: settings.gateways.clone(),
        routes: plan_routes(&settings.routes),
        env: settings.env.clone(),
        labels: node.labels.clone(),
        files: plan_files(&settings.files),
        volumes: settings.volumes.clone(),
        tmpfs: settings.tmpfs.clone(),
        sysctls,
        ulimits: settings.ulimits.clone(),
        resources: settings.resources.clone(),
        dns: settings.dns.clone(),
        healthcheck: settings.healthcheck.clone(),
        start_delay_s: settings.start_delay_s,
        after: settings.after.clone(),
        restart: settings.restart.0,
        exec: settings.exec.clone(),
        host: asks(settings, template),
        consoles: plan_consoles(template),
    }
}

/// FRR ends at once without `SYS_ADMIN` in its bounding set (seen with 8.4 and 10.7).
pub(super) fn asks(settings: &DockerNode, template: &Template) -> HostAsks {
    let of_template = match template.runs {
        TemplateRuns::Frr => vec!["SYS_ADMIN".to_owned()],
        TemplateRuns::Nothing => Vec::new(),
    };
    let own = settings.capabilities.iter().cloned();
    HostAsks {
        binds: settings.binds.clone(),
        devices: settings.devices.clone(),
        capabilities: own.chain(of_template).collect(),
        security_options: settings.security_options.clone(),
        privileged: settings.privileged,
    }
}
