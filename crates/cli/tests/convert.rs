//! `lab convert`, which asks no server: what it writes, says and ends with.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const TOPOLOGY: &str = "\
name: t-${WHO:=you}
topology:
  nodes:
    r1:
      kind: linux
      image: frr-ssh:latest
      ports: [\"2211:22\"]
      binds: [\"r1.conf:/etc/frr/frr.conf\"]
    r2: {kind: linux, image: alpine}
  links:
    - endpoints: [\"r1:eth1\", \"r2:eth1\"]
";

fn folder() -> TempDir {
    let temp = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::write(temp.path().join("t.clab.yml"), TOPOLOGY).unwrap();
    std::fs::write(temp.path().join("r1.conf"), "hostname r1\n").unwrap();
    temp
}

/// In the folder, with nothing around that could be asked.
fn convert(folder: &TempDir, args: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_nova-ve"))
        .args([&["lab", "convert"], args].concat())
        .current_dir(folder.path())
        .env("NOVA_VE_DATA", folder.path().join("nothing-runs-here"))
        .env("WHO", "the environment")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (status.code().unwrap(), text(&stdout), text(&stderr))
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_topology_becomes_a_lab_of_ours_and_its_losses_are_told() {
    let temp = folder();
    let (code, out, err) = convert(&temp, &["."]);
    assert_eq!(code, 0, "{err}");
    let lab: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        lab["name"], "t-you",
        "no variable comes from the environment"
    );
    insta::assert_snapshot!(err);
    let args = [
        "t.clab.yml",
        "--set",
        "WHO=me",
        "--map-image",
        "frr-ssh=nova-ve/frr",
        "-o",
        "t.json",
    ];
    let (code, out, _) = convert(&temp, &args);
    assert_eq!((code, out.as_str()), (0, ""));
    let lab = json(&temp.path().join("t.json"));
    assert_eq!(lab["name"], "t-me");
    assert_eq!(lab["nodes"]["1"]["settings"]["image"], "nova-ve/frr");
}

#[test]
fn the_whole_answer_is_one_object() {
    let temp = folder();
    let (code, out, err) = convert(&temp, &["t.clab.yml", "-o", "json"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let whole: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(whole["losses"][0]["line"], 7);
    assert_eq!(whole["losses"][0]["cure"], "nova-ve forward t-you/r1:22");
    assert_eq!(whole["lab"]["name"], "t-you");
    let args = ["t.clab.yml", "-o", "json", "--to", "containerlab"];
    let whole: serde_json::Value = serde_json::from_str(&convert(&temp, &args).1).unwrap();
    assert!(whole["text"].as_str().unwrap().starts_with("name: t-you"));
    assert_eq!(whole["files"][0], "files/r1/etc/frr/frr.conf");
}

#[test]
fn there_and_back_it_is_the_same_lab() {
    let temp = folder();
    let path = |name: &str| temp.path().join(name);
    convert(&temp, &["t.clab.yml", "-o", "there.json"]);
    let args = [
        "there.json",
        "--to",
        "containerlab",
        "-o",
        "back/t.clab.yml",
    ];
    let (code, _, err) = convert(&temp, &args);
    assert_eq!(code, 0, "{err}");
    let (code, _, err) = convert(&temp, &["back", "--strict", "-o", "again.json"]);
    assert_eq!(code, 0, "{err}");
    let (mut there, mut again) = (json(&path("there.json")), json(&path("again.json")));
    for lab in [&mut there, &mut again] {
        lab["id"] = "any".into();
    }
    assert_eq!(there, again);
}

#[test]
fn nothing_that_is_there_is_replaced_without_force() {
    let temp = folder();
    let (code, _, err) = convert(&temp, &["t.clab.yml", "-o", "r1.conf"]);
    assert_eq!((code, err.contains("--force")), (73, true), "{err}");
    let kept = std::fs::read_to_string(temp.path().join("r1.conf")).unwrap();
    assert_eq!(kept, "hostname r1\n");
    assert_eq!(
        convert(&temp, &["t.clab.yml", "-o", "r1.conf", "--force"]).0,
        0
    );
}

#[test]
fn what_is_no_lab_is_refused_with_every_place() {
    let temp = folder();
    let wrong = TOPOLOGY
        .replace("r2:eth1", "r9:eth1")
        .replace("image: alpine", "cpu: many");
    std::fs::write(temp.path().join("t.clab.yml"), wrong).unwrap();
    let (code, out, err) = convert(&temp, &["t.clab.yml"]);
    assert_eq!((code, out.as_str()), (65, ""));
    insta::assert_snapshot!(err);
    let (code, out, _) = convert(&temp, &["t.clab.yml", "-o", "json"]);
    let whole: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, whole["problems"].as_array().unwrap().len()), (65, 2));
    assert_eq!(convert(&temp, &["none.yml"]).0, 66);
    assert_eq!(convert(&folder(), &["t.clab.yml", "--strict"]).0, 65);
    let only = "name: t\ntopology: {nodes: {a: {kind: linux, image: b}}}\n";
    std::fs::write(temp.path().join("t.clab.yml"), only).unwrap();
    assert_eq!(convert(&temp, &["t.clab.yml", "--strict"]).0, 0);
}
