//! How this server is joined with Guacamole, as settings.

use std::net::IpAddr;

use clap::Args;
use store::{Guacdb, StoreError};

use super::{Bounds, Guacamole, Network, WebApp};

#[derive(Debug, Clone, Args)]
pub struct GuacamoleConfig {
    /// Guacamole's database, as `postgres://user:password@host:5433/guacdb`. Without it consoles do not
    /// open in Guacamole; those of nova-ve's own pages do.
    #[arg(
        long,
        env = "GUACAMOLE_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub guacamole_database_url: Option<String>,

    /// Guacamole's web application, as this server reaches it; browsers find it at the same path.
    #[arg(
        long,
        env = "GUACAMOLE_INTERNAL_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:8081/html5/",
        value_parser = WebApp::parse
    )]
    pub guacamole_internal_url: WebApp,

    /// This host's address on guacd's network, where consoles wait for guacd.
    #[arg(
        long,
        env = "GUACAMOLE_TARGET_HOST",
        value_name = "ADDRESS",
        default_value = "172.31.251.1"
    )]
    pub guacamole_target_host: IpAddr,

    /// guacd's address on that network; nobody else is let in.
    #[arg(
        long,
        env = "GUACAMOLE_GUACD_HOST",
        value_name = "ADDRESS",
        default_value = "172.31.251.3"
    )]
    pub guacamole_guacd_host: IpAddr,

    /// The interface of this host that is on that network; what comes by another is not heard. Empty:
    /// all are.
    #[arg(
        long,
        env = "GUACAMOLE_BRIDGE",
        value_name = "INTERFACE",
        default_value = "nova-ve-guac"
    )]
    pub guacamole_bridge: String,
}

impl GuacamoleConfig {
    /// `None`: it is off. Needs a tokio runtime.
    pub fn guacamole(&self) -> Result<Option<Guacamole>, StoreError> {
        let url = self.guacamole_database_url.as_deref().unwrap_or_default();
        if url.is_empty() {
            return Ok(None);
        }
        let bridge = Some(self.guacamole_bridge.clone());
        Ok(Some(Guacamole {
            guacdb: Guacdb::open(&Guacdb::parse(url)?)?,
            web_app: self.guacamole_internal_url.clone(),
            network: Network {
                host: self.guacamole_target_host,
                guacd: self.guacamole_guacd_host,
                bridge: bridge.filter(|bridge| !bridge.is_empty()),
            },
            bounds: Bounds::default(),
        }))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use clap::{Command, FromArgMatches};

    use super::*;

    fn of(arguments: &[&str]) -> GuacamoleConfig {
        let command = GuacamoleConfig::augment_args(Command::new("serve"));
        let arguments = std::iter::once("serve").chain(arguments.iter().copied());
        let matches = command.try_get_matches_from(arguments).unwrap();
        GuacamoleConfig::from_arg_matches(&matches).unwrap()
    }

    #[tokio::test]
    async fn the_defaults_are_the_compose_files_and_without_a_database_it_is_off() {
        assert!(of(&[]).guacamole().unwrap().is_none());
        assert!(
            of(&["--guacamole-database-url", ""])
                .guacamole()
                .unwrap()
                .is_none()
        );
        let url = "postgres://nova_ve:s3cret@127.0.0.1:5433/guacdb";
        let on = of(&["--guacamole-database-url", url])
            .guacamole()
            .unwrap()
            .unwrap();
        assert_eq!(on.network, Network::default());
        assert_eq!(on.web_app.to_string(), "http://127.0.0.1:8081/html5/");
        assert!(!format!("{on:?}").contains("s3cret"));
        let wrong = of(&["--guacamole-database-url", "sqlite:///s3cret"]);
        let why = wrong.guacamole().unwrap_err().to_string();
        assert!(!why.contains("s3cret"), "{why}");
    }
}
