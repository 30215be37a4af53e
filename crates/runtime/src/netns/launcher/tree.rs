//! The node's root: built in the launcher's mount namespace, one user namespace above the node's own.
//!
//! ```text
//! /usr  bound, read-only          /bin /lib ... links or binds, as on the host
//! /etc  /var  overlays: the base below, the node's own data above
//! /run /tmp /home /root           tmpfs, the node's own
//! /dev  a few devices, own pts    /proc /sys  own, with the host's parts masked
//! ```

use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown, symlink};
use std::path::Path;

use model::spec::DriverSpec;
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::super::accounts::Accounts;
use super::super::config::IdMap;
use super::super::folder::{NodeFolder, unless_missing};
use super::steps::{StepError, step};
use super::{Launch, host};

/// The group of terminals, the same number in every distribution we know.
const TTY_GID: u32 = 5;
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
const DEVICE_LINKS: [(&str, &str); 5] = [
    ("ptmx", "pts/ptmx"),
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];
/// Links or folders beside `/usr` that a host may have.
const BESIDE_USR: [&str; 6] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];
/// Name, permission bits and size of what is the node's own and gone when it stops.
const OWN_TMPFS: [(&str, &str, &str); 4] = [
    ("run", "0755", "32m"),
    ("tmp", "1777", "256m"),
    ("home", "0755", "64m"),
    ("root", "0700", "64m"),
];
const MASKED_FILES: [&str; 6] = [
    "kcore",
    "keys",
    "timer_list",
    "sched_debug",
    "sysrq-trigger",
    "kallsyms",
];
const MASKED_PROC: [&str; 6] = ["acpi", "scsi", "asound", "bus", "fs", "irq"];
const MASKED_SYS: [&str; 9] = [
    "firmware",
    "kernel",
    "power",
    "fs",
    "block",
    "hypervisor",
    "dev",
    "module",
    "devices/virtual/powercap",
];

/// Folders that are mounted on, or empty.
const ROOM_FOR: [&str; 10] = [
    "usr", "etc", "var", "proc", "sys", "dev", "mnt", "media", "opt", "srv",
];

/// Everything but proc and sysfs, which need the node's own namespaces.
pub fn build(launch: &Launch, folder: &NodeFolder) -> Result<(), StepError> {
    let ids = launch.id_map;
    let root = folder.tree();
    let root_options = format!("mode=0755,size=1m,uid={0},gid={0}", ids.first);
    mount_at(
        "tmpfs",
        &root,
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        &root_options,
    )?;
    for name in ROOM_FOR {
        make_dir(&root.join(name), 0o755)?;
    }
    bind_usr(&root)?;
    for name in ["etc", "var"] {
        overlay(
            &launch.base.join(name),
            &folder.data().join(name),
            &root.join(name),
            ids,
        )?;
    }
    own_memory(&root, ids)?;
    run_folders(&root.join("run"), &launch.base, ids)?;
    devices(&root.join("dev"), ids)?;
    match &launch.record.spec.driver {
        DriverSpec::Netns(netns) => host::bring_in(&root, &netns.host),
        DriverSpec::Docker(_) | DriverSpec::CannotRun { .. } => Ok(()),
    }
}

fn own_memory(root: &Path, ids: IdMap) -> Result<(), StepError> {
    for (name, mode, size) in OWN_TMPFS {
        let options = format!("mode={mode},size={size},uid={0},gid={0}", ids.first);
        make_dir(&root.join(name), 0o755)?;
        mount_at(
            "tmpfs",
            &root.join(name),
            MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
            &options,
        )?;
    }
    Ok(())
}

/// What daemons expect to find in `/run`, as the distribution's boot would make it.
fn run_folders(run: &Path, base: &Path, ids: IdMap) -> Result<(), StepError> {
    let accounts = Accounts::read(&base.join("etc/passwd"));
    let folders = [
        ("lock", 0o1777, Some((0, 0))),
        ("sshd", 0o755, Some((0, 0))),
        ("frr", 0o755, accounts.find("frr")),
    ];
    for (name, mode, owner) in folders {
        let Some((uid, gid)) = owner else {
            continue;
        };
        let path = run.join(name);
        make_dir(&path, mode)?;
        let owned = chown(&path, Some(ids.first + uid), Some(ids.first + gid));
        step(format!("own {}", shown(&path)), owned)?;
    }
    Ok(())
}

