//! Files that are read, and files that are refused.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use clap::Parser;
use model::limits;

use super::*;
use crate::failure::explain;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    options: Options,
}

async fn read_with(path: &Path, args: &[&str]) -> anyhow::Result<Read> {
    let line = Line::parse_from([&["x"], args].concat());
    read(&Source::find(&path.display().to_string())?, &line.options).await
}

async fn refusal(name: &str, content: &[u8]) -> String {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join(name);
    std::fs::write(&path, content).unwrap();
    let error = read_with(&path, &[]).await.unwrap_err();
    let (text, exit) = explain(&error);
    assert_eq!(exit, Exit::BAD_DATA, "{text}");
    text.replace(&format!("{}/", temp.path().display()), "")
}

#[test]
fn the_format_is_known_by_name_or_by_its_beginning() {
    let format = |name: &str, bytes: &[u8]| {
        format_of(&Content {
            bytes: bytes.into(),
            name: name.into(),
        })
    };
    assert_eq!(format("a.json", b"x: 1"), Format::Native);
    assert_eq!(format("a.clab.yml", b"{"), Format::Containerlab);
    assert_eq!(format("", b" \n{"), Format::Native);
    assert_eq!(format("", b"name: x"), Format::Containerlab);
}

#[tokio::test]
async fn what_is_no_lab_is_refused_with_its_place() {
    let said = refusal("lab.json", b"{\n  \"schema\": 1,\n  \"na").await;
    assert!(said.starts_with("error: lab.json:3:"), "{said}");
    let said = refusal("lab.json", "[".repeat(100_000).as_bytes()).await;
    assert!(said.starts_with("error: lab.json:1:"), "{said}");
    let said = refusal("lab.json", b"{\"name\": \"\xff\xfe\"}").await;
    assert!(said.contains("UTF-8"), "{said}");
    let said = refusal("lab.json", &vec![b' '; limits::LAB_MAX_BYTES + 1]).await;
    assert!(
        said.contains("too large: a lab has at most 16 MiB"),
        "{said}"
    );
}

#[tokio::test]
async fn every_problem_is_a_line_with_its_place_and_what_to_do() {
    let topology = "name: t\ntopology:\n  nodes:\n    r1: {kind: linux, image: a}\n    r2: {image: a}\n  \
                    links:\n    - endpoints: [\"r1:eth1\", \"r9:eth1\"]\n";
    insta::assert_snapshot!(refusal("t.clab.yml", topology.as_bytes()).await, @r#"
    error: t.clab.yml is no lab, for 2 reasons:
      t.clab.yml:5:5: topology.nodes.r2: the node has no kind, nor do its group and the defaults; add `kind: linux`
      t.clab.yml:7:30: topology.links[0].endpoints[1]: there is no node "r9" in the file; check the endpoint's name
    "#);
    let lab = r#"{"schema": 1, "id": "11111111-2222-3333-4444-555555555555", "name": "x",
 "nodes": {"1": {"name": "r1", "kind": "netns", "settings": {}}},
 "links": [
  {"id": 7, "a": {"interface": {"node": 1, "interface": 0}}, "b": {"network": 5}}]}"#;
    insta::assert_snapshot!(refusal("lab.json", lab.as_bytes()).await, @"
    error: lab.json is no lab, for 2 reasons:
      lab.json:4:3: links/7: it leads to interface 0 of node 1 (r1), which has none of this number; remove the link first or keep the interface
      lab.json:4:3: links/7: it leads to network 5, which is not in the lab
    ");
}

#[tokio::test]
async fn nothing_of_a_strangers_file_acts_on_the_terminal() {
    let topology = "name: t\ntopology:\n  nodes:\n    \"\\e[31mred\": {image: a}\n";
    let said = refusal("t.clab.yml", topology.as_bytes()).await;
    assert!(
        said.contains("[31mred") && !said.contains('\u{1b}'),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_topology_takes_the_files_beside_it_and_no_others() {
    let temp = tempfile::tempdir().unwrap();
    std::fs::create_dir(temp.path().join("lab")).unwrap();
    std::fs::write(temp.path().join("secret"), "x").unwrap();
    std::fs::write(temp.path().join("lab/frr.conf"), "hostname r1\n").unwrap();
    std::os::unix::fs::symlink("../secret", temp.path().join("lab/way")).unwrap();
    std::fs::write(
        temp.path().join("lab/topology.clab.yml"),
        "name: t\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      image: frr\n      binds:\n        \
         - frr.conf:/etc/frr/frr.conf\n        - way:/etc/way\n",
    )
    .unwrap();
    let read = read_with(&temp.path().join("lab"), &["--as", "netns"])
        .await
        .unwrap();
    let text = serde_json::to_string(&read.lab).unwrap();
    assert!(text.contains("hostname r1"), "{text}");
    let told = read.losses.iter().any(|loss| loss.value == "way:/etc/way");
    assert!(told, "{:?}", read.losses);
}

#[tokio::test]
async fn variables_and_images_are_those_of_the_command_line() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("t.clab.yml");
    let topology = "name: t-${WHO}\ntopology:\n  nodes:\n    r1: {kind: linux, image: \"frr-ssh:${TAG:=1}\"}\n";
    std::fs::write(&path, topology).unwrap();
    let args = ["--set", "WHO=me", "--map-image", "frr-ssh=nova-ve/frr"];
    let read = read_with(&path, &args).await.unwrap();
    assert_eq!(read.lab.name, "t-me");
    let text = serde_json::to_string(&read.lab).unwrap();
    assert!(text.contains("\"nova-ve/frr\""), "{text}");
    // Of a lab of ours the images alone.
    let lab = temp.path().join("lab.json");
    std::fs::write(&lab, text.replace("nova-ve/frr", "alpine")).unwrap();
    let read = read_with(&lab, &["--map-image", "alpine=nova-ve/host"])
        .await
        .unwrap();
    let text = serde_json::to_string(&read.lab).unwrap();
    assert!(text.contains("\"nova-ve/host\""), "{text}");
    let error = read_with(&lab, &["--set", "A=b"]).await.unwrap_err();
    assert_eq!(explain(&error).1, Exit::USAGE);
}
