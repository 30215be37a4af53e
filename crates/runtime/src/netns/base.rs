//! The common ground of all nodes' `/etc` and `/var`, made once and laid under each node's own.
//!
//! `/etc`: the host's, but only what anybody on the host may read, and without what tells one host
//! from another or leads to it. `/var`: folders only. A base is never changed: running nodes stand
//! on it. Another host configuration gives another base, and one that nobody stands on is removed.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use super::accounts::{self, Accounts};
use super::config::IdMap;
use super::folder::unless_missing;

/// Raised when what is made of the same host changes.
const GENERATION: u32 = 1;
/// Databases for the boot and the like; nothing a node reads.
const LARGEST_FILE: u64 = 2 << 20;
/// The host's own, or made anew for nodes.
const LEFT_OUT: [&str; 30] = [
    "passwd",
    "passwd-",
    "group",
    "group-",
    "shadow",
    "shadow-",
    "gshadow",
    "gshadow-",
    "subuid",
    "subuid-",
    "subgid",
    "subgid-",
    "hostname",
    "hosts",
    "resolv.conf",
    "machine-id",
    "machine-info",
    "adjtime",
    "fstab",
    "mtab",
    "crypttab",
    "nova-ve",
    "frr",
    "udev",
    "systemd",
    "apt",
    "docker",
    "ssh",
    "kernel",
    "initramfs-tools",
];
const FRR: &str = "frr";
const VAR_FOLDERS: [(&str, u32); 12] = [
    ("backups", 0o755),
    ("cache", 0o755),
    ("empty", 0o755),
    ("lib", 0o755),
    ("lib/misc", 0o755),
    ("local", 0o755),
    ("log", 0o755),
    ("mail", 0o755),
    ("opt", 0o755),
    ("spool", 0o755),
    ("spool/cron", 0o755),
    ("tmp", 0o1777),
];

/// Makes the base of this host as it is now, if it is not there, and returns its name in `bases`.
pub fn ensure(bases: &Path, ids: IdMap) -> io::Result<String> {
    ensure_of(Path::new("/etc"), bases, ids)
}

fn ensure_of(etc: &Path, bases: &Path, ids: IdMap) -> io::Result<String> {
    let mut entries = Vec::new();
    collect(etc, Path::new(""), &mut entries)?;
    let accounts = accounts::generate(&read(etc, "passwd"), &read(etc, "group"));
    let mut hasher = DefaultHasher::new();
    (GENERATION, ids.first, ids.count, &entries, &accounts).hash(&mut hasher);
    let name = format!("{:016x}", hasher.finish());
    let base = bases.join(&name);
    if base.is_dir() {
        return Ok(name);
    }
    // Made beside and renamed: a base is complete or it is not there.
    let beside = bases.join(format!(".new-{}", std::process::id()));
    unless_missing(fs::remove_dir_all(&beside))?;
    fs::create_dir_all(&beside)?;
    let maker = Maker { root: &beside, ids };
    maker.make_etc(etc, &entries, &accounts)?;
    maker.make_var()?;
    fs::rename(&beside, &base)?;
    Ok(name)
}

/// Every base but these, and what was left half-made.
pub fn remove_others(bases: &Path, used: &BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(bases)? {
        let entry = entry?;
        if !entry
            .file_name()
            .to_str()
            .is_some_and(|name| used.contains(name))
        {
            unless_missing(fs::remove_dir_all(entry.path()))?;
        }
    }
    Ok(())
}

/// Something of the host's `/etc`, and all by which a change of it shows.
#[derive(Debug, Hash)]
struct Entry {
    path: PathBuf,
    kind: Kind,
    mode: u32,
    bytes: u64,
    changed: (i64, i64),
}

#[derive(Debug, Hash, PartialEq)]
enum Kind {
    Folder,
    File,
    Link(PathBuf),
}

fn collect(etc: &Path, below: &Path, entries: &mut Vec<Entry>) -> io::Result<()> {
    let mut names: Vec<_> = fs::read_dir(etc.join(below))?.collect::<Result<_, _>>()?;
    names.sort_by_key(fs::DirEntry::file_name);
    for name in names {
        let path = below.join(name.file_name());
        if below == Path::new("") && LEFT_OUT.iter().any(|left_out| path == Path::new(left_out)) {
            continue;
        }
        // What goes while we look is not there.
        let Some(entry) = name
            .metadata()
            .ok()
            .and_then(|metadata| entry(etc, &path, &metadata))
        else {
            continue;
        };
        let is_folder = entry.kind == Kind::Folder;
        entries.push(entry);
        if is_folder {
            collect(etc, &path, entries)?;
        }
    }
    Ok(())
}

/// `None`: not for everybody's eyes, or nothing that can be copied.
fn entry(etc: &Path, path: &Path, metadata: &Metadata) -> Option<Entry> {
    let mode = metadata.mode();
    let kind = match metadata.file_type() {
        kind if kind.is_symlink() => Kind::Link(fs::read_link(etc.join(path)).ok()?),
        kind if kind.is_dir() && mode & 0o005 == 0o005 => Kind::Folder,
        kind if kind.is_file() && mode & 0o004 != 0 && metadata.len() <= LARGEST_FILE => Kind::File,
        _ => return None,
    };
    Some(Entry {
        path: path.into(),
        kind,
        mode: mode & 0o755,
        bytes: metadata.len(),
        changed: (metadata.mtime(), metadata.mtime_nsec()),
    })
}

