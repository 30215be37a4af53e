//! Whether this user may have namespaces: the ground that nodes without root stand on.

use super::{Facts, Finding, Level};

/// A user namespace for nodes maps this many ids of the subuid range.
const IDS_NEEDED: u64 = 65535;
/// Seven kinds of namespace for each node; 200 nodes are a large lab.
const NAMESPACES_WANTED: u64 = 1000;

const USER_NAMESPACES: &str = "user namespaces";
const APPARMOR_FOLDER: &str = "/etc/apparmor.d";

pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![may_unshare(facts)];
    findings.extend(counts(facts));
    if facts.is_root() {
        findings.push(Finding::new(
            Level::Ok,
            "privileges",
            "root: labs live in the host's own namespaces",
        ));
        return findings;
    }
    findings.push(helpers(facts));
    findings.push(ids(facts, "/etc/subuid", "--add-subuids"));
    findings.push(ids(facts, "/etc/subgid", "--add-subgids"));
    findings
}

/// The switches that distributions have, most telling first, then the try itself.
fn may_unshare(facts: &Facts) -> Finding {
    if facts.sysctl("user.max_user_namespaces") == Some(0) {
        let says =
            "forbidden to everybody (user.max_user_namespaces is 0), and nodes are made of them";
        return Finding::new(Level::Fail, USER_NAMESPACES, says)
            .mend("sudo sysctl -w user.max_user_namespaces=65536");
    }
    if facts.is_root() {
        return Finding::new(Level::Ok, USER_NAMESPACES, "allowed");
    }
    if facts.sysctl("kernel.unprivileged_userns_clone") == Some(0) {
        let says = "forbidden to ordinary users (kernel.unprivileged_userns_clone is 0)";
        return Finding::new(Level::Fail, USER_NAMESPACES, says).mend(format!(
            "sudo sysctl -w kernel.unprivileged_userns_clone=1\n{}",
            as_root(facts)
        ));
    }
    if facts.sysctl("kernel.apparmor_restrict_unprivileged_userns") == Some(1) {
        return apparmor(facts);
    }
    tried(facts)
}

fn tried(facts: &Facts) -> Finding {
    match &facts.probes.user_namespace {
        Some(Err(why)) => {
            let says = format!("this kernel refuses them to {}: {why}", facts.who.name);
            Finding::new(Level::Fail, USER_NAMESPACES, says).mend(format!(
                "inside a container, allow them there (seccomp)\n{}",
                as_root(facts)
            ))
        }
        Some(Ok(())) => Finding::new(Level::Ok, USER_NAMESPACES, "allowed, tried"),
        None => Finding::new(
            Level::Ok,
            USER_NAMESPACES,
            "allowed (not tried: no `unshare` here)",
        ),
    }
}

fn as_root(facts: &Facts) -> String {
    format!("or run it as root: sudo {} up", facts.who.program)
}

/// Ubuntu lets an ordinary program make a user namespace but gives it no capability inside, unless a
/// profile of AppArmor names the program.
fn apparmor(facts: &Facts) -> Finding {
    let agent = facts.who.beside.join("nova-ve-agent");
    let agent = agent.display().to_string();
    // A checkout and an installation have profiles of their own.
    let named = facts
        .files_named(APPARMOR_FOLDER, "nova-ve")
        .into_iter()
        .find(|path| {
            facts
                .text(path)
                .is_some_and(|text| text.contains(&format!("\"{agent}\"")))
        });
    if let Some(profile) = named {
        return Finding::new(
            Level::Ok,
            USER_NAMESPACES,
            format!("kept to known programs by AppArmor; {profile} names our agent"),
        );
    }
    Finding::new(
        Level::Fail,
        USER_NAMESPACES,
        "AppArmor denies them to programs it does not know \
         (kernel.apparmor_restrict_unprivileged_userns is 1)",
    )
    .mend(format!(
        "once: sudo {} doctor --install-apparmor-profile\n{}",
        facts.who.program,
        as_root(facts)
    ))
}

fn counts(facts: &Facts) -> Option<Finding> {
    let tight: Vec<String> = ["user", "net", "mnt", "pid", "uts", "ipc", "cgroup"]
        .map(|kind| format!("user.max_{kind}_namespaces"))
        .into_iter()
        .filter(|name| {
            facts
                .sysctl(name)
                .is_some_and(|n| n > 0 && n < NAMESPACES_WANTED)
        })
        .collect();
    let first = tight.first()?;
    let values: Vec<String> = tight.iter().map(|name| format!("{name}=65536")).collect();
    Some(
        Finding::new(
            Level::Warn,
            "number of namespaces",
            format!("{first} is below {NAMESPACES_WANTED}: large labs will not fit"),
        )
        .mend(format!("sudo sysctl -w {}", values.join(" "))),
    )
}

fn helpers(facts: &Facts) -> Finding {
    const WHAT: &str = "newuidmap, newgidmap";
    let missing = |name| facts.program(&[name]).is_none();
    if missing("newuidmap") || missing("newgidmap") {
        return Finding::new(
            Level::Fail,
            WHAT,
            "not installed, so a node cannot have users of its own without root",
        )
        .mend("sudo apt install uidmap");
    }
    Finding::new(Level::Ok, WHAT, "installed")
}

/// Lines like `alice:100000:65536`, by name or by number.
fn ids(facts: &Facts, path: &str, flag: &str) -> Finding {
    let what = path.trim_start_matches("/etc/");
    let text = facts.text(path).unwrap_or_default();
    let ranges: Vec<(&str, u64, u64)> = text.lines().filter_map(parse_range).collect();
    let uid = facts.who.uid.to_string();
    let most = ranges
        .iter()
        .filter(|(who, _, _)| *who == facts.who.name || *who == uid)
        .map(|(_, _, count)| *count)
        .max();
    match most {
        Some(count) if count >= IDS_NEEDED => Finding::new(
            Level::Ok,
            what,
            format!("{count} ids for {}", facts.who.name),
        ),
        found => {
            let first = free_range(&ranges);
            let says = found.map_or_else(
                || {
                    format!(
                        "no ids for {}; nodes need 65536 to have users of their own",
                        facts.who.name
                    )
                },
                |count| format!("only {count} ids for {}; nodes need 65536", facts.who.name),
            );
            Finding::new(Level::Fail, what, says).mend(format!(
                "sudo usermod {flag} {first}-{} {}",
                first + 65535,
                facts.who.name
            ))
        }
    }
}

fn parse_range(line: &str) -> Option<(&str, u64, u64)> {
    let mut parts = line.trim().split(':');
    let who = parts.next()?;
    Some((
        who,
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
    ))
}

/// The first number after all ranges that are given out, 100000 at least.
fn free_range(ranges: &[(&str, u64, u64)]) -> u64 {
    ranges
        .iter()
        .map(|(_, first, count)| first + count)
        .fold(100_000, u64::max)
}
