//! Which database to open.

use std::path::PathBuf;

use crate::StoreError;
use crate::db::PostgresUrl;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub database: Database,
}

/// An engine, with what it needs to be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    Sqlite {
        path: PathBuf,
    },
    /// Shown without its password.
    Postgres {
        url: PostgresUrl,
    },
}

impl Config {
    /// A database file; its folder exists.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self {
            database: Database::Sqlite { path: path.into() },
        }
    }

    /// From `DATABASE_URL`.
    pub fn from_url(url: &str) -> Result<Self, StoreError> {
        Ok(Self {
            database: Database::parse(url)?,
        })
    }
}

impl Database {
    /// `sqlite:///absolute/path`, `sqlite://relative/path`, `sqlite:path`, or a plain path;
    /// `postgres://user:password@host:port/database`, `postgres://user@/database?host=/run/postgresql`
    /// for a socket.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let path = match url.split_once(':') {
            Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            Some(("postgres" | "postgresql", _)) => {
                let url = PostgresUrl::parse(url)?;
                return Ok(Self::Postgres { url });
            }
            Some((scheme, rest)) if rest.starts_with("//") => {
                return Err(StoreError::UnknownEngine {
                    scheme: scheme.into(),
                });
            }
            Some(_) | None => url,
        };
        if path.is_empty() {
            return Err(StoreError::NoDatabasePath);
        }
        Ok(Self::Sqlite { path: path.into() })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use super::*;

    #[test]
    fn the_forms_of_a_database_address() {
        for (url, path) in [
            ("sqlite:///var/lib/nova.db", "/var/lib/nova.db"),
            ("sqlite://nova.db", "nova.db"),
            ("sqlite:nova.db", "nova.db"),
            ("/var/lib/nova.db", "/var/lib/nova.db"),
        ] {
            assert_eq!(Config::from_url(url).unwrap(), Config::sqlite(path));
        }
    }

    #[test]
    fn an_engine_we_lack_is_named() {
        let error = Database::parse("mysql://localhost/nova").unwrap_err();
        assert!(error.to_string().contains("mysql"), "{error}");
        assert!(Database::parse("sqlite://").is_err());
    }
}
