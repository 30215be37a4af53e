//! An embedded nova-ve in a folder of its own, on a simulated agent: neither privileges nor programs.

#![expect(dead_code, reason = "each of the test programs uses a part of it")]

use std::fs::Permissions;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Long on any machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub struct Embedded {
    root: TempDir,
}

impl Embedded {
    /// `None`, said with the reason, where the other programs are not built.
    pub fn new(test: &str) -> Option<Self> {
        let built = Path::new(env!("CARGO_BIN_EXE_nova-ve")).parent().unwrap();
        for name in ["nova-ve-server", "nova-ve-agent"] {
            if !built.join(name).exists() {
                eprintln!("SKIP {test}: {name} is not built; cargo build --workspace");
                return None;
            }
        }
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let bin = root.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        for name in ["nova-ve", "nova-ve-server"] {
            // A hard link, for a program finds its siblings by its own real path.
            std::fs::hard_link(built.join(name), bin.join(name)).unwrap();
        }
        let agent = bin.join("nova-ve-agent");
        std::fs::write(&agent, simulated(&built.join("nova-ve-agent"))).unwrap();
        std::fs::set_permissions(&agent, Permissions::from_mode(0o755)).unwrap();
        Some(Self { root })
    }

    /// Its programs are in `bin` below it.
    pub fn root(&self) -> PathBuf {
        self.root.path().to_path_buf()
    }

    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// Where log-ins at other servers are kept.
    pub fn config(&self) -> PathBuf {
        self.root.path().join("config")
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.root.path().join("bin/nova-ve"));
        command
            .args(args)
            .env("NOVA_VE_DATA", self.data())
            .env("XDG_CONFIG_HOME", self.config())
            .env_remove("NOVA_VE_URL")
            .env_remove("NOVA_VE_TOKEN")
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Run by a shell, with the same surroundings.
    pub fn as_script(&self, script: &str) {
        let mut shell = Command::new("sh");
        for (name, value) in self.command(&[]).get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        let output = shell
            .args(["-c", script])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }

    /// What a command that must succeed prints.
    pub fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(
            output.status.success(),
            "{args:?}: {}\n{out}{err}",
            output.status
        );
        out
    }

    /// What a command that must succeed prints, with these lines on its standard input.
    pub fn told(&self, lines: &str, args: &[&str]) -> String {
        let output = self.run_told(lines, args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(
            output.status.success(),
            "{args:?}: {}\n{out}{err}",
            output.status
        );
        out + &err
    }

    /// The code and the words of one that must fail.
    pub fn told_in_vain(&self, lines: &str, args: &[&str]) -> (i32, String) {
        let output = self.run_told(lines, args);
        assert!(
            !output.status.success(),
            "{args:?}: {}",
            text(&output.stdout)
        );
        (output.status.code().unwrap_or(-1), text(&output.stderr))
    }

    fn run_told(&self, lines: &str, args: &[&str]) -> Output {
        let mut command = self.command(args);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(lines.as_bytes()).unwrap();
        drop(input);
        child.wait_with_output().unwrap()
    }

    /// The code and the words of a command that must fail.
    pub fn fails(&self, args: &[&str]) -> (i32, String) {
        let output = self.run(args);
        assert!(
            !output.status.success(),
            "{args:?}: {}",
            text(&output.stdout)
        );
        (output.status.code().unwrap_or(-1), text(&output.stderr))
    }

    pub fn json(&self, args: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.ok(&[args, &["-o", "json"]].concat())).unwrap()
    }

    /// Imports and starts the triangle.
    pub fn start_triangle(&self) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../labs/ospf-triangle.json");
        self.ok(&["lab", "import", &file.display().to_string(), "--start"]);
    }

    pub fn record(&self) -> Option<serde_json::Value> {
        let text = std::fs::read_to_string(self.data().join("up.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Absent while the keeper starts another.
    pub fn pid(&self, part: &str) -> Option<i32> {
        let record = self.record()?;
        i32::try_from(record[part]["pid"].as_i64()?).ok()
    }
}

impl Drop for Embedded {
    /// Nothing may outlive its test.
    fn drop(&mut self) {
        let pids: Vec<i32> = ["keeper", "server", "agent"]
            .into_iter()
            .filter_map(|part| self.pid(part))
            .collect();
        let down = self.run(&["down"]);
        let left: Vec<i32> = pids.into_iter().filter(|pid| is_alive(*pid)).collect();
        if !std::thread::panicking() {
            assert!(
                left.is_empty(),
                "{left:?} outlive the test: {}",
                text(&down.stderr)
            );
        }
    }
}

/// A stand-in for the agent: serves the simulated one, and has nothing to sweep.
fn simulated(agent: &Path) -> String {
    format!(
        "#!/bin/sh\n[ \"$1\" = serve ] || exit 0\nmkdir -p \"$3/runtime\"\n\
         exec '{}' sim --step-ms 20 --socket \"$3/runtime/agent.sock\"\n",
        agent.display()
    )
}

pub fn is_alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')')
        .is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Looks again until it holds.
pub fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} did not come");
        pause();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a plain thread between two looks"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(50));
}

/// A program whose words, on both outputs, are kept as they come, and whose input is open.
pub struct Talk {
    pub child: Child,
    said: Arc<Mutex<String>>,
}

impl Talk {
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        listen(child.stdout.take().unwrap(), &said);
        listen(child.stderr.take().unwrap(), &said);
        Self { child, said }
    }

    pub fn types(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(line.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    pub fn waits_for(&self, words: &str) {
        let said = || self.said.lock().unwrap().clone();
        let deadline = Instant::now() + PATIENCE;
        while !said().contains(words) {
            assert!(
                Instant::now() < deadline,
                "{words:?} did not come; what came: {}",
                said()
            );
            pause();
        }
    }
}

fn listen(mut output: impl Read + Send + 'static, said: &Arc<Mutex<String>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        let mut buffer = [0; 1024];
        while let Ok(count @ 1..) = output.read(&mut buffer) {
            said.lock().unwrap().push_str(&text(&buffer[..count]));
        }
    });
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
