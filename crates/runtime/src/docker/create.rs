//! From a node's spec to what Docker is asked for.

use std::collections::BTreeMap;
use std::path::Path;

use bollard::models::{
    ContainerCreateBody, DeviceMapping, HealthConfig, HostConfig, HostConfigLogConfig, Mount,
    MountType, MountVolumeOptions, ResourcesUlimits, RestartPolicy, RestartPolicyNameEnum,
};
use model::InstanceId;
use model::lab::{Bind, Dns, Healthcheck, Ulimit};
use model::spec::DockerSpec;
use sha2::{Digest, Sha256};

use super::folder::NodeFolder;
use super::image::Image;
use super::{gate, names};
use crate::driver::NodeRef;

/// What every container of ours may do besides Docker's own.
const CAPABILITIES: [&str; 2] = ["NET_ADMIN", "NET_RAW"];
/// Docker switches IPv6 off where it makes no interface itself.
const SYSCTLS: [&str; 2] = [
    "net.ipv6.conf.all.disable_ipv6",
    "net.ipv6.conf.default.disable_ipv6",
];
/// What a node says is kept this long, and no longer: a disk is soon full of it.
const LOG_OPTIONS: [(&str, &str); 2] = [("max-size", "1m"), ("max-file", "2")];

/// The container, with the label that tells it from one made of anything else.
pub fn body(
    instance: &InstanceId,
    node: NodeRef,
    spec: &DockerSpec,
    image: &Image,
    folder: &NodeFolder,
) -> ContainerCreateBody {
    let mut labels = spec.labels.clone();
    labels.extend(names::labels(instance, node));
    let mut body = ContainerCreateBody {
        image: Some(spec.image.clone()),
        hostname: Some(spec.hostname.clone()),
        user: given(&spec.user),
        entrypoint: Some(vec![gate::INSIDE_PROGRAM.into()]),
        cmd: Some(program(spec, image)),
        env: Some(variables(&spec.env)),
        tty: Some(true),
        open_stdin: Some(true),
        // Without it Docker keeps books of an endpoint that there is not, and engines of version 20 lock
        // up for good when many containers end at once. The namespace is made all the same.
        network_disabled: Some(true),
        healthcheck: spec.healthcheck.as_ref().map(health),
        host_config: Some(host_config(instance, node, spec, folder)),
        ..ContainerCreateBody::default()
    };
    let made_of = made_of(&body, &image.id, &labels, spec);
    labels.insert(names::MADE_OF.into(), made_of);
    // Not part of it: what lies in `/proc/sys` changes with the kernel's modules.
    if let Some(host) = body.host_config.as_mut().filter(|_| !spec.host.privileged) {
        host.readonly_paths = Some(read_only());
    }
    body.labels = Some(labels.into_iter().collect());
    body
}

/// Docker's own list, but that `/proc/sys/net`, which is the node's own network's, can be written: labs
/// switch forwarding on by `sysctl -w`. Everything beside it is as read-only as before.
fn read_only() -> Vec<String> {
    let others = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sysrq-trigger"].map(String::from);
    let Ok(all) = std::fs::read_dir("/proc/sys") else {
        return others.into_iter().chain(["/proc/sys".into()]).collect();
    };
    let names = all.flatten().map(|entry| entry.file_name());
    let paths = names
        .filter(|name| name != "net")
        .map(|name| format!("/proc/sys/{}", name.to_string_lossy()));
    others.into_iter().chain(paths).collect()
}

pub fn made_of_label(body: &ContainerCreateBody) -> String {
    let labels = body.labels.as_ref();
    let label = labels.and_then(|labels| labels.get(names::MADE_OF));
    label.cloned().unwrap_or_default()
}

