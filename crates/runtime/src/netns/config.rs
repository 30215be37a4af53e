//! Where nodes live and which ids they get.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// How the driver is set up by its agent.
#[derive(Debug, Clone)]
pub struct Config {
    /// `DATA/runtime`: nodes lie in `nodes/`, the trees' common ground in `base/`.
    pub runtime_dir: PathBuf,
    pub id_map: IdMap,
    /// The program that is re-executed as launcher and supervisor of a node …
    pub agent_exe: PathBuf,
    /// … and the arguments that make it call [`supervisor::main`](super::supervisor::main).
    pub agent_args: Vec<OsString>,
    /// Each node in a systemd scope of its own: where the agent is a unit of systemd.
    pub scopes: bool,
}

impl Config {
    /// The agent's own executable, as `nova-ve-agent node-supervisor`.
    pub fn new(runtime_dir: &Path, id_map: IdMap, agent_exe: &Path) -> Self {
        Self {
            runtime_dir: runtime_dir.into(),
            id_map,
            agent_exe: agent_exe.into(),
            agent_args: vec!["node-supervisor".into()],
            scopes: false,
        }
    }
}

/// The nodes' ids 0.. are these ids of the agent's own user namespace. One map serves all nodes of
/// an agent: node from node is kept apart by namespaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct IdMap {
    pub first: u32,
    pub count: u32,
}

/// Fewer ids than this and the system accounts of a distribution do not fit.
const FEWEST_IDS: u32 = 65_534;
/// Where root's nodes get their ids when `/etc/subuid` has no entry for `nova-ve`.
const ROOT_FALLBACK: IdMap = IdMap {
    first: 100_000,
    count: 65_536,
};

impl IdMap {
    /// By the user namespace this process is in: all of its ids but 0, or, in the initial one, the
    /// subordinate ids of the account `nova-ve`. The error says what is missing.
    pub fn of_this_process() -> Result<Self, String> {
        let map = std::fs::read_to_string("/proc/self/uid_map")
            .map_err(|e| format!("/proc/self/uid_map: {e}"))?;
        let subuid = std::fs::read_to_string("/etc/subuid").unwrap_or_default();
        Self::plan(&map, &subuid)
    }

    fn plan(uid_map: &str, subuid: &str) -> Result<Self, String> {
        if is_initial(uid_map) {
            return Ok(subordinate(subuid).unwrap_or(ROOT_FALLBACK));
        }
        let mapped = consecutive_from_zero(uid_map);
        let count = mapped.saturating_sub(1);
        if count < FEWEST_IDS {
            return Err(format!(
                "this user namespace has {mapped} ids, and nodes need {FEWEST_IDS} besides its root: \
                 add `<you>:100000:65536` to /etc/subuid and /etc/subgid and install uidmap"
            ));
        }
        Ok(Self { first: 1, count })
    }
}

fn is_initial(uid_map: &str) -> bool {
    uid_map.split_whitespace().eq(["0", "0", "4294967295"])
}

fn subordinate(subuid: &str) -> Option<IdMap> {
    let entry = subuid
        .lines()
        .find_map(|line| line.strip_prefix("nova-ve:"))?;
    let (first, count) = entry.split_once(':')?;
    let count: u32 = count.trim().parse().ok()?;
    (count >= FEWEST_IDS).then_some(IdMap {
        first: first.parse().ok()?,
        count,
    })
}

/// How many ids are mapped without a gap from 0 on.
fn consecutive_from_zero(uid_map: &str) -> u32 {
    let mut ranges: Vec<(u32, u32)> = uid_map
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.parse().ok()?, words.nth(1)?.parse().ok()?))
        })
        .collect();
    ranges.sort_unstable();
    ranges.into_iter().fold(0, |end, (first, count)| {
        if first == end {
            end.saturating_add(count)
        } else {
            end
        }
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn a_rootless_agent_gives_its_nodes_all_ids_but_its_own_root() {
        let map = "         0       1000          1\n         1     100000      65535\n";
        assert_eq!(
            IdMap::plan(map, ""),
            Ok(IdMap {
                first: 1,
                count: 65_535
            })
        );
    }

    #[test]
    fn root_gives_its_nodes_the_subordinate_ids_of_the_account() {
        let initial = "         0          0 4294967295\n";
        let subuid = "me:100000:65536\nnova-ve:200000:65536\n";
        assert_eq!(
            IdMap::plan(initial, subuid),
            Ok(IdMap {
                first: 200_000,
                count: 65_536
            })
        );
        assert_eq!(IdMap::plan(initial, ""), Ok(ROOT_FALLBACK));
    }

    #[test]
    fn a_namespace_with_one_id_is_refused_with_the_cure() {
        let error = IdMap::plan("0 1000 1\n", "").unwrap_err();
        assert!(error.contains("/etc/subuid"), "{error}");
    }
}
