//! The gate: a container's first program. It waits until the agent lets it go, then becomes the image's own.
//!
//! ```text
//! connect to /.nova-ve/door ─one byte comes─▶ exec the words after its own name
//!        ▲        │
//!        └─50 ms──┴ nobody listens · the listener went away
//! ```
//! It lies in every container, whatever libc that has or has not: one file, no dependency, linked
//! statically by `build.rs`. Its connection stays open until the exec has happened, so that whoever holds
//! the other end is told by the kernel.

use std::ffi::{OsStr, c_int};
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};
use std::time::Duration;

const DOOR: &str = "/.nova-ve/door";
const PAUSE: Duration = Duration::from_millis(50);

// As a shell has them.
const CANNOT_RUN: i32 = 126;
const NOT_FOUND: i32 = 127;

fn main() {
    let mut words = std::env::args_os().skip(1);
    let Some(program) = words.next() else {
        say("neither the image nor the node names a program to run".as_ref(), "");
        exit(NOT_FOUND);
    };
    end_when_asked();
    let _open_until_exec = wait_to_be_let_go();
    let error = Command::new(&program).args(words).exec();
    say(&program, &format!(": {error}"));
    exit(match error.kind() {
        std::io::ErrorKind::NotFound => NOT_FOUND,
        _ => CANNOT_RUN,
    });
}

fn wait_to_be_let_go() -> UnixStream {
    loop {
        if let Ok(mut agent) = UnixStream::connect(DOOR) {
            // Its end without a byte: the agent went away, and the next one listens soon.
            if matches!(agent.read(&mut [0]), Ok(1)) {
                return agent;
            }
        }
        std::thread::sleep(PAUSE);
    }
}

fn say(what: &OsStr, why: &str) {
    eprintln!("nova-ve: cannot start the node: {}{why}", what.to_string_lossy());
}

unsafe extern "C" {
    fn signal(number: c_int, handler: extern "C" fn(c_int)) -> usize;
    fn _exit(status: c_int) -> !;
}

/// The kernel keeps signals from a pid 1 that does not handle them; a container that waits shall stop at
/// once. What exec makes of handlers is the default again.
fn end_when_asked() {
    extern "C" fn end(number: c_int) {
        // SAFETY: of what a handler may call.
        unsafe { _exit(128 + number) }
    }
    for number in [1, 2, 3, 15] {
        // SAFETY: the handler calls nothing but `_exit`.
        unsafe { signal(number, end) };
    }
}
