//! Signals as a program expects them, whoever started it: a blocked or ignored signal is passed on
//! through exec, and an agent that cannot be asked to end, or cannot wait for a child, is of no use.
#![expect(
    unsafe_code,
    reason = "changing what a signal does is unsafe by its signature"
)]

use nix::sys::signal::{SigHandler, SigSet, Signal, signal};

/// What could have been set aside by a shell, a test runner or a supervisor.
const ASIDE: [Signal; 5] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGCHLD,
];

/// Unblocks all, and gives the usual ones their default action. For the start of the program, when
/// it has one thread and no handler yet.
pub fn reset() {
    // Both calls fail only for arguments that are none.
    let _ = SigSet::empty().thread_set_mask();
    for each in ASIDE {
        // SAFETY: the default action runs no code of ours, and no other thread is there.
        let _ = unsafe { signal(each, SigHandler::SigDfl) };
    }
}
