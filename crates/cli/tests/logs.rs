//! What the logs of an embedded nova-ve tell, and what they never do.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::path::Path;

use support::{Embedded, text, wait_for};

/// Everything that was logged, of all programs.
fn logs_of(nova: &Embedded) -> String {
    let files = std::fs::read_dir(nova.data().join("logs")).unwrap();
    let texts = files.map(|file| text(&std::fs::read(file.unwrap().path()).unwrap()));
    texts.collect()
}

fn log(nova: &Embedded, name: &str) -> String {
    text(&std::fs::read(nova.data().join("logs").join(name)).unwrap_or_default())
}

#[test]
fn one_request_is_found_in_the_logs_of_server_and_agent() {
    let Some(nova) = Embedded::new("one_request_is_found_in_the_logs_of_server_and_agent") else {
        return;
    };
    nova.ok(&["up", "-d"]);
    nova.start_triangle();
    let server = log(&nova, "server.log");
    let begun = server.lines().find(|line| line.contains("job.begin"));
    let begun = begun.unwrap_or_else(|| panic!("no job began in\n{server}"));
    let id = begun.rsplit("request.id=").next().unwrap();
    let id = id.split_whitespace().next().unwrap().trim_matches('"');
    assert_eq!(id.len(), 32, "{begun}");
    wait_for("the agent's word of the same request", || {
        let agent = log(&nova, "agent.log");
        let mut lines = agent.lines();
        lines.any(|line| line.contains("lab.wish taken") && line.contains(id))
    });
}

#[test]
fn an_operator_reads_the_story_and_nothing_else() {
    let Some(nova) = Embedded::new("an_operator_reads_the_story_and_nothing_else") else {
        return;
    };
    nova.ok(&["up", "-d"]);
    nova.start_triangle();
    nova.ok(&["link", "cut", "OSPF triangle", "r1-r2"]);
    nova.ok(&["link", "heal", "OSPF triangle", "r1-r2"]);
    nova.ok(&["lab", "stop", "OSPF triangle"]);
    nova.ok(&["down"]);
    let told = log(&nova, "server.log");
    let mut from = 0;
    for words in [
        "nova-ve-server serves",
        "the agent is connected",
        "session.begin",
        "job.begin",
        "job.end",
        "cut of link",
        "heal of link",
        "job.begin",
        "job.end",
        "nova-ve-server stops",
    ] {
        let at = told[from..].find(words);
        from += at.unwrap_or_else(|| panic!("{words:?} does not come in its place in\n{told}"));
    }
    assert!(
        told.lines().count() < 60,
        "too much for an operator:\n{told}"
    );
    assert!(
        !told.contains(" ERROR ") && !told.contains(" WARN "),
        "{told}"
    );
}

/// At the greatest detail that a person would ask for.
#[test]
fn no_log_holds_a_secret() {
    let Some(nova) = Embedded::new("no_log_holds_a_secret") else {
        return;
    };
    let mut up = nova.command(&["up", "-d"]);
    up.env("NOVA_VE_LOG", "debug").env(
        "DATABASE_URL",
        "postgres://nova:secret-of-the-database@localhost/nova",
    );
    assert!(up.output().unwrap().status.success());
    nova.start_triangle();
    let file = nova.data().with_file_name("secret.txt");
    std::fs::write(&file, "secret-in-a-file").unwrap();
    let here = file.display().to_string();
    nova.ok(&["cp", &here, "OSPF triangle/h1:/tmp/secret.txt"]);
    let node = "OSPF triangle/h1";
    nova.ok(&[
        "exec",
        "-e",
        "KEY=secret-in-the-environment",
        node,
        "echo",
        "secret-in-a-command",
    ]);
    let token = nova.ok(&["token", "create", "for-a-script"]);
    let token = token
        .split_whitespace()
        .find(|word| word.starts_with("nvt_"))
        .unwrap()
        .to_owned();
    let mut with_token = nova.command(&["lab", "ls"]);
    with_token.env("NOVA_VE_TOKEN", &token);
    assert!(with_token.output().unwrap().status.success());
    let mut wrong = nova.command(&["lab", "ls"]);
    wrong.env("NOVA_VE_TOKEN", format!("nvt_{}", "5ec7e7".repeat(11)));
    assert!(!wrong.output().unwrap().status.success());
    let password = std::fs::read_to_string(nova.data().join("admin-password")).unwrap();
    let session = session_secret(&nova.data());
    nova.ok(&["lab", "stop", "OSPF triangle"]);
    nova.ok(&["down"]);
    let told = logs_of(&nova);
    assert!(told.contains("DEBUG"), "in detail");
    for secret in [
        password.trim(),
        &session,
        &token,
        "5ec7e75ec7e7",
        "secret-of-the-database",
        "secret-in-a-file",
        "secret-in-the-environment",
        "secret-in-a-command",
        // Of a node's configuration file.
        "router ospf",
    ] {
        assert!(secret.len() > 8, "{secret:?} is no secret");
        let line = told.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "a secret is in a log");
    }
}

/// What the command line keeps of its log-in.
fn session_secret(data: &Path) -> String {
    let files = std::fs::read_dir(data).unwrap();
    let texts = files.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok());
    let mut logins = texts.filter_map(|text| {
        let login: serde_json::Value = serde_json::from_str(&text).ok()?;
        Some(login["secret"].as_str()?.to_owned())
    });
    logins.next().expect("a session is kept in the data folder")
}
