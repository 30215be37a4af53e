//! What each attempt gives. A word in braces is filled in by whoever tries: a path, a number, a name of
//! something of the host that is there.

/// What comes of it on the host, by root in namespaces thrown away afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    /// It goes through.
    Works,
    /// It is let through to where the kernel looks at its arguments, which are wrong on purpose.
    Says(&'static str),
}

/// The kernel's words of which one is said in a node.
pub type Inside = &'static [&'static str];

#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub act: &'static str,
    pub outside: Outside,
    pub inside: Inside,
    /// What a kernel says outside that has no such thing at all: then there is nothing to keep shut.
    pub absent: Option<&'static str>,
    /// An ordinary user cannot do it on the host either.
    pub needs_root: bool,
    /// It is tried in the host's own network namespace, with its caller's own rights.
    pub on_the_network: bool,
}

impl Row {
    const fn new(act: &'static str, inside: Inside) -> Self {
        Self {
            act,
            outside: Outside::Works,
            inside,
            absent: None,
            needs_root: false,
            on_the_network: false,
        }
    }

    const fn says(mut self, word: &'static str) -> Self {
        self.outside = Outside::Says(word);
        self
    }

    const fn absent(mut self, word: &'static str) -> Self {
        self.absent = Some(word);
        self
    }

    const fn network(mut self) -> Self {
        self.on_the_network = true;
        self
    }

    const fn root(mut self) -> Self {
        self.needs_root = true;
        self
    }
}

pub fn table() -> impl Iterator<Item = &'static Row> {
    [
        FILES,
        KERNEL_FILES,
        MOUNTS,
        NAMESPACES,
        PROCESSES,
        KERNEL,
        DEVICES,
        RIGHTS,
        NETWORK,
    ]
    .into_iter()
    .flatten()
}

const FILES: &[Row] = &[
    // The host's files: /etc of a node is its own, and the host's tree is nowhere in it.
    Row::new("read {canary}", &["ENOENT"]),
    Row::new("read {data}/instance_id", &["ENOENT"]),
    Row::new("open {data}/nova-ve.db", &["ENOENT"]),
    Row::new("read {other-file}", &["ENOENT"]),
    Row::new("holds /etc/passwd {account}", &["ENODATA"]),
    Row::new("create /usr/attempt", &["EROFS"]).root(),
    Row::new("create /attempt", &["EROFS"]).root(),
    Row::new("read {shared-memory-file}", &["ENOENT"]),
    Row::new("by-handle /usr", &["EPERM"]).root(),
    Row::new("climb {canary}", &["ENOENT"]),
    Row::new("descriptors {data}", &["ENODATA"]).network(),
    Row::new("read /proc/{victim}/root{canary}", &["ENOENT"]),
    Row::new("list /proc/{one}/root", &["EACCES"]),
    Row::new("follow /proc/{one}/cwd", &["EACCES"]),
    Row::new("follow /proc/{one}/exe", &["EACCES"]),
    Row::new("list /proc/{one}/fd", &["EACCES"]),
    Row::new("read /proc/{one}/environ", &["EACCES"]),
    Row::new("read-memory {one}", &["EACCES"]),
];

const KERNEL_FILES: &[Row] = &[
    Row::new("rewrite /proc/sys/kernel/core_pattern", &["EACCES"]).root(),
    Row::new("rewrite /proc/sys/kernel/hostname", &["EACCES"]).root(),
    Row::new("rewrite /proc/sys/kernel/randomize_va_space", &["EACCES"]).root(),
    Row::new("rewrite /proc/sys/vm/swappiness", &["EACCES"]).root(),
    Row::new("rewrite /proc/sys/fs/protected_symlinks", &["EACCES"]).root(),
    Row::new("read /proc/sysrq-trigger", &["ENODATA"])
        .says("EIO")
        .root()
        .absent("ENOENT"),
    Row::new("read /proc/kcore", &["ENODATA"])
        .root()
        .absent("ENOENT"),
    Row::new("open /proc/kmsg", &["EACCES"]).root(),
    Row::new("list /sys/fs", &["ENODATA"]),
    Row::new("list /sys/fs/cgroup", &["ENOENT"]),
    Row::new("list /sys/kernel", &["ENODATA"]),
    Row::new("list /sys/module", &["ENODATA"]),
    Row::new("list /sys/block", &["ENODATA"]),
    Row::new("list /sys/firmware", &["ENODATA"]).absent("ENOENT"),
    Row::new("rewrite /sys/class/net/lo/mtu", &["EROFS"]).root(),
];

const MOUNTS: &[Row] = &[
    Row::new("mount tmpfs /tmp", &["EPERM"]),
    Row::new("bind /usr /tmp", &["EPERM"]),
    Row::new("remount /dev/shm", &["EPERM"]),
    Row::new("remount /sys", &["EPERM"]),
    Row::new("unmount /proc", &["EPERM"]).root(),
    Row::new("unmask /proc", &["EPERM"]).root(),
    Row::new("pivot-root", &["EPERM"]).root(),
    Row::new("open-tree /usr", &["EPERM"]),
    Row::new("move-mount", &["EPERM"]).says("EBADF"),
    Row::new("fsopen tmpfs", &["EPERM"]),
    Row::new("fspick /dev/shm", &["EPERM"]),
    Row::new("fsmount", &["EPERM"]).says("EBADF"),
    Row::new("mount-setattr /dev/shm", &["EPERM"]).root(),
];

