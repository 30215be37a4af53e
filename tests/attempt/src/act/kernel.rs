//! The kernel itself. Where it works the arguments are such that nothing changes, or are refused as
//! arguments: `EINVAL` means that one was let through to where arguments are looked at.

use std::os::fd::AsRawFd;

use nix::libc::{self, c_long};

use super::sys::{Bytes, Number, Text, call};
use super::{Act, Outcome, arg};

pub const ACTS: &[(&str, Act)] = &[
    ("bpf", bpf),
    ("perf", perf),
    ("userfaultfd", userfaultfd),
    ("keyring", keyring),
    ("add-key", add_key),
    ("request-key", request_key),
    ("io-uring", io_uring),
    ("load-module", load_module),
    ("load-module-file", load_module_file),
    ("unload-module", unload_module),
    ("kexec", kexec),
    ("kexec-file", kexec_file),
    ("reboot", reboot),
    ("swap", swap),
    ("set-time", set_time),
    ("set-clock", set_clock),
    ("adjust-clock", adjust_clock),
    ("adjust-time", adjust_time),
    ("account", account),
    ("quota", quota),
    ("ports", ports),
    ("port", port),
    ("kernel-log", kernel_log),
    ("by-handle", by_handle),
    ("type-for", type_for),
];

fn plain(number: c_long, words: &[i64]) -> Outcome {
    let mut words: Vec<_> = words.iter().map(|word| Number(*word)).collect();
    call(number, &mut words).map(drop)
}

/// An array of one entry.
fn bpf(_: &[&str]) -> Outcome {
    let mut attributes = [0_u8; 32];
    for (at, value) in [(0, 2_u8), (4, 4), (8, 4), (12, 1)] {
        attributes[at] = value;
    }
    call(
        libc::SYS_bpf,
        &mut [Number(0), Bytes(&mut attributes), Number(32)],
    )
    .map(drop)
}

/// The clock of a processor, counted in software, kernel included.
fn perf(_: &[&str]) -> Outcome {
    let mut attributes = [0_u8; 64];
    attributes[0] = 1;
    attributes[4] = 64;
    let given = &mut [
        Bytes(&mut attributes),
        Number(0),
        Number(-1),
        Number(-1),
        Number(0),
    ];
    call(libc::SYS_perf_event_open, given).map(drop)
}

fn userfaultfd(_: &[&str]) -> Outcome {
    plain(libc::SYS_userfaultfd, &[0])
}

/// The number of the session's keyring.
fn keyring(_: &[&str]) -> Outcome {
    plain(libc::SYS_keyctl, &[0, -3, 1])
}

fn add_key(_: &[&str]) -> Outcome {
    const PROCESS_KEYRING: i64 = -2;
    let mut secret = [7_u8];
    let given = &mut [
        Text("user"),
        Text("attempt"),
        Bytes(&mut secret),
        Number(1),
        Number(PROCESS_KEYRING),
    ];
    call(libc::SYS_add_key, given).map(drop)
}

fn request_key(_: &[&str]) -> Outcome {
    let given = &mut [Text("user"), Text("nobody-has-this"), Number(0), Number(0)];
    call(libc::SYS_request_key, given).map(drop)
}

fn io_uring(_: &[&str]) -> Outcome {
    let mut parameters = [0_u8; 120];
    call(
        libc::SYS_io_uring_setup,
        &mut [Number(1), Bytes(&mut parameters)],
    )
    .map(drop)
}

fn load_module(_: &[&str]) -> Outcome {
    let mut garbage = [b'x'; 64];
    call(
        libc::SYS_init_module,
        &mut [Bytes(&mut garbage), Number(64), Text("")],
    )
    .map(drop)
}

fn load_module_file(_: &[&str]) -> Outcome {
    call(
        libc::SYS_finit_module,
        &mut [Number(-1), Text(""), Number(0)],
    )
    .map(drop)
}

fn unload_module(_: &[&str]) -> Outcome {
    call(
        libc::SYS_delete_module,
        &mut [Text("no-such-module"), Number(0)],
    )
    .map(drop)
}

