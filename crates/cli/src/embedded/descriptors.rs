//! Open files of the shell that says `up`: a keeper lives for long, and a lock or a pipe that it held
//! on to would look as if that shell's own work never ended.

use std::fs;
use std::os::fd::RawFd;

/// Closes all but stdin, stdout and stderr. At the very start of the program, when nothing of its own
/// is open yet.
pub fn close_inherited() -> std::io::Result<()> {
    let listed = fs::read_dir("/proc/self/fd")?;
    let numbers: Vec<RawFd> = listed
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        // The one of the listing itself is closed by now.
        let _ = nix::unistd::close(number);
    }
    Ok(())
}
