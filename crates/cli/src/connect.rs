//! Which server a command talks to, and as whom.
//!
//! In this order: `--url`; an embedded nova-ve in the folder that `--data` or `$NOVA_VE_DATA` names;
//! the server of `nova-ve login URL`; an embedded nova-ve in the default folder.

use std::path::PathBuf;

use anyhow::Context;
use api::client::{Client, ClientError};
use api::session::Session;
use model::access::Role;

use crate::embedded::{DataFolder, UpRecord};
use crate::failure::{Exit, Failure};
use crate::output::{Format, Output, remark};
use crate::secrets::{Login, Secrets};

/// Options that every command has.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Global {
    /// Data folder of an embedded nova-ve [default: ~/.local/share/nova-ve]
    #[arg(
        long,
        global = true,
        env = "NOVA_VE_DATA",
        hide_env_values = true,
        value_name = "DIR"
    )]
    pub data: Option<PathBuf>,
    /// Server to talk to, instead of the embedded one
    #[arg(
        long,
        global = true,
        env = "NOVA_VE_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub url: Option<String>,
    /// How answers are written
    #[arg(
        short,
        long,
        global = true,
        value_parser = crate::output::OutputParser,
        default_value_t,
        value_name = "FORMAT"
    )]
    pub output: Output,
}

impl Global {
    pub fn format(&self) -> Format {
        match self.output {
            Output::Format(format) => format,
            Output::File(_) => Format::Table,
        }
    }

    pub fn folder(&self) -> anyhow::Result<DataFolder> {
        DataFolder::find(self.data.as_deref())
    }
}

/// Why this server was chosen.
#[derive(Debug)]
pub enum Target {
    Url(String),
    Login(Login),
    Embedded {
        folder: DataFolder,
        record: UpRecord,
    },
    /// No embedded nova-ve runs in the folder.
    Nothing(DataFolder),
}

impl Target {
    pub fn find(global: &Global) -> anyhow::Result<Self> {
        if let Some(url) = &global.url {
            return Ok(Self::Url(url.trim_end_matches('/').into()));
        }
        if global.data.is_none()
            && let Some(login) = Secrets::of_user()?.read()?
        {
            return Ok(Self::Login(login));
        }
        let folder = global.folder()?;
        Ok(match UpRecord::read(&folder) {
            Some(record) => Self::Embedded { folder, record },
            None => Self::Nothing(folder),
        })
    }

    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Url(url) => Some(url),
            Self::Login(login) => Some(&login.url),
            Self::Embedded { record, .. } => Some(&record.url),
            Self::Nothing(_) => None,
        }
    }

    pub fn nothing_runs(folder: &DataFolder) -> Failure {
        Failure::new(
            Exit::UNAVAILABLE,
            format!("no nova-ve runs in {}", folder.path().display()),
        )
        .hint("start it: nova-ve up -d\nor use another: nova-ve login URL")
    }
}

/// `$NOVA_VE_TOKEN`: whose it is goes before every session that is kept in a file.
pub fn token_of_environment() -> Option<String> {
    let token = std::env::var("NOVA_VE_TOKEN").ok()?;
    let token = token.trim();
    (!token.is_empty()).then(|| token.to_owned())
}

/// A client that is logged in.
pub async fn connect(global: &Global) -> anyhow::Result<Client> {
    let target = Target::find(global)?;
    if let (Some(token), Some(url)) = (token_of_environment(), target.url()) {
        return Ok(Client::new(url, Some(token))?);
    }
    match target {
        Target::Url(url) => connect_url(&url).await,
        Target::Login(login) => Ok(Client::new(&login.url, Some(login.secret))?),
        Target::Embedded { folder, record } => connect_embedded(&folder, &record.url).await,
        Target::Nothing(folder) => Err(Target::nothing_runs(&folder).into()),
    }
}

/// `--url`: with the session of `nova-ve login` when it is that server's.
async fn connect_url(url: &str) -> anyhow::Result<Client> {
    let kept = Secrets::of_user()?
        .read()?
        .filter(|login| login.url == url)
        .map(|login| login.secret);
    let Some(secret) = kept else {
        // An address where nobody is must not be reported as a missing log-in.
        Client::new(url, None)?.health().await?;
        return Err(Failure::new(
            Exit::NO_PERMISSION,
            format!("you are not logged in at {url}"),
        )
        .hint(format!("nova-ve login {url}"))
        .into());
    };
    Ok(Client::new(url, Some(secret))?)
}

/// The embedded administrator: by the session kept in the folder, else by the password kept there.
pub async fn connect_embedded(folder: &DataFolder, url: &str) -> anyhow::Result<Client> {
    let secrets = Secrets::of_folder(folder);
    if let Some(login) = secrets.read()? {
        let client = Client::new(url, Some(login.secret))?;
        match client.session().await {
            Ok(_) => return Ok(client),
            Err(ClientError::Api(error)) if error.status == 401 => {}
            Err(other) => return Err(other.into()),
        }
    }
    let (client, session) = log_in_by_file(folder, url).await?;
    secrets.write(&login_of(&client, session.user.username))?;
    Ok(client)
}

/// For what concerns the whole host: an administrator, also while somebody else is logged in here.
pub async fn connect_administrator(folder: &DataFolder, url: &str) -> anyhow::Result<Client> {
    let client = connect_embedded(folder, url).await?;
    match client.session().await?.user.role {
        Role::Admin => Ok(client),
        Role::Member => Ok(log_in_by_file(folder, url).await?.0),
    }
}

async fn log_in_by_file(folder: &DataFolder, url: &str) -> anyhow::Result<(Client, Session)> {
    let file = folder.file("admin-password");
    let Ok(password) = std::fs::read_to_string(&file) else {
        return Err(Failure::new(
            Exit::NO_PERMISSION,
            format!("you are not logged in, and {} is gone", file.display()),
        )
        .hint("log in as any user: nova-ve login")
        .into());
    };
    Client::log_in(url, "admin", password.trim())
        .await
        .context("the password in the data folder was not accepted")
}

fn login_of(client: &Client, username: String) -> Login {
    Login {
        url: client.url().to_owned(),
        username,
        secret: client.secret().unwrap_or_default().to_owned(),
    }
}

/// After a change of one's own password: the new session takes the place of the one that ended, and
/// the file with the first administrator's password goes when that is the one that was changed.
pub fn keep_session(
    global: &Global,
    client: &Client,
    username: &str,
    old_password: &str,
) -> anyhow::Result<()> {
    let login = login_of(client, username.to_owned());
    match Target::find(global)? {
        Target::Url(_) | Target::Login(_) => Secrets::of_user()?.write(&login),
        Target::Embedded { folder, .. } => {
            let file = folder.file("admin-password");
            let kept = std::fs::read_to_string(&file).unwrap_or_default();
            if username == "admin" && kept.trim() == old_password {
                std::fs::remove_file(&file)
                    .with_context(|| format!("failed to remove {}", file.display()))?;
                remark(&format!(
                    "{} is removed: keep the new password yourself",
                    file.display()
                ));
            }
            Secrets::of_folder(&folder).write(&login)
        }
        Target::Nothing(_) => Ok(()),
    }
}
