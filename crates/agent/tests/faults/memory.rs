//! The host, or a part of it, has no memory left.

use std::fs;
use std::path::{Path, PathBuf};

use agent_api::AgentClient;

use crate::common::{Daemon, alone_as_root, exec, two_hosts, wish};
use crate::{both_run, story};

#[test]
fn a_process_that_eats_all_memory_is_killed_alone() {
    let test = "faults::memory::a_process_that_eats_all_memory_is_killed_alone";
    if !Path::new(MEMORY).join("memory.limit_in_bytes").exists() {
        eprintln!("SKIP {test}: no memory cgroup (version 1) at {MEMORY}");
        return;
    }
    alone_as_root(test, || story(a_process_that_eats_all_memory));
}

const MEMORY: &str = "/sys/fs/cgroup/memory";
/// Agent, supervisors and shells need a tenth of it.
const LIMIT_BYTES: u64 = 128 << 20;

async fn a_process_that_eats_all_memory(daemon: Daemon) {
    // The agent and everything it starts from now on.
    let group = Group::new();
    group.take(daemon.pid());
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let (own, nodes) = (daemon.pid(), daemon.node_pids());

    let eater = exec(&*agent, 1, &["tail", "/dev/zero"]).await;
    assert_eq!(eater.status, 128 + 9, "{}", eater.text);
    assert!(group.kills() > 0, "it was not the memory that ended it");
    assert_eq!(daemon.pid(), own, "the agent was killed");
    assert_eq!(daemon.node_pids(), nodes, "a supervisor was killed");
    both_run(&*agent).await;
    assert_eq!(
        exec(&*agent, 2, &["ping", "-c", "1", "10.0.0.1"])
            .await
            .status,
        0
    );
    daemon.stop().await;
}

struct Group(PathBuf);

impl Group {
    fn new() -> Self {
        // Without the word by which `Host` knows what is of ours: other stories run beside this one.
        let group =
            Self(Path::new(MEMORY).join(format!("story-of-memory-{}", uuid::Uuid::new_v4())));
        fs::create_dir(&group.0).unwrap();
        let limit = LIMIT_BYTES.to_string();
        fs::write(group.0.join("memory.limit_in_bytes"), limit).unwrap();
        group
    }

    fn take(&self, pid: u32) {
        fs::write(self.0.join("cgroup.procs"), pid.to_string()).unwrap();
    }

    fn kills(&self) -> u64 {
        let text = fs::read_to_string(self.0.join("memory.oom_control")).unwrap();
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        count.unwrap().parse().unwrap()
    }
}

impl Drop for Group {
    /// Who is still in it goes where everybody is.
    fn drop(&mut self) {
        let pids = fs::read_to_string(self.0.join("cgroup.procs")).unwrap_or_default();
        for pid in pids.lines() {
            let _ = fs::write(Path::new(MEMORY).join("cgroup.procs"), pid);
        }
        let _ = fs::remove_dir(&self.0);
    }
}
