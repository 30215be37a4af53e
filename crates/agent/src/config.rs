//! `agent.toml`: what the host's administrator allows. No server can widen it.
//!
//! Everything that reaches the host is refused unless it is named here. A key that is not known is
//! an error, because a misspelt permission must not look like a refusal, nor the other way round.

use std::collections::BTreeSet;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use ipnet::{Ipv4Net, Ipv6Net};
use model::LabId;
use model::spec::HiddenBridge;
use serde::Deserialize;

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The user who may use the agent's socket besides the agent's own.
    pub server_user: Option<String>,
    /// Told to the server as this host's way; absent: always as root, on demand without.
    pub hidden_bridge: Option<HiddenBridge>,
    /// The unix socket of the Docker engine, or of Podman; absent: by `DOCKER_HOST`, else Docker's own place.
    pub docker_socket: Option<PathBuf>,
    pub allow: Allow,
    pub networks: Networks,
}

/// What lab networks that the host is on are made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Networks {
    /// What an IPv4 network of `auto` is a part of; absent: 10.222.0.0/16.
    pub ipv4_pool: Option<Ipv4Net>,
    /// The same for IPv6, of which each network gets a /64; absent: a /48 of this instance's own.
    pub ipv6_pool: Option<Ipv6Net>,
}

/// What nodes may reach of the host.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Allow {
    /// Folders of the host below which a node may have a folder bound into it.
    pub bind_roots: BTreeSet<PathBuf>,
    /// Devices of the host: `/dev/kvm`.
    pub devices: BTreeSet<PathBuf>,
    /// Capabilities beyond the usual ones of a container, without `CAP_`: `SYS_ADMIN`.
    pub capabilities: BTreeSet<String>,
    /// Of containers: `seccomp=unconfined`.
    pub security_options: BTreeSet<String>,
    /// Network interfaces of the host that a lab network may be joined to.
    pub host_interfaces: BTreeSet<String>,
    /// Labs whose nodes may run privileged.
    pub privileged_labs: BTreeSet<LabId>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {0}")]
    Read(PathBuf, #[source] std::io::Error),
    #[error("{path} is not right: {error}")]
    Parse {
        path: PathBuf,
        error: Box<toml::de::Error>,
    },
    #[error("{0} must belong to {owner} and be closed to others, or anybody could widen it: chown {owner} {0} && chmod 600 {0}", path.display())]
    Open { path: PathBuf, owner: u32 },
    #[error("agent.toml names the server_user {0:?}, whom this host does not know")]
    UnknownUser(String),
}

/// Reads `path`, which must be the agent's own user's. `strict`: the agent is root, so nobody else may
/// be able even to read it; an ordinary user's file may be read, but written by nobody else.
pub fn read(path: &Path, strict: bool) -> Result<Config, ConfigError> {
    let wrong = |error| ConfigError::Read(path.into(), error);
    // What is looked at is what is read, whatever happens to the name meanwhile.
    let mut file = std::fs::File::open(path).map_err(wrong)?;
    let metadata = file.metadata().map_err(wrong)?;
    let (owner, open) = if strict {
        (0, 0o077)
    } else {
        (rustix::process::geteuid().as_raw(), 0o022)
    };
    if metadata.uid() != owner || metadata.mode() & open != 0 {
        let path = path.into();
        return Err(ConfigError::Open { path, owner });
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(wrong)?;
    parse(&text).map_err(|error| ConfigError::Parse {
        path: path.into(),
        error: Box::new(error),
    })
}

fn parse(text: &str) -> Result<Config, toml::de::Error> {
    toml::from_str(text)
}

impl Config {
    /// Which users may use the socket.
    pub fn allowed_uids(&self, own: u32) -> Result<Vec<u32>, ConfigError> {
        let Some(name) = &self.server_user else {
            return Ok(vec![own]);
        };
        match nix::unistd::User::from_name(name) {
            Ok(Some(user)) => Ok(vec![own, user.uid.as_raw()]),
            Ok(None) | Err(_) => Err(ConfigError::UnknownUser(name.clone())),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn an_empty_file_allows_nothing() {
        assert_eq!(parse("").unwrap(), Config::default());
        assert!(Config::default().allow.bind_roots.is_empty());
    }

    #[test]
    fn what_it_names_is_allowed() {
        let config =
            parse("hidden_bridge = \"always\"\n[allow]\nbind_roots = [\"/srv/labs\"]\n").unwrap();
        assert_eq!(config.hidden_bridge, Some(HiddenBridge::Always));
        assert!(config.allow.bind_roots.contains(Path::new("/srv/labs")));
    }

    #[test]
    fn pools_are_networks_of_their_family() {
        let config = parse("[networks]\nipv4_pool = \"10.9.0.0/16\"\nipv6_pool = \"fd12::/56\"\n");
        let networks = config.unwrap().networks;
        assert_eq!(networks.ipv4_pool, "10.9.0.0/16".parse().ok());
        assert_eq!(networks.ipv6_pool, "fd12::/56".parse().ok());
        parse("[networks]\nipv4_pool = \"fd12::/56\"\n").unwrap_err();
        parse("[networks]\nipv6_pool = \"fd12::/65\"\n").unwrap();
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = parse("\n[allow]\nbind_root = []\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 3") && error.contains("bind_root"),
            "{error}"
        );
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_to_root() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.toml");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = read(&path, true).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
        read(&path, false).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o620)).unwrap();
        read(&path, false).unwrap_err();
    }

    #[test]
    fn a_file_of_another_user_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.toml");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        read(&path, false).unwrap();
        let nobody = Some(65_534);
        if std::os::unix::fs::chown(&path, nobody, None).is_ok() {
            read(&path, false).unwrap_err();
            read(&path, true).unwrap_err();
        } else {
            // An ordinary user gives no file away, and its own is not root's.
            read(&path, true).unwrap_err();
        }
    }

    #[test]
    fn an_unknown_server_user_is_an_error() {
        let config = Config {
            server_user: Some("nobody-of-that-name".into()),
            ..Config::default()
        };
        config.allowed_uids(0).unwrap_err();
        assert_eq!(Config::default().allowed_uids(7).unwrap(), [7]);
    }
}