/// As `docker run` has it: another entrypoint goes without the image's command.
fn program(spec: &DockerSpec, image: &Image) -> Vec<String> {
    let (entrypoint, command) = match (&spec.entrypoint, &spec.command) {
        (Some(entrypoint), Some(command)) => (entrypoint.clone(), command.clone()),
        (Some(entrypoint), None) => (entrypoint.clone(), Vec::new()),
        (None, Some(command)) => (image.entrypoint.clone(), command.clone()),
        (None, None) => (image.entrypoint.clone(), image.command.clone()),
    };
    [entrypoint, command].concat()
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn variables(env: &BTreeMap<String, String>) -> Vec<String> {
    env.iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect()
}

fn host_config(
    instance: &InstanceId,
    node: NodeRef,
    spec: &DockerSpec,
    folder: &NodeFolder,
) -> HostConfig {
    let asks = &spec.host;
    let capabilities = CAPABILITIES.map(str::to_owned).into_iter();
    let capabilities = capabilities.chain(asks.capabilities.iter().cloned());
    let never = RestartPolicy {
        name: Some(RestartPolicyNameEnum::NO),
        maximum_retry_count: None,
    };
    HostConfig {
        network_mode: Some("none".into()),
        restart_policy: Some(never),
        mounts: Some(mounts(instance, node, spec, folder)),
        tmpfs: Some(spec.tmpfs.clone().into_iter().collect()),
        sysctls: Some(sysctls(spec).into_iter().collect()),
        cap_add: Some(capabilities.collect()),
        devices: Some(asks.devices.iter().map(|path| device(path)).collect()),
        security_opt: Some(asks.security_options.iter().cloned().collect()),
        privileged: Some(asks.privileged),
        log_config: Some(log_config()),
        ..limits(spec)
    }
}

fn limits(spec: &DockerSpec) -> HostConfig {
    let resources = &spec.resources;
    let bytes = |bytes: Option<u64>| bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
    HostConfig {
        ulimits: Some(spec.ulimits.iter().map(ulimit).collect()),
        nano_cpus: resources.cpus.map(nano_cpus),
        cpuset_cpus: given(&resources.cpu_set),
        memory: bytes(resources.memory_bytes),
        shm_size: bytes(resources.shm_bytes),
        pids_limit: resources.pids.map(i64::from),
        ..HostConfig::default()
    }
}

fn log_config() -> HostConfigLogConfig {
    let options = LOG_OPTIONS.map(|(key, value)| (key.to_owned(), value.to_owned()));
    HostConfigLogConfig {
        typ: Some("json-file".into()),
        config: Some(options.into()),
    }
}

fn sysctls(spec: &DockerSpec) -> BTreeMap<String, String> {
    // A kernel may have been built without IPv6.
    let has = |key: &&str| Path::new("/proc/sys").join(key.replace('.', "/")).exists();
    let ipv6 = SYSCTLS.into_iter().filter(has);
    let mut sysctls: BTreeMap<String, String> =
        ipv6.map(|key| (key.to_owned(), "0".to_owned())).collect();
    sysctls.extend(spec.sysctls.clone());
    sysctls
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the model allows no more processors than a host can have"
)]
fn nano_cpus(cpus: f64) -> i64 {
    (cpus * 1e9) as i64
}

fn ulimit((name, limit): (&String, &Ulimit)) -> ResourcesUlimits {
    ResourcesUlimits {
        name: Some(name.clone()),
        soft: Some(limit.soft),
        hard: Some(limit.hard),
    }
}

fn device(path: &str) -> DeviceMapping {
    DeviceMapping {
        path_on_host: Some(path.to_owned()),
        path_in_container: Some(path.to_owned()),
        cgroup_permissions: Some("rwm".into()),
    }
}

fn health(check: &Healthcheck) -> HealthConfig {
    let nanoseconds = |seconds: u32| (seconds > 0).then(|| i64::from(seconds) * 1_000_000_000);
    HealthConfig {
        test: Some(check.test.clone()),
        interval: nanoseconds(check.interval_s),
        timeout: nanoseconds(check.timeout_s),
        start_period: nanoseconds(check.start_period_s),
        retries: (check.retries > 0).then(|| i64::from(check.retries)),
        start_interval: None,
    }
}

fn mounts(
    instance: &InstanceId,
    node: NodeRef,
    spec: &DockerSpec,
    folder: &NodeFolder,
) -> Vec<Mount> {
    let own = [
        (folder.gate(), gate::INSIDE, true),
        (folder.hosts(), "/etc/hosts", false),
        (folder.resolv_conf(), "/etc/resolv.conf", false),
    ];
    let own =
        own.map(|(source, target, read_only)| bound(&source.to_string_lossy(), target, read_only));
    let binds = spec.host.binds.iter().map(|bind| {
        let Bind {
            source,
            target,
            write,
        } = bind;
        bound(source, target, !write)
    });
    let volumes = spec.volumes.iter().map(|path| volume(instance, node, path));
    own.into_iter().chain(binds).chain(volumes).collect()
}

fn bound(source: &str, target: &str, read_only: bool) -> Mount {
    Mount {
        typ: Some(MountType::BIND),
        source: Some(source.to_owned()),
        target: Some(target.to_owned()),
        read_only: Some(read_only),
        ..Mount::default()
    }
}

fn volume(instance: &InstanceId, node: NodeRef, path: &str) -> Mount {
    let mut labels = names::labels(instance, node);
    labels.insert(names::VOLUME.into(), path.to_owned());
    Mount {
        typ: Some(MountType::VOLUME),
        source: Some(names::volume(node, path)),
        target: Some(path.to_owned()),
        volume_options: Some(MountVolumeOptions {
            labels: Some(labels.into_iter().collect()),
            ..MountVolumeOptions::default()
        }),
        ..Mount::default()
    }
}

/// The node's `resolv.conf`: never the host's own, which leads to nowhere from inside.
pub fn resolv_conf(dns: &Dns) -> String {
    let servers = dns
        .servers
        .iter()
        .map(|server| format!("nameserver {server}\n"));
    let mut text: String = servers.collect();
    for (word, values) in [("search", &dns.search), ("options", &dns.options)] {
        if !values.is_empty() {
            text = format!("{text}{word} {}\n", values.join(" "));
        }
    }
    text
}

/// A container of the same parts need not be made anew. Maps of Docker's own have no order, and a JSON
/// value has.
fn made_of(
    body: &ContainerCreateBody,
    image: &str,
    labels: &BTreeMap<String, String>,
    spec: &DockerSpec,
) -> String {
    let body = serde_json::to_value(body).unwrap_or_default();
    let parts = serde_json::json!([body, image, labels, spec.files]);
    let hash = Sha256::digest(parts.to_string());
    names::hex(&hash[..8])
}
