//! A node in a systemd scope of its own, so that it is in nobody else's unit: stopping or restarting
//! the agent's does not touch it, and the host's administrator sees each node under its name.
//!
//! ```text
//! launcher waits for its launch ── StartTransientUnit(PIDs = launcher) ──▶ it is in the scope ── launch goes in
//! ```
//! Everything of the node is a child of its launcher, and so is in the scope from its first moment on.
//! The name holds the launcher's pid: a node that is started again need not wait until systemd has
//! forgotten the scope before.

use std::io;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use zbus::{Connection, Variant};

/// All scopes of nodes, for whoever wants to see or limit them together.
const SLICE: &str = "nova_ve.slice";
/// systemd answers in a millisecond or two; while it reloads, in a second.
const PATIENCE: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(1);
/// What a node's processes get to end by themselves when the host goes down.
const STOP_WITHIN_US: u64 = 5_000_000;

/// Units that the new one brings along: none. Each is a name with its properties.
const WITHOUT_OTHERS: [(&str, Vec<(&str, Variant<'static>)>); 0] = [];

/// Puts the process `pid` into a scope named for `what`, and returns when it is there.
pub async fn enter(what: &str, description: &str, pid: u32) -> io::Result<()> {
    let name = format!("nova-ve-{what}-{pid}.scope");
    timeout(PATIENCE, async {
        start(&name, description, pid)
            .await
            .map_err(io::Error::other)?;
        // The answer comes when the job is queued, the process is moved when it runs.
        while !is_in(&name, pid)? {
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    })
    .await
    .unwrap_or_else(|_| Err(io::Error::other("systemd does not make it in time")))
}

fn is_in(name: &str, pid: u32) -> io::Result<bool> {
    let groups = std::fs::read_to_string(format!("/proc/{pid}/cgroup"))?;
    Ok(groups.lines().any(|line| line.ends_with(name)))
}

/// The method and its arguments: systemd's `org.freedesktop.systemd1(5)`.
async fn start(name: &str, description: &str, pid: u32) -> zbus::Result<()> {
    let properties: Vec<(&str, Variant<'_>)> = vec![
        ("PIDs", vec![pid].into()),
        ("Slice", SLICE.into()),
        ("Description", description.into()),
        // Nothing below it is systemd's.
        ("Delegate", true.into()),
        ("CollectMode", "inactive-or-failed".into()),
        // A node has limits of its own; one process that is killed for memory is not its end.
        ("TasksMax", u64::MAX.into()),
        ("OOMPolicy", "continue".into()),
        ("TimeoutStopUSec", STOP_WITHIN_US.into()),
    ];
    let bus = Connection::system().await?;
    bus.call_method(
        Some("org.freedesktop.systemd1"),
        "/org/freedesktop/systemd1",
        Some("org.freedesktop.systemd1.Manager"),
        "StartTransientUnit",
        &(name, "fail", properties, &WITHOUT_OTHERS[..]),
    )
    .await?;
    Ok(())
}
