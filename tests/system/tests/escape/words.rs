//! What a node says and does is its own: words that act on terminals, its name, its many processes.

use crate::{alice, alice_and_bob, bob, tried_inside};

/// Its host name; its place among those that end when memory ends; as many processes as it may have,
/// while the other node and its own supervisor go on.
#[test]
fn what_a_node_does_to_itself_stays_with_it() {
    let nova = alice_and_bob();
    let before = nix::sys::utsname::uname().unwrap();
    assert_eq!(tried_inside(&nova, &["hostname taken-over".into()]), ["ok"]);
    assert_eq!(
        nova.exec(&alice(), &["hostname"]).unwrap().trim(),
        "taken-over"
    );
    assert_eq!(nova.exec(&bob(), &["hostname"]).unwrap().trim(), "bob");
    let after = nix::sys::utsname::uname().unwrap();
    assert_eq!(after.nodename(), before.nodename());

    let points = nova
        .exec(&alice(), &["cat", "/proc/self/oom_score_adj"])
        .unwrap();
    assert_eq!(points.trim(), "500");

    assert_eq!(tried_inside(&nova, &["forks 50".into()]), ["ok"]);
    let bomb = std::thread::scope(|threads| {
        let bomb = threads.spawn(|| tried_inside(&nova, &["forks 4200".into()]));
        nova.exec(&bob(), &["true"]).unwrap();
        bomb.join().unwrap()
    });
    assert_eq!(bomb, ["EAGAIN"]);
    nova.exec(&alice(), &["true"]).unwrap();
    nova.end().unwrap();
}

/// Consoles and logs carry what a terminal understands to a terminal; sentences about a node do not.
#[test]
fn a_nodes_last_words_do_not_act_on_the_readers_terminal() {
    let nova = alice_and_bob();
    let lab = nova.nova_json(&["lab", "show", crate::LAB]).unwrap();
    let mut copy = lab["lab"].clone();
    copy["name"] = "last words".into();
    copy["id"] = "6f1e0c52-6a5b-4d0e-9d0a-3b1f5a7c0fff".into();
    let line = r"printf 'mark\033]0;owned\007\033[2Jed\n'; exit 3";
    copy["nodes"]["1"]["settings"]["exec"] = serde_json::json!([line]);
    let file = nova.data().join("last-words.json");
    std::fs::write(&file, copy.to_string()).unwrap();
    // It comes up degraded, which `--start` may tell as a failure.
    nova.try_nova(&["lab", "import", file.to_str().unwrap(), "--start"])
        .unwrap();
    let told = system_tests::wait_for("what the command said", 20, || {
        let said = nova.try_nova(&["lab", "show", "last words"])?;
        let json = nova.try_nova(&["lab", "show", "last words", "-o", "json"])?;
        let all = [said.stdout, said.stderr, json.stdout].concat();
        let all = String::from_utf8_lossy(&all).into_owned();
        Ok(all.contains("mark").then_some(all))
    })
    .unwrap();
    assert!(
        !told.contains('\u{1b}') && !told.contains("\\u001b"),
        "{told:?}"
    );
    nova.end().unwrap();
}
