//! Where a story is told: as root in a network namespace of its own, or as an ordinary user.
//!
//! The test program runs itself again there, for the one test that asked.

use std::process::Command;

const INSIDE: &str = "NOVA_VE_TEST_INSIDE";

/// As root, in a network namespace that goes with the test.
pub fn in_own_namespace(test: &str, story: impl FnOnce()) {
    in_own(&["--net"], test, story);
}

/// The same, and what is mounted inside is mounted nowhere else.
pub fn in_own_namespace_and_mounts(test: &str, story: impl FnOnce()) {
    in_own(&["--net", "--mount"], test, story);
}

fn in_own(namespaces: &[&str], test: &str, story: impl FnOnce()) {
    if is_inside() {
        return story();
    }
    if !is_root() {
        eprintln!("SKIP {test}: needs root");
        return;
    }
    let mut again = Command::new("unshare");
    again.args(namespaces);
    run_again(again, test);
}

/// As root, where only this test's processes are seen, and only its network: [`is_alone`] then.
pub fn alone_as_root(test: &str, story: impl FnOnce()) {
    if is_inside() {
        return story();
    }
    if !is_root() {
        eprintln!("SKIP {test}: needs root");
        return;
    }
    run_again(alone(), test);
}

/// The same for a user without any right. Where the tests do not run as root, others are seen too.
pub fn alone_as_ordinary_user(test: &str, story: impl FnOnce()) {
    if is_inside() || !is_root() {
        return as_ordinary_user(test, story);
    }
    let Some(user) = user_that_reaches_us(test) else {
        return;
    };
    let mut again = alone();
    again.arg("setpriv").args(becoming(&user));
    again.current_dir("/");
    run_again(again, test);
}

pub fn is_alone() -> bool {
    std::fs::read_to_string("/proc/1/comm").is_ok_and(|name| name.trim() == "sh")
}

/// The shell is its namespace's first process, and waits for everybody who lost his parent.
fn alone() -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--net", "--pid", "--fork", "--kill-child", "--mount-proc"])
        .args(["sh", "-c", "\"$@\"; exit $?", "sh"]);
    // Hundreds of flushes to a disk that others use too would be most of the time.
    if std::path::Path::new("/dev/shm").is_dir() {
        command.env("TMPDIR", "/dev/shm");
    }
    command
}

/// As a user without any right; where the tests run as root, as one that has subordinate ids.
pub fn as_ordinary_user(test: &str, story: impl FnOnce()) {
    if is_inside() {
        return story();
    }
    if !is_root() {
        if let Some(why) = cannot_be_rootless() {
            eprintln!("SKIP {test}: {why}");
            return;
        }
        return story();
    }
    if let Some(user) = user_that_reaches_us(test) {
        run_again(as_user(&user), test);
    }
}

fn user_that_reaches_us(test: &str) -> Option<String> {
    let Some(user) = user_with_subordinate_ids() else {
        eprintln!("SKIP {test}: no ordinary user with subordinate ids in /etc/subuid");
        return None;
    };
    let exe = std::env::current_exe().unwrap();
    let reaches = as_user(&user).args(["test", "-x"]).arg(exe).status();
    if !reaches.is_ok_and(|status| status.success()) {
        eprintln!("SKIP {test}: {user} cannot reach the test program, or there is no setpriv");
        return None;
    }
    Some(user)
}

fn as_user(user: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(becoming(user));
    command.current_dir("/").env_remove("TMPDIR");
    command
}

fn becoming(user: &str) -> [&str; 5] {
    ["--reuid", user, "--regid", user, "--init-groups"]
}

fn run_again(mut place: Command, test: &str) {
    place.arg(std::env::current_exe().unwrap());
    place
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1");
    assert!(place.status().unwrap().success(), "{test} failed inside");
}

fn is_inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn user_with_subordinate_ids() -> Option<String> {
    let text = std::fs::read_to_string("/etc/subuid").ok()?;
    let mut names = text.lines().filter_map(|line| line.split(':').next());
    names
        .find(|name| !["root", "nova-ve"].contains(name))
        .map(str::to_owned)
}

fn cannot_be_rootless() -> Option<String> {
    let tried = Command::new("unshare")
        .args(["--user", "--map-root-user", "true"])
        .output();
    match tried {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(error.to_string()),
    }
}
