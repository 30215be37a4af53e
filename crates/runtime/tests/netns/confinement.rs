//! What root inside a node cannot do. Each refusal stands beside something like it that works.

use super::lab::{Lab, host, lab};
use runtime::NodeRef;

async fn refused(lab: &Lab, node: NodeRef, script: &str) {
    let ended = lab.sh(node, script).await;
    assert_ne!(ended.status, Some(0), "{script:?} was allowed: {ended:?}");
}

async fn works(lab: &Lab, node: NodeRef, script: &str) {
    let ended = lab.sh(node, script).await;
    assert_eq!(ended.status, Some(0), "{script:?}: {ended:?}");
}

#[tokio::test]
async fn nothing_can_be_mounted_or_unmounted() {
    let Some(lab) = lab("nothing_can_be_mounted") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    works(&lab, node, "mkdir /tmp/m && ls /sys/class/net/lo").await;
    for script in [
        "mount -t tmpfs x /tmp/m",
        "mount -t proc x /tmp/m",
        "mount --bind /usr /tmp/m",
        "mount -o remount,rw /usr",
        "mount -o remount,rw /sys",
        "umount /sys",
        "umount -l /proc/kcore",
        "umount /etc",
        "unshare -U true",
        "unshare -U -r -m true",
        "unshare -m sh -c 'mount -t tmpfs x /tmp/m'",
        "touch /usr/bin/mine",
        "touch /mine",
    ] {
        refused(&lab, node, script).await;
    }
    lab.remove(node).await;
}

#[tokio::test]
async fn the_kernel_outside_its_namespaces_is_out_of_reach() {
    let Some(lab) = lab("the_kernel_outside_is_out_of_reach") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    works(
        &lab,
        node,
        "echo 1 > /proc/sys/net/ipv4/ip_forward && sysctl -q net.ipv4.conf.all.forwarding=1",
    )
    .await;
    for script in [
        "echo 1 > /proc/sys/vm/drop_caches",
        "echo mine > /proc/sys/kernel/hostname",
        "echo '|/bin/sh' > /proc/sys/kernel/core_pattern",
        "echo b > /proc/sysrq-trigger",
        "dmesg",
        "mknod /tmp/sda b 8 0",
        "date -s 2001-01-01",
        "test -s /proc/kcore",
        "ls /sys/kernel/* ",
        "ls /sys/firmware/*",
        "cat /etc/machine-id",
    ] {
        refused(&lab, node, script).await;
    }
    lab.remove(node).await;
}

#[tokio::test]
async fn the_supervisor_cannot_be_traced_or_looked_into() {
    let Some(lab) = lab("the_supervisor_cannot_be_traced") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    works(&lab, node, "sleep 5 & ls /proc/$!/root/usr /proc/$!/fd").await;
    for script in [
        "ls /proc/1/root/",
        "ls /proc/1/fd",
        "cat /proc/1/environ",
        "cat /proc/1/mem",
        "readlink /proc/1/exe",
        "kill -9 1; sleep 0.2; kill -0 1 && exit 1",
    ] {
        refused(&lab, node, script).await;
    }
    if lab.sh(node, "command -v strace").await.status == Some(0) {
        works(&lab, node, "strace -o /dev/null true").await;
        refused(
            &lab,
            node,
            "timeout 1 strace -o /dev/null -p 1 2>&1 | grep -q attached",
        )
        .await;
    }
    lab.remove(node).await;
}

#[tokio::test]
async fn no_open_file_of_whoever_started_the_agent_comes_along() {
    let Some(lab) = lab("no_open_file_of_whoever_started") else {
        return;
    };
    let folder = std::fs::File::open("/").unwrap();
    rustix::io::fcntl_setfd(&folder, rustix::io::FdFlags::empty()).unwrap();
    let node = lab.started(&host("r1")).await;
    drop(folder);
    let seen = lab.exec(node, &["ls", "/proc/self/fd"]).await;
    let open: Vec<&str> = seen.out.split_whitespace().collect();
    // The fourth is the listing itself.
    assert_eq!(open, ["0", "1", "2", "3"]);
    lab.remove(node).await;
}

#[tokio::test]
async fn nothing_of_the_host_is_seen_that_is_not_everybodys() {
    let Some(lab) = lab("nothing_of_the_host_is_seen") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    let seen = lab
        .sh(
            node,
            "cat /etc/shadow | cut -d: -f2 | sort -u; ls /home /root /mnt; cat /proc/mounts",
        )
        .await;
    assert!(seen.out.starts_with("*\n"), "{seen:?}");
    let data = lab.data.path().display().to_string();
    assert!(!seen.out.contains(&data), "{seen:?}");
    let own = lab
        .sh(node, "ps ax -o comm= | sort -u | tr '\\n' ' '")
        .await;
    assert!(own.out.contains("nova-node"), "{own:?}");
    assert!(
        !own.out.contains("cargo") && !own.out.contains("systemd"),
        "{own:?}"
    );
    lab.remove(node).await;
}

#[tokio::test]
async fn a_fork_bomb_stays_in_its_node() {
    let Some(lab) = lab("a_fork_bomb_stays_in_its_node") else {
        return;
    };
    let node = lab.started(&host("r1")).await;
    assert_eq!(
        lab.exec(node, &["bash", "-c", "ulimit -u; ulimit -c"])
            .await
            .out,
        "4096\n0\n"
    );
    lab.remove(node).await;
}
