//! The same attempts on the host, where they succeed: in namespaces thrown away afterwards, so that
//! nothing of the host changes, and against things that the test put there itself.

use std::collections::BTreeMap;
use std::fs;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use attempt::Row;
use system_tests::{Installation, wait_for};
use tempfile::TempDir;

/// Mounts what is written to where nothing of the host's lies, then tries.
const IN_SCRATCH: &str = r#"mount -t tmpfs scratch "$2" && exec "$0" "$1""#;
/// Of the System V segment; nobody's else, as there is only one test of it at a time.
const KEY: &str = "1313822273";

pub struct Outside {
    root: bool,
    program: PathBuf,
    folder: TempDir,
    /// A process in a network namespace of its own, and where the caller is ordinary, in a user namespace.
    victim: Child,
    shared_memory_file: PathBuf,
    abstract_name: String,
    _listener: UnixListener,
}

impl Outside {
    pub fn new() -> Self {
        let root = nix::unistd::geteuid().is_root();
        let folder = tempfile::Builder::new()
            .prefix("escape-")
            .tempdir()
            .unwrap();
        fs::write(folder.path().join("canary"), "of the host\n").unwrap();
        fs::create_dir(folder.path().join("scratch")).unwrap();
        let number = std::process::id();
        let shared_memory_file = PathBuf::from(format!("/dev/shm/nova-ve-escape-{number}"));
        fs::write(&shared_memory_file, "of the host\n").unwrap();
        let abstract_name = format!("nova-ve-escape-{number}");
        let address = SocketAddr::from_abstract_name(&abstract_name).unwrap();
        let outside = Self {
            root,
            program: system_tests::bin().join("attempt"),
            folder,
            victim: victim(root),
            shared_memory_file,
            _listener: UnixListener::bind_addr(&address).unwrap(),
            abstract_name,
        };
        // One of a run that was killed may be there still.
        outside.plainly(&format!("remove-shared-memory {KEY}"));
        assert_eq!(outside.plainly(&format!("make-shared-memory {KEY}")), "ok");
        outside
    }

    /// What the words in braces of the table's rows are, here.
    pub fn places(&self, nova: &Installation) -> BTreeMap<&'static str, String> {
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        let alice = super::folder_of(nova, "alice");
        let upper = super::folder_of(nova, "bob").join("data/etc/upper");
        let url = nova.record().unwrap()["url"].as_str().unwrap().to_owned();
        let api = url.trim_start_matches("http://").trim_end_matches('/');
        let lab = alice.file_name().unwrap().to_str().unwrap();
        let device = format!("nve{}d1i0", lab.split('-').next().unwrap());
        BTreeMap::from([
            ("{canary}", text(self.folder.path().join("canary"))),
            ("{data}", text(nova.data().to_owned())),
            ("{other-file}", text(upper.join("of-bob"))),
            ("{account}", account()),
            (
                "{shared-memory-file}",
                text(self.shared_memory_file.clone()),
            ),
            ("{victim}", self.victim.id().to_string()),
            ("{supervisor}", text(alice.join("supervisor.sock"))),
            ("{api}", api.replace("localhost", "127.0.0.1")),
            ("{abstract}", self.abstract_name.clone()),
            ("{key}", KEY.to_owned()),
            ("{device}", device),
        ])
    }

    pub fn scratch(&self) -> PathBuf {
        self.folder.path().join("scratch")
    }

    /// None where the caller cannot do it for being no root.
    pub fn attempt(&self, row: &Row, act: &str) -> Option<String> {
        if row.needs_root && !self.root {
            return None;
        }
        if row.on_the_network {
            return Some(self.plainly(act));
        }
        let victim = self.victim.id().to_string();
        let enter = [
            "nsenter",
            "--target",
            &victim,
            "--user",
            "--preserve-credentials",
            "--",
        ];
        let apart = [
            "unshare",
            "--mount",
            "--net",
            "--uts",
            "--propagation",
            "private",
            "--",
        ];
        let enter = if self.root { &[][..] } else { &enter[..] };
        let words = [enter, &apart, &["sh", "-c", IN_SCRATCH]].concat();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .arg(&self.program)
            .arg(act)
            .arg(self.scratch());
        Some(said(&mut command))
    }

    fn plainly(&self, act: &str) -> String {
        said(Command::new(&self.program).arg(act))
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.plainly(&format!("remove-shared-memory {KEY}"));
        // Gone already is as good.
        let _ = fs::remove_file(&self.shared_memory_file);
        let _ = self.victim.kill();
        let _ = self.victim.wait();
    }
}

fn said(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let said = String::from_utf8_lossy(&output.stdout);
    match said.trim() {
        "" => format!("nothing: {}", errors.trim()),
        word => word.to_owned(),
    }
}

fn victim(root: bool) -> Child {
    let user: &[&str] = if root {
        &[]
    } else {
        &["--user", "--map-root-user"]
    };
    let mut command = Command::new("unshare");
    command.args(user).args(["--net", "--", "sleep", "600"]);
    let child = command.stdin(Stdio::null()).spawn().unwrap();
    let program = format!("/proc/{}/comm", child.id());
    wait_for("the process to be tried on", 10, || {
        Ok((fs::read_to_string(&program)?.trim() == "sleep").then_some(()))
    })
    .unwrap();
    child
}

/// Somebody who uses this host, and so is in no node.
fn account() -> String {
    let text = fs::read_to_string("/etc/passwd").unwrap();
    let of_a_person = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let id: u32 = fields.get(2)?.parse().ok()?;
        (1000..65_534)
            .contains(&id)
            .then(|| format!("{}:x:{id}", fields[0]))
    };
    text.lines()
        .find_map(of_a_person)
        .unwrap_or_else(|| "root:x:0:0:root:/root:/bin/sh".into())
}
