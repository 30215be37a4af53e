//! FRR in a node: from `/etc/frr/daemons` to processes.
//!
//! The daemons run in the foreground under the node's supervisor, in FRR's own order; then one
//! `vtysh -b` hands them `/etc/frr/frr.conf`. Nothing of FRR's own scripts or `watchfrr` is used.

use std::collections::{BTreeMap, BTreeSet};

use super::{DirSpec, FileSpec, NetnsSpec, ProcessKind, ProcessSpec, ReadyWhen};
use crate::lab::RestartPolicy;

mod daemons;

pub use daemons::{DaemonsError, parse_daemons};

pub const DAEMONS_FILE: &str = "/etc/frr/daemons";
const CONFIG_FILE: &str = "/etc/frr/frr.conf";
const VTYSH_FILE: &str = "/etc/frr/vtysh.conf";
/// Made when the configuration is loaded; the vtysh console waits for it.
const CONFIGURED: &str = "/run/frr/configured";

/// FRR's order: who others need comes first. `mgmtd` exists since FRR 10.
const ORDER: [&str; 21] = [
    "mgmtd", "zebra", "staticd", "bgpd", "ripd", "ripngd", "ospfd", "ospf6d", "isisd", "babeld",
    "pimd", "pim6d", "ldpd", "nhrpd", "eigrpd", "sharpd", "pbrd", "bfdd", "fabricd", "vrrpd",
    "pathd",
];
/// Of one daemon; each is a process.
const INSTANCES_MAX: usize = 32;
/// FRR's own scripts start these whatever the file says.
const ALWAYS: [&str; 3] = ["mgmtd", "zebra", "staticd"];

/// Directories and files that FRR needs, unless the lab gives them itself.
pub fn add_base(spec: &mut NetnsSpec) {
    for dir in ["/run/frr", "/var/log/frr", "/var/lib/frr", "/var/tmp/frr"] {
        let owned = DirSpec {
            mode: 0o755,
            owner: "frr".into(),
        };
        spec.dirs.entry(dir.into()).or_insert(owned);
    }
    let config = format!("frr defaults traditional\nhostname {}\n", spec.hostname);
    let defaults = [
        (CONFIG_FILE, config),
        (VTYSH_FILE, "service integrated-vtysh-config\n".into()),
    ];
    for (path, content) in defaults {
        let file = FileSpec {
            content,
            mode: 0o640,
            owner: "frr".into(),
        };
        spec.files.entry(path.into()).or_insert(file);
    }
}

/// The daemons to start, in order, by the text of the daemons file (empty: only those always run).
pub fn plan_services(daemons: &str) -> Result<Vec<ProcessSpec>, DaemonsError> {
    let settings = parse_daemons(daemons)?;
    let mut processes = Vec::new();
    for daemon in ORDER {
        let enabled = settings
            .get(daemon)
            .is_some_and(|v| v != "no" && v != "0" && !v.is_empty());
        if !enabled && !ALWAYS.contains(&daemon) {
            continue;
        }
        for instance in instances(daemon, &settings)? {
            processes.push(service(daemon, instance, &settings)?);
        }
    }
    Ok(processes)
}

/// `ospfd_instances="1,2"`: one process each; else a single one.
fn instances(
    daemon: &str,
    settings: &BTreeMap<String, String>,
) -> Result<Vec<Option<u16>>, DaemonsError> {
    let key = format!("{daemon}_instances");
    let listed = settings.get(&key).map_or("", String::as_str);
    let words = listed.split([',', ' ']).filter(|word| !word.is_empty());
    let numbers: Option<Vec<u16>> = words
        .map(|word| word.parse().ok().filter(|n| *n > 0))
        .collect();
    let good = numbers.filter(|numbers| {
        let different: BTreeSet<_> = numbers.iter().collect();
        different.len() == numbers.len() && numbers.len() <= INSTANCES_MAX
    });
    let numbers = good.ok_or(DaemonsError::Instances { key })?;
    if numbers.is_empty() {
        return Ok(vec![None]);
    }
    Ok(numbers.into_iter().map(Some).collect())
}

