//! Accounts inside nodes: the host's system accounts, so that programs in its `/usr` find the users
//! they run as, and nothing about the people who use the host.

use std::fs;
use std::path::Path;

/// From here on accounts are people's.
const FIRST_PERSON: u32 = 1000;
const NOBODY: u32 = 65_534;

/// A `passwd` file.
pub struct Accounts(String);

impl Accounts {
    /// A file that is not there has no accounts.
    pub fn read(path: &Path) -> Self {
        Self(fs::read_to_string(path).unwrap_or_default())
    }

    pub fn find(&self, name: &str) -> Option<(u32, u32)> {
        self.0.lines().find_map(|line| {
            let fields: Vec<&str> = line.split(':').collect();
            let [its, _, uid, gid, ..] = fields[..] else {
                return None;
            };
            let ids = (uid.parse().ok()?, gid.parse().ok()?);
            (its == name).then_some(ids)
        })
    }

    /// User and group of an account; an unknown one is root.
    pub fn or_root(&self, name: &str) -> (u32, u32) {
        self.find(name).unwrap_or((0, 0))
    }
}

/// `passwd`, `group`, `shadow`, `gshadow` for nodes, from the host's first two.
pub fn generate(passwd: &str, group: &str) -> [(&'static str, u32, String); 4] {
    let (users, passwd) = kept(passwd, |fields| {
        let [name, _, uid, gid, _, home, shell] = fields[..] else {
            return None;
        };
        let home = if name == "root" { "/root" } else { home };
        Some(format!("{name}:x:{uid}:{gid}:{name}:{home}:{shell}\n"))
    });
    let (groups, group) = kept(group, |fields| {
        let [name, _, gid, members] = fields[..] else {
            return None;
        };
        let members: Vec<&str> = members
            .split(',')
            .filter(|member| users.iter().any(|user| user == member))
            .collect();
        Some(format!("{name}:x:{gid}:{}\n", members.join(",")))
    });
    let locked = |names: &[String], rest: &str| {
        let lines: Vec<String> = names
            .iter()
            .map(|name| format!("{name}:*:{rest}\n"))
            .collect();
        lines.concat()
    };
    [
        ("passwd", 0o644, passwd),
        ("group", 0o644, group),
        ("shadow", 0o640, locked(&users, ":::::::")),
        ("gshadow", 0o640, locked(&groups, ":")),
    ]
}

/// Names and lines of system entries.
fn kept(text: &str, line_of: impl Fn(&[&str]) -> Option<String>) -> (Vec<String>, String) {
    let entries = text.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let id: u32 = fields.get(2)?.parse().ok()?;
        let system = id < FIRST_PERSON || id == NOBODY;
        Some((fields[0].to_owned(), line_of(&fields).filter(|_| system)?))
    });
    entries.unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nfrr:x:104:113:Frr,,,:/nonexistent:/usr/sbin/nologin\nalice:x:1000:1000:Alice:/home/alice:/bin/zsh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
    const GROUP: &str = "root:x:0:\nfrrvty:x:112:frr,alice\nalice:x:1000:\n";

    #[test]
    fn system_accounts_are_there_and_people_are_not() {
        let files = generate(PASSWD, GROUP);
        let all: String = files.iter().map(|(_, _, text)| text.as_str()).collect();
        assert!(!all.contains("alice") && !all.contains("Alice"), "{all}");
        let [passwd, group, shadow, _] = files;
        assert!(passwd.2.contains("frr:x:104:113:"));
        assert!(group.2.contains("frrvty:x:112:frr\n"));
        assert!(shadow.2.starts_with("root:*:"));
    }

    #[test]
    fn an_owner_is_found_by_name_and_an_unknown_one_is_root() {
        let accounts = Accounts(PASSWD.into());
        assert_eq!(accounts.or_root("frr"), (104, 113));
        assert_eq!(accounts.or_root("nobody-knows"), (0, 0));
        assert_eq!(accounts.find("nobody-knows"), None);
    }
}
