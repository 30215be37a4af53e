//! A PostgreSQL of the tests' own: real, in a temporary folder, reached by a socket in it alone.
//!
//! It needs the server's programs (Debian: `postgresql`) and nothing that runs. It ends with the
//! process that started it, however that ends: it lives as long as a pipe is open. PostgreSQL refuses
//! root, so for root it runs as the user `postgres`, or `nobody`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

const SCRIPT: &str = include_str!("server.sh");
const DEBIAN: &str = "/usr/lib/postgresql";

/// A running server; dropping it stops it and removes its folder.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    talk: Mutex<Talk>,
    made: AtomicU32,
}

#[derive(Debug)]
struct Talk {
    child: Child,
    /// `None` only while it is dropped: its end is what ends the server.
    words: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// The server that all tests of this process share, or why there is none.
pub fn shared() -> Result<&'static Server, String> {
    static SHARED: OnceLock<Result<Server, String>> = OnceLock::new();
    SHARED
        .get_or_init(Server::start)
        .as_ref()
        .map_err(Clone::clone)
}

impl Server {
    /// One of a test's own, to be stopped and started by it.
    pub fn start() -> Result<Self, String> {
        let programs = programs()
            .ok_or("there is no PostgreSQL server here; install the package postgresql")?;
        let mut command = as_somebody();
        command.args(["sh", "-c", SCRIPT, "postgres-of-the-tests"]);
        let spawned = command
            .arg(programs)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = spawned.map_err(|error| format!("sh does not start: {error}"))?;
        let words = child.stdin.take();
        let answers = child.stdout.take().ok_or("no output")?;
        let mut talk = Talk {
            child,
            words,
            answers: BufReader::new(answers),
        };
        let first = talk.answer()?;
        let folder = first
            .strip_prefix("ready ")
            .ok_or_else(|| format!("PostgreSQL does not start: {first}\n{}", talk.rest()))?;
        Ok(Self {
            folder: folder.into(),
            talk: Mutex::new(talk),
            made: AtomicU32::new(0),
        })
    }

    /// Makes an empty database and gives its address.
    pub fn database(&self) -> Result<String, String> {
        let name = self.fresh_name();
        self.tell(&format!("create {name}"), "created")?;
        Ok(self.address(&name))
    }

    /// Makes an empty schema in the one database that all such schemas share, and gives its address.
    /// Five times as fast as a database; who writes in one waits for who writes in another.
    pub fn schema(&self) -> Result<String, String> {
        let name = self.fresh_name();
        self.ask(&format!("CREATE SCHEMA {name}"))?;
        let address = self.address("postgres");
        Ok(format!("{address}&options=-csearch_path%3D{name}"))
    }

    fn fresh_name(&self) -> String {
        format!("nova_{}", self.made.fetch_add(1, Ordering::Relaxed))
    }

    fn address(&self, database: &str) -> String {
        let folder = self.folder.display();
        format!("postgres://nova@/{database}?host={folder}")
    }

    /// Cuts every connection and stops; the databases stay.
    pub fn stop(&self) -> Result<(), String> {
        self.tell("stop", "stopped")
    }

    pub fn start_again(&self) -> Result<(), String> {
        self.tell("start", "started")
    }

    /// Nothing is answered any more, and no connection is cut.
    pub fn freeze(&self) -> Result<(), String> {
        self.tell("freeze", "frozen")
    }

    pub fn thaw(&self) -> Result<(), String> {
        self.tell("thaw", "thawed")
    }

    /// What a statement answers, as an administrator who looks from outside sees it.
    pub fn ask(&self, statement: &str) -> Result<String, String> {
        let mut talk = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
        talk.say(&format!("ask {statement}"))?;
        talk.answer().map(|answer| answer.trim().to_owned())
    }

    fn tell(&self, words: &str, expected: &str) -> Result<(), String> {
        let mut talk = self.talk.lock().unwrap_or_else(PoisonError::into_inner);
        talk.say(words)?;
        match talk.answer()? {
            answer if answer == expected => Ok(()),
            answer => Err(format!("{words}: {answer}")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let talk = self.talk.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(talk.words.take());
        // Nothing is left to be done when it cannot be waited for.
        let _ = talk.child.wait();
    }
}

impl Talk {
    fn say(&mut self, words: &str) -> Result<(), String> {
        let pipe = self.words.as_mut().ok_or("it ended")?;
        writeln!(pipe, "{words}").map_err(|error| format!("{words}: {error}"))
    }

    fn answer(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(0) => Err("PostgreSQL ended".into()),
            Ok(_) => Ok(line.trim_end().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn rest(&mut self) -> String {
        let lines: Vec<String> = std::iter::from_fn(|| self.answer().ok()).collect();
        lines.join("\n")
    }
}

/// The folder of the server's programs: those of the path, else the newest of Debian's.
fn programs() -> Option<PathBuf> {
    let has_server = |folder: &Path| folder.join("initdb").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(|folder| has_server(folder)) {
        return Some(folder);
    }
    let versions = std::fs::read_dir(DEBIAN).ok()?;
    let version = |folder: &Path| {
        let name = folder.file_name()?.to_str()?;
        name.parse::<u32>().ok()
    };
    versions
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|folder| has_server(&folder.join("bin")))
        .max_by_key(|folder| version(folder))
        .map(|folder| folder.join("bin"))
}

fn as_somebody() -> Command {
    use std::os::unix::fs::MetadataExt;
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    if !is_root {
        return Command::new("env");
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let has_own = users.lines().any(|line| line.starts_with("postgres:"));
    let user = if has_own { "postgres" } else { "nobody" };
    let mut command = Command::new("setpriv");
    let own_id = [
        format!("--reuid={user}"),
        format!("--regid={}", group(&users, user)),
    ];
    command.args(own_id).args(["--clear-groups", "--"]);
    // A build's own temporary folder may be closed to that user.
    command.env("TMPDIR", "/tmp");
    command
}

fn group(users: &str, user: &str) -> String {
    let line = users
        .lines()
        .find(|line| line.starts_with(&format!("{user}:")));
    line.and_then(|line| line.split(':').nth(3))
        .unwrap_or("65534")
        .to_owned()
}
