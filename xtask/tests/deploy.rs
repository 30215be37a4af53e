//! The shell of `deploy/`, asked piece by piece. What it does to a host, the contract lane shows.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::path::Path;
use std::process::Command;

/// What the shell text prints, with the provisioner's functions at hand.
fn shell(text: &str) -> Result<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sources = ". deploy/scripts/lib/common.sh; . deploy/scripts/lib/all.sh; F=tests/contract/os-release; ";
    let out = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &format!("{sources}{text}")])
        .current_dir(root)
        .output()
        .unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    if out.status.success() {
        Ok(said)
    } else {
        Err(String::from_utf8(out.stderr).unwrap())
    }
}

#[test]
fn each_system_is_known_by_its_os_release() {
    for name in [
        "ubuntu-26.04",
        "ubuntu-24.04",
        "debian-forky",
        "debian-trixie",
        "fedora-43",
    ] {
        let found = shell(&format!("os_of $F/{name}")).unwrap();
        assert_eq!(found, name);
    }
}

#[test]
fn packages_are_named_as_their_system_names_them() {
    let of = |os: &str| shell(&format!("packages_for {os}")).unwrap();
    let (ubuntu, debian) = (of("ubuntu-26.04"), of("debian-forky"));
    assert!(ubuntu.lines().any(|name| name == "docker-compose-v2"));
    assert!(debian.lines().any(|name| name == "docker-compose"));
    for both in ["postgresql", "caddy", "rustc", "nodejs", "frr", "uidmap"] {
        assert!(ubuntu.lines().any(|name| name == both), "{both}");
        assert!(debian.lines().any(|name| name == both), "{both}");
    }
    let mut once: Vec<_> = ubuntu.lines().collect();
    let all = once.len();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), all, "a package stands there twice");
}

#[test]
fn a_system_without_a_column_has_no_packages() {
    shell("packages_for fedora-43").unwrap_err();
    assert_eq!(shell("nearest_os debian-sid").unwrap(), "debian-forky");
    assert_eq!(shell("nearest_os ubuntu-26.10").unwrap(), "ubuntu-26.04");
}

#[test]
fn settings_are_read_and_set_without_a_shell_running_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("env");
    std::fs::write(&file, "# text\n#A=1\nB='two words'\nC=$(touch /x) \nB2=x\n").unwrap();
    let file = file.display();
    let get = |name: &str| shell(&format!("env_get {file} {name}")).unwrap();
    assert_eq!(get("A"), "");
    assert_eq!(get("B"), "two words");
    assert_eq!(get("C"), "$(touch /x) ");
    shell(&format!("printf 'p@ss w&rd' | env_set {file} A >/dev/null")).unwrap();
    shell(&format!("printf other | env_default {file} A >/dev/null")).unwrap();
    shell(&format!("printf new | env_default {file} D >/dev/null")).unwrap();
    let text = std::fs::read_to_string(folder.path().join("env")).unwrap();
    assert_eq!(
        text,
        "# text\nA=p@ss w&rd\nB='two words'\nC=$(touch /x) \nB2=x\nD=new\n"
    );
}

#[test]
fn a_labs_hash_is_the_one_of_the_programs() {
    let of = |instance: &str, lab: &str| shell(&format!("lab_hash {instance} {lab}")).unwrap();
    let reference = of(
        "00000000-0000-0000-0000-000000000001",
        "11111111-2222-3333-4444-555555555555",
    );
    assert_eq!(reference.trim(), "e4e6");
    assert_eq!(of("a", "b").trim(), "26d2");
}

#[test]
fn what_is_told_now_goes_before_what_was_told() {
    // The remembered file of a host is not there in a test.
    assert_eq!(
        shell("NOVA_VE_TLS_HOST=a told NOVA_VE_TLS_HOST b").unwrap(),
        "a"
    );
    assert_eq!(shell("told NOVA_VE_NOTHING b").unwrap(), "b");
}

#[test]
fn guacamoles_page_may_load_its_objects_and_no_other_page_may() {
    let template = shell("cat deploy/templates/Caddyfile.tpl").unwrap();
    let policies = template.split("\n\thandle ").filter_map(|block| {
        let (_, policy) = block.split_once("Content-Security-Policy \"")?;
        Some((block.starts_with("/html5/*"), policy.split_once('"')?.0))
    });
    let policies: Vec<_> = policies.collect();
    assert_eq!(policies.len(), 2, "{policies:?}");
    for (guacamoles, policy) in policies {
        // It hears of its window's size by an <object>, and shows nothing without (guacResize.js of 1.6.0).
        let objects = if guacamoles { "'self'" } else { "'none'" };
        assert!(
            policy.contains(&format!("object-src {objects};")),
            "{policy}"
        );
        assert_eq!(policy.contains("'unsafe-eval'"), guacamoles, "{policy}");
    }
}

#[test]
fn every_script_tells_its_use() {
    let scripts = [
        "provision-ubuntu-2604",
        "run-migrations",
        "run-seed",
        "run-guacamole",
        "build-frontend",
        "smoke-check",
        "backup",
        "restore",
    ];
    for name in scripts {
        let said = shell(&format!("deploy/scripts/{name}.sh --help")).unwrap();
        assert!(
            said.contains(&format!("deploy/scripts/{name}.sh")),
            "{name}: {said}"
        );
        let error = shell(&format!("deploy/scripts/{name}.sh --no-such-option"));
        assert!(error.is_err(), "{name}");
    }
}
