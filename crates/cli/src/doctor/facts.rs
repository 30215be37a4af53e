//! What is read of the host, below a root folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Probes;

/// Who would run nova-ve.
#[derive(Debug, Clone)]
pub struct Who {
    pub uid: u32,
    pub name: String,
    /// This very program, as it would be called again.
    pub program: String,
    /// Where its server and agent are looked for.
    pub beside: PathBuf,
    pub data: PathBuf,
}

#[derive(Debug, Clone)]
pub struct Facts {
    pub who: Who,
    pub probes: Probes,
    root: PathBuf,
    /// `modules.builtin` and `modules.dep`, when the host has them.
    modules: Option<String>,
    /// `/boot/config-*`, when it can be read.
    kernel_config: Option<String>,
    /// Soft limits of this process by their names in `/proc/self/limits`.
    process_limits: BTreeMap<String, u64>,
}

impl Facts {
    pub fn read(root: &Path, who: Who, probes: Probes) -> Self {
        let text = |path: &str| std::fs::read_to_string(root.join(path)).ok();
        let release = text("proc/sys/kernel/osrelease").unwrap_or_default();
        let release = release.trim();
        let builtin = text(&format!("lib/modules/{release}/modules.builtin"));
        let loadable = text(&format!("lib/modules/{release}/modules.dep"));
        let modules = match (builtin, loadable) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or_default() + &b.unwrap_or_default()),
        };
        Self {
            who,
            probes,
            modules,
            kernel_config: text(&format!("boot/config-{release}")),
            process_limits: parse_limits(&text("proc/self/limits").unwrap_or_default()),
            root: root.to_path_buf(),
        }
    }

    pub fn is_root(&self) -> bool {
        self.who.uid == 0
    }

    /// A file's text.
    pub fn text(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(path.trim_start_matches('/'))).ok()
    }

    pub fn exists(&self, path: &str) -> bool {
        self.root
            .join(path.trim_start_matches('/'))
            .symlink_metadata()
            .is_ok()
    }

    /// Paths of the files in `folder` whose names begin with `prefix`.
    pub fn files_named(&self, folder: &str, prefix: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.join(folder.trim_start_matches('/')));
        let mut paths: Vec<String> = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with(prefix))
            .map(|name| format!("{folder}/{name}"))
            .collect();
        paths.sort();
        paths
    }

    /// The number of a sysctl by its dotted name; absent where the kernel has no such one.
    pub fn sysctl(&self, name: &str) -> Option<u64> {
        let path = format!("proc/sys/{}", name.replace('.', "/"));
        self.text(&path)?.trim().parse().ok()
    }

    /// The first of `names` that lies in a folder of programs, with its path.
    pub fn program(&self, names: &[&str]) -> Option<String> {
        const FOLDERS: [&str; 6] = [
            "/usr/local/sbin",
            "/usr/local/bin",
            "/usr/sbin",
            "/usr/bin",
            "/sbin",
            "/bin",
        ];
        names
            .iter()
            .flat_map(|name| FOLDERS.map(|folder| format!("{folder}/{name}")))
            .find(|path| self.exists(path))
    }

    /// Whether the kernel has a module, built in or loadable: `None` when nothing tells.
    pub fn module(&self, module: &str, option: &str) -> Option<bool> {
        let by_modules = self
            .modules
            .as_ref()
            .map(|text| text.contains(&format!("/{module}.ko")));
        let by_config = self.kernel_config.as_ref().map(|text| {
            text.lines()
                .any(|line| line == format!("{option}=y") || line == format!("{option}=m"))
        });
        match (by_modules, by_config) {
            (None, None) => None,
            (a, b) => Some(a == Some(true) || b == Some(true)),
        }
    }

    /// A soft limit of this process; absent: unlimited or unknown.
    pub fn process_limit(&self, name: &str) -> Option<u64> {
        self.process_limits.get(name).copied()
    }
}

/// Lines like `Max open files            1024                 1048576              files`.
fn parse_limits(text: &str) -> BTreeMap<String, u64> {
    text.lines()
        .skip(1)
        .filter_map(|line| {
            let columns: Vec<&str> = line
                .split("  ")
                .map(str::trim)
                .filter(|c| !c.is_empty())
                .collect();
            let soft = *columns.get(1)?;
            Some(((*columns.first()?).to_owned(), soft.parse().ok()?))
        })
        .collect()
}
