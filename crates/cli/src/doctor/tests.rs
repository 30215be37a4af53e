//! The doctor's texts, on hosts that are folders.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::path::{Path, PathBuf};

use super::*;

/// Lays `tests/hosts/<name>.host` out as a folder and reads it.
fn host(name: &str, uid: u32) -> (tempfile::TempDir, Facts) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/hosts/{name}.host"));
    let root = tempfile::tempdir().unwrap();
    let mut probes = Probes::default();
    for line in std::fs::read_to_string(&file).unwrap().lines() {
        let (path, value) = line.split_once(" = ").unwrap_or((line, ""));
        if path == "probes" {
            probes = serde_json::from_str(value).unwrap();
            continue;
        }
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, value).unwrap();
    }
    let who = Who {
        uid,
        name: if uid == 0 { "root" } else { "alice" }.into(),
        program: "/opt/nova-ve/bin/nova-ve".into(),
        beside: PathBuf::from("/opt/nova-ve/bin"),
        data: PathBuf::from("/home/alice/.local/share/nova-ve"),
    };
    let facts = Facts::read(root.path(), who, probes);
    (root, facts)
}

fn report_of(name: &str, uid: u32) -> String {
    let (_root, facts) = host(name, uid);
    findings::report(&examine(&facts), |_, word| word.to_owned())
}

#[test]
fn a_debian_host_with_everything_is_ready() {
    insta::assert_snapshot!(report_of("debian-ready", 1000));
}

#[test]
fn ubuntu_denies_namespaces_by_apparmor_and_is_told_how_to_allow_them() {
    insta::assert_snapshot!(report_of("ubuntu-denied", 1000));
}

#[test]
fn ubuntu_with_our_profile_has_nothing_to_mend_for_a_start() {
    let (_root, facts) = host("ubuntu-profile", 1000);
    assert_eq!(examine_start(&facts), []);
}

#[test]
fn a_bare_container_lacks_almost_everything() {
    insta::assert_snapshot!(report_of("bare-container", 1000));
}

#[test]
fn root_needs_no_subuid_and_no_helpers() {
    insta::assert_snapshot!(report_of("root-no-netem", 0));
}

#[test]
fn the_profile_of_another_checkout_does_not_help() {
    let (_root, mut facts) = host("ubuntu-profile", 1000);
    facts.who.beside = PathBuf::from("/home/alice/elsewhere");
    let first = &examine(&facts)[0];
    assert_eq!(first.level, Level::Fail);
}

#[test]
fn the_probes_of_this_very_host_can_be_taken() {
    let probes = Probes::take(
        rustix::process::geteuid().is_root(),
        Path::new("/tmp/no/such"),
    );
    assert!(probes.data_free_mib.is_some());
}
