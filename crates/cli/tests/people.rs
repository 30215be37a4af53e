//! Users, rights and tokens by the command line, against a real server.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::os::unix::fs::MetadataExt;

use support::Embedded;

const PASSWORD: &str = "a-long-password";

/// A nova-ve with a running lab of the administrator's and a member `ada`, at its address.
fn with_ada(test: &str) -> Option<(Embedded, String)> {
    let nova = Embedded::new(test)?;
    nova.ok(&["up", "-d"]);
    nova.start_triangle();
    let said = nova.told(PASSWORD, &["user", "add", "ada", "--password-stdin"]);
    assert!(said.contains("ada is made, as member"), "{said}");
    let url = nova.record()?["url"].as_str()?.to_owned();
    Some((nova, url))
}

/// With the log-in that is kept for that address.
fn at<'a>(url: &'a str, args: &[&'a str]) -> Vec<&'a str> {
    [&["--url", url], args].concat()
}

#[test]
fn a_member_does_what_the_share_allows() {
    let Some((nova, url)) = with_ada("a_member_does_what_the_share_allows") else {
        return;
    };
    let name = "OSPF triangle";
    nova.told(
        PASSWORD,
        &["login", &url, "--user", "ada", "--password-stdin"],
    );
    let ada = |args: &[&'static str]| at(&url, args);
    assert!(nova.ok(&ada(&["lab", "ls"])).contains("no labs yet"));
    assert_eq!(nova.fails(&ada(&["lab", "show", name])).0, 66);
    assert_eq!(nova.fails(&ada(&["user", "ls"])).0, 77);

    assert!(nova.ok(&["lab", "share", name]).contains("admin's alone"));
    let (code, said) = nova.fails(&["lab", "share", name, "ada"]);
    assert_eq!((code, said.contains("--view")), (64, true), "{said}");
    assert_eq!(nova.fails(&["lab", "share", name, "eve", "--view"]).0, 66);
    nova.ok(&["lab", "share", name, "ada", "--view"]);
    assert!(nova.ok(&ada(&["lab", "ls"])).contains("view"));
    assert_eq!(nova.fails(&ada(&["lab", "stop", name])).0, 77);
    let said = nova.ok(&["lab", "share", name, "ADA", "--operate"]);
    assert!(said.contains("shared with ada, who may operate"), "{said}");
    nova.ok(&ada(&["lab", "stop", name]));
    assert_eq!(nova.json(&["lab", "share", name])[0]["right"], "operate");
    nova.ok(&["lab", "share", name, "ada", "--remove"]);
    assert!(nova.ok(&ada(&["lab", "ls"])).contains("no labs yet"));

    let log = nova.ok(&["audit", "--user", "ada", "--since", "1h"]);
    assert!(log.contains("refused") && log.contains(name), "{log}");
}

#[test]
fn a_token_logs_in_and_makes_no_other_way_in() {
    let Some((nova, url)) = with_ada("a_token_logs_in_and_makes_no_other_way_in") else {
        return;
    };
    let token = nova.ok(&["token", "create", "backup", "--days", "7"]);
    assert!(nova.ok(&["token", "ls"]).contains("backup"));
    assert_eq!(nova.fails(&["token", "create", "backup"]).0, 73);
    let said = nova.told(&token, &["login", &url, "--token-stdin"]);
    assert!(
        said.contains("as admin") && !said.contains(token.trim()),
        "{said}"
    );
    let kept = nova.config().join("nova-ve/login.json");
    assert_eq!(kept.metadata().unwrap().mode() & 0o777, 0o600);
    let by_token = |args: &[&'static str]| at(&url, args);
    assert!(nova.ok(&by_token(&["lab", "ls"])).contains("OSPF triangle"));
    let (code, said) = nova.fails(&by_token(&["token", "create", "more"]));
    assert_eq!(code, 77, "{said}");
    assert!(nova.ok(&["token", "rm", "backup"]).contains("has ended"));
    let (code, said) = nova.fails(&by_token(&["lab", "ls"]));
    assert_eq!((code, said.contains("nova-ve login")), (77, true), "{said}");
}

#[test]
fn passwords_and_roles_change_and_the_last_administrator_stays() {
    let test = "passwords_and_roles_change_and_the_last_administrator_stays";
    let Some((nova, _)) = with_ada(test) else {
        return;
    };
    let (code, said) = nova.fails(&["user", "role", "admin", "member"]);
    assert_eq!(
        (code, said.contains("another administrator first")),
        (1, true),
        "{said}"
    );
    let wrong = "not this one\nanother-password\n";
    let (code, said) = nova.told_in_vain(wrong, &["user", "passwd", "--password-stdin"]);
    assert_eq!(
        (code, said.contains("nova-ve login")),
        (77, false),
        "{said}"
    );
    let file = nova.data().join("admin-password");
    let old = std::fs::read_to_string(&file).unwrap();
    let lines = format!("{}\nanother-password\n", old.trim());
    nova.told(&lines, &["user", "passwd", "--password-stdin"]);
    assert!(!file.exists(), "it held a password that is none any more");
    assert_eq!(nova.json(&["session", "ls"])[0]["current"], true);

    assert_eq!(nova.fails(&["user", "rm", "ada"]).0, 64);
    nova.ok(&["user", "role", "ada", "admin"]);
    assert!(nova.ok(&["user", "ls"]).contains("ada    administrator"));
    let said = nova.ok(&["user", "rm", "ada", "--yes"]);
    assert!(said.contains("ada is removed"), "{said}");
    assert_eq!(nova.json(&["user", "ls"]).as_array().unwrap().len(), 1);
}