const NAMESPACES: &[Row] = &[
    Row::new("unshare user", &["EPERM"]),
    Row::new("clone user", &["EPERM"]),
    Row::new("clone3 user", &["ENOSYS"]),
    Row::new("join {victim} net", &["ENOENT"]),
    Row::new("join-by-pidfd {victim}", &["ESRCH"]),
    Row::new("join {one} net", &["EACCES"]),
    Row::new("join-any", &["EACCES"]),
    Row::new("run nsenter --target {one} --net true", &["failed"]),
    Row::new(
        "run ip link add x0 type veth peer name x1 netns {victim}",
        &["failed"],
    ),
];

const PROCESSES: &[Row] = &[
    Row::new("kill {victim}", &["ESRCH"]),
    Row::new("trace {victim}", &["ESRCH"]),
    Row::new("trace {one}", &["EPERM"]),
    Row::new("peek {victim}", &["ESRCH"]).says("EFAULT"),
    Row::new("peek {one}", &["EPERM"]).says("EFAULT"),
    Row::new("take-descriptor {victim}", &["ESRCH"]),
    Row::new("take-descriptor {one}", &["EPERM"]),
    Row::new("priority {victim}", &["ESRCH"]),
];

const KERNEL: &[Row] = &[
    Row::new("bpf", &["EPERM"]).root(),
    Row::new("perf", &["EPERM"]).root(),
    Row::new("userfaultfd", &["EPERM"]).root(),
    Row::new("keyring", &["EPERM"]),
    Row::new("add-key", &["EPERM"]),
    Row::new("request-key", &["EPERM"]).says("ENOKEY"),
    Row::new("io-uring", &["ENOSYS"]).absent("ENOSYS"),
    Row::new("load-module", &["EPERM"])
        .says("ENOEXEC")
        .absent("ENOSYS")
        .root(),
    Row::new("load-module-file", &["EPERM"])
        .says("EBADF")
        .absent("ENOSYS")
        .root(),
    Row::new("unload-module", &["EPERM"])
        .says("ENOENT")
        .absent("ENOSYS")
        .root(),
    Row::new("kexec", &["EPERM"])
        .says("EINVAL")
        .absent("ENOSYS")
        .root(),
    Row::new("kexec-file", &["EPERM"])
        .says("EINVAL")
        .absent("ENOSYS")
        .root(),
    Row::new("reboot", &["EPERM"]).says("EINVAL").root(),
    Row::new("swap", &["EPERM"])
        .says("ENOENT")
        .absent("ENOSYS")
        .root(),
    Row::new("set-time", &["EPERM"]).root(),
    Row::new("set-clock", &["EPERM"]).says("EINVAL"),
    Row::new("adjust-clock", &["EPERM"]),
    Row::new("adjust-time", &["EPERM"]),
    Row::new("account", &["EPERM"])
        .says("ENOENT")
        .absent("ENOSYS")
        .root(),
    Row::new("quota", &["EPERM"]).absent("ENOSYS"),
    Row::new("ports", &["EPERM"]).absent("ENOSYS").root(),
    Row::new("port", &["EPERM"]).absent("ENOSYS").root(),
    Row::new("kernel-log", &["EPERM"]).root(),
    Row::new("type-for", &["EPERM"]).root(),
];

const DEVICES: &[Row] = &[
    Row::new("make-device {scratch} c 1 1", &["EPERM"]).root(),
    Row::new("make-device {scratch} b 8 0", &["EPERM"]).root(),
    Row::new("make-device /dev c 10 200", &["EPERM"]).root(),
    Row::new("open /dev/mem", &["ENOENT"])
        .root()
        .absent("ENOENT"),
    Row::new("open /dev/kmsg", &["ENOENT"]).root(),
    Row::new("open /dev/net/tun", &["ENOENT"])
        .root()
        .absent("ENOENT"),
    Row::new("open /dev/loop-control", &["ENOENT"])
        .root()
        .absent("ENOENT"),
    Row::new("open /dev/fuse", &["ENOENT"])
        .root()
        .absent("ENOENT"),
    Row::new("open /dev/kvm", &["ENOENT"])
        .root()
        .absent("ENOENT"),
];

const RIGHTS: &[Row] = &[
    Row::new("setuid 70000", &["EINVAL"]).root(),
    Row::new("setgid 70000", &["EINVAL"]).root(),
    Row::new("chown {scratch} 70000", &["EINVAL"]).root(),
    Row::new("set-id-program {scratch}", &["EPERM"]).root(),
    Row::new("capable-program {scratch}", &["EPERM"]).root(),
];

const NETWORK: &[Row] = &[
    Row::new("connect {api}", &["ECONNREFUSED", "ENETUNREACH"]).network(),
    Row::new("connect-path {data}/runtime/agent.sock", &["ENOENT"]).network(),
    Row::new("connect-path {supervisor}", &["ENOENT"]).network(),
    Row::new("connect-abstract {abstract}", &["ECONNREFUSED"]).network(),
    Row::new("holds /proc/net/unix {abstract}", &["ENODATA"]).network(),
    Row::new("holds /proc/net/unix agent.sock", &["ENODATA"]).network(),
    Row::new("shared-memory {key}", &["ENOENT"]).network(),
    Row::new("device {device}", &["ENODATA"]).network().root(),
    // To the machine below, to Bluetooth, to the kernel's ciphers: no network needs them.
    Row::new("socket 40 1", &["EAFNOSUPPORT"]).absent("EAFNOSUPPORT"),
    Row::new("socket 31 3", &["EAFNOSUPPORT"]).absent("EAFNOSUPPORT"),
    Row::new("socket 38 5", &["EAFNOSUPPORT"]).absent("EAFNOSUPPORT"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act;

    #[test]
    fn every_row_names_an_act_that_there_is() {
        for row in table() {
            let name = row.act.split_whitespace().next().unwrap_or_default();
            assert!(act::find(name).is_some(), "{}", row.act);
        }
    }
}