/// Flags that do not exist.
fn kexec(_: &[&str]) -> Outcome {
    plain(libc::SYS_kexec_load, &[0, 0, 0, 0xff00])
}

fn kexec_file(_: &[&str]) -> Outcome {
    plain(libc::SYS_kexec_file_load, &[-1, -1, 0, 0, 0xff00])
}

/// A command that does not exist.
fn reboot(_: &[&str]) -> Outcome {
    plain(
        libc::SYS_reboot,
        &[0xfee1_dead, 672_274_793, 0x1234_5678, 0],
    )
}

fn swap(_: &[&str]) -> Outcome {
    call(libc::SYS_swapon, &mut [Text("/no/such/file"), Number(0)]).map(drop)
}

/// To nothing.
fn set_time(_: &[&str]) -> Outcome {
    plain(libc::SYS_settimeofday, &[0, 0])
}

/// To a time that is none.
fn set_clock(_: &[&str]) -> Outcome {
    let mut time = [0xff_u8; 16];
    call(libc::SYS_clock_settime, &mut [Number(0), Bytes(&mut time)]).map(drop)
}

/// By nothing.
fn adjust_clock(_: &[&str]) -> Outcome {
    let mut how = [0_u8; 256];
    call(libc::SYS_clock_adjtime, &mut [Number(0), Bytes(&mut how)]).map(drop)
}

fn adjust_time(_: &[&str]) -> Outcome {
    let mut how = [0_u8; 256];
    call(libc::SYS_adjtimex, &mut [Bytes(&mut how)]).map(drop)
}

fn account(_: &[&str]) -> Outcome {
    call(libc::SYS_acct, &mut [Text("/no/such/file")]).map(drop)
}

/// Brings all quotas to disk.
fn quota(_: &[&str]) -> Outcome {
    const SYNC: i64 = 0x0080_0001;
    plain(libc::SYS_quotactl, &[SYNC << 8, 0, 0, 0])
}

#[cfg(target_arch = "x86_64")]
fn ports(_: &[&str]) -> Outcome {
    plain(libc::SYS_iopl, &[3])
}

#[cfg(target_arch = "x86_64")]
fn port(_: &[&str]) -> Outcome {
    plain(libc::SYS_ioperm, &[0x80, 1, 1])
}

#[cfg(not(target_arch = "x86_64"))]
fn ports(_: &[&str]) -> Outcome {
    Err(nix::errno::Errno::ENOSYS.into())
}

#[cfg(not(target_arch = "x86_64"))]
fn port(_: &[&str]) -> Outcome {
    Err(nix::errno::Errno::ENOSYS.into())
}

/// Its size.
fn kernel_log(_: &[&str]) -> Outcome {
    plain(libc::SYS_syslog, &[10, 0, 0])
}

/// `by-handle PATH`: opened by its number on its file system, where no root bounds the way.
fn by_handle(words: &[&str]) -> Outcome {
    let folder = std::fs::File::open("/")?;
    // struct file_handle: room of 128 bytes, a kind, the handle.
    let mut handle = [0_u8; 136];
    handle[0] = 128;
    let mut mount = [0_u8; 4];
    let given = &mut [
        Number(i64::from(libc::AT_FDCWD)),
        Text(arg(words, 0)?),
        Bytes(&mut handle),
        Bytes(&mut mount),
        Number(0),
    ];
    call(libc::SYS_name_to_handle_at, given)?;
    let given = &mut [
        Number(i64::from(folder.as_raw_fd())),
        Bytes(&mut handle),
        Number(0),
    ];
    call(libc::SYS_open_by_handle_at, given).map(drop)
}

/// A character into one's own terminal as if it had been typed there.
fn type_for(_: &[&str]) -> Outcome {
    let terminal = nix::pty::openpty(None, None)?;
    let mut letter = [b'x'];
    let request = i64::try_from(libc::TIOCSTI).unwrap_or_default();
    let given = &mut [
        Number(i64::from(terminal.slave.as_raw_fd())),
        Number(request),
        Bytes(&mut letter),
    ];
    call(libc::SYS_ioctl, given).map(drop)
}