fn bind_usr(root: &Path) -> Result<(), StepError> {
    bind_read_only(Path::new("/usr"), &root.join("usr"))?;
    for name in BESIDE_USR {
        let (host, inside) = (Path::new("/").join(name), root.join(name));
        match fs::symlink_metadata(&host) {
            Ok(found) if found.is_symlink() => {
                let target = step(
                    format!("read the link {}", host.display()),
                    fs::read_link(&host),
                )?;
                step(format!("make the link /{name}"), symlink(target, inside))?;
            }
            Ok(found) if found.is_dir() => {
                make_dir(&inside, 0o755)?;
                bind_read_only(&host, &inside)?;
            }
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

fn bind_read_only(from: &Path, to: &Path) -> Result<(), StepError> {
    let what = format!("bind {} into the node", from.display());
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    step(
        what.clone(),
        mount(Some(from), to, None::<&str>, flags, None::<&str>),
    )?;
    step(what, set_attributes(to, CLOSED | libc::MOUNT_ATTR_RDONLY))
}

/// Without devices and set-id programs.
pub(super) const CLOSED: u64 = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

/// Of the mount and of every mount below it.
#[expect(unsafe_code, reason = "neither nix nor rustix has mount_setattr")]
pub(super) fn set_attributes(path: &Path, wanted: u64) -> nix::Result<()> {
    use std::os::unix::ffi::OsStrExt;

    let path =
        std::ffi::CString::new(path.as_os_str().as_bytes()).map_err(|_| nix::Error::EINVAL)?;
    let attributes = libc::mount_attr {
        attr_set: wanted,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    // SAFETY: the path ends with a zero byte and the attributes have the size that is told; the
    // kernel only reads both, and both outlive the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::AT_RECURSIVE,
            std::ptr::from_ref(&attributes),
            size_of::<libc::mount_attr>(),
        )
    };
    nix::errno::Errno::result(result).map(drop)
}

/// `userxattr`: the marks of an overlay in a user namespace. `volatile`: stopping a node does not wait
/// until everything the whole host has written is on disk (seconds on a busy one); what a node wrote
/// reaches the disk as other files do, and may be lost with the host's power. Paths are given by
/// descriptor, because a comma or a colon in one would end the option.
fn overlay(lower: &Path, data: &Path, to: &Path, ids: IdMap) -> Result<(), StepError> {
    let (upper, work) = (data.join("upper"), data.join("work"));
    for dir in [data, &upper, &work] {
        make_dir(dir, 0o755)?;
    }
    step(
        format!("own {}", upper.display()),
        chown(&upper, Some(ids.first), Some(ids.first)),
    )?;
    // The kernel's mark of an overlay that was volatile; with it there a second life is refused.
    let mark = work.join("work/incompat");
    step(
        format!("clear {}", mark.display()),
        unless_missing(fs::remove_dir_all(&mark)),
    )?;
    let open = |path: &Path| step(format!("open {}", path.display()), open_path(path));
    let (lower, upper, work) = (open(lower)?, open(&upper)?, open(&work)?);
    let by_fd = |file: &fs::File| format!("/proc/self/fd/{}", file.as_raw_fd());
    let options = format!(
        "lowerdir={},upperdir={},workdir={},userxattr,volatile",
        by_fd(&lower),
        by_fd(&upper),
        by_fd(&work)
    );
    mount_at(
        "overlay",
        to,
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        &options,
    )
}

fn open_path(path: &Path) -> std::io::Result<fs::File> {
    fs::File::options()
        .read(true)
        .custom_flags(libc::O_PATH)
        .open(path)
}

fn devices(dev: &Path, ids: IdMap) -> Result<(), StepError> {
    let closed = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    let owned = format!("uid={0},gid={0}", ids.first);
    mount_at("tmpfs", dev, closed, &format!("mode=0755,size=64k,{owned}"))?;
    for name in DEVICES {
        let (host, inside) = (Path::new("/dev").join(name), dev.join(name));
        step(format!("make /dev/{name}"), fs::File::create(&inside))?;
        bind(&host, &inside)?;
    }
    let (pts, shm) = (dev.join("pts"), dev.join("shm"));
    make_dir(&pts, 0o755)?;
    let tty = ids.first + TTY_GID;
    let options = format!("newinstance,ptmxmode=0666,mode=0620,gid={tty}");
    mount_at("devpts", &pts, closed, &options)?;
    make_dir(&shm, 0o1777)?;
    let open = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount_at("tmpfs", &shm, open, &format!("mode=1777,size=64m,{owned}"))?;
    for (name, target) in DEVICE_LINKS {
        let made = symlink(target, dev.join(name));
        step(format!("make the link /dev/{name}"), made)?;
    }
    Ok(())
}

fn bind(from: &Path, to: &Path) -> Result<(), StepError> {
    let flags = MsFlags::MS_BIND;
    let bound = mount(Some(from), to, None::<&str>, flags, None::<&str>);
    step(format!("bind {} on {}", from.display(), shown(to)), bound)
}

/// By the child, whose pid namespace it shows. Only `/proc/sys/net` can be written, where the
/// kernel lets root of the net namespace.
pub fn mount_proc(folder: &NodeFolder) -> Result<(), StepError> {
    let proc = folder.tree().join("proc");
    let closed = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    mount_at("proc", &proc, closed, "")?;
    let (sys, net) = (proc.join("sys"), proc.join("sys/net"));
    bind(&sys, &sys)?;
    remount(&sys, closed | MsFlags::MS_RDONLY)?;
    bind(&net, &net)?;
    remount(&net, closed)?;
    for name in MASKED_FILES {
        mask_file(folder, &proc.join(name))?;
    }
    mask_dirs(&proc, &MASKED_PROC)
}

/// By the launcher in the node's net namespace: it shows that namespace's devices.
pub fn mount_sysfs(folder: &NodeFolder) -> Result<(), StepError> {
    let sys = folder.tree().join("sys");
    let closed = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | MsFlags::MS_RDONLY;
    mount_at("sysfs", &sys, closed, "")?;
    mask_dirs(&sys, &MASKED_SYS)
}

fn mask_file(folder: &NodeFolder, path: &Path) -> Result<(), StepError> {
    if path.exists() {
        bind(&folder.tree().join("dev/null"), path)?;
    }
    Ok(())
}

fn mask_dirs(below: &Path, names: &[&str]) -> Result<(), StepError> {
    let closed = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | MsFlags::MS_RDONLY;
    for path in names.iter().map(|name| below.join(name)) {
        if path.is_dir() {
            mount_at("tmpfs", &path, closed, "size=4k,mode=0555")?;
        }
    }
    Ok(())
}

/// The tree becomes `/` for launcher and child (the kernel moves everybody whose root the old one
/// was), and the host's tree goes out of the namespace.
pub fn pivot(folder: &NodeFolder) -> Result<(), StepError> {
    let root = folder.tree();
    step("enter the node's tree", std::env::set_current_dir(&root))?;
    remount(
        &root,
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_RDONLY,
    )?;
    step("make the tree the root", nix::unistd::pivot_root(".", "."))?;
    step("leave the host's tree", umount2(".", MntFlags::MNT_DETACH))?;
    step("enter the root", std::env::set_current_dir("/"))
}

fn remount(path: &Path, flags: MsFlags) -> Result<(), StepError> {
    let flags = flags | MsFlags::MS_REMOUNT | MsFlags::MS_BIND;
    let done = mount(None::<&str>, path, None::<&str>, flags, None::<&str>);
    step(format!("set the flags of {}", path.display()), done)
}

fn mount_at(kind: &str, to: &Path, flags: MsFlags, options: &str) -> Result<(), StepError> {
    let mounted = mount(Some(kind), to, Some(kind), flags, Some(options));
    step(format!("mount {kind} on {}", shown(to)), mounted)
}

/// The part of the path a person knows: `/etc` rather than the whole way to the tree.
pub(super) fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    match text.split_once("/tree") {
        Some((_, "")) => "/ of the node".into(),
        Some((_, inside)) => format!("{inside} of the node"),
        None => text,
    }
}

pub(super) fn make_dir(path: &Path, mode: u32) -> Result<(), StepError> {
    let what = format!("make the folder {}", shown(path));
    match fs::create_dir(path) {
        Ok(()) => step(
            what,
            fs::set_permissions(path, fs::Permissions::from_mode(mode)),
        ),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => step(what, Err(error)),
    }
}