fn read(etc: &Path, name: &str) -> String {
    fs::read_to_string(etc.join(name)).unwrap_or_default()
}

struct Maker<'a> {
    root: &'a Path,
    ids: IdMap,
}

impl Maker<'_> {
    fn make_etc(
        &self,
        from: &Path,
        entries: &[Entry],
        accounts: &[(&str, u32, String)],
    ) -> io::Result<()> {
        let etc = self.root.join("etc");
        self.folder(&etc, 0o755, (0, 0))?;
        for entry in entries {
            let to = etc.join(&entry.path);
            match &entry.kind {
                Kind::Folder => self.folder(&to, entry.mode, (0, 0))?,
                Kind::Link(target) => symlink(target, to)?,
                Kind::File => match fs::read(from.join(&entry.path)) {
                    Ok(content) => self.file(&to, &content, entry.mode, (0, 0))?,
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                },
            }
        }
        for (name, mode, text) in accounts {
            self.file(&etc.join(name), text.as_bytes(), *mode, (0, 0))?;
        }
        self.file(&etc.join("resolv.conf"), b"", 0o644, (0, 0))?;
        symlink("/proc/self/mounts", etc.join("mtab"))?;
        if let Some(frr) = Accounts::read(&etc.join("passwd")).find(FRR) {
            self.folder(&etc.join("frr"), 0o750, frr)?;
            self.file(&etc.join("frr/vtysh.conf"), b"", 0o640, frr)?;
        }
        Ok(())
    }

    fn make_var(&self) -> io::Result<()> {
        let var = self.root.join("var");
        self.folder(&var, 0o755, (0, 0))?;
        for (name, mode) in VAR_FOLDERS {
            self.folder(&var.join(name), mode, (0, 0))?;
        }
        symlink("/run", var.join("run"))?;
        symlink("/run/lock", var.join("lock"))?;
        if let Some(frr) = Accounts::read(&self.root.join("etc/passwd")).find(FRR) {
            for name in ["log/frr", "lib/frr", "tmp/frr"] {
                self.folder(&var.join(name), 0o750, frr)?;
            }
        }
        Ok(())
    }

    fn folder(&self, path: &Path, mode: u32, owner: (u32, u32)) -> io::Result<()> {
        fs::create_dir(path)?;
        self.give(path, mode, owner)
    }

    fn file(&self, path: &Path, content: &[u8], mode: u32, owner: (u32, u32)) -> io::Result<()> {
        use std::io::Write;

        File::create(path)?.write_all(content)?;
        self.give(path, mode, owner)
    }

    /// To an id inside the nodes.
    fn give(&self, path: &Path, mode: u32, (uid, gid): (u32, u32)) -> io::Result<()> {
        chown(path, Some(self.ids.first + uid), Some(self.ids.first + gid))?;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// A host whose `/etc` belongs to whoever runs the test.
    fn host() -> (tempfile::TempDir, IdMap) {
        let host = tempfile::tempdir().unwrap();
        let write = |name: &str, mode: u32| {
            let path = host.path().join("etc").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, name).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        };
        for (name, mode) in [
            ("services", 0o644),
            ("secret", 0o640),
            ("shadow", 0o644),
            ("iproute2/rt_tables", 0o644),
            ("ssh/ssh_host_key", 0o644),
        ] {
            write(name, mode);
        }
        let me = fs::metadata(host.path()).unwrap();
        assert_eq!(
            me.uid(),
            me.gid(),
            "one number for both keeps this test simple"
        );
        (
            host,
            IdMap {
                first: me.uid(),
                count: 65_535,
            },
        )
    }

    #[test]
    fn only_what_anybody_may_read_goes_into_a_base() {
        let (host, ids) = host();
        let bases = host.path().join("base");
        let name = ensure_of(&host.path().join("etc"), &bases, ids).unwrap();
        let inside = |path: &str| bases.join(&name).join("etc").join(path).exists();
        assert!(inside("services") && inside("iproute2/rt_tables") && inside("passwd"));
        assert!(!inside("secret") && !inside("ssh"));
        let shadow = fs::read_to_string(bases.join(&name).join("etc/shadow")).unwrap();
        assert_eq!(shadow, "", "the host's is not taken");
    }

    #[test]
    fn a_base_is_made_once_and_anew_when_the_host_changes() {
        let (host, ids) = host();
        let (etc, bases) = (host.path().join("etc"), host.path().join("base"));
        let first = ensure_of(&etc, &bases, ids).unwrap();
        assert_eq!(ensure_of(&etc, &bases, ids).unwrap(), first);
        fs::write(etc.join("services"), "changed").unwrap();
        let second = ensure_of(&etc, &bases, ids).unwrap();
        assert_ne!(first, second);
        remove_others(&bases, &BTreeSet::from([second.clone()])).unwrap();
        assert!(bases.join(second).is_dir() && !bases.join(first).exists());
    }
}
