//! Our own format: stable, complete, and clear about what is wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use formats::native::{check, read, write};
use model::limits;

const LAB: &str = r#"{
  "schema": 1,
  "id": "11111111-2222-3333-4444-555555555555",
  "revision": 4,
  "name": "one",
  "nodes": {
    "2": {
      "name": "r",
      "template": "frr",
      "position": {
        "x": 1.5,
        "y": -20.0
      },
      "kind": "netns",
      "settings": {
        "hostname": "edge",
        "new_setting": [
          1
        ]
      },
      "interfaces": {
        "0": {
          "name": "eth0",
          "addresses": [
            "10.0.0.1/24",
            "2001:db8::1/64"
          ],
          "new_key": true
        }
      },
      "from_the_future": null
    },
    "10": {
      "name": "iol",
      "position": {
        "x": 0.0,
        "y": 0.0
      },
      "kind": "other",
      "settings": {
        "original": "iol",
        "image": "i86bi"
      },
      "interfaces": {}
    }
  },
  "networks": {},
  "links": [],
  "zoom": {
    "x": 2
  }
}
"#;

#[test]
fn a_file_is_written_as_it_was_read() {
    assert_eq!(write(&read(LAB.as_bytes()).unwrap()), LAB);
}

#[track_caller]
fn refused(text: &[u8], words: &str) {
    let error = read(text).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

#[test]
fn a_broken_file_is_refused_with_the_place() {
    refused(&LAB.as_bytes()[..200], "line ");
    refused(b"", "line 1");
    refused(b"{\"schema\": 1,\n  \"id\": 5}", "line 2, column");
    refused(
        b"{\n \"name\": \"\xff\"}",
        "line 2, column 11: a byte that is no UTF-8",
    );
    refused(
        LAB.replace("\"10\"", "\"02\"").as_bytes(),
        "number 2 is used twice",
    );
    refused(LAB.replace("\"10\"", "\"10000\"").as_bytes(), "1 to 9999");
    refused(LAB.replace("\"netns\"", "\"dockr\"").as_bytes(), "dockr");
    refused(
        LAB.replace("10.0.0.1/24", "10.0.0.1/33").as_bytes(),
        "line ",
    );
}

#[test]
fn a_file_of_a_newer_version_is_refused_with_words() {
    let newer = LAB
        .replace("\"schema\": 1", "\"schema\": 2")
        .replace("\"links\": []", "\"links\": 7");
    refused(
        newer.as_bytes(),
        "the lab is of format 2, this version reads 1; use a newer nova-ve",
    );
}

#[test]
fn huge_and_deep_files_are_refused_quickly() {
    refused(&vec![b' '; 100 << 20], "a lab has at most");
    refused(
        "[".repeat(1 << 20).as_bytes(),
        "line 1, column 33: more than 32 brackets",
    );
    let deep = |n: usize| {
        let value = format!("{}{}", "[".repeat(n), "]".repeat(n));
        LAB.replace(
            "\"zoom\": {",
            &format!("\"text\": \"[[[\\\"[[[\",\n\"deep\": {value},\n\"zoom\": {{"),
        )
    };
    assert!(read(deep(limits::LAB_MAX_DEPTH - 1).as_bytes()).is_ok());
    refused(deep(limits::LAB_MAX_DEPTH).as_bytes(), "brackets");
}

#[test]
fn a_file_of_the_largest_size_is_read() {
    let pad = limits::LAB_MAX_BYTES - LAB.len();
    let text = format!("{LAB}{}", " ".repeat(pad));
    assert!(read(text.as_bytes()).is_ok());
    refused(format!("{text} ").as_bytes(), "a lab has at most");
}

#[test]
fn what_is_wrong_with_a_lab_is_told_with_its_place() {
    assert_eq!(check(LAB.as_bytes(), &read(LAB.as_bytes()).unwrap()), []);
    let text = LAB.replace("\"iol\",\n      \"position\"", "\"r\",\n      \"position\"");
    let faults = check(text.as_bytes(), &read(text.as_bytes()).unwrap());
    let line = text.lines().position(|line| line.contains("\"10\": {"));
    let place = faults[0].place.unwrap();
    // The name is the line after.
    assert_eq!(Some(place.line), line.map(|n| n + 2), "{faults:?}");
}
