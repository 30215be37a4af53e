//! A container's settings as the keys of a `linux` node.

use std::collections::BTreeMap;

use model::Node;
use model::lab::{Bind, DockerNode, File, PullPolicy, Reached, RestartPolicy};

use super::nodes::Keys;
use super::out::Out;
use super::{KEEP, Writing, kept_keys};
use crate::containerlab::docker::{KEPT_KEYS, is_frr};

pub fn keys(path: &str, node: &Node, settings: &DockerNode, writing: &mut Writing<'_>) -> Keys {
    let mut keys = vec![("kind".to_owned(), Out::word("linux"))];
    keys.push((
        "image".into(),
        Out::word(&image(path, node, settings, writing)),
    ));
    keys.extend(kept_keys(&node.extra, KEPT_KEYS));
    keys.extend(run(settings));
    keys.extend(asks(settings));
    keys.extend(resources(settings));
    let binds = binds(path, &node.name, &settings.files, &settings.binds, writing);
    for (key, list) in [
        ("binds", Out::words(&binds)),
        ("volumes", Out::words(&settings.volumes)),
        ("exec", Out::words(&exec(settings))),
        ("tmpfs", Out::texts(&settings.tmpfs)),
        ("env", Out::texts(&settings.env)),
        ("sysctls", Out::texts(&sysctls(settings))),
        ("stages", waits(settings, writing)),
        ("dns", dns(settings)),
        ("healthcheck", health(settings)),
    ] {
        let empty = matches!(&list, Out::List(members) if members.is_empty())
            || matches!(&list, Out::Map(entries) if entries.is_empty());
        if !empty {
            keys.push((key.into(), list));
        }
    }
    lose(path, settings, writing);
    keys
}

/// containerlab needs one; the template's is written out.
fn image(path: &str, node: &Node, settings: &DockerNode, writing: &mut Writing<'_>) -> String {
    let frr = node.template.starts_with("frr");
    let image = match settings.image.as_str() {
        "" if frr => "nova-ve/frr",
        "" => "nova-ve/host",
        image => image,
    };
    if settings.image.is_empty() {
        let why = "containerlab has no image that nodes have by themselves; the template's is written out";
        writing.lose(path, image, why, "nothing is to be done");
    }
    if is_frr(image) != frr {
        let why = "the file has no templates, and this one cannot be told from the image";
        writing.lose(
            path,
            &node.template,
            why,
            "choose the template after an import",
        );
    }
    image.to_owned()
}

fn run(settings: &DockerNode) -> Keys {
    let pull = match settings.pull {
        PullPolicy::Missing => "",
        PullPolicy::Always => "Always",
        PullPolicy::Never => "Never",
    };
    let restart = match settings.restart.0 {
        RestartPolicy::Always => "",
        RestartPolicy::OnFailure => "on-failure",
        RestartPolicy::Never => "no",
    };
    let line = |argv: &Option<Vec<String>>| {
        let argv = argv.as_deref().unwrap_or_default();
        let argv = argv.iter().map(String::as_str);
        // Only a zero byte cannot be quoted, and no lab has one in a command.
        shlex::try_join(argv).unwrap_or_default()
    };
    let words = [
        ("image-pull-policy", pull.to_owned()),
        ("restart-policy", restart.to_owned()),
        ("hostname", settings.hostname.clone()),
        ("user", settings.user.clone()),
        ("entrypoint", line(&settings.entrypoint)),
        ("cmd", line(&settings.command)),
    ];
    let given = words.into_iter().filter(|(_, word)| !word.is_empty());
    let mut keys: Keys = given
        .map(|(key, word)| (key.into(), Out::Text(word)))
        .collect();
    if settings.start_delay_s != 0 {
        keys.push(("startup-delay".into(), Out::number(settings.start_delay_s)));
    }
    keys
}

fn asks(settings: &DockerNode) -> Keys {
    let lists = [
        ("devices", &settings.devices),
        ("cap-add", &settings.capabilities),
        ("security-opts", &settings.security_options),
    ];
    let given = lists.into_iter().filter(|(_, list)| !list.is_empty());
    let mut keys: Keys = given
        .map(|(key, list)| (key.into(), Out::words(list)))
        .collect();
    if settings.privileged {
        keys.push(("privileged".into(), Out::Bare("true".into())));
    }
    keys
}

fn resources(settings: &DockerNode) -> Keys {
    let resources = &settings.resources;
    let set = Some(&resources.cpu_set).filter(|set| !set.is_empty());
    let keys = [
        ("cpu", resources.cpus.map(Out::number)),
        ("cpu-set", set.map(|set| Out::word(set))),
        ("memory", resources.memory_bytes.map(Out::number)),
        ("shm-size", resources.shm_bytes.map(Out::number)),
    ];
    keys.into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}

