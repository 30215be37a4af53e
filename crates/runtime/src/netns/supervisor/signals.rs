//! Signals as a fresh process has them: whoever started the agent may have blocked or ignored some,
//! and a program that inherits that would not end when it is asked to.

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// At the very start; what the supervisor then blocks, its programs unblock again.
#[expect(unsafe_code, reason = "dispositions are set by the bare system call")]
pub fn reset() {
    let default = SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty());
    // SIGPIPE stays as Rust wants it (ignored: writes fail instead); `Command` resets it for programs.
    let changeable =
        |signal: &Signal| !matches!(signal, Signal::SIGKILL | Signal::SIGSTOP | Signal::SIGPIPE);
    for signal in Signal::iterator().filter(changeable) {
        // SAFETY: the default disposition calls nothing of ours.
        let done = unsafe { sigaction(signal, &default) };
        done.expect("every signal but two may have its default disposition");
    }
    let unblocked = SigSet::empty().thread_set_mask();
    unblocked.expect("an empty mask is a mask");
}
