//! Copies of files: a node's links lead nowhere, neither what it has nor what it sends.

use std::fs;
use std::path::Path;

use crate::{alice, alice_and_bob};

const PLANTED: &str = "planted\n";

/// The node turns a name from file to link and back while it is copied: at no moment is the host's
/// file read or written.
#[test]
fn a_copy_follows_no_link_of_a_node_to_the_host() {
    let nova = alice_and_bob();
    let here = tempfile::tempdir().unwrap();
    let canary = here.path().join("canary");
    fs::write(&canary, "of the host\n").unwrap();
    let new = here.path().join("new");
    fs::write(&new, PLANTED).unwrap();
    let [canary_text, new_text] = [&canary, &new].map(|path| path.to_str().unwrap());
    let turning = format!(
        "mkdir -p /root/at; cd /root/at; \
         while :; do ln -sfn {canary_text} a; mv -T a file; echo of the node > b; mv b file; done"
    );
    let turn = format!("setsid sh -c '{turning}' > /dev/null 2>&1 &");
    nova.exec(&alice(), &["/bin/sh", "-c", &turn]).unwrap();
    let place = format!("{}:/root/at/file", alice());
    let mut came = 0;
    for round in 0..6 {
        // It may vanish in the moment of its packing; then nothing comes.
        let to = here.path().join(format!("got-{round}"));
        let copied = nova
            .try_nova(&["cp", &place, to.to_str().unwrap()])
            .unwrap();
        let sent = nova.try_nova(&["cp", new_text, &place]).unwrap();
        came += usize::from(copied.status.success()) + usize::from(sent.status.success());
        if let Ok(found) = fs::symlink_metadata(&to)
            && found.is_file()
        {
            let text = fs::read_to_string(&to).unwrap();
            assert!(
                ["of the node\n", PLANTED, ""].contains(&text.as_str()),
                "{text:?}"
            );
        }
    }
    assert!(came > 0, "not one copy worked");
    assert_eq!(fs::read_to_string(&canary).unwrap(), "of the host\n");
    nova.end().unwrap();
}

/// The node's `tar` is the host's and read-only; what a node sends is what lies there. A folder whose
/// links lead out is copied as links, and nothing is written behind them, also in a second copy.
#[test]
fn what_a_node_sends_is_written_only_where_it_was_asked_for() {
    let nova = alice_and_bob();
    let here = tempfile::tempdir().unwrap();
    let outside = here.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let at = |name: &str| here.path().join(name);
    let make = format!(
        "mkdir -p /root/d/sub && echo x > /root/d/sub/in && ln -s {0} /root/d/way && mknod /root/d/pipe p",
        outside.display()
    );
    nova.exec(&alice(), &["/bin/sh", "-c", &make]).unwrap();
    let copy = |to: &Path| {
        let from = format!("{}:/root/d", alice());
        nova.try_nova(&["cp", &from, to.to_str().unwrap()]).unwrap()
    };
    assert!(copy(&at("got")).status.success());
    assert_eq!(fs::read_to_string(at("got/sub/in")).unwrap(), "x\n");
    assert!(at("got/way").is_symlink() && !at("got/pipe").exists());
    // Now the link's name is a folder of the node's: here it is still a link out.
    let turn = "cd /root/d && rm way && mkdir way && echo planted > way/in";
    nova.exec(&alice(), &["/bin/sh", "-c", turn]).unwrap();
    fs::create_dir(at("again")).unwrap();
    fs::rename(at("got"), at("again/d")).unwrap();
    let refused = copy(&at("again"));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("behind a link"), "{said}");
    assert!(fs::read_dir(&outside).unwrap().next().is_none());
    nova.end().unwrap();
}
