#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use std::fmt::Write;

use super::*;

fn tree(text: &str) -> Tree {
    parse(text, &LineMap::default()).unwrap().0
}

#[track_caller]
fn refused(text: &str, words: &str) {
    let error = parse(text, &LineMap::default()).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn every_value_knows_its_place_and_its_way() {
    let tree = tree("a:\n  b: [x, {c: 1}]\n");
    let c = tree
        .root()
        .get("a")
        .and_then(|a| a.get("b"))
        .and_then(|b| b.children().nth(1)?.get("c"))
        .unwrap();
    assert_eq!(c.path(), "a.b[1].c");
    assert_eq!(
        c.place(),
        Place {
            line: 2,
            column: 11
        }
    );
    assert_eq!(c.text(), Some("1"));
}

#[test]
fn scalars_stay_texts_whatever_yaml_calls_them() {
    let tree = tree("[no, 2231:22, 022, 1.10, 5, true, ~, \"5\"]");
    let texts: Vec<_> = tree.root().children().filter_map(Node::text).collect();
    assert_eq!(
        texts,
        ["no", "2231:22", "022", "1.10", "5", "true", "~", "5"]
    );
    let json = tree.root().to_json().to_string();
    assert_eq!(json, r#"["no","2231:22","022","1.10",5,true,null,"5"]"#);
}

#[test]
fn aliases_and_merges_are_what_they_name() {
    let tree = tree("x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: *x\nw: {<<: [*x, {c: 4}], a: 5}\n");
    let json = tree.root().to_json();
    assert_eq!(json["y"], serde_json::json!({"a": 1, "b": 3}));
    assert_eq!(json["z"], json["x"]);
    assert_eq!(json["w"], serde_json::json!({"a": 5, "b": 2, "c": 4}));
    assert_eq!(tree.root().get("z").unwrap().path(), "z");
}

#[test]
fn what_is_no_yaml_is_refused_with_its_place() {
    refused("a: 1\nb: 2\na: 3\n", "line 3, column 1: the key \"a\"");
    refused("a:\n\tb: 1\n", "line 2");
    refused("a: [1\n", "line ");
    refused("a: *nowhere\n", "line 1");
    refused("a: &a [*a]\n", "contains itself");
    refused("? [1]\n: 2\n", "cannot be a key");
    refused("a: !include x\n", "line 1");
    refused("<<: 5\n", "merges a map");
    refused("", "empty");
}

#[test]
fn bombs_are_refused_before_they_grow() {
    refused(&"[".repeat(100_000), "line 1");
    refused(&"- ".repeat(100_000), "line 1");
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    let mut merges = String::from("a0: &a0 {k: v}\n");
    for n in 1..20 {
        let aliases = vec![format!("*a{}", n - 1); 9].join(",");
        writeln!(bomb, "a{n}: &a{n} [{aliases}]").unwrap();
        let before = n - 1;
        writeln!(merges, "a{n}: &a{n} {{<<: *a{before}, k{n}: *a{before}}}").unwrap();
    }
    refused(&bomb, "laid out");
    refused(&merges, "laid out");
}
