//! The same without privileges: every other test once more, in the user namespace of an ordinary
//! user, and a node whose namespace belongs to a user namespace below the agent's.

use std::fs::File;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use fabric::NodeNet;

use crate::ground::{ground, port, skip};

/// Set in the process that stands in the user namespace already.
const INSIDE: &str = "NOVA_FABRIC_TEST_INSIDE";
const NOBODY: &str = "65534";

const UNSHARE: [&str; 4] = ["unshare", "--user", "--map-root-user", "--net"];

#[test]
fn every_test_passes_in_a_user_namespace_of_an_ordinary_user() {
    if is_inside() {
        return;
    }
    if !will_run_every_test() {
        skip("an ordinary user can make no user namespace here, or not read this program");
        return;
    }
    let mut again = ordinary_user(&UNSHARE);
    again.arg(std::env::current_exe().unwrap());
    let output = again.arg("--nocapture").env(INSIDE, "1").output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}\n{complained}");
    for skipped in complained.lines().filter(|line| line.starts_with("SKIP")) {
        eprintln!("{skipped} (in a user namespace)");
    }
}

fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Whether the test above can do what it is for.
pub fn will_run_every_test() -> bool {
    static POSSIBLE: LazyLock<bool> = LazyLock::new(|| {
        let this_program = std::env::current_exe().unwrap();
        let listing = ordinary_user(&UNSHARE)
            .arg(this_program)
            .arg("--list")
            .output();
        listing.is_ok_and(|output| output.status.success())
    });
    !is_inside() && *POSSIBLE
}

/// `command` as an ordinary user, also when root runs the tests.
fn ordinary_user(command: &[&str]) -> Command {
    let root = nix::unistd::Uid::effective().is_root();
    let drop = [
        "setpriv",
        "--reuid",
        NOBODY,
        "--regid",
        NOBODY,
        "--clear-groups",
    ];
    let drop = if root { &drop[..] } else { &[] };
    let words = [drop, command].concat();
    let mut built = Command::new(words[0]);
    built.args(&words[1..]);
    built
}

#[tokio::test]
async fn a_node_in_a_user_namespace_of_its_own_gets_its_port() {
    let Some(lab) = ground() else { return };
    let Some(keeper) = Keeper::start() else {
        skip("no user namespace can be made here");
        return;
    };
    let netns = File::open(format!("/proc/{}/ns/net", keeper.0.id())).unwrap();
    let node = NodeNet::open(netns.into()).await.unwrap();
    let (id, wanted) = (port(1, 0), lab.wanted(port(1, 0), None));
    let made = lab.fabric.ensure_port(&lab.names, id, &wanted, &node);
    made.await.unwrap();
    assert!(node.observe().await.unwrap()["eth0"].admin_up);
}

/// A process in a user and a network namespace of its own, until it is dropped.
struct Keeper(Child);

impl Keeper {
    /// None where the kernel does not allow it.
    fn start() -> Option<Self> {
        let keeping = [
            "--user",
            "--map-root-user",
            "--net",
            "sh",
            "-c",
            "echo ready; cat",
        ];
        let mut command = Command::new("unshare");
        command
            .args(keeping)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut keeper = Self(command.spawn().unwrap());
        let mut ready = [0; 6];
        let told = keeper.0.stdout.take().unwrap().read_exact(&mut ready);
        told.is_ok().then_some(keeper)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}