/// Files of the lab go beside the topology, and are bound from there.
fn binds(
    path: &str,
    name: &str,
    files: &BTreeMap<String, File>,
    asked: &[Bind],
    writing: &mut Writing<'_>,
) -> Vec<String> {
    let mut binds = Vec::new();
    for (target, file) in files {
        if target.contains(':') {
            let why = "a bind cannot name a path with a colon";
            writing.lose(path, target, why, "rename the file");
            continue;
        }
        let beside = format!("files/{name}{target}");
        binds.push(format!("{beside}:{target}"));
        writing.files.insert(beside, file.clone());
    }
    for bind in asked {
        let Bind { source, target, .. } = bind;
        if source.contains(':') || target.contains(':') {
            let why = "a bind cannot name a path with a colon";
            writing.lose(path, source, why, "rename the folder");
            continue;
        }
        let end = if bind.write { "" } else { ":ro" };
        binds.push(format!("{source}:{target}{end}"));
    }
    binds
}

/// Routes have no key of their own; a command sets them.
fn exec(settings: &DockerNode) -> Vec<String> {
    let gateways = settings.gateways.iter().map(|via| {
        let family = if via.is_ipv6() { "-6 " } else { "" };
        format!("ip {family}route replace default via {via}")
    });
    let routes = settings.routes.iter().map(|route| {
        let family = if route.via.is_ipv6() { "-6 " } else { "" };
        format!("ip {family}route replace {} via {}", route.to, route.via)
    });
    gateways
        .chain(routes)
        .chain(settings.exec.iter().cloned())
        .collect()
}

fn sysctls(settings: &DockerNode) -> BTreeMap<String, String> {
    let mut sysctls = settings.sysctls.clone();
    if let Some(forward) = settings.ip_forward {
        for key in ["net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"] {
            let value = u8::from(forward).to_string();
            sysctls.entry(key.into()).or_insert(value);
        }
    }
    sysctls
}

fn waits(settings: &DockerNode, writing: &Writing<'_>) -> Out {
    let waits: Vec<Out> = settings
        .after
        .iter()
        .filter_map(|after| {
            let stage = match after.reached {
                Reached::Started => "create",
                Reached::Configured => "configure",
                Reached::Healthy => "healthy",
                Reached::Ended => "exit",
            };
            let node = writing.lab.nodes.get(&after.node)?;
            let node = ("node".to_owned(), Out::word(&node.name));
            Some(Out::Map(vec![node, ("stage".into(), Out::word(stage))]))
        })
        .collect();
    if waits.is_empty() {
        return Out::Map(Vec::new());
    }
    let waits = Out::Map(vec![("wait-for".into(), Out::List(waits))]);
    Out::Map(vec![("create".into(), waits)])
}

fn dns(settings: &DockerNode) -> Out {
    let dns = &settings.dns;
    let servers: Vec<String> = dns.servers.iter().map(ToString::to_string).collect();
    let lists = [
        ("servers", &servers),
        ("search", &dns.search),
        ("options", &dns.options),
    ];
    let given = lists.into_iter().filter(|(_, list)| !list.is_empty());
    Out::Map(
        given
            .map(|(key, list)| (key.into(), Out::words(list)))
            .collect(),
    )
}

fn health(settings: &DockerNode) -> Out {
    let Some(check) = &settings.healthcheck else {
        return Out::Map(Vec::new());
    };
    let numbers = [
        ("interval", check.interval_s),
        ("timeout", check.timeout_s),
        ("start-period", check.start_period_s),
        ("retries", check.retries),
    ];
    let mut keys = vec![("test".to_owned(), Out::words(&check.test))];
    let given = numbers.into_iter().filter(|(_, number)| *number != 0);
    keys.extend(given.map(|(key, number)| (key.to_owned(), Out::number(number))));
    Out::Map(keys)
}

fn lose(path: &str, settings: &DockerNode, writing: &mut Writing<'_>) {
    for (name, ulimit) in &settings.ulimits {
        let value = format!("{name}: {} to {}", ulimit.soft, ulimit.hard);
        let why = "a topology file has no limits of this kind";
        writing.lose(path, &value, why, "set them in the image");
    }
    if let Some(pids) = settings.resources.pids {
        let why = "a topology file has no limit of processes";
        writing.lose(path, &pids.to_string(), why, KEEP);
    }
    writing.lose_extra(path, &settings.extra, &[]);
}