fn service(
    daemon: &str,
    instance: Option<u16>,
    settings: &BTreeMap<String, String>,
) -> Result<ProcessSpec, DaemonsError> {
    let name = instance.map_or_else(|| daemon.to_owned(), |n| format!("{daemon}-{n}"));
    let mut argv = vec![format!("/usr/lib/frr/{daemon}")];
    argv.extend(["--log", "stdout", "--log-level", "informational"].map(String::from));
    if let Some(profile) = settings
        .get("frr_profile")
        .filter(|profile| !profile.is_empty())
    {
        argv.extend(["-F".into(), profile.clone()]);
    }
    if let Some(number) = instance {
        argv.extend(["-n".into(), number.to_string()]);
    }
    for key in ["frr_global_options".to_owned(), format!("{daemon}_options")] {
        let options = settings.get(&key).map_or("", String::as_str);
        let words = daemons::split_words(options).ok_or(DaemonsError::Quote { key })?;
        // A daemon that forks away looks dead to its supervisor.
        argv.extend(
            words
                .into_iter()
                .filter(|word| word != "-d" && word != "--daemon"),
        );
    }
    Ok(ProcessSpec {
        ready: ReadyWhen::PathExists(format!("/run/frr/{name}.vty")),
        name,
        argv,
        kind: ProcessKind::Service {
            restart: RestartPolicy::Always,
        },
        optional: daemon == "mgmtd",
    })
}

/// Hands `/etc/frr/frr.conf` to the daemons.
pub fn load_config() -> ProcessSpec {
    let script = format!("vtysh -b; status=$?; : > {CONFIGURED}; exit $status");
    ProcessSpec {
        name: "frr-config".into(),
        argv: ["/bin/sh", "-c", &script].map(String::from).into(),
        kind: ProcessKind::Once,
        optional: false,
        ready: ReadyWhen::Started,
    }
}

/// Where the configuration belongs among the node's own commands: before the first that speaks to
/// FRR, else after all. Commands before it (addresses, tunnels) prepare what the configuration
/// names, and those that repeat an address of it do not collide with it.
pub fn config_before(commands: &[String]) -> usize {
    let speaks = |command: &String| command.contains("vtysh");
    commands.iter().position(speaks).unwrap_or(commands.len())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

    use super::*;

    fn names(daemons: &str) -> Vec<String> {
        plan_services(daemons)
            .unwrap()
            .into_iter()
            .map(|p| p.name)
            .collect()
    }

    #[test]
    fn zebra_and_staticd_run_whatever_the_file_says() {
        assert_eq!(names(""), ["mgmtd", "zebra", "staticd"]);
        assert_eq!(
            names("zebra=no\nospfd=yes\n"),
            ["mgmtd", "zebra", "staticd", "ospfd"]
        );
        assert_eq!(
            names("bgpd=0\nospfd=\"1\""),
            ["mgmtd", "zebra", "staticd", "ospfd"]
        );
    }

    #[test]
    fn options_are_split_like_a_shell_does() {
        let text = "zebra_options=\"  -A 127.0.0.1 -s 90000000 -d\"\nfrr_profile=datacenter";
        let zebra = plan_services(text).unwrap().remove(1);
        let words = "--log stdout --log-level informational -F datacenter -A 127.0.0.1 -s 90000000";
        assert_eq!(zebra.argv[1..].join(" "), words);
        assert_eq!(
            zebra.ready,
            ReadyWhen::PathExists("/run/frr/zebra.vty".into())
        );
        assert!(!zebra.optional);
    }

    #[test]
    fn instances_are_processes_of_their_own() {
        let found = plan_services("ospfd=yes\nospfd_instances=1,2").unwrap();
        assert_eq!(found[3].name, "ospfd-1");
        assert_eq!(
            found[4].ready,
            ReadyWhen::PathExists("/run/frr/ospfd-2.vty".into())
        );
        assert!(found[4].argv.join(" ").contains("-n 2"));
    }

    #[test]
    fn instances_that_frr_does_not_take_are_refused() {
        let many: Vec<String> = (1..=INSTANCES_MAX + 1).map(|n| n.to_string()).collect();
        for list in ["0", "70000", "one", "../x", "1,1", "1,01", &many.join(",")] {
            let refused = plan_services(&format!("ospfd=yes\nospfd_instances={list}"));
            let error = refused.map(|found| found.len()).unwrap_err().to_string();
            assert!(error.contains("ospfd_instances"), "{list}: {error}");
        }
        let most = plan_services(&format!(
            "ospfd=yes\nospfd_instances={}",
            many[1..].join(",")
        ));
        assert_eq!(most.unwrap().len(), 3 + INSTANCES_MAX);
    }

    #[test]
    fn the_configuration_is_loaded_before_the_first_command_that_speaks_to_frr() {
        let commands = [
            "ip addr add 10.0.0.1/24 dev lo",
            "vtysh -c 'show ip route'",
            "true",
        ];
        let commands = commands.map(String::from);
        assert_eq!(config_before(&commands), 1);
        assert_eq!(config_before(&commands[..1]), 1);
    }
}
