//! Named points between two acts, at which a test lets the agent or a launcher die by SIGKILL.
//!
//! `NOVA_VE_FAULTS` names a folder. Whoever comes by a point adds its name to the file `passed` there.
//! Where the file `armed` says `agent NAME`, the agent is killed at that point; `self NAME` kills the
//! process that came by, which is the same but for a launcher. Before it kills, it renames `armed` to
//! `hit`, so that one point kills once. None of this is in a release build.

#[cfg(debug_assertions)]
pub use points::{VARIABLE, forget, launcher_point, point};

#[cfg(not(debug_assertions))]
mod nothing {
    pub fn point(_name: impl FnOnce() -> String) {}
    pub fn launcher_point(_name: &str) {}
    pub fn forget() {}
}
#[cfg(not(debug_assertions))]
pub use nothing::{forget, launcher_point, point};

#[cfg(debug_assertions)]
mod points {
    use std::io::{Read, Write};
    use std::os::fd::OwnedFd;
    use std::sync::Mutex;

    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::fs::{Mode, OFlags, openat, renameat};
    use rustix::process::{
        Pid, PidfdFlags, Signal, getpid, getppid, pidfd_open, pidfd_send_signal,
    };

    pub const VARIABLE: &str = "NOVA_VE_FAULTS";

    enum Folder {
        NotAsked,
        None,
        /// Open, because a launcher changes its root.
        Open(OwnedFd),
    }

    static FOLDER: Mutex<Folder> = Mutex::new(Folder::NotAsked);

    /// For the agent. A name is said once in a process's work for one wish, as far as that can be.
    pub fn point(name: impl FnOnce() -> String) {
        with_folder(|folder| pass(folder, &name(), getpid()));
    }

    /// For a launcher, whose parent is the agent.
    pub fn launcher_point(name: &str) {
        with_folder(|folder| {
            if let Some(agent) = getppid() {
                pass(folder, &format!("launcher: {name}"), agent);
            }
        });
    }

    /// A node's first process takes nothing along.
    pub fn forget() {
        *FOLDER.lock().expect("nobody panics with it") = Folder::None;
    }

    fn with_folder(act: impl FnOnce(&OwnedFd)) {
        let mut folder = FOLDER.lock().expect("nobody panics with it");
        if matches!(*folder, Folder::NotAsked) {
            *folder = open().map_or(Folder::None, Folder::Open);
        }
        if let Folder::Open(folder) = &*folder {
            act(folder);
        }
    }

    fn open() -> Option<OwnedFd> {
        let path = std::env::var_os(VARIABLE)?;
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::open(path, flags, Mode::empty()).ok()
    }

    fn pass(folder: &OwnedFd, name: &str, agent: Pid) {
        let write = OFlags::CREATE | OFlags::APPEND | OFlags::WRONLY | OFlags::CLOEXEC;
        if let Ok(passed) = openat(folder, "passed", write, Mode::from_raw_mode(0o600)) {
            // A test that misses the line says so.
            let _ = std::fs::File::from(passed).write_all(format!("{name}\n").as_bytes());
        }
        let victim = match read(folder, "armed") {
            armed if armed == format!("agent {name}") => agent,
            armed if armed == format!("self {name}") => getpid(),
            _ => return,
        };
        if renameat(folder, "armed", folder, "hit").is_ok() {
            kill(victim);
        }
    }

    fn read(folder: &OwnedFd, name: &str) -> String {
        let mut text = String::new();
        if let Ok(file) = openat(folder, name, OFlags::CLOEXEC, Mode::empty()) {
            let _ = std::fs::File::from(file).read_to_string(&mut text);
        }
        text
    }

    /// And waits for its end: a launcher goes on where the agent is gone.
    fn kill(victim: Pid) {
        if let Ok(pidfd) = pidfd_open(victim, PidfdFlags::empty()) {
            let _ = pidfd_send_signal(&pidfd, Signal::KILL);
            let _ = poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], None);
        }
    }
}
