//! The system calls no process of a node may make.
//!
//! Mounting and new user namespaces would give root inside new views of the host's kernel; the rest
//! reaches outside the namespaces or is a frequent way out of them. They fail with `EPERM`, or with
//! `ENOSYS` where a program then takes another way.

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter, sock_filter,
};

const DENIED: &[libc::c_long] = &[
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_fsconfig,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    OPEN_TREE_ATTR,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_acct,
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_open_by_handle_at,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_vhangup,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_kexec_file_load,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
];

/// Newer than the tables of libc.
const OPEN_TREE_ATTR: libc::c_long = 467;

/// Programs go on without these: glibc takes `clone` for `clone3`, whose flags lie in memory where
/// no filter sees them.
const ABSENT: &[libc::c_long] = &[
    libc::SYS_clone3,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
];

/// The kinds of sockets that belong to a network namespace and that networks are made of. Others
/// speak to the machine below the host (`AF_VSOCK`), to its devices (`AF_BLUETOOTH`) or to parts of
/// the kernel that no network needs (`AF_ALG`).
const SOCKET_FAMILIES: [libc::c_int; 9] = [
    libc::AF_UNSPEC,
    libc::AF_UNIX,
    libc::AF_INET,
    libc::AF_INET6,
    libc::AF_NETLINK,
    libc::AF_PACKET,
    libc::AF_KEY,
    libc::AF_PPPOX,
    libc::AF_MPLS,
];

const NEW_USER: u64 = libc::CLONE_NEWUSER as u64;
const PUSH_INPUT: u64 = libc::TIOCSTI;
const CONSOLE_IOCTL: u64 = libc::TIOCLINUX;

pub fn install() -> Result<(), seccompiler::Error> {
    let denied = filter(denied_rules()?, libc::EPERM)?;
    let absent = filter(
        ABSENT.iter().map(|call| (*call, vec![])).collect(),
        libc::ENOSYS,
    )?;
    let no_family = filter(socket_rules()?, libc::EAFNOSUPPORT)?;
    apply(&denied)?;
    apply(&absent)?;
    apply(&no_family)?;
    apply(&other_call_tables())
}

/// seccompiler sets `no_new_privs` first, which a set-id program inside would feel; none of the
/// host's works in a node anyway, their owners being unmapped.
fn apply(program: &BpfProgram) -> Result<(), seccompiler::Error> {
    apply_filter(program)
}

type Rules = BTreeMap<libc::c_long, Vec<SeccompRule>>;

fn denied_rules() -> Result<Rules, seccompiler::Error> {
    let mut rules: Rules = DENIED.iter().map(|call| (*call, vec![])).collect();
    rules.insert(libc::SYS_unshare, vec![has_flag(0, NEW_USER)?]);
    rules.insert(libc::SYS_clone, vec![has_flag(0, NEW_USER)?]);
    let terminal = [PUSH_INPUT, CONSOLE_IOCTL].map(|request| equals(1, request));
    rules.insert(
        libc::SYS_ioctl,
        terminal.into_iter().collect::<Result<_, _>>()?,
    );
    Ok(rules)
}

/// One rule whose conditions all hold when the family is none of those allowed.
fn socket_rules() -> Result<Rules, seccompiler::Error> {
    let is_not = |family: &libc::c_int| {
        let number = u64::try_from(*family).expect("families are positive");
        SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, number)
    };
    let none_of_them: Vec<_> = SOCKET_FAMILIES
        .iter()
        .map(is_not)
        .collect::<Result<_, _>>()?;
    let rules = [libc::SYS_socket, libc::SYS_socketpair]
        .map(|call| Ok((call, vec![SeccompRule::new(none_of_them.clone())?])));
    rules.into_iter().collect()
}

fn has_flag(argument: u8, flag: u64) -> Result<SeccompRule, seccompiler::Error> {
    let masked = SeccompCmpOp::MaskedEq(flag);
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Qword, masked, flag)?;
    Ok(SeccompRule::new(vec![condition])?)
}

/// Of the lower half: the kernel looks at no more of an ioctl's number.
fn equals(argument: u8, value: u64) -> Result<SeccompRule, seccompiler::Error> {
    let condition =
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)?;
    Ok(SeccompRule::new(vec![condition])?)
}

fn filter(rules: Rules, errno: libc::c_int) -> Result<BpfProgram, seccompiler::Error> {
    let arch = std::env::consts::ARCH.try_into()?;
    let errno = u32::try_from(errno).expect("error numbers are positive");
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(errno),
        arch,
    )?;
    Ok(filter.try_into()?)
}

/// On x86-64 a call's number plus this bit is the same call by the x32 table: all of them are absent.
/// (Calls of 32-bit programs end the process: the filters above refuse other architectures.)
fn other_call_tables() -> BpfProgram {
    const X32_BIT: u32 = 0x4000_0000;
    const LOAD_WORD: u16 = 0x20;
    const JUMP_IF_GREATER_OR_EQUAL: u16 = 0x35;
    const RETURN: u16 = 0x06;
    const ALLOW: u32 = 0x7fff_0000;
    const ERRNO: u32 = 0x0005_0000;
    let instruction = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    let no_such_call = ERRNO | u32::try_from(libc::ENOSYS).expect("error numbers are positive");
    vec![
        instruction(LOAD_WORD, 0, 0, 0),
        instruction(JUMP_IF_GREATER_OR_EQUAL, 0, 1, X32_BIT),
        instruction(RETURN, 0, 0, no_such_call),
        instruction(RETURN, 0, 0, ALLOW),
    ]
}
