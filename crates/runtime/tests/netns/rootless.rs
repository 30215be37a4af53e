//! The same stories told by an ordinary user: this program runs itself again, in a user namespace
//! made by `newuidmap` for an account that exists only in a mount namespace of this test.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

/// Nobody's number, and nobody's name.
const USER: u32 = 64_123;
const NAME: &str = "nova-test";
const SUBORDINATES: &str = "600000:65536";
const TOOLS: [&str; 4] = ["unshare", "setpriv", "newuidmap", "mount"];

#[test]
fn every_story_is_true_for_an_ordinary_user_too() {
    let test = "every_story_is_true_for_an_ordinary_user_too";
    if let Some(why) = cannot() {
        eprintln!("SKIP {test}: {why}");
        return;
    }
    let accounts = tempfile::tempdir().unwrap();
    let again = again_as_ordinary_user(accounts.path());
    let told = String::from_utf8_lossy(&again.stdout);
    assert!(
        again.status.success(),
        "{told}\n{}",
        String::from_utf8_lossy(&again.stderr)
    );
    assert!(told.contains("test result: ok"), "{told}");
    eprint!("{}", String::from_utf8_lossy(&again.stderr));
}

fn cannot() -> Option<String> {
    if !is_real_root() {
        return Some("it makes an ordinary user of root, and this is not the host's root".into());
    }
    let missing = TOOLS.iter().find(|tool| {
        !runs(Command::new(tool).arg("--version")) && !Path::new("/usr/bin").join(tool).exists()
    });
    if let Some(tool) = missing {
        return Some(format!(
            "{tool} is not installed (Debian: util-linux, uidmap)"
        ));
    }
    let mut reach = Command::new("setpriv");
    reach.args([
        format!("--reuid={USER}"),
        format!("--regid={USER}"),
        "--clear-groups".into(),
    ]);
    let me = std::env::current_exe().unwrap();
    (!runs(reach.args(["test", "-x"]).arg(&me)))
        .then(|| format!("an ordinary user cannot reach {}", me.display()))
}

fn is_real_root() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    nix::unistd::geteuid().is_root() && map.split_whitespace().eq(["0", "0", "4294967295"])
}

fn runs(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// The account's files lie over the host's in a mount namespace that ends with the test.
fn again_as_ordinary_user(accounts: &Path) -> Output {
    for (file, line) in [
        ("passwd", format!("{NAME}:x:{USER}:{USER}::/tmp:/bin/sh")),
        ("subuid", format!("{NAME}:{SUBORDINATES}")),
        ("subgid", format!("{NAME}:{SUBORDINATES}")),
    ] {
        let host = Path::new("/etc").join(file);
        let mut text = fs::read(&host).unwrap_or_default();
        writeln!(text, "{line}").unwrap();
        fs::write(accounts.join(file), text).unwrap();
    }
    let script = format!(
        "set -e; cd {}; for f in passwd subuid subgid; do mount --bind $f /etc/$f; done; cd /; \
         exec setpriv --reuid={USER} --regid={USER} --clear-groups -- \
         unshare --user --map-root-user --map-auto --mount --net -- \
         \"$0\" --skip rootless --test-threads 2 --nocapture",
        accounts.display()
    );
    Command::new("unshare")
        .args(["--mount", "--propagation", "private", "sh", "-c", &script])
        .arg(std::env::current_exe().unwrap())
        .env("TMPDIR", "/tmp")
        .output()
        .unwrap()
}
