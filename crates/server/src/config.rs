//! Every setting, once: as an option, as a variable, with its default and its effect.
//!
//! The same table makes `--help` and, by `settings`, the example of the environment file and the page in
//! the docs.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use store::{Config as StoreConfig, Database};

use crate::border::Hosts;
use crate::guacamole::GuacamoleConfig;
use crate::metrics::Readers;
use agent_api::CADENCE_RANGE;
use agent_api::instance::Override;

/// Where everything lies.
#[derive(Debug, Clone, Args)]
pub struct DataConfig {
    /// The data folder: database, labs, instance id. Default: `$XDG_DATA_HOME/nova-ve`, else
    /// ~/.local/share/nova-ve.
    #[arg(long, env = "NOVA_VE_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// The database, as `sqlite:///absolute/path`, `postgres://user:password@host:5432/database`, or
    /// `postgres://user@/database?host=/run/postgresql` for PostgreSQL's socket. Default: nova-ve.db
    /// in the data folder.
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// Settings of `serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeConfig {
    #[command(flatten)]
    pub data: DataConfig,

    /// The folder of lab files. Default: labs in the data folder.
    #[arg(long, env = "NOVA_VE_LABS_DIR", value_name = "DIR")]
    pub labs_dir: Option<PathBuf>,

    /// Address and port to listen on.
    #[arg(
        long,
        env = "NOVA_VE_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:8000"
    )]
    pub listen: SocketAddr,

    /// Serve on the listening socket that is standard input. `nova-ve up` holds it, so that a server
    /// that is started again keeps its port and nobody else can take it meanwhile.
    #[arg(long, conflicts_with = "listen")]
    pub listen_stdin: bool,

    /// The agent's unix socket. Default: runtime/agent.sock in the data folder.
    #[arg(long, env = "NOVA_VE_AGENT_SOCKET", value_name = "PATH")]
    pub agent_socket: Option<PathBuf>,

    /// Send the session cookie over HTTPS alone; True behind HTTPS.
    #[arg(
        long,
        env = "COOKIE_SECURE",
        value_name = "BOOL",
        default_value = "False",
        value_parser = truth
    )]
    pub cookie_secure: bool,

    /// Host names that browsers reach this server by, with commas between; its addresses, localhost
    /// and this machine's own name need not be listed. A request for another name is refused.
    #[arg(
        long,
        env = "NOVA_VE_ALLOWED_HOSTS",
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = ""
    )]
    pub allowed_hosts: Vec<String>,

    /// The file of the instance id. Default: `instance_id` in the data folder.
    #[arg(long, env = "NOVA_VE_INSTANCE_ID_FILE", value_name = "PATH")]
    pub instance_id_file: Option<PathBuf>,

    /// For development: the instance id when there is no file. Counts only with the next one.
    #[arg(long, env = "NOVA_VE_INSTANCE_ID", value_name = "UUID")]
    pub instance_id: Option<String>,

    /// Exactly 1: the override of the instance id is meant.
    #[arg(long, env = "NOVA_VE_INSTANCE_ID_OVERRIDE_OK", value_name = "1")]
    pub instance_id_override_ok: Option<String>,

    /// How many days the audit log is kept.
    #[arg(
        long,
        env = "NOVA_VE_AUDIT_DAYS",
        value_name = "DAYS",
        default_value_t = 365,
        value_parser = clap::value_parser!(u32).range(1..=3650)
    )]
    pub audit_days: u32,

    /// Who may read /api/metrics: nobody, programs of this host (not what comes through a proxy), or
    /// everybody who reaches the server.
    #[arg(
        long,
        env = "NOVA_VE_METRICS",
        value_name = "off|loopback|on",
        default_value = "loopback"
    )]
    pub metrics: Readers,

    /// How many seconds lie between two looks that trust no event for what somebody did to a lab's
    /// devices: 5 to 300. Counts after a reload too.
    #[arg(
        long,
        env = CADENCE,
        value_name = "SECONDS",
        default_value_t = CADENCE_DEFAULT,
        value_parser = cadence
    )]
    pub discovery_cadence_seconds: u16,

    /// The file that these variables come from, for a reload (SIGHUP) to read it anew.
    #[arg(long, env = "NOVA_VE_ENV_FILE", value_name = "PATH")]
    pub env_file: Option<PathBuf>,

    /// Whether what ran before a reboot of the host runs again: on or off.
    #[arg(
        long,
        env = "NOVA_VE_AUTOSTART",
        value_name = "on|off",
        default_value = "on"
    )]
    pub autostart: Autostart,

    #[command(flatten)]
    pub guacamole: GuacamoleConfig,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Autostart {
    On,
    Off,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("there is no data folder: set --data or NOVA_VE_DATA, or HOME")]
    NoDataFolder,
    #[error(transparent)]
    Database(#[from] store::StoreError),
}

impl DataConfig {
    pub fn folder(&self) -> Result<PathBuf, ConfigError> {
        let var = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let named = self.data.clone();
        let xdg = || Some(PathBuf::from(var("XDG_DATA_HOME")?).join("nova-ve"));
        let home = || Some(PathBuf::from(var("HOME")?).join(".local/share/nova-ve"));
        named
            .or_else(xdg)
            .or_else(home)
            .ok_or(ConfigError::NoDataFolder)
    }

    pub fn store(&self) -> Result<StoreConfig, ConfigError> {
        let database = match &self.database_url {
            Some(url) => Database::parse(url)?,
            None => Database::Sqlite {
                path: self.folder()?.join("nova-ve.db"),
            },
        };
        Ok(StoreConfig { database })
    }
}

impl ServeConfig {
    pub fn labs_dir(&self) -> Result<PathBuf, ConfigError> {
        self.place(self.labs_dir.as_ref(), "labs")
    }

    pub fn agent_socket(&self) -> Result<PathBuf, ConfigError> {
        self.place(self.agent_socket.as_ref(), "runtime/agent.sock")
    }

    pub fn instance_id_file(&self) -> Result<PathBuf, ConfigError> {
        self.place(self.instance_id_file.as_ref(), "instance_id")
    }

    /// The names that requests may be for.
    pub fn hosts(&self) -> Hosts {
        let machine = rustix::system::uname();
        Hosts::new(&machine.nodename().to_string_lossy(), &self.allowed_hosts)
    }

    pub fn instance_override(&self) -> Override {
        Override {
            id: self.instance_id.clone(),
            ok: self.instance_id_override_ok.clone(),
        }
    }

    fn place(&self, named: Option<&PathBuf>, default: &str) -> Result<PathBuf, ConfigError> {
        match named {
            Some(path) => Ok(path.clone()),
            None => Ok(self.data.folder()?.join(default)),
        }
    }
}

/// The variable of the discovery cadence, and its default in seconds.
pub const CADENCE: &str = "NOVA_VE_DISCOVERY_CADENCE_SECONDS";
pub const CADENCE_DEFAULT: u16 = 30;

pub fn cadence(text: &str) -> Result<u16, String> {
    let (least, most) = (CADENCE_RANGE.start(), CADENCE_RANGE.end());
    let seconds = text.trim().parse().ok();
    seconds
        .filter(|seconds| CADENCE_RANGE.contains(seconds))
        .ok_or_else(|| format!("{CADENCE} must be a whole number of seconds, {least} to {most}"))
}

/// As the contract writes it (`True`, `False`), and as everybody else does.
fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" | "" => Ok(false),
        _ => Err("it must be True or False".into()),
    }
}
