//! What the mount trees of a lab's nodes cost: as many processes, each with a mount namespace in which it
//! builds a tree like a node's, goes into it, and divides it once more, as a node's first process does.

use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;

use super::nodes::{fork_into, wait_for_ever};

const FOLDERS: [&str; 9] = [
    "usr", "etc", "var", "proc", "sys", "dev", "run", "tmp", "home",
];
const OVERLAYS: [&str; 2] = ["etc", "var"];
const MEMORY: [&str; 4] = ["run", "tmp", "home", "root"];
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
const MASKED_FILES: [&str; 5] = ["kcore", "keys", "timer_list", "sysrq-trigger", "kallsyms"];
const MASKED_PROC: [&str; 5] = ["acpi", "scsi", "bus", "fs", "irq"];
const MASKED_SYS: [&str; 8] = [
    "firmware",
    "kernel",
    "power",
    "fs",
    "block",
    "hypervisor",
    "dev",
    "module",
];

const CLOSED: MsFlags = MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV);

/// Seconds until all are built. They are built beside each other, as many as there are processors.
pub fn make(count: u64) -> anyhow::Result<f64> {
    let staging = tempfile::tempdir()?;
    for name in OVERLAYS {
        fs::create_dir_all(staging.path().join("base").join(name))?;
    }
    let begun = Instant::now();
    let (told, tells) = nix::unistd::pipe()?;
    let mut builders = Vec::new();
    for number in 0..count {
        let own = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID | CloneFlags::CLONE_NEWNET;
        builders.push(fork_into(own, || live(staging.path(), number, &tells))?);
    }
    drop(tells);
    let mut built = vec![0; 1];
    for _ in 0..count {
        nix::unistd::read(&told, &mut built)?;
        ensure!(built[0] == 1, "a mount tree could not be built");
    }
    let took = begun.elapsed().as_secs_f64();
    for builder in builders {
        kill(builder, Signal::SIGKILL)?;
        waitpid(builder, None)?;
    }
    Ok(took)
}

fn live(staging: &Path, number: u64, tells: &OwnedFd) -> isize {
    let outcome = build(staging, number);
    if let Err(error) = &outcome {
        eprintln!("nova-bench: {error:#}");
    }
    let told = nix::unistd::write(tells, &[u8::from(outcome.is_ok())]);
    if outcome.is_err() || told.is_err() {
        return 1;
    }
    wait_for_ever()
}

fn build(staging: &Path, number: u64) -> anyhow::Result<()> {
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, private, None::<&str>)?;
    let data = staging.join(number.to_string());
    let root = data.join("tree");
    fs::create_dir_all(&root)?;
    mount_at("tmpfs", &root, CLOSED, "mode=0755,size=1m")?;
    for name in FOLDERS {
        fs::create_dir(root.join(name))?;
    }
    bind_read_only(Path::new("/usr"), &root.join("usr"))?;
    for name in OVERLAYS {
        overlay(
            &staging.join("base").join(name),
            &data.join(name),
            &root.join(name),
        )?;
    }
    for name in MEMORY {
        let path = root.join(name);
        fs::create_dir_all(&path)?;
        mount_at("tmpfs", &path, CLOSED, "mode=0755,size=64m")?;
    }
    devices(&root.join("dev"))?;
    proc(&root)?;
    mount_at("sysfs", &root.join("sys"), CLOSED, "")?;
    mask_folders(&root.join("sys"), &MASKED_SYS)?;
    enter(&root)?;
    unshare(CloneFlags::CLONE_NEWNS).context("divide the tree")
}

fn overlay(lower: &Path, data: &Path, to: &Path) -> anyhow::Result<()> {
    let [upper, work] = ["upper", "work"].map(|name| data.join(name));
    fs::create_dir_all(&upper)?;
    fs::create_dir_all(&work)?;
    let (lower, upper, work) = (
        fs::File::open(lower)?,
        fs::File::open(upper)?,
        fs::File::open(work)?,
    );
    let by_fd = |file: &fs::File| format!("/proc/self/fd/{}", file.as_raw_fd());
    let options = format!(
        "lowerdir={},upperdir={},workdir={},userxattr,volatile",
        by_fd(&lower),
        by_fd(&upper),
        by_fd(&work)
    );
    mount_at("overlay", to, CLOSED, &options)
}

fn devices(dev: &Path) -> anyhow::Result<()> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    mount_at("tmpfs", dev, flags, "mode=0755,size=64k")?;
    for name in DEVICES {
        fs::File::create(dev.join(name))?;
        bind(&Path::new("/dev").join(name), &dev.join(name))?;
    }
    fs::create_dir(dev.join("pts"))?;
    fs::create_dir(dev.join("shm"))?;
    mount_at(
        "devpts",
        &dev.join("pts"),
        flags,
        "newinstance,ptmxmode=0666",
    )?;
    mount_at("tmpfs", &dev.join("shm"), CLOSED, "mode=1777,size=64m")
}

fn proc(root: &Path) -> anyhow::Result<()> {
    let proc = root.join("proc");
    mount_at("proc", &proc, CLOSED, "")?;
    bind_read_only(&proc.join("sys"), &proc.join("sys"))?;
    let net = proc.join("sys/net");
    bind(&net, &net)?;
    for path in MASKED_FILES.map(|name| proc.join(name)) {
        if path.exists() {
            bind(&root.join("dev/null"), &path)?;
        }
    }
    mask_folders(&proc, &MASKED_PROC)
}

fn mask_folders(below: &Path, names: &[&str]) -> anyhow::Result<()> {
    for path in names.iter().map(|name| below.join(name)) {
        if path.is_dir() {
            mount_at("tmpfs", &path, CLOSED | MsFlags::MS_RDONLY, "size=4k")?;
        }
    }
    Ok(())
}

fn enter(root: &Path) -> anyhow::Result<()> {
    std::env::set_current_dir(root)?;
    nix::unistd::pivot_root(".", ".").context("make the tree the root")?;
    umount2(".", MntFlags::MNT_DETACH).context("leave the host's tree")?;
    Ok(std::env::set_current_dir("/")?)
}

fn bind(from: &Path, to: &Path) -> anyhow::Result<()> {
    let bound = mount(Some(from), to, None::<&str>, MsFlags::MS_BIND, None::<&str>);
    bound.with_context(|| format!("bind {} on {}", from.display(), to.display()))
}

fn bind_read_only(from: &Path, to: &Path) -> anyhow::Result<()> {
    bind(from, to)?;
    let flags = CLOSED | MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
    let closed = mount(None::<&str>, to, None::<&str>, flags, None::<&str>);
    closed.with_context(|| format!("close {}", to.display()))
}

fn mount_at(kind: &str, to: &Path, flags: MsFlags, options: &str) -> anyhow::Result<()> {
    let mounted = mount(Some(kind), to, Some(kind), flags, Some(options));
    mounted.with_context(|| format!("mount {kind} on {}", to.display()))
}
