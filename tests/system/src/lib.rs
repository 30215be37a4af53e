//! Helpers of the whole-system tests: an installation of nova-ve, and how to wait.

mod console;
mod host;
pub mod images;
mod installation;
pub mod network;
pub mod soak;
mod wait;

pub use console::Console;
pub use host::Host;
pub use installation::{Installation, Part};
pub use wait::wait_for;

use std::path::PathBuf;

/// Where the programs lie: `NOVA_VE_BIN`, else where cargo puts programs.
pub fn bin() -> PathBuf {
    if let Some(given) = std::env::var_os("NOVA_VE_BIN") {
        return given.into();
    }
    let exe = std::env::current_exe().expect("a running program has a path");
    let folder = exe.parent().expect("a program lies in a folder");
    // Tests lie in `target/debug/deps`, programs in `target/debug`.
    let programs = folder.ends_with("deps").then(|| folder.parent()).flatten();
    programs.unwrap_or(folder).to_owned()
}

/// Our own sample labs.
pub fn labs() -> PathBuf {
    let given = std::env::var_os("NOVA_VE_LABS").map(PathBuf::from);
    given.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../labs"))
}

/// Other people's labs; `None` says the skip. Where the folder is given, a missing file is a failure.
pub fn samples(test: &str) -> Option<PathBuf> {
    let given = std::env::var_os("NOVA_VE_SAMPLES").map(PathBuf::from);
    if given.is_none() {
        say(&format!(
            "SKIP {test}: NOVA_VE_SAMPLES does not say where other people's labs lie"
        ));
    }
    given
}

/// A line of a test, shown with its output.
#[expect(clippy::print_stdout, reason = "libtest shows it with the test")]
pub fn say(line: &str) {
    println!("{line}");
}
