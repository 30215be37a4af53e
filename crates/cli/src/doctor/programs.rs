//! Programs and devices that kinds of nodes need.

use super::{Facts, Finding, Level};

pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = examine_own(facts);
    findings.push(frr(facts));
    findings.push(host_tools(facts));
    findings.push(dnsmasq(facts));
    findings.extend(docker(facts));
    findings.push(qemu(facts));
    findings.push(tun(facts));
    findings
}

/// Our own other programs, which must lie beside this one.
pub fn examine_own(facts: &Facts) -> Vec<Finding> {
    ["nova-ve-server", "nova-ve-agent"]
        .into_iter()
        .filter_map(|name| {
            let path = facts.who.beside.join(name);
            let missing = !facts.exists(&path.display().to_string());
            missing.then(|| {
                Finding::new(
                    Level::Fail,
                    name,
                    format!("not found in {}", facts.who.beside.display()),
                )
                .mend("keep nova-ve, nova-ve-server and nova-ve-agent in one folder")
            })
        })
        .collect()
}

fn frr(facts: &Facts) -> Finding {
    const WHAT: &str = "FRR";
    let daemons = facts.exists("/usr/lib/frr/zebra");
    let shell = facts.program(&["vtysh"]).is_some();
    match (daemons, shell) {
        (true, true) => Finding::new(
            Level::Ok,
            WHAT,
            facts.probes.frr_version.as_ref().map_or_else(
                || "installed".into(),
                |version| format!("version {version}"),
            ),
        ),
        (true, false) => Finding::new(
            Level::Warn,
            WHAT,
            "its daemons are here but vtysh is not, so routers cannot be configured",
        )
        .mend("sudo apt install frr"),
        (false, _) => Finding::new(
            Level::Warn,
            WHAT,
            "not installed, so routers of the template `frr` cannot start",
        )
        .mend("sudo apt install frr && sudo systemctl disable --now frr"),
    }
}

/// Nodes see the host's programs.
fn host_tools(facts: &Facts) -> Finding {
    let missing: Vec<&str> = [("ip", "iproute2"), ("ping", "iputils-ping")]
        .into_iter()
        .filter(|(program, _)| facts.program(&[*program]).is_none())
        .map(|(_, package)| package)
        .collect();
    if missing.is_empty() {
        return Finding::new(Level::Ok, "tools in nodes", "ip, ping");
    }
    Finding::new(
        Level::Warn,
        "tools in nodes",
        "nodes use the host's programs, and some that everybody expects are missing",
    )
    .mend(format!("sudo apt install {}", missing.join(" ")))
}

/// Networks that the host is on work without it, as far as nodes know their addresses.
fn dnsmasq(facts: &Facts) -> Finding {
    const WHAT: &str = "dnsmasq";
    match facts.program(&["dnsmasq"]) {
        Some(path) => Finding::new(Level::Ok, WHAT, path),
        None => Finding::new(
            Level::Warn,
            WHAT,
            "not installed, so networks with a gateway give out neither addresses nor names",
        )
        .mend("sudo apt install dnsmasq-base"),
    }
}

/// Containers and virtual machines are no part of this version; what is here is said all the same.
fn docker(facts: &Facts) -> Vec<Finding> {
    const WHAT: &str = "Docker";
    let socket = ["/run/docker.sock", "/var/run/docker.sock"]
        .into_iter()
        .find(|path| facts.exists(path));
    let mut findings = vec![match (socket, facts.probes.docker_socket_writable) {
        (None, _) => Finding::new(Level::Note, WHAT, "no engine here; netns nodes need none"),
        (Some(path), Some(false)) => Finding::new(
            Level::Note,
            WHAT,
            format!("{path} is there, but {} may not use it", facts.who.name),
        ),
        (Some(path), _) => Finding::new(Level::Ok, WHAT, format!("{path} can be used")),
    }];
    let filtered = facts.sysctl("net.bridge.bridge-nf-call-iptables") == Some(1);
    if socket.is_some() && filtered && facts.is_root() {
        findings.push(Finding::new(
            Level::Note,
            "Docker's firewall",
            "bridged frames pass iptables here (bridge-nf-call-iptables is 1): the agent keeps an \
             accept rule for our bridges in DOCKER-USER (not in the old iptables-legacy)",
        ));
    }
    findings
}

fn qemu(facts: &Facts) -> Finding {
    const WHAT: &str = "QEMU";
    let Some(path) = facts.program(&["qemu-system-x86_64", "qemu-system-aarch64", "qemu-kvm"])
    else {
        return Finding::new(Level::Note, WHAT, "not installed; netns nodes need none");
    };
    match (facts.exists("/dev/kvm"), facts.probes.kvm_writable) {
        (true, Some(true)) => Finding::new(Level::Ok, WHAT, format!("{path}, with /dev/kvm")),
        (true, _) => Finding::new(
            Level::Note,
            WHAT,
            format!(
                "{path}; /dev/kvm is there, but {} may not use it",
                facts.who.name
            ),
        )
        .mend(format!("sudo usermod -aG kvm {}", facts.who.name)),
        (false, _) => Finding::new(
            Level::Note,
            WHAT,
            format!("{path}; no /dev/kvm, so virtual machines would be slow"),
        ),
    }
}

fn tun(facts: &Facts) -> Finding {
    const WHAT: &str = "/dev/net/tun";
    if !facts.exists(WHAT) {
        return Finding::new(Level::Note, WHAT, "missing; only virtual machines need it");
    }
    match facts.probes.tun_writable {
        Some(false) => Finding::new(
            Level::Note,
            WHAT,
            format!("not for {}; only virtual machines need it", facts.who.name),
        ),
        Some(true) | None => Finding::new(Level::Ok, WHAT, "can be used"),
    }
}
