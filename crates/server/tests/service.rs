//! The server's program as a systemd unit: what it tells its manager, and what a reload does.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const SERVER: &str = env!("CARGO_BIN_EXE_nova-ve-server");
const CADENCE: &str = "NOVA_VE_DISCOVERY_CADENCE_SECONDS";

/// A server with its own manager.
struct Unit {
    folder: TempDir,
    manager: UnixDatagram,
    server: Option<Child>,
}

impl Unit {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("instance_id"), "test-instance\n").unwrap();
        let manager = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        manager
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let unit = Self {
            folder,
            manager,
            server: None,
        };
        let migrated = unit.command(&["migrate"]).status().unwrap();
        assert!(migrated.success());
        unit
    }

    fn env_file(&self) -> PathBuf {
        self.folder.path().join("backend.env")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(SERVER);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("NOVA_VE_DATA", self.folder.path())
            .env("NOVA_VE_LISTEN", "127.0.0.1:0")
            .env("NOVA_VE_ENV_FILE", self.env_file())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    fn start(&mut self) {
        let mut command = self.command(&["serve"]);
        command
            .env("NOTIFY_SOCKET", self.folder.path().join("notify"))
            .env("WATCHDOG_USEC", "200000")
            .env(CADENCE, "11");
        self.server = Some(command.spawn().unwrap());
    }

    /// Whatever is told next that has this in it.
    fn told(&self, wanted: &str) -> String {
        let mut buffer = [0_u8; 4096];
        loop {
            let length = self.manager.recv(&mut buffer).unwrap();
            let told = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if told.contains(wanted) {
                return told;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = self.server.as_ref().unwrap().id();
        let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    fn reload(&self, text: &str) -> String {
        std::fs::write(self.env_file(), text).unwrap();
        self.signal(Signal::HUP);
        let reloading = self.told("RELOADING=1");
        assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
        self.told("READY=1")
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // It may have ended as it should.
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

#[test]
fn systemd_is_told_and_a_reload_takes_a_good_cadence_and_keeps_the_old_one_of_a_bad() {
    let mut unit = Unit::new();
    unit.start();
    let ready = unit.told("READY=1");
    assert!(ready.contains("STATUS=serves 127.0.0.1:"), "{ready}");
    assert!(ready.contains("every 11 s"), "{ready}");
    unit.told("WATCHDOG=1");
    unit.told("WATCHDOG=1");

    let reloaded = unit.reload(&format!("{CADENCE}=7\n"));
    assert!(reloaded.contains("every 7 s"), "{reloaded}");
    let kept = unit.reload(&format!("{CADENCE}=4\n"));
    assert!(
        kept.contains("5 to 300") && kept.contains("stays at 7 s"),
        "{kept}"
    );
    std::fs::remove_file(unit.env_file()).unwrap();
    unit.signal(Signal::HUP);
    let missing = unit.told("cannot read");
    assert!(missing.contains("stays at 7 s"), "{missing}");

    unit.signal(Signal::TERM);
    unit.told("STOPPING=1");
    assert!(unit.server.take().unwrap().wait().unwrap().success());
}

#[test]
fn a_cadence_out_of_range_fails_the_start_with_clear_words() {
    let unit = Unit::new();
    for wrong in ["4", "301", "soon", ""] {
        let output = unit
            .command(&["serve"])
            .env(CADENCE, wrong)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{wrong}");
        let clear = format!("{CADENCE} must be a whole number of seconds, 5 to 300");
        assert!(said.contains(&clear), "{wrong}: {said}");
    }
}

#[test]
fn an_unknown_variable_is_warned_of_with_the_name_that_was_meant() {
    let mut unit = Unit::new();
    let mut command = unit.command(&["serve"]);
    command
        .env("NOTIFY_SOCKET", unit.folder.path().join("notify"))
        .env("NOVA_VE_AUDIT_DAY", "3");
    unit.server = Some(command.spawn().unwrap());
    unit.told("READY=1");
    unit.signal(Signal::TERM);
    let output = unit.server.take().unwrap().wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("did you mean NOVA_VE_AUDIT_DAYS?"), "{said}");
    assert!(!said.contains("NOVA_VE_DATA is not known"), "{said}");
}
